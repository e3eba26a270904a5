"""A count model with families as its units: rate ratios, and how far they hang on single families.

Called by `thesis`; knows nothing of releases. All data come as arrays.

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
families as units; both tests take families to be exchangeable but for the terms in the model. Where one
family carries an exchanged term, it keeps its own values in one of as many arrangements as there are
families, so p cannot fall far below that share: few families can show little.
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

STEPS, TURNS, SMALL = 100, 25, 1e-10
"""Most steps of a solver, turns between coefficients and alpha, and the step that is small enough."""

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


UNFITTED = (NotFittedError, np.linalg.LinAlgError)
"""What says that there is no single maximum: a singular information matrix is one that is flat in some direction."""


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
    from scipy.stats import poisson, t  # heavy: only where something is fitted

    start, alpha = estimate(design.counts, design.offset, design.matrix)
    found = _maximise(design, np.append(start, alpha))
    coefficients, alpha = np.asarray(found.params[:-1]), float(found.params[-1])
    mean = _expected(design.offset, design.matrix, coefficients)
    single = Design(design.counts, design.offset, design.matrix[:, :1], design.families)
    alone = _maximise(single, np.append(*estimate(single.counts, single.offset, single.matrix)))
    without_spread = _given(design.counts, design.offset, design.matrix, 0.0)
    return Fit(
        coefficients=coefficients,
        errors=np.asarray(found.bse[:-1]),
        alpha=alpha,
        alpha_error=float(found.bse[-1]),
        expected=mean,
        log_likelihood=float(found.llf),
        log_likelihood_poisson=float(
            poisson.logpmf(design.counts, _expected(design.offset, design.matrix, without_spread)).sum()
        ),
        log_likelihood_constant=float(alone.llf),
        pearson=float(
            (np.square(design.counts - mean) / (mean + alpha * np.square(mean))).sum()
            / (design.counts.size - coefficients.size)
        ),
        critical=float(t.ppf(0.5 + LEVEL / 2, design.n_families - 1)),
    )


def _maximise(design: Design, start: Floats) -> Any:
    """Newton's last steps and clustered errors by statsmodels; refuses what is not a maximum."""
    from statsmodels.discrete.discrete_model import NegativeBinomial  # heavy: only where something is fitted

    model = NegativeBinomial(design.counts, design.matrix, offset=design.offset, loglike_method="nb2")
    with np.errstate(all="ignore"):  # where it runs off to infinity is looked at below
        found = model.fit(
            start_params=start,
            method="newton",
            maxiter=60,
            tol=1e-12,
            disp=0,
            warn_convergence=False,
            cov_type="cluster",
            cov_kwds={"groups": design.families},
        )
    good = found.mle_retvals["converged"] and np.isfinite(found.params).all() and found.params[-1] > 0
    if not good or not np.isfinite(found.bse).all():
        raise NotFittedError
    return found


def estimate(counts: Floats, offset: Floats, matrix: Floats) -> tuple[Floats, float]:
    """Coefficients and alpha, by turns: each the likeliest given the other."""
    alpha = 1.0
    coefficients = _given(counts, offset, matrix, alpha)
    for _ in range(TURNS):
        last, alpha = alpha, _dispersion(counts, _expected(offset, matrix, coefficients), alpha)
        coefficients = _given(counts, offset, matrix, alpha, coefficients)
        if abs(alpha - last) < SMALL * alpha:
            break
    return coefficients, alpha


def _given(counts: Floats, offset: Floats, matrix: Floats, alpha: float, start: Floats | None = None) -> Floats:
    """Coefficients of the model whose alpha is given, by Newton's steps, none of which moves a row by more than one.

    Steps follow the observed curvature. With the expected one (reweighted least squares), counts that are spread
    wider than the model says come closer by a few hundredths of the way at each step, or run off.
    """
    if start is None:
        start = np.asarray(np.linalg.lstsq(matrix, np.log(counts + 0.5) - offset, rcond=None)[0], dtype=np.float64)
    coefficients = start
    for _ in range(STEPS):
        mean = _expected(offset, matrix, coefficients)
        spread = 1 + alpha * mean
        bent = matrix * (mean * (1 + alpha * counts) / np.square(spread))[:, None]
        step = np.linalg.solve(bent.T @ matrix, matrix.T @ ((counts - mean) / spread))
        step = step / max(1.0, np.abs(matrix @ step).max())
        coefficients = coefficients + step
        if np.abs(step).max() < SMALL:
            break
    return coefficients


