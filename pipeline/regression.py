"""A count model with families as its units: rate ratios, and how far they hang on single families.

Called by the stage `thesis`; knows nothing of releases. All data come as arrays.

Method
1. Negative binomial regression (NB2: variance mu + alpha mu^2) with a log link and an offset, by maximum
   likelihood (statsmodels), from fixed starting values. Standard errors are clustered by family, with a
   t distribution of families - 1 degrees of freedom.
2. Leave one family out: the same model without each family in turn, alpha held, so that a term's range
   shows what one family can do to it.
3. Randomisation tests over families, by the score of the term at the model fitted without it, so that
   nothing is fitted again. A term that belongs to families as wholes is tested by giving each family
   another one's values; any other term by turning round the signs of the families' contributions to the
   score. All turns are taken where they are few, else a fixed number from a seeded generator; the p value
   counts the data as they are among them.

Known drawbacks: clustered errors are too small with few families, which is why the p values come from
families as units; both tests take families to be exchangeable but for the terms in the model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEED = 2026
DRAWS = 1_999
"""Draws of a randomisation test where not all of them can be taken."""

FEW = 10
"""Up to so many families every turn of signs is taken: two to the power of them."""

LEVEL = 0.95
TIE = 1e-9
"""Statistics that differ by less than this share are the same: arithmetic must not decide a p value."""

_COLLINEAR = 1e-7


@dataclass(frozen=True)
class Design:
    """Counts, an offset, a matrix whose first column is the constant, and the family of each row."""

    counts: Floats
    offset: Floats
    matrix: Floats
    families: Ints

    @property
    def n_families(self) -> int:
        """Families, numbered from 0 without a gap."""
        return int(self.families.max()) + 1


@dataclass(frozen=True)
class Fit:
    """Coefficients with clustered errors, and what the fit is worth."""

    coefficients: Floats
    errors: Floats
    alpha: float
    alpha_error: float
    expected: Floats
    log_likelihood: float
    log_likelihood_poisson: float
    log_likelihood_constant: float
    pearson: float
    critical: float


class NotFittedError(Exception):
    """The likelihood has no maximum that can be found from the fixed start."""


def independent(matrix: Floats) -> list[int]:
    """Columns that no earlier columns add up to, in order."""
    kept: list[int] = []
    for column in range(matrix.shape[1]):
        candidate = matrix[:, column]
        size = np.sqrt(np.square(candidate).sum())
        if not size:
            continue
        rest = candidate
        if kept:
            basis, _ = np.linalg.qr(matrix[:, kept])
            for _ in range(2):  # twice, since once leaves rounding behind
                rest = rest - basis @ (basis.T @ rest)
        if np.sqrt(np.square(rest).sum()) > _COLLINEAR * size:
            kept.append(column)
    return kept


def fit(design: Design) -> Fit:
    """The model by maximum likelihood. Raises NotFittedError when no maximum is found."""
    from scipy.stats import t
    from statsmodels.discrete.discrete_model import NegativeBinomial

    start = _with_alpha(design, 1.0)
    mean = _expected(design, start)
    excess = (np.square(design.counts - mean) - mean) / np.square(mean)
    alpha = float(np.clip(np.mean(excess), 0.1, 10.0))
    start = _with_alpha(design, alpha)
    model = NegativeBinomial(design.counts, design.matrix, offset=design.offset, loglike_method="nb2")
    found = _maximise(model, np.append(start, alpha), design.families)
    coefficients, alpha = np.asarray(found.params[:-1]), float(found.params[-1])
    mean = _expected(design, coefficients)
    poisson = _log_likelihood(design, _poisson(design))
    constant = NegativeBinomial(design.counts, design.matrix[:, :1], offset=design.offset, loglike_method="nb2")
    level = np.log(design.counts.sum() / np.exp(design.offset).sum())
    alone = _maximise(constant, np.array([level, max(alpha, 1.0)]), design.families)
    return Fit(
        coefficients=coefficients,
        errors=np.asarray(found.bse[:-1]),
        alpha=alpha,
        alpha_error=float(found.bse[-1]),
        expected=mean,
        log_likelihood=float(found.llf),
        log_likelihood_poisson=poisson,
        log_likelihood_constant=float(alone.llf),
        pearson=float(
            (np.square(design.counts - mean) / (mean + alpha * np.square(mean))).sum()
            / (design.counts.size - coefficients.size)
        ),
        critical=float(t.ppf(0.5 + LEVEL / 2, design.n_families - 1)),
    )


def _maximise(model: Any, start: Floats, families: Ints) -> Any:
    """Newton's steps from a fixed start; refuses what did not converge or is not finite."""
    found = model.fit(
        start_params=start,
        method="newton",
        maxiter=60,
        tol=1e-12,
        disp=0,
        warn_convergence=False,
        cov_type="cluster",
        cov_kwds={"groups": families},
    )
    good = found.mle_retvals["converged"] and np.isfinite(found.params).all() and found.params[-1] > 0
    if not good or not np.isfinite(found.bse).all():
        raise NotFittedError
    return found


