"""A count model with families as its units: rate ratios, and how far they hang on single families.

Called by `thesis_model`; knows nothing of releases. All data come as arrays, one row a release.

Method
1. Negative binomial regression (NB2: variance mu + alpha mu^2) with a log link and an offset, by maximum
   likelihood (statsmodels): from a Poisson fit and the alpha of its residuals, by BFGS, then by Newton's method until
   nothing moves. No interval is given: one with errors clustered by family misses its level by far with so few
   families (`tests/benchmarks/thesis.csv`).
2. Leave one family out: the same model without each family in turn, alpha as fitted to all, so that a term's range
   shows what one family can do to it.
3. Randomisation tests over families, by the score of the term at the model fitted without it, so that
   nothing is fitted again. Releases of one family have something in common that no trait says: a variance between
   families is estimated from the residuals (by moments, weighed as maximum likelihood would), and rows are weighed by
   the inverse of both variances together, so that a family of two hundred releases does not count as two hundred
   witnesses. A term that belongs to families as wholes is tested by giving each family another one's values; its
   statistic is the score over the root of its information under both variances (studentised). Any other term is
   tested by flipping the signs of these contributions. All 2^families combinations of signs are taken where there are
   few families, else a fixed number from a seeded generator; the p value counts the data as they are among them.

Counts can run off: where a class of releases has no derivative at all, its likeliest rate is zero, which no
coefficient reaches. Such a model is refused (`NotFittedError`), and so is one whose counts are spread no wider than
chance.

Known drawbacks: both tests take families to be exchangeable but for the terms in the model, which holds nearly: how
often they find an effect where none is stands in `tests/benchmarks/thesis.csv`. Where one
family carries an exchanged term, it keeps its own values in one of as many arrangements as there are
families, so p cannot fall far below that share: few families can show little.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson
from statsmodels.discrete.discrete_model import NegativeBinomial
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEED = 2026
DRAWS = 1_999
"""Draws of a randomisation test where not all of them can be taken."""

AT_ONCE = 200
"""Arrangements whose columns are in memory together."""

FEW = 10
"""Up to so many families every combination of signs is taken: two to the power of them."""

TIE = 1e-9
"""Statistics that differ by less than this share are the same: arithmetic must not decide a p value."""

STEPS = 50
"""Of the search for the variance between families, which settles in a few."""

LEAST_ALPHA = 0.01
"""Where the search for alpha begins if the Poisson model leaves no spread."""

RUN_OFF = 15.0
"""A coefficient beyond this (a rate ratio of three million) has no likeliest value: the search just stops there."""

NO_ALPHA = 1e-6
"""Counts whose alpha is smaller are spread no wider than a Poisson model says, so that alpha has no maximum above 0."""

COLLINEAR = 1e-7
"""A column whose part that no earlier column explains is smaller than this share of it adds nothing."""


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
    """Coefficients, and what the fit is worth."""

    coefficients: Floats
    alpha: float
    expected: Floats
    log_likelihood: float
    log_likelihood_poisson: float
    log_likelihood_constant: float
    pearson: float


class NotFittedError(Exception):
    """The likelihood has no maximum, or none that is found from the fixed start."""


def independent(matrix: Floats) -> list[int]:
    """Columns that no earlier columns add up to, in order."""
    scaled = matrix / np.maximum(np.linalg.norm(matrix, axis=0), np.finfo(float).tiny)
    chosen: list[int] = []
    for column in range(matrix.shape[1]):
        if np.linalg.matrix_rank(scaled[:, [*chosen, column]], tol=COLLINEAR) > len(chosen):
            chosen.append(column)
    return chosen


def fit(design: Design) -> Fit:
    """The model by maximum likelihood. Raises NotFittedError when no maximum is found."""
    found = likeliest(design.counts, design.offset, design.matrix)
    coefficients, alpha = found.params[:-1], float(found.params[-1])
    mean = _expected(design, coefficients)
    without_spread = GLM(design.counts, design.matrix, family=families.Poisson(), offset=design.offset).fit()
    return Fit(
        coefficients=coefficients,
        alpha=alpha,
        expected=mean,
        log_likelihood=float(found.llf),
        log_likelihood_poisson=float(poisson.logpmf(design.counts, without_spread.mu).sum()),
        log_likelihood_constant=float(likeliest(design.counts, design.offset, design.matrix[:, :1]).llf),
        pearson=float(
            (np.square(design.counts - mean) / (mean + alpha * np.square(mean))).sum()
            / (design.counts.size - coefficients.size)
        ),
    )


def likeliest(counts: Floats, offset: Floats, matrix: Floats, near: Floats | None = None) -> Any:
    """statsmodels' fit of coefficients and, as the last parameter, alpha.

    near: parameters of a model that is nearly the same, from which Newton's method mostly gets there by itself.
    Raises NotFittedError where the counts run off: the search does not end, or ends where no maximum is.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what runs off is refused below, in our own words
        model = NegativeBinomial(counts, matrix, offset=offset, loglike_method="nb2")
        found = None if near is None else _settled(model, near)
        try:
            found = found or _settled(model, _from_poisson(model, counts, offset, matrix))
        except (np.linalg.LinAlgError, ValueError) as error:
            raise NotFittedError from error
    if not found:
        raise NotFittedError
    return found


