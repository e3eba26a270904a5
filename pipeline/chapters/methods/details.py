"""What the stage `details` brought, beside what the snapshot and the register say.

- *the Hub's own counts* of children beside direct declared ones.
- *configurations*: the register's beside those that the Hub has now, both counted by the same code.
- *renames*: registered names that the Hub answers by another one, as rows that the register's `renames` lacks.

Known drawback: the Hub's counts are of the day of asking, the snapshot's of its own.
"""

from collections.abc import Iterable

import polars as pl

from pipeline.architectures.configurations import compared, count
from pipeline.base import tables, words
from pipeline.chapters.methods.comparison import (
    SHOWN,
    TOLERANCE,
    Row,
    absent,
    counted,
    dated,
    none_expected,
    row,
)

OFF = "the Hub was not asked for it (snapshot.details)"


def children(details: pl.DataFrame, lineage: pl.DataFrame, coverage: str, *, on: bool) -> Iterable[Row]:
    """The Hub's own count of children beside direct declared ones, the largest differences.

    details: `model, children, asked`. lineage: `id, n_children`. on: whether the Hub was asked.
    """
    topic, measure = "the Hub's own counts", "direct children"
    every = (topic, "registered releases", measure)
    known = details.drop_nulls("children").join(lineage, left_on="model", right_on="id", how="left")
    known = known.with_columns(pl.col("n_children").fill_null(0))
    expected = int(known["children"].sum())
    if known.is_empty():
        yield absent(*every, "the Hub gave none" if on else OFF)
        return
    if coverage != "census":
        yield absent(*every, f"a {coverage} does not hold them all", expected=expected)
        return
    slack = pl.max_horizontal(2, (TOLERANCE * pl.col("children")).ceil())
    known = known.with_columns(apart=(pl.col("n_children") - pl.col("children")).abs())
    far = known.filter(pl.col("apart") > slack).sort("apart", "model", descending=[True, False])
    near = known.height - far.height
    yield row(
        *every,
        f"{words.number(near)} of {counted(known.height, 'release')} agree to {TOLERANCE:.0%} or two.",
        against="childrenModelCount",
        expected=expected,
        found=int(known["n_children"].sum()),
        outcome="differs" if far.height else "agrees",
    )
    for release in far.head(SHOWN).iter_rows(named=True):
        yield row(
            topic,
            release["model"],
            measure,
            f"{words.number(release['n_children'])} here, {words.number(release['children'])} by the Hub.",
            against=dated("childrenModelCount", release["asked"]),
            expected=release["children"],
            found=release["n_children"],
            outcome="differs",
            source=f"https://huggingface.co/{release['model']}",
        )


def configured(details: pl.DataFrame, configurations: pl.DataFrame, *, on: bool) -> Iterable[Row]:
    """Counts of the register's configurations beside those of config.json as the Hub has it now."""
    topic, measure = "configurations", "parameters of the language model"
    every = (topic, "registered configurations", measure)
    documents = {
        model: tables.parsed_json(text)
        for model, text in details.drop_nulls("config").select("model", "config").iter_rows()
    }
    both = compared(count(configurations), documents)
    if both.is_empty():
        yield absent(*every, "the Hub gave none" if on else OFF)
        return
    is_same = (pl.col("difference") == 0).fill_null(False)
    others = both.filter(~is_same)
    same = both.height - others.height
    finding = f"{words.number(same)} of {counted(both.height, 'configuration')} come to the same count."
    yield row(*every, finding, found=same, outcome="differs" if others.height else "agrees")
    revisions = dict(details.select("model", "revision").iter_rows())
    for other in others.iter_rows(named=True):
        model = other["model"]
        yield row(
            topic,
            model,
            measure,
            f"Not understood: {other['refusal']}" if other["refusal"] else f"{other['difference']:+,} on the Hub.",
            against="config.json on the Hub",
            expected=other["parameters_text_hub"],
            found=other["parameters_text"],
            outcome="differs",
            source=f"https://huggingface.co/{model}/blob/{revisions[model]}/config.json",
        )


def renamed(redirects: pl.DataFrame, *, on: bool) -> Iterable[Row]:
    """Registered names that the Hub answers by another one; redirects: `old, new, date, source`."""
    topic, measure = "renames", "registered under an old name"
    every = (topic, "registered releases", measure)
    if redirects.is_empty() and not on:
        yield absent(*every, OFF)
        return
    finding = f"{counted(redirects.height, 'registered release')} under an old name."
    yield none_expected(*every, finding, redirects.height)
    for old, new, source in redirects.select("old", "new", "source").iter_rows():
        finding = f"Now {new}: a row for renames.csv, and another name in releases.csv."
        yield row(topic, old, measure, finding, against=new, outcome="differs", source=source)
