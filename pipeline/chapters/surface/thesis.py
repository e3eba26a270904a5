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
   errors clustered by family, leaving out each family, and randomisation over families.
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
a platform of its own, habit) goes with its surface and cannot be told apart with so few families. Scores
are the makers' own. Classes of a trait with fewer than five releases, or without any derivative, are
pooled as `other`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.params import Params, Thesis
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.surface import regression, schema
from pipeline.chapters.surface.regression import Design, Fit, Floats, Ints
from pipeline.chapters.surface.schema import CADENCE, MODELS, REFERENCE, SCORE, SURFACE, ThesisExpected, ThesisFit
from pipeline.hub.sizes import LARGEST, SIZE_CLASSES

MONTH = 365.25 / 12
"""Days of a month of exposure."""

LEAST = 5
"""Releases of a class that has a term of its own."""

POINTS = 0.1
"""Surface and score are told by ten points of a hundred."""

DAYS = 5
"""Cadence is told by so many release days a year."""


NUMBERS = {
    SURFACE: "Surface at release, ten points of the grid more",
    CADENCE: "Cadence, five release days a year more",
    SCORE: "Score, ten points more",
    "log2_age": "Twice as old, beyond the exposure",
    "log2_size": "Twice the size",
}
TRAITS = {
    "size_class": "Size",
    "modality": "Modality",
    "licence_class": "Licence",
    "gated": "Access",
    "mixture": "Experts",
}
NAMES = {"moe": "mixture of experts", "none": "none stated", "gated": "gated", "unknown": "gate not known"}

COUNTS = ((0, "0"), (1, "1 to 9"), (10, "10 to 99"), (100, "100 to 999"), (1_000, "1,000 and more"))
"""Lower ends of the classes that observed and expected counts are compared in."""


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
    """What the stage writes."""

    terms: pl.DataFrame
    fits: pl.DataFrame
    expected: pl.DataFrame


def study(frame: pl.DataFrame, index: pl.DataFrame, wanted: Thesis, coverage: str) -> Study:
    """All three models, each fitted or refused with its reason."""
    rows = usable(frame, wanted)
    terms, fits, expected = [], [], []
    for model in MODELS:
        chosen = rows
        if model == "quality":
            chosen = rows.drop_nulls("score").filter(
                pl.len().over("family") >= 2  # one row cannot tell score from family
            )
        reason = refusal(chosen, wanted, coverage, model)
        fitted = None
        if not reason:
            try:
                fitted = _Model(model, pooled(chosen), rows, index)
                rates, counts = fitted.terms(), fitted.expectations()
            except regression.UNFITTED:
                fitted = None
                reason = "The likelihood of the model has no maximum that can be found."
            else:
                terms.append(rates)
                expected.append(counts)
        fits.append(_summary(model, chosen, reason, fitted))
    empty = schema.Thesis.create_empty(), ThesisExpected.create_empty()
    return Study(
        terms=pl.concat(terms) if terms else empty[0].select(pl.all()),
        fits=pl.DataFrame(fits, schema=ThesisFit.create_empty().schema),
        expected=pl.concat(expected) if expected else empty[1].select(pl.all()),
    )