def _from_poisson(model: NegativeBinomial, counts: Floats, offset: Floats, matrix: Floats) -> Floats:
    """Parameters close to the maximum, from those of the Poisson model and the alpha of its residuals."""
    start = GLM(counts, matrix, family=families.Poisson(), offset=offset).fit()
    spread = (np.square(counts - start.mu) - start.mu).sum() / np.square(start.mu).sum()
    closer = model.fit(
        start_params=np.append(start.params, max(spread, LEAST_ALPHA)),
        method="bfgs",
        maxiter=500,
        disp=0,
        warn_convergence=False,
    )
    return closer.params


def _settled(model: NegativeBinomial, start: Floats) -> Any:
    """The fit by Newton's method from this start; None where it does not settle at a maximum."""
    try:
        found = model.fit(start_params=start, method="newton", maxiter=60, tol=1e-12, disp=0, warn_convergence=False)
    except (np.linalg.LinAlgError, ValueError):  # a matrix that is singular, or not finite, at the end
        return None
    *coefficients, alpha = found.params
    is_bounded = np.isfinite(found.bse).all() and np.abs(coefficients).max() < RUN_OFF  # false for not a number
    return found if found.mle_retvals["converged"] and is_bounded and alpha > NO_ALPHA else None


def _expected(design: Design, coefficients: Floats) -> Floats:
    return np.exp(design.matrix @ coefficients + design.offset)


def without_each(design: Design, fitted: Fit) -> Floats:
    """Coefficients without each family in turn, a row each, alpha as fitted to all.

    A term that rests on one family alone has none without it: not a number. One whose counts run off without the
    family is minus or plus infinity: a class of releases that is then left without any derivative has the rate zero.
    """
    family = families.NegativeBinomial(alpha=fitted.alpha)
    coefficients = np.full((design.n_families, design.matrix.shape[1]), np.nan)
    for number in range(design.n_families):
        rows = design.families != number
        columns = independent(design.matrix[rows])
        model = GLM(design.counts[rows], design.matrix[rows][:, columns], family=family, offset=design.offset[rows])
        best = _nearest(model, fitted.coefficients[columns])
        coefficients[number, columns] = np.where(np.abs(best) > RUN_OFF, np.sign(best) * np.inf, best)
    return coefficients


