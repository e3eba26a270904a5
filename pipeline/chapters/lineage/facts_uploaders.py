"""What the chapter on lineage may quote of uploaders: how concentrated uploading is, and what the largest weigh."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.lead import Lead
from pipeline.chapters.lineage.missing import missing
from pipeline.chapters.lineage.schema import ALL


def uploader_facts(groups: pl.DataFrame, largest: pl.DataFrame) -> Facts:
    """How concentrated uploading is."""
    source, key = "data/out/lineage/uploaders.parquet", "anatomy.uploaders"
    if groups.is_empty():
        return missing(key, "Concentration", source) | missing("anatomy.largest", "The largest uploaders", source)
    row = groups.filter(pl.col("group") == ALL).row(0, named=True)
    first = largest.sort("rank").row(0, named=True)
    first_share = words.percent(first["repositories"] / row["repositories"])
    packs = largest.sort("rank").head(10)["is_repackager"].sum()
    n = row["uploaders"]
    wording = (
        f"{words.number(row['repositories'])} direct derivatives come from {words.number(n)} "
        f"{words.plural('uploader', n)}. The largest one per cent of uploaders made "
        f"{words.percent(row['top_1_percent'])}, the ten largest {words.percent(row['top_10'])}, the hundred largest "
        f"{words.percent(row['top_100'])}; "
        f"the Gini coefficient is {row['gini']:.2f}."
    )
    return {
        f"{key}.title": sentence(
            f"The largest one per cent of uploaders made {words.percent(row['top_1_percent'])} of derivatives", source
        ),
        f"{key}.sentence": sentence(wording, source),
        "anatomy.largest.title": sentence(
            f"{first['uploader']} alone made {first_share} of derivatives",
            "data/out/lineage/uploaders_largest.parquet",
        ),
        "anatomy.largest.sentence": sentence(
            f"The largest uploader, {first['uploader']}, has {words.number(first['repositories'])}; of the ten "
            f"largest, {repackagers(int(packs))}.",
            "data/out/lineage/uploaders_largest.parquet",
        ),
        f"{key}.repositories": fact(row["repositories"], words.number(row["repositories"]), source, "repositories"),
        f"{key}.uploaders": fact(n, words.number(n), source, "uploaders"),
    }


def without_ten_facts(groups: pl.DataFrame, subject: str, reference: str) -> Facts:
    """Subject against reference with and without the ten largest uploaders of all."""
    source, key = "data/out/lineage/uploaders.parquet", "anatomy.without_ten"
    rows = {row["group"]: row for row in groups.iter_rows(named=True)}
    if not {subject, reference} <= rows.keys():
        return missing(key, "The count without mass uploaders", source)
    with_them, without = (
        Lead.of(subject, rows[subject][column], reference, rows[reference][column])
        for column in ("repositories", "repositories_without_ten")
    )
    title = f"Without the ten largest uploaders, {without.clause()}"
    if with_them.ratio and without.ratio and with_them.leader and with_them.leader == without.leader:
        ratio = words.times(with_them.ratio)
        title += ", as with them" if ratio == words.times(without.ratio) else f", not {ratio}"
    wording = (
        f"Counting every uploader, {with_them.clause()} ({with_them.counts}). Without the ten largest uploaders of all "
        f"families, {without.clause()} ({without.counts})."
    )
    return {f"{key}.title": sentence(title, source), f"{key}.sentence": sentence(wording, source)}


def repackagers(count: int) -> str:
    """`none is a registered repackager`, `two are registered repackagers`."""
    if count > 1:
        return f"{words.word(count)} are registered repackagers"
    return f"{words.word(count) if count else 'none'} is a registered repackager"
