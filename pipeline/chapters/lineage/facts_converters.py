"""What the chapter on lineage may quote of converters, and of the largest branches of the family tree."""

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
    own = words.number(row["of_makers"]) if row["of_makers"] else "none"
    makers = f"{own} of them {'are' if row['of_makers'] > 1 else 'is'} the maker’s own"
    return (
        f"Of {name} there are {words.number(row['of_group'])}, by "
        f"{words.counted(row['uploaders'], 'uploader')}; {makers}."
    )


def tree_facts(table: pl.DataFrame) -> Facts:
    """The largest branch of the family tree."""
    key = "anatomy.tree"
    if table.is_empty():
        return missing(key, "The family tree", _TREE)
    first = table.sort("parent_descendants", "parent", descending=[True, False]).row(0, named=True)
    wording = (
        f"The repository with most descendants is {first['parent']}: "
        f"{words.counted(first['parent_descendants'], 'repository')} "
        f"{'descends' if first['parent_descendants'] == 1 else 'descend'} from it, "
        f"{words.number(first['parent_children'])} of them directly."
    )
    return {f"{key}.sentence": sentence(wording, _TREE)}
