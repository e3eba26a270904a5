"""The tested thesis: do derivatives follow surface area or quality?

The essay says that Qwen has more derivatives than DeepSeek less for the quality of its models than for
its surface: many sizes and kinds, often renewed. On a census that can be asked of every release: among
releases alike in size, kind, licence and age, do those of families that cover more of the grid have more
derivatives, and do those with better scores?

Method
1. One row per registered release that is dated, sized, old enough (`thesis.minimum_age_days`) and of a
   family with `thesis.releases_per_family` such releases. Counted are its declared direct derivatives,
   the maker's own left out (`bases.parquet`).
2. Negative binomial regression, age as exposure (log of days since release), so that coefficients are
   rate ratios; log age again as a term, since derivatives need not come evenly. See `regression.py` for
   leaving out each family, and randomisation over families. No interval is given.
3. Three models. `surface`: all rows, with the share of the grid that the family covered in the month of
   release. `cadence`: the same with the days of the year up to that month on which the family released
   something, in its stead. `quality`: rows with a score on one benchmark, `thesis.benchmark`, with score
   and surface together and size as a number, since there are fewer.
4. A term is clear when its randomisation p value is at most `thesis.significance` and its rate ratio
   stays on one side of 1 whichever family is left out. Verdict: `surface`, `quality`, `both`, `neither`;
   `quality_not_measured` where too few releases have a score; `refused` where nothing is fitted.
5. It refuses, and says why, where the snapshot is not a census (a slice or sample was chosen by something
   that has to do with derivatives), where lineage is inferred, and below `thesis.minimum_releases`,
   `thesis.minimum_families` or `thesis.minimum_derivatives`. Where the likelihood has no maximum it
   refuses too.

Known drawbacks: association only. Success feeds surface: a family with many derivatives gets the means
to release more, and its earlier success feeds its later counts. What a family has besides (documentation,
a platform of its own, habit) goes with its surface and cannot be parted from it with so few families. Scores
are the makers' own. Classes of a trait with fewer than five releases, or without any derivative, are
pooled as `other`.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.params import Params, Thesis
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.surface import schema
from pipeline.chapters.surface.schema import MODELS, REFERENCE
from pipeline.hub.sizes import LARGEST, SIZE_CLASSES

if TYPE_CHECKING:
    from pipeline.chapters.surface import thesis_model

LEAST = 5
"""Releases of a class that has a term of its own."""


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read bases, index and register; write the terms, what the fits are worth, and what they expect."""
    provenance = tables.read_json(paths.provenance)
    frame = observations(paths, params, date.fromisoformat(provenance["date"]))
    found = study(frame, results.tables["surface_index"], params.thesis, provenance["coverage"])
    results.write("thesis", found.terms, schema.Thesis)
    results.write("thesis_fit", found.fits, schema.ThesisFit)
    results.write("thesis_expected", found.expected, schema.ThesisExpected)


# ------------------------------------------------------------------------------------------- rows


def observations(paths: Paths, params: Params, snapshot_date: date) -> pl.DataFrame:
    """Every release that is out, with its traits; what is not known of it is null.

    `model, family, released, derivatives, age_days, total, score` and the traits of `REFERENCE`.
    """
    bases = tables.read(paths.out / "derivatives" / "bases.parquet").filter(pl.col("evidence") == "declared", "is_out")
    releases = register.load("releases", paths.register).select("model", "modality", "parameters_stated")
    licences = register.load("licences", paths.register).select("licence", "licence_class")
    scores = register.load("benchmarks", paths.register).filter(
        pl.col("benchmark") == params.thesis.benchmark, pl.col("metric") == params.thesis.metric
    )
    total = pl.coalesce("parameters_total", "parameters_stated")
    size = pl.coalesce(*(pl.when(total < least).then(pl.lit(name)) for least, name in SIZE_CLASSES), pl.lit(LARGEST))
    return (
        bases.join(releases, on="model")
        .join(licences, on="licence", how="left")
        .with_columns(name=pl.col("model").str.split("/").list.last())
        .join(scores.select(name="model", score="value"), on="name", how="left")
        .select(
            "model",
            "family",
            "released",
            derivatives="all_relations",
            age_days=(snapshot_date - pl.col("released")).dt.total_days(),
            total=total,
            score="score",
            size_class=pl.when(total.is_not_null()).then(size),
            modality="modality",
            licence_class=pl.when(pl.col("licence").is_null())
            .then(pl.lit("none"))
            .otherwise(pl.col("licence_class").fill_null("restricted")),
            gated=pl.col("gated").replace_strict({True: "gated", False: "open"}, default="unknown"),
            mixture="mixture",
        )
        .sort("model")
    )