def _nearest(model: GLM, start: Floats) -> Floats:
    """The likeliest coefficients: by Newton's method from the start, else from where BFGS gets, else those."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")

        def by_newton(start: Floats) -> Any:
            return model.fit(start_params=start, method="newton", maxiter=20, tol=1e-12, disp=False)

        try:
            found = by_newton(start)
            if found.mle_retvals["converged"]:
                return found.params
        except np.linalg.LinAlgError:  # the counts run off
            pass
        near = model.fit(start_params=start, method="bfgs", maxiter=1000, gtol=1e-8, disp=False)
        found = by_newton(near.params)
    return found.params if found.mle_retvals["converged"] else near.params


# --------------------------------------------------------------------------------- randomisation


@dataclass(frozen=True)
class Randomised:
    """A p value, and how many arrangements of the families it counts."""

    p: float
    arrangements: int


class Null:
    """The model without one term: what its residuals say, weighed by the variance within families and between them."""

    def __init__(self, design: Design, term: int, fitted: Fit | None = None) -> None:
        """fitted: the model with the term, where it is known, which spares a search."""
        self.others = np.delete(design.matrix, term, axis=1)
        self.families = design.families
        self._members = (np.arange(design.n_families)[:, None] == design.families).astype(np.float64)
        near = np.append(np.delete(fitted.coefficients, term), fitted.alpha) if fitted else None
        found = likeliest(design.counts, design.offset, self.others, near)
        alpha, mean = found.params[-1], np.exp(self.others @ found.params[:-1] + design.offset)
        self.residuals = (design.counts - mean) / (1 + alpha * mean)
        self.weights = mean / (1 + alpha * mean)
        self.between = between_families(self.residuals, self.weights, self.families)
        self._explained = self.weighed(self.others)
        self._inverse = np.linalg.inv(self.others.T @ self._explained)
        self.score = self.weighed(self.remainder((self.residuals / self.weights)[:, None]))[:, 0]

    def weighed(self, columns: Floats) -> Floats:
        """The columns times the inverse of the covariance: chance within families, and one variance between them."""
        weighted = columns * self.weights[:, None]
        inside = np.bincount(self.families, self.weights)
        sums = self._members @ weighted
        return (
            weighted
            - self.weights[:, None] * (sums * (self.between / (1 + self.between * inside))[:, None])[self.families]
        )

    def remainder(self, columns: Floats) -> Floats:
        """The columns less what the other terms explain of them, by generalised least squares."""
        return columns - self.others @ (self._inverse @ (self._explained.T @ columns))

    def contributions(self, columns: Floats) -> Floats:
        """What each family adds to the score of each column: a row a family."""
        return self._members @ (self.remainder(columns) * self.score[:, None])


def between_families(residuals: Floats, weights: Floats, families: Ints) -> float:
    """Variance of the log rate between families, at least 0: what their mean residuals spread beyond chance.

    residuals, weights: of the score of each row.
    """
    inside = np.bincount(families, weights)
    means = np.bincount(families, residuals) / inside
    between = 0.0
    for _ in range(STEPS):
        certain = np.square(inside / (1 + between * inside))
        between = max(0.0, float(np.average(np.square(means) - 1 / inside, weights=certain)))
    return between


def signs_flipped(design: Design, term: int, fitted: Fit | None = None) -> Randomised:
    """The test of a term by flipping the signs of the families' contributions to its score."""
    scores = Null(design, term, fitted).contributions(design.matrix[:, [term]])[:, 0]
    return _p(np.abs((signs(scores.size) * scores).sum(axis=1)))


def signs(n_families: int) -> Floats:
    """Arrangements of signs, a row each, the data's own first."""
    if n_families <= FEW:
        return np.array(list(product((1.0, -1.0), repeat=n_families)))
    drawn = np.random.default_rng(SEED).integers(0, 2, (DRAWS, n_families))
    return np.vstack([np.ones(n_families), 1.0 - 2.0 * drawn]).astype(np.float64)


def families_exchanged(
    design: Design, term: int, values: Callable[[Ints], Floats], fitted: Fit | None = None
) -> Randomised:
    """The test of a term by exchanging its values between families.

    values: `values(order)` gives the term's column when family i has the values of family order[i].
    """
    null = Null(design, term, fitted)
    orders = exchanges(design.n_families)
    statistics = []
    for start in range(0, len(orders), AT_ONCE):
        columns = null.remainder(np.column_stack([values(order) for order in orders[start : start + AT_ONCE]]))
        information = (columns * null.weighed(columns)).sum(axis=0)
        statistics.append(np.abs(columns.T @ null.score) / np.sqrt(np.maximum(information, TIE)))
    return _p(np.concatenate(statistics))


def exchanges(n_families: int) -> list[Ints]:
    """Arrangements of families, the data's own first."""
    rng = np.random.default_rng(SEED)
    return [np.arange(n_families), *(rng.permutation(n_families) for _ in range(DRAWS))]


def _p(statistics: Floats) -> Randomised:
    """The share of arrangements whose statistic is at least as large as that of the first, the data themselves."""
    is_as_large = statistics >= statistics[0] * (1 - TIE)
    return Randomised(float(is_as_large.mean()), int(statistics.size))
