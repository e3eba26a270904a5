"""What the chapter on lineage may quote of converters, and of the largest branches of the family tree."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.chapters.lineage.missing import missing
from pipeline.chapters.lineage.schema import ALL

_CONVERTERS, _TREE = "data/out/lineage/converters.parquet", "data/out/lineage/tree.parquet"


def converter_facts(table: pl.DataFrame, subject: str, reference: str) -> Facts:
    """Who uploads quantized derivatives: of all groups, and of the two that are compared."""
    key = "anatomy.converters"
    everyone = table.filter(group=ALL).sort("rank")
    if everyone.is_empty():
        return missing(key, "Converters", _CONVERTERS)
    first, every = everyone.row(0, named=True), everyone["of_group"][0]
    listed = int(everyone["repositories"].sum())
    wording = (
        f"{words.upper(words.counted(every, 'direct derivative'))} {'is' if every == 1 else 'are'} quantized, by what "
        f"they declare or by their format; {words.counted(first['uploaders'], 'uploader')} made them. The largest, "
        f"{first['uploader']}, made {words.percent(first['repositories'] / every)}, the {words.word(everyone.height)} "
        f"listed {words.percent(listed / every)}."
    )
    pair = [_of_group(name, table.filter(group=name)) for name in (subject, reference)]
    return {
        f"{key}.title": sentence(
            f"{first['uploader']} alone made {words.percent(first['repositories'] / every)} of quantized derivatives",
            _CONVERTERS,
        ),
        f"{key}.sentence": sentence(" ".join([wording, *filter(None, pair)]), _CONVERTERS),
        f"{key}.repositories": fact(every, words.number(every), _CONVERTERS, "repositories"),
    }


def _of_group(name: str, rows: pl.DataFrame) -> str:
    if rows.is_empty():
        return f"Of {name} nobody made one."
    row: dict[str, Any] = rows.sort("rank").row(0, named=True)
    makers = "none by its own maker, as far as cards name the base"
    if row["of_makers"]:
        makers = f"{words.number(row['of_makers'])} of them by its own maker"
    return (
        f"Of {name} there are {words.number(row['of_group'])}, by "
        f"{words.counted(row['uploaders'], 'uploader')}, {makers}."
    )


def tree_facts(table: pl.DataFrame, subject: str, reference: str) -> Facts:
    """The largest branch of the family tree, and whether what descends from the pair's largest bases names them."""
    key = "anatomy.tree"
    if table.is_empty():
        return missing(key, "The family tree", _TREE)
    first = _largest(table)
    wording = (
        f"The repository with most descendants is {first['parent']}: "
        f"{words.counted(first['parent_descendants'], 'repository')} "
        f"{'descends' if first['parent_descendants'] == 1 else 'descend'} from it, "
        f"{words.number(first['parent_children'])} of them directly."
    )
    pair = {name: _largest(rows) for name in (subject, reference) if (rows := table.filter(group=name)).height}
    of_pair = [
        f"Of {name} it is {row['parent']} with {words.number(row['parent_descendants'])}, "
        f"{words.number(row['parent_children'])} of them directly."
        for name, row in pair.items()
        if row != first
    ]
    return {
        f"{key}.title": sentence(tree_title({name: _directly(row) for name, row in pair.items()}), _TREE),
        f"{key}.sentence": sentence(" ".join([wording, *of_pair]), _TREE),
    }


FLAT = 0.2
"""By how much two shares of direct children differ at least, where one tree is called flat beside the other."""


def tree_title(shares: Mapping[str, float]) -> str:
    """What the trees of one or two groups look like. shares: of descendants that name the largest base themselves."""
    if not shares:
        return "The largest branches of the family tree"
    flat, deep = max(shares, key=lambda name: shares[name]), min(shares, key=lambda name: shares[name])
    if len(shares) == 1:
        return f"{words.percent(shares[flat])} of what descends from {flat}’s largest base names it directly"
    numbers = f"{words.percent(shares[flat])} and {words.percent(shares[deep])} build on the largest base directly"
    if shares[flat] - shares[deep] < FLAT:
        return f"The trees of {flat} and {deep} are much alike: {numbers}"
    return f"{flat}’s tree is flat, {deep}’s has branches: {numbers}"


def _largest(table: pl.DataFrame) -> dict[str, Any]:
    return table.sort("parent_descendants", "parent", descending=[True, False]).row(0, named=True)


def _directly(row: Mapping[str, Any]) -> float:
    return row["parent_children"] / row["parent_descendants"]
