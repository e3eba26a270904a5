"""One fitted model of the test of surface area: its rows as arrays, its terms, and what it expects.

`thesis` says what is asked and which releases answer; `regression` fits. A module of its own, since statsmodels takes
0.6 s of CPU time to import, which is more than the rest of the stage takes where nothing is fitted.
"""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import nbinom

from pipeline.base import tables
from pipeline.chapters.surface import regression, schema
from pipeline.chapters.surface.regression import Design, Fit, Floats, Ints
from pipeline.chapters.surface.schema import CADENCE, MODELS, REFERENCE, SCORE, SURFACE
from pipeline.hub.sizes import LARGEST, SIZE_CLASSES

MONTH = 365.25 / 12
"""Days of a month of exposure."""

POINTS = 0.1
"""Surface and score are measured in steps of ten points of a hundred."""

DAYS = 5
"""Cadence is measured in steps of so many release days a year."""


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


Term = tuple[str, str, str, int, Floats]
"""Key, class, label, number of releases and column of a term."""


def fitted(name: str, rows: pl.DataFrame, released: pl.DataFrame, index: pl.DataFrame) -> "Model | None":
    """The model of this name fitted to rows of `thesis.observations`; None where no maximum is found.

    released: all usable releases, from which cadence is counted; index: rows of `schema.SurfaceIndex`.
    """
    try:
        return Model(name, rows, released, index)
    except regression.NotFittedError:
        return None


class Model:
    """One fitted model: its rows as arrays, its terms, its expectations. Raises NotFittedError."""

    def __init__(self, name: str, rows: pl.DataFrame, released: pl.DataFrame, index: pl.DataFrame) -> None:
        self.name, self.rows = name, rows
        self.families = rows["family"].unique().sort().to_list()
        self.family = rows["family"].cast(pl.Enum(self.families)).to_physical().to_numpy()
        self.by_family = {  # what each family had when each release came out: a row a release, a column a family
            SURFACE: _covered(rows, self.families, index) / POINTS,
            CADENCE: _release_days(rows, self.families, released) / DAYS,
        }
        terms = self._terms()
        matrix = np.column_stack([np.ones(rows.height), *(column for *_, column in terms)])
        used = regression.independent(matrix)
        self.terms_used = [terms[column - 1] for column in used if column]
        self.left_out = [label for place, (*_, label, _, _) in enumerate(terms, start=1) if place not in used]
        self.design = Design(
            counts=rows["derivatives"].cast(pl.Float64).to_numpy(),
            offset=np.log(rows["age_days"].to_numpy() / MONTH),
            matrix=np.ascontiguousarray(matrix[:, used]),
            families=self.family,
        )
        self.fit: Fit = regression.fit(self.design)
        self.randomised = [self._randomised(term, place) for place, (term, *_) in enumerate(self.terms_used, start=1)]

    def _terms(self) -> list[Term]:
        """Every term of the model but the constant."""
        rows = self.rows
        own = np.arange(rows.height), self.family
        numeric = {
            "log2_age": np.log2(rows["age_days"].to_numpy() / MONTH),
            "log2_size": np.log2(rows["total"].to_numpy() / 1e9),
            SCORE: rows["score"].to_numpy() / (100 * POINTS),
        } | {name: values[own] for name, values in self.by_family.items()}
        terms: list[Term] = []
        for term in MODELS[self.name]:
            if term in numeric:
                terms.append((term, "", NUMBERS[term], rows.height, numeric[term]))
                continue
            for name in _classes(rows, term):
                is_member = (rows[term] == name).to_numpy()
                label = f"{TRAITS[term]}: {NAMES.get(name, name)}, against {REFERENCE[term]}"
                terms.append((term, name, label, int(is_member.sum()), is_member.astype(np.float64)))
        return terms

    def _randomised(self, term: str, column: int) -> tuple[str, regression.Randomised]:
        """How a term is tested, and the result."""
        if term not in self.by_family:
            return "signs turned", regression.signs_flipped(self.design, column, self.fit)
        by_family, row = self.by_family[term], np.arange(self.rows.height)

        def values(order: Ints) -> Floats:
            return by_family[row, order[self.family]]

        return "families exchanged", regression.families_exchanged(self.design, column, values, self.fit)

    def terms(self) -> pl.DataFrame:
        """Rows of `schema.Thesis`."""
        without = regression.without_each(self.design, self.fit)
        rows = []
        for column, ((term, name, label, releases, _), (kind, randomised)) in enumerate(
            zip(self.terms_used, self.randomised, strict=True), start=1
        ):
            lowest, highest = int(np.nanargmin(without[:, column])), int(np.nanargmax(without[:, column]))
            rows.append(
                {
                    "model": self.name,
                    "term": term,
                    "category": name,
                    "label": label,
                    "position": column,
                    "releases": releases,
                    "rate_ratio": _ratio(self.fit.coefficients[column]),
                    "p": round(randomised.p, 4),
                    "randomisation": kind,
                    "arrangements": randomised.arrangements,
                    "without_low": _ratio(without[lowest, column]),
                    "without_low_family": self.families[lowest],
                    "without_high": _ratio(without[highest, column]),
                    "without_high_family": self.families[highest],
                }
            )
        return pl.DataFrame(rows, schema=tables.empty(schema.Thesis).schema)

    def expectations(self) -> pl.DataFrame:
        """Rows of `schema.ThesisExpected`: by family in derivatives, by count in releases."""
        counts, mean, alpha = self.design.counts, self.fit.expected, self.fit.alpha
        rows: list[dict[str, Any]] = []
        for number, family in enumerate(self.families):
            chosen = self.family == number
            rows.append(self._compared("family", family, counts[chosen].sum(), mean[chosen].sum(), int(chosen.sum())))
        ends = [*(low for low, _ in COUNTS[1:]), np.inf]
        for (low, name), end in zip(COUNTS, ends, strict=True):
            below = [
                nbinom.cdf(limit - 1, 1 / alpha, 1 / (1 + alpha * mean)) if limit > 0 else np.zeros(mean.size)
                for limit in (low, end)
            ]
            inside = int(((counts >= low) & (counts < end)).sum())
            rows.append(self._compared("count", name, inside, (below[1] - below[0]).sum(), inside))
        return pl.DataFrame(rows, schema=tables.empty(schema.ThesisExpected).schema)

    def _compared(self, kind: str, name: str, observed: float, expected: float, releases: int) -> dict[str, Any]:
        return {
            "model": self.name,
            "kind": kind,
            "category": name,
            "releases": releases,
            "observed": int(observed),
            "expected": _rounded(float(expected)),
        }

    def summary(self) -> dict[str, Any]:
        """What the fit is worth: columns of `schema.ThesisFit`."""
        fit = self.fit
        return {
            "terms": len(self.terms_used),
            "left_out": "; ".join(self.left_out),
            "alpha": _rounded(fit.alpha),
            "pearson": _rounded(fit.pearson),
            "log_likelihood": round(fit.log_likelihood, 2),
            "log_likelihood_poisson": round(fit.log_likelihood_poisson, 1),
            "log_likelihood_constant": round(fit.log_likelihood_constant, 2),
        }


def _ratio(coefficient: float) -> float:
    """A rate ratio to four digits, so that no machine's arithmetic shows."""
    return _rounded(float(np.exp(np.clip(coefficient, -30, 30))))


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _classes(rows: pl.DataFrame, trait: str) -> list[str]:
    """Classes of a trait but the reference, in the order in which they are shown."""
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