def _with_alpha(design: Design, alpha: float, columns: list[int] | None = None) -> Floats:
    """Coefficients of the model whose alpha is given, by reweighted least squares."""
    from statsmodels.genmod.families import NegativeBinomial
    from statsmodels.genmod.generalized_linear_model import GLM

    matrix = design.matrix if columns is None else design.matrix[:, columns]
    found = GLM(design.counts, matrix, family=NegativeBinomial(alpha=alpha), offset=design.offset).fit(
        maxiter=200, tol=1e-12
    )
    return np.asarray(found.params)


def _poisson(design: Design) -> Floats:
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    return np.asarray(GLM(design.counts, design.matrix, family=Poisson(), offset=design.offset).fit(maxiter=200).params)


def _log_likelihood(design: Design, coefficients: Floats) -> float:
    from scipy.stats import poisson

    return float(poisson.logpmf(design.counts, _expected(design, coefficients)).sum())


def _expected(design: Design, coefficients: Floats, columns: list[int] | None = None) -> Floats:
    matrix = design.matrix if columns is None else design.matrix[:, columns]
    return np.exp(np.clip(matrix @ coefficients + design.offset, -30.0, 30.0))


def without_each(design: Design, fitted: Fit) -> Floats:
    """Coefficients without each family in turn, a row each, alpha held.

    A term that rests on one family alone has none without it: not a number.
    """
    rows = []
    for family in range(design.n_families):
        kept = design.families != family
        columns = independent(design.matrix[kept])
        part = Design(
            design.counts[kept], design.offset[kept], design.matrix[kept], np.zeros(int(kept.sum()), dtype=np.int64)
        )
        row = np.full(design.matrix.shape[1], np.nan)
        row[columns] = _with_alpha(part, fitted.alpha, columns)
        rows.append(row)
    return np.array(rows)


# --------------------------------------------------------------------------------- randomisation


@dataclass(frozen=True)
class Randomised:
    """A p value, and how many arrangements of the families it counts."""

    p: float
    arrangements: int


@dataclass(frozen=True)
class _Null:
    """The model without one term: residuals, weights, and what the other terms leave of a column."""

    residuals: Floats
    weights: Floats
    others: Floats

    def rest(self, columns: Floats) -> Floats:
        """The columns without what the other terms tell of them, weighted."""
        weighted = self.others * self.weights[:, None]
        return columns - self.others @ np.linalg.solve(self.others.T @ weighted, weighted.T @ columns)


def _null(design: Design, alpha: float, term: int) -> _Null:
    columns = [column for column in range(design.matrix.shape[1]) if column != term]
    mean = _expected(design, _with_alpha(design, alpha, columns), columns)
    spread = 1 + alpha * mean
    return _Null((design.counts - mean) / spread, mean / spread, design.matrix[:, columns])


def _by_family(design: Design, values: Floats) -> Floats:
    """Sums of rows by family."""
    sums = np.zeros((design.n_families, values.shape[1]))
    np.add.at(sums, design.families, values)
    return sums


def turned(design: Design, fitted: Fit, term: int) -> Randomised:
    """Turns of the signs of the families' contributions to the term's score."""
    null = _null(design, fitted.alpha, term)
    score = _by_family(design, (null.residuals[:, None] * null.rest(design.matrix[:, [term]])))[:, 0]
    families = score.size
    if families <= FEW:
        signs = 1.0 - 2.0 * ((np.arange(2**families)[:, None] >> np.arange(families)) & 1)
    else:
        drawn = np.random.default_rng(SEED).integers(0, 2, (DRAWS, families))
        signs = np.vstack([np.ones(families), 1.0 - 2.0 * drawn])
    return _p(np.abs((signs * score).sum(axis=1)))


def exchanged(design: Design, fitted: Fit, term: int, values: Callable[[Ints], Floats]) -> Randomised:
    """Families exchange the term's values: `values(order)` gives the column when family i has those of order[i]."""
    null = _null(design, fitted.alpha, term)
    rng = np.random.default_rng(SEED)
    orders = [np.arange(design.n_families), *(rng.permutation(design.n_families) for _ in range(DRAWS))]
    statistics = []
    for start in range(0, len(orders), 200):
        columns = np.column_stack([values(order) for order in orders[start : start + 200]])
        contributions = null.residuals[:, None] * null.rest(columns)
        by_family = _by_family(design, contributions)
        spread = np.sqrt(np.square(by_family).sum(axis=0))
        statistics.append(np.abs(by_family.sum(axis=0)) / np.where(spread > 0, spread, 1.0))
    return _p(np.concatenate(statistics))


def _p(statistics: Floats) -> Randomised:
    """The share of arrangements at least as far from nothing as the first, which is the data themselves."""
    reached = statistics >= statistics[0] * (1 - TIE)
    return Randomised(float(reached.mean()), int(statistics.size))