def refusal(rows: pl.DataFrame, wanted: Thesis, coverage: str, model: str) -> str:
    """Why a model is not fitted, as a sentence; empty where it is."""
    if coverage != "census":
        return (
            f"The snapshot is a {coverage}, chosen by something that has to do with derivatives, so how many of them a "
            "release has in it says nothing of how many it has."
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


class _Model:
    """One fitted model: its rows as arrays, its terms, its expectations."""

    def __init__(self, name: str, rows: pl.DataFrame, released: pl.DataFrame, index: pl.DataFrame) -> None:
        self.name, self.rows = name, rows
        self.families = rows["family"].unique().sort().to_list()
        numbers = {family: number for number, family in enumerate(self.families)}
        self.of = rows["family"].replace_strict(numbers, return_dtype=pl.Int64).to_numpy()
        self.plane = {
            SURFACE: _covered(rows, self.families, index) / POINTS,
            CADENCE: _release_days(rows, self.families, released) / DAYS,
        }
        keys, columns = self._columns()
        matrix = np.column_stack([np.ones(rows.height), *columns])
        kept = regression.independent(matrix)
        self.keys = [keys[column - 1] for column in kept if column]
        self.left_out = [keys[column - 1][2] for column in range(1, matrix.shape[1]) if column not in kept]
        self.design = Design(
            counts=rows["derivatives"].cast(pl.Float64).to_numpy(),
            offset=np.log(rows["age_days"].to_numpy() / MONTH),
            matrix=np.ascontiguousarray(matrix[:, kept]),
            families=self.of,
        )
        self.fitted: Fit = regression.fit(self.design)

    def _columns(self) -> tuple[list[tuple[str, str, str, int]], list[Floats]]:
        """Key, class, label and number of releases of every term, and its column."""
        keys, columns = [], []
        age = self.rows["age_days"].to_numpy() / MONTH
        numeric = {
            "log2_age": np.log2(age),
            "log2_size": np.log2(self.rows["total"].to_numpy() / 1e9),
            SCORE: self.rows["score"].to_numpy() / (100 * POINTS),
        } | {name: self._own(name) for name in self.plane}
        for term in MODELS[self.name]:
            if term in numeric:
                keys.append((term, "", NUMBERS[term], self.rows.height))
                columns.append(numeric[term])
                continue
            for name in _classes(self.rows, term):
                chosen = (self.rows[term] == name).to_numpy()
                label = f"{TRAITS[term]}: {NAMES.get(name, name)}, against {REFERENCE[term]}"
                keys.append((term, name, label, int(chosen.sum())))
                columns.append(chosen.astype(np.float64))
        return keys, columns

    def _own(self, name: str) -> Floats:
        return self.plane[name][np.arange(self.rows.height), self.of]

    def _randomised(self, term: str, column: int) -> tuple[str, regression.Randomised]:
        if term not in self.plane:
            return "signs turned", regression.turned(self.design, column)
        plane, row, of = self.plane[term], np.arange(self.rows.height), self.of

        def values(order: Ints) -> Floats:
            return plane[row, order[of]]

        return "families exchanged", regression.exchanged(self.design, column, values)

    def terms(self) -> pl.DataFrame:
        """Rows of `schema.Thesis`."""
        without = regression.without_each(self.design, self.fitted)
        rows = []
        for column, (term, name, label, releases) in enumerate(self.keys, start=1):
            estimate, error = self.fitted.coefficients[column], self.fitted.errors[column]
            kind, found = self._randomised(term, column)
            spread = without[:, column]
            lowest, highest = int(np.nanargmin(spread)), int(np.nanargmax(spread))
            rows.append(
                {
                    "model": self.name,
                    "term": term,
                    "category": name,
                    "label": label,
                    "position": column,
                    "releases": releases,
                    "rate_ratio": _ratio(estimate),
                    "low": _ratio(estimate - self.fitted.critical * error),
                    "high": _ratio(estimate + self.fitted.critical * error),
                    "level": regression.LEVEL,
                    "p": round(found.p, 4),
                    "randomisation": kind,
                    "arrangements": found.arrangements,
                    "without_low": _ratio(spread[lowest]),
                    "without_low_family": self.families[lowest],
                    "without_high": _ratio(spread[highest]),
                    "without_high_family": self.families[highest],
                }
            )
        return pl.DataFrame(rows, schema=schema.Thesis.create_empty().schema)

    def expectations(self) -> pl.DataFrame:
        """Rows of `schema.ThesisExpected`: by family in derivatives, by count in releases."""
        from scipy.stats import nbinom  # half a second, which most snapshots, where nothing is fitted, do not need

        counts, mean, alpha = self.design.counts, self.fitted.expected, self.fitted.alpha
        rows: list[dict[str, Any]] = []
        for number, family in enumerate(self.families):
            chosen = self.of == number
            rows.append(self._compared("family", family, counts[chosen].sum(), mean[chosen].sum(), int(chosen.sum())))
        ends = [*(low for low, _ in COUNTS[1:]), np.inf]
        for (low, name), end in zip(COUNTS, ends, strict=True):
            below = [
                nbinom.cdf(limit - 1, 1 / alpha, 1 / (1 + alpha * mean)) if limit > 0 else np.zeros(mean.size)
                for limit in (low, end)
            ]
            inside = int(((counts >= low) & (counts < end)).sum())
            rows.append(self._compared("count", name, inside, (below[1] - below[0]).sum(), inside))
        return pl.DataFrame(rows, schema=ThesisExpected.create_empty().schema)

    def _compared(self, kind: str, name: str, observed: float, expected: float, releases: int) -> dict[str, Any]:
        return {
            "model": self.name,
            "kind": kind,
            "category": name,
            "releases": releases,
            "observed": int(observed),
            "expected": _rounded(float(expected)),
        }


def _ratio(coefficient: float) -> float:
    """A rate ratio to four digits, so that no machine's arithmetic shows."""
    return _rounded(float(np.exp(np.clip(coefficient, -30, 30))))


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _classes(rows: pl.DataFrame, trait: str) -> list[str]:
    """Classes of a trait but the reference, in the order in which they are told."""
    order = [*(name for _, name in SIZE_CLASSES), LARGEST] if trait == "size_class" else []
    found = set(rows[trait]) - {REFERENCE[trait]}
    return [name for name in order if name in found] + sorted(found - set(order))


def _covered(rows: pl.DataFrame, families: list[str], index: pl.DataFrame) -> Floats:
    """What each family covered of the grid in the month of each release; nothing before its first release."""
    wide = rows.select(month=pl.col("released").dt.truncate("1mo")).join(
        index.filter(pl.col("family").is_in(families)).pivot("family", index="month", values="index"),
        on="month",
        how="left",
        maintain_order="left",
    )
    missing = [family for family in families if family not in wide.columns]
    wide = wide.with_columns(pl.lit(0.0).alias(family) for family in missing)
    return wide.select(pl.col(families).fill_null(0.0)).to_numpy()


def _release_days(rows: pl.DataFrame, families: list[str], released: pl.DataFrame) -> Floats:
    """Days in the year up to each release on which each family released something of the rows used."""
    days = {
        family: np.array(sorted({day.toordinal() for day in part["released"]}))
        for (family,), part in released.group_by("family")
    }
    until = np.array([day.toordinal() for day in rows["released"]])
    year = timedelta(days=365).days
    return np.column_stack(
        [
            np.searchsorted(days[family], until, side="right") - np.searchsorted(days[family], until - year, "right")
            for family in families
        ]
    ).astype(np.float64)


def _summary(model: str, rows: pl.DataFrame, reason: str, fitted: _Model | None) -> dict[str, Any]:
    """A row of `schema.ThesisFit`."""
    known: dict[str, Any] = {
        "model": model,
        "refused": fitted is None,
        "reason": reason,
        "releases": rows.height,
        "families": rows["family"].n_unique(),
        "derivatives": int(rows["derivatives"].sum()),
        "without_derivatives": int((rows["derivatives"] == 0).sum()),
    }
    if fitted is None:
        return known
    fit = fitted.fitted
    return known | {
        "terms": len(fitted.keys),
        "left_out": "; ".join(fitted.left_out),
        "alpha": _rounded(fit.alpha),
        "alpha_low": _rounded(max(fit.alpha - fit.critical * fit.alpha_error, 0.0)),
        "alpha_high": _rounded(fit.alpha + fit.critical * fit.alpha_error),
        "pearson": _rounded(fit.pearson),
        "log_likelihood": round(fit.log_likelihood, 2),
        "log_likelihood_poisson": round(fit.log_likelihood_poisson, 1),
        "log_likelihood_constant": round(fit.log_likelihood_constant, 2),
    }