def _dispersion(counts: Floats, mean: Floats, alpha: float) -> float:
    """The likeliest alpha for these means, by Newton's steps in its logarithm, each of at most one."""
    from scipy.special import digamma, polygamma  # heavy: only where something is fitted

    log_alpha = np.log(alpha)
    for _ in range(STEPS):
        size = np.exp(-log_alpha)
        slope = digamma(counts + size) - digamma(size) + np.log(size / (size + mean)) + 1
        slope = (slope - (counts + size) / (mean + size)).sum()
        bend = polygamma(1, counts + size) - polygamma(1, size) + 1 / size - 2 / (mean + size)
        bend = (bend + (counts + size) / np.square(mean + size)).sum()
        first, second = -size * slope, size * slope + size**2 * bend
        step = np.clip(-first / second if second < 0 else np.sign(first), -1.0, 1.0)
        log_alpha = np.clip(log_alpha + step, -9.0, 9.0)
        if abs(step) < SMALL:
            break
    return float(np.exp(log_alpha))


def _expected(offset: Floats, matrix: Floats, coefficients: Floats) -> Floats:
    return np.exp(np.clip(matrix @ coefficients + offset, -30.0, 30.0))


def without_each(design: Design, fitted: Fit) -> Floats:
    """Coefficients without each family in turn, a row each, alpha held.

    A term that rests on one family alone has none without it: not a number.
    """
    rows = []
    for family in range(design.n_families):
        kept = design.families != family
        columns = independent(design.matrix[kept])
        row = np.full(design.matrix.shape[1], np.nan)
        row[columns] = _given(design.counts[kept], design.offset[kept], design.matrix[kept][:, columns], fitted.alpha)
        rows.append(row)
    return np.array(rows)


# --------------------------------------------------------------------------------- randomisation


@dataclass(frozen=True)
class Randomised:
    """A p value, and how many arrangements of the families it counts."""

    p: float
    arrangements: int


class _Null:
    """The model without one term: its residuals, and what the other terms leave of a column."""

    def __init__(self, design: Design, term: int) -> None:
        self.others = np.delete(design.matrix, term, axis=1)
        coefficients, alpha = estimate(design.counts, design.offset, self.others)
        mean = _expected(design.offset, self.others, coefficients)
        self.residuals = (design.counts - mean) / (1 + alpha * mean)
        self.weights = mean / (1 + alpha * mean)

    def rest(self, columns: Floats) -> Floats:
        """The columns without what the other terms tell of them, weighted."""
        weighted = self.others * self.weights[:, None]
        return columns - self.others @ np.linalg.solve(self.others.T @ weighted, weighted.T @ columns)


def turned(design: Design, term: int) -> Randomised:
    """Turns of the signs of the families' contributions to the term's score."""
    null = _Null(design, term)
    score = np.bincount(design.families, null.residuals * null.rest(design.matrix[:, [term]])[:, 0])
    families = score.size
    if families <= FEW:
        signs = 1.0 - 2.0 * ((np.arange(2**families)[:, None] >> np.arange(families)) & 1)
    else:
        drawn = np.random.default_rng(SEED).integers(0, 2, (DRAWS, families))
        signs = np.vstack([np.ones(families), 1.0 - 2.0 * drawn])
    return _p(np.abs((signs * score).sum(axis=1)))


def exchanged(design: Design, term: int, values: Callable[[Ints], Floats]) -> Randomised:
    """Families exchange the term's values: `values(order)` gives the column when family i has those of order[i]."""
    null = _Null(design, term)
    rng = np.random.default_rng(SEED)
    orders = [np.arange(design.n_families), *(rng.permutation(design.n_families) for _ in range(DRAWS))]
    statistics = []
    for start in range(0, len(orders), 200):
        columns = null.rest(np.column_stack([values(order) for order in orders[start : start + 200]]))
        information = np.square(columns).T @ null.weights
        statistics.append(np.abs(columns.T @ null.residuals) / np.sqrt(np.maximum(information, TIE)))
    return _p(np.concatenate(statistics))


def _p(statistics: Floats) -> Randomised:
    """The share of arrangements at least as far from nothing as the first, which is the data themselves."""
    reached = statistics >= statistics[0] * (1 - TIE)
    return Randomised(float(reached.mean()), int(statistics.size))