def usable(frame: pl.DataFrame, wanted: Thesis) -> pl.DataFrame:
    """Rows that a model can be fitted to: dated, sized, old enough, in families with enough of them."""
    return (
        frame.drop_nulls(["family", "released", "total", "size_class"])
        .filter(pl.col("age_days") >= wanted.minimum_age_days)
        .filter(pl.len().over("family") >= wanted.releases_per_family)
        .sort("model")
    )


def pooled(frame: pl.DataFrame) -> pl.DataFrame:
    """Small classes, and those without any derivative, become `other`; a reference class stays itself."""
    rare = (pl.len() < LEAST) | (pl.col("derivatives").sum() == 0)
    return frame.with_columns(
        pl.when(rare.over(trait) & (pl.col(trait) != reference)).then(pl.lit("other")).otherwise(trait).alias(trait)
        for trait, reference in REFERENCE.items()
    )


# -------------------------------------------------------------------------------------- the study


@dataclass(frozen=True)
class Study:
    """Rows of `schema.Thesis`, `schema.ThesisFit` and `schema.ThesisExpected`."""

    terms: pl.DataFrame
    fits: pl.DataFrame
    expected: pl.DataFrame


def study(frame: pl.DataFrame, index: pl.DataFrame, wanted: Thesis, coverage: str) -> Study:
    """All three models, each fitted or refused with its reason.

    frame: as `observations` gives it; index: rows of `schema.SurfaceIndex`; coverage: of the snapshot.
    """
    rows = usable(frame, wanted)
    terms, fits, expected = [tables.empty(schema.Thesis)], [], [tables.empty(schema.ThesisExpected)]
    for model in MODELS:
        chosen = rows
        if model == "quality":
            # of a family with one scored release, score and family cannot be parted
            chosen = rows.drop_nulls("score").filter(pl.len().over("family") >= 2)
        reason = refusal(chosen, wanted, coverage, model)
        fitted = None if reason else _fitted(model, chosen, rows, index)
        if fitted:
            terms.append(fitted.terms())
            expected.append(fitted.expectations())
        elif not reason:
            reason = "The likelihood of the model has no maximum that can be found."
        fits.append(
            {
                "model": model,
                "refused": fitted is None,
                "reason": reason,
                "releases": chosen.height,
                "families": chosen["family"].n_unique(),
                "derivatives": int(chosen["derivatives"].sum()),
                "without_derivatives": int((chosen["derivatives"] == 0).sum()),
            }
            | (fitted.summary() if fitted else {})
        )
    return Study(
        pl.concat(terms), pl.DataFrame(fits, schema=tables.empty(schema.ThesisFit).schema), pl.concat(expected)
    )


def _fitted(model: str, chosen: pl.DataFrame, rows: pl.DataFrame, index: pl.DataFrame) -> "thesis_model.Model | None":
    """The model fitted to the chosen rows; None where its likelihood has no maximum that can be found."""
    from pipeline.chapters.surface import thesis_model  # statsmodels: 0.6 s that a refusal saves

    return thesis_model.fitted(model, pooled(chosen), rows, index)


def refusal(rows: pl.DataFrame, wanted: Thesis, coverage: str, model: str) -> str:
    """Why a model is not fitted, as a sentence; empty where it is."""
    if coverage != "census":
        return (
            f"The snapshot is a {coverage} of models that people notice, and what is noticed is built on more, so "
            "how many derivatives a release has here says nothing of how many it has on the Hub."
        )
    if rows.height and not rows["derivatives"].sum():
        return "No release has a declared derivative in this snapshot; inferred ones show conversions alone."
    least = wanted.minimum_scored if model == "quality" else wanted.minimum_releases
    scored = f" with a score on {wanted.benchmark}" if model == "quality" else ""
    checks = (
        (rows.height, least, f"dated and sized releases{scored}"),
        (rows["family"].n_unique(), wanted.minimum_families, f"families with such releases{scored}"),
        (int(rows["derivatives"].sum()), wanted.minimum_derivatives, f"declared derivatives of releases{scored}"),
    )
    short = [f"{found:,} {what} where {needed:,} are needed" for found, needed, what in checks if found < needed]
    return f"Too few to tell: {'; '.join(short)}." if short else ""
