"""What the chapter on lineage may quote of converters, and of the largest branches of the family tree."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.chapters.lineage.missing import missing
from pipeline.chapters.lineage.schema import ALL

_CONVERSIONS = "data/out/lineage/group_converters.parquet"
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


def conversion_facts(table: pl.DataFrame, subject: str, reference: str) -> Facts:
    """What makers convert themselves, and who else does, for the pair. table: the table `group_converters`."""
    key = "anatomy.conversions"
    pair = [_parts(name, table.filter(group=name)) for name in (subject, reference)]
    known = [parts for parts in pair if parts is not None]
    if not known:
        return missing(key, "Who converts the two families", _CONVERSIONS)
    first, *others = [(parts["maker"], words.percent(parts["own"] / parts["every"]), parts["group"]) for parts in known]
    title = f"{first[0]} made {first[1]} of {first[2]}’s conversions itself"
    rest = "".join(f", {maker} {share} of {group}’s" for maker, share, group in others)
    by_name = " They are found by name, since this snapshot declares no parents." if _is_by_name(table) else ""
    return {
        f"{key}.title": sentence(title + rest, _CONVERSIONS),
        f"{key}.sentence": sentence(" ".join(_in_words(parts) for parts in known) + by_name, _CONVERSIONS),
    }


def _is_by_name(table: pl.DataFrame) -> bool:
    return bool(table["evidence"].eq("inferred").any())


def _parts(group: str, rows: pl.DataFrame) -> dict[str, Any] | None:
    """Conversions of a group: all, those of its maker, and the other uploader with most; None where there are none."""
    others = rows.filter(~pl.col("is_maker"), pl.col("repositories") > 0).sort("rank")
    makers = rows.filter("is_maker").sort("rank")
    if others.is_empty() or makers.is_empty():
        return None
    first = others.row(0, named=True)
    return {
        "group": group,
        "every": first["of_group"],
        "maker": words.listed(makers["uploader"].to_list()),
        "own": int(makers["repositories"].sum()),
        "other": first["uploader"],
        "most": first["repositories"],
    }


def _in_words(parts: Mapping[str, Any]) -> str:
    own = words.number(parts["own"]) if parts["own"] else "none"
    return (
        f"Of {words.counted(parts['every'], 'conversion')} of {parts['group']}, {parts['other']} made "
        f"{words.number(parts['most'])} and {parts['maker']} itself {own}."
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
