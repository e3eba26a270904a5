"""What is counted as a derivative: published counts by relation, and children of single bases.

Method
1. Hugging Face's table by relation has one row for the organisation of the base (`published_relations` of the
   register). The subject's and the reference's rows are those of their maker, or of the organisation itself: the row
   with most derivatives is the *line* that is compared, all rows together are the *whole* organisation. So Meta is
   compared twice, as the owner of the Llama namespaces and with facebook.
2. A third organisation is compared beside them: of all others the one with most derivatives, so that a comparison of
   two is not taken for one of all.
3. `without_adapters` is all relations less adapters.
4. The reference's total and the subject's differ by as much as their relations do together: each relation is a step
   from one to the other, a negative one where the reference has more of it.
5. Children of single bases come from one listing of the whole Hub, the total that they are set against from another
   publisher and another definition: a share of the two is an estimate.

Known drawbacks: the table by relation is undated; its merges are all zero and seem to stand under other relations; it
counts repositories of the base's organisation, not of its families.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.derivatives.schema_published import (
    PublishedByBase,
    PublishedByRelation,
    PublishedRatios,
    PublishedSteps,
)
from pipeline.register.lookup.groups import maker_of
from pipeline.register.lookup.identity import identify

PARTS = ("adapter", "finetune", "quantized", "merge", "other")
"""Relations of the published table, which add up to its total."""
RELATIONS = {
    "all": pl.col("derivatives"),
    "adapter": pl.col("adapter"),
    "without_adapters": pl.col("derivatives") - pl.col("adapter"),
    "finetune": pl.col("finetune"),
    "quantized": pl.col("quantized"),
}
"""Choices of relations that are compared, in the order shown."""
LINE, WHOLE, THIRD = "line", "whole", "third"
"""What is compared with the subject: the reference's largest row, all its rows, the largest other organisation's."""


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read the register up to the snapshot's day; write what others counted by relation and by base."""
    last = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    known, bases, families, releases = (
        register.load(name, paths.register)
        for name in ("published_relations", "published_bases", "families", "releases")
    )
    known, bases = (table.filter(pl.col("as_of") <= last) for table in (known, bases))
    results.write("published_by_relation", by_relation(known), PublishedByRelation)
    results.write("published_ratios", ratios(known, families, params), PublishedRatios)
    results.write("published_steps", steps(known, families, params), PublishedSteps)
    family = identify(bases.select(id="model"), paths.register).select(model="id", family="family").collect()
    results.write("published_by_base", by_base(bases, family, releases), PublishedByBase)


def by_relation(known: pl.DataFrame) -> pl.DataFrame:
    """Rows of `PublishedByRelation`: each organisation's derivatives by relation, with their share."""
    rows = known.unpivot(
        list(PARTS),
        index=["name", "label", "organisation", "derivatives", "as_of", "as_of_precision", "publisher", "source"],
        variable_name="relation",
        value_name="models",
    )
    return rows.with_columns(share=pl.col("models") / pl.col("derivatives")).select(PublishedByRelation.column_names())


def ratios(known: pl.DataFrame, families: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Rows of `PublishedRatios`: the subject's line against the reference's, its whole, and a third's line.

    No rows where the table lacks the subject or the reference, or where one organisation makes both.
    """
    mine, others = _compared(known, families, params)
    if not others:
        return tables.empty(PublishedRatios)
    counts = [_counts(rows).with_columns(against=pl.lit(kind), other=pl.lit(_called(rows))) for kind, rows in others]
    subject = _counts(mine).select("relation", subject_count="count")
    return (
        pl.concat(counts)
        .rename({"count": "other_count"})
        .join(subject, on="relation")
        .with_columns(
            subject=pl.lit(_called(mine)),
            ratio=pl.when(pl.col("other_count") > 0).then(pl.col("subject_count") / pl.col("other_count")),
            **_stated(mine),
        )
        .select(PublishedRatios.column_names())
    )


def steps(known: pl.DataFrame, families: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Rows of `PublishedSteps`: how the reference's total becomes the subject's, relation by relation.

    Against the reference's largest row, and against all its rows where it has several. No rows where `ratios` has none.
    """
    mine, others = _compared(known, families, params)
    parts = [
        pl.DataFrame(
            {
                "relation": PARTS,
                "subject_count": [mine[part].sum() for part in PARTS],
                "other_count": [rows[part].sum() for part in PARTS],
            }
        ).with_columns(
            against=pl.lit(kind),
            subject=pl.lit(_called(mine)),
            other=pl.lit(_called(rows)),
            **_stated(mine),
        )
        for kind, rows in others
        if kind != THIRD
    ]
    if not parts:
        return tables.empty(PublishedSteps)
    difference = pl.col("subject_count") - pl.col("other_count")
    lead = pl.col("subject_total") - pl.col("other_total")
    return (
        pl.concat(parts)
        .with_columns(
            difference=difference,
            **{f"{side}_total": pl.col(f"{side}_count").sum().over("against") for side in ("subject", "other")},
        )
        .with_columns(share=pl.when(lead != 0).then(pl.col("difference") / lead))
        .select(PublishedSteps.column_names())
    )


def _compared(
    known: pl.DataFrame, families: pl.DataFrame, params: Params
) -> tuple[pl.DataFrame, Sequence[tuple[str, pl.DataFrame]]]:
    """The subject's largest row, and what it is compared with; nothing where one has no row, or one makes both."""
    owners = [maker_of(group, families) for group in (params.report.subject, params.report.reference)]
    known = known.sort("derivatives", "name", descending=[True, False])
    mine, other = (known.filter(pl.col("organisation") == owner) for owner in owners)
    if mine.is_empty() or other.is_empty() or owners[0] == owners[1]:
        return mine, []
    rest = known.filter(~pl.col("organisation").is_in(owners).fill_null(False))
    whole = [(WHOLE, other)] if other.height > 1 else []
    return mine.head(1), [(LINE, other.head(1)), *whole, (THIRD, rest.head(1))]


def _stated(rows: pl.DataFrame) -> dict[str, pl.Expr]:
    """Of which day the counts are, and whose, as columns."""
    return {name: pl.lit(rows[name][0]) for name in ("as_of", "as_of_precision", "publisher")}


def _counts(rows: pl.DataFrame) -> pl.DataFrame:
    """`relation, count`: the rows together, under each choice of relations."""
    sums = rows.select(choice.sum().alias(name) for name, choice in RELATIONS.items())
    return sums.unpivot(list(RELATIONS), variable_name="relation", value_name="count")


def _called(rows: pl.DataFrame) -> str:
    """The name of a row, or of a whole organisation: `Meta with facebook`."""
    if rows.height == 1:
        return rows["label"][0]
    return " with ".join([rows["organisation"][0], *rows["label"][1:]])


def by_base(bases: pl.DataFrame, family: pl.DataFrame, releases: pl.DataFrame) -> pl.DataFrame:
    """Rows of `PublishedByBase`. family: `model, family` of the same models. releases: the register's."""
    known = bases.join(family, on="model", how="left")
    dated = known.join(releases.select("model", "released"), on="model", how="left", maintain_order="left")
    return dated.select(PublishedByBase.column_names())
