"""What the chapter on lineage may quote of licences: what children do to their parents' tags."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.vocabulary import LICENCE_MOVES
from pipeline.chapters.lineage.missing import missing
from pipeline.chapters.lineage.schema import UNSTATED


def licence_facts(changes: pl.DataFrame) -> Facts:
    """What children do to their parents' licence tags."""
    source, key = "data/out/lineage/licence_changes.parquet", "anatomy.licences"
    stated = changes.filter(~pl.col("move").is_in(UNSTATED))
    declared = stated.filter(pl.col("evidence") == "declared")
    kind, links = ("declared", declared) if declared.height else ("inferred", stated)
    if links.is_empty():
        return missing(key, "Licences along edges", source) | {f"{key}.evidence": fact(None, "", source)}
    counts = dict(links.group_by("move").agg(pl.col("edges").sum()).iter_rows())
    n = int(links["edges"].sum())
    text = {move: words.percent(counts.get(move, 0) / n) for move in LICENCE_MOVES}
    who = "children" if kind == "declared" else "inferred conversions"
    opened, closed = counts.get("more_open", 0), counts.get("more_restricted", 0)
    if words.order(opened, closed) == 0:
        which = "it grows more open about as often as more restricted"
    else:
        more, less, word, other = (
            (opened, closed, "open", "restricted") if opened > closed else (closed, opened, "restricted", "open")
        )
        often = f"{words.times(more / less)} times as often as more {other}" if less else f"never more {other}"
        which = f"it grows more {word} {words.number(more)} times, {often}"
    changed = links.filter(~pl.col("move").is_in(["same", "to_none"]))
    pairs = changed.group_by("parent_licence", "child_licence").agg(pl.col("edges").sum())
    pairs = pairs.sort(["edges", "parent_licence", "child_licence"], descending=[True, False, False])
    common = ""
    if pairs.height:
        before, after, times = pairs.row(0)
        common = f" The most common change of tag is from {before} to {after} ({words.number(times)})."
    links_are = "parent links" if kind == "declared" else "inferred conversions"
    wording = (
        f"Of {words.number(n)} {links_are} whose two ends are known and whose parent states a licence, "
        f"{text['same']} keep its tag, {text['to_none']} state none, and "
        f"{text['same_class']} state another of the same class. Where the class changes, {which}.{common}"
    )
    return {
        f"{key}.title": sentence(f"{text['same']} of {who} keep the licence tag, {text['to_none']} drop it", source),
        f"{key}.sentence": sentence(wording, source),
        f"{key}.evidence": sentence(kind, source),
        f"{key}.n": fact(n, words.number(n), source, "edges"),
    }
