"""What the chapter on lineage may quote of distilled releases: who their parents are, and what is built on them."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, sentence

_DISTILLED = "data/out/lineage/distilled.parquet"


def distilled_facts(distilled: pl.DataFrame, children: pl.DataFrame) -> Facts:
    """On whom distilled releases stand, and the one that most is built on. Both tables of these names."""
    key = "anatomy.distilled"
    if distilled.is_empty():
        gap = "No distilled release of the register is as old as this snapshot"
        return {f"{key}.title": sentence(gap, _DISTILLED), f"{key}.sentence": sentence(f"{gap}.", _DISTILLED)}
    first = distilled.sort("children", "release", descending=[True, False]).row(0, named=True)
    bases = (
        distilled.group_by(group=pl.col("group").fill_null("others"))
        .agg(releases=pl.len())
        .sort("releases", "group", descending=[True, False])
    )
    on_whom = words.listed([f"{words.word(n)} on {group}" for group, n in bases.iter_rows()])
    known = (
        f"The register knows {words.counted(distilled.height, 'release')} with two parents, {on_whom}: weights of a "
        "base, answers of a teacher."
    )
    return {
        f"{key}.title": sentence(_title(first), _DISTILLED),
        f"{key}.sentence": sentence(f"{known} {_built(distilled, children, first['evidence'])}", _DISTILLED),
    }


def name_of(model: str) -> str:
    """A repository's name without its owner."""
    return model.partition("/")[2] or model


def _title(first: dict) -> str:
    parents = f"{name_of(first['base'])} and {name_of(first['teacher'])} are the parents of {name_of(first['release'])}"
    if not first["children"]:
        return parents
    many, one = words.counted(first["children"], "model"), first["children"] == 1
    if first["evidence"] == "name":
        return f"{parents}; {many} {'bears' if one else 'bear'} its name"
    return f"{parents}; {many} {'builds' if one else 'build'} on it"


def _built(distilled: pl.DataFrame, children: pl.DataFrame, evidence: str) -> str:
    every = int(distilled["children"].sum())
    if not every:
        return "Nothing in this snapshot is known to build on one of them."
    listed = children["child"].n_unique() if children.height == every else every
    if evidence == "name":
        verb = "bears" if listed == 1 else "bear"
        return (
            "This snapshot declares no parents, so what is built on them is found by name: "
            f"{words.counted(listed, 'repository')} {verb} the name of one of them."
        )
    verb = "declares" if listed == 1 else "declare"
    return f"{words.upper(words.counted(listed, 'repository'))} {verb} one of them as parent."
