"""How often the tests on surface area find an effect where none is: `make bench-thesis`.

Worlds are drawn in which derivatives of a release follow its own column, chance, and what its family has besides, and
surface has no effect. Families are few and of very different size, as on the register. Surface is unrelated to size;
grows with it; or is made by the family's own releases of the last twelve months, as in the chapter. In each world every
test is made on the same draws: today's two, the two that they replaced (the model's own information, without a variance
between families), and a t interval with errors clustered by family. The share of rejections at five per cent is kept in
`thesis.csv`, which the page on methods quotes; a test that is right rejects one time in twenty.

Known drawbacks: the worlds are ours; what families have besides is normal, and as large in large families as in
small ones.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import t
from statsmodels.discrete.discrete_model import NegativeBinomial

from pipeline.chapters.methods.facts_thesis_size import BEFORE, EXCHANGED, INTERVAL, TURNED
from pipeline.chapters.surface import regression
from pipeline.chapters.surface.regression import Design, Floats, Ints

RESULTS = Path(__file__).parent / "thesis.csv"
WORLDS = ("unrelated to size", "grows with size", "made by own releases")
LEVEL, SEED, BETWEEN, ALPHA = 0.05, 2026, 0.8, 1.5
COLUMN, SURFACE = 1, 3
"""Places in the matrix: a column of single releases, and surface."""


@dataclass(frozen=True)
class Draw:
    """One world: its releases, and what each family's surface was when each came out, a column a family."""

    design: Design
    by_family: Floats

    def values(self, order: Ints) -> Floats:
        """Surface when family i has that of family order[i]."""
        return self.by_family[np.arange(self.design.counts.size), order[self.design.families]]


def drawn(world: str, n_families: int, seed: int) -> Draw:
    """A world without any effect of surface."""
    rng = np.random.default_rng([SEED, seed])
    sizes = np.round(np.geomspace(5, 150, n_families)).astype(int)
    families = np.repeat(np.arange(n_families), sizes)
    n = families.size
    start = rng.uniform(0, 30, n_families)
    day = rng.uniform(start[families], np.minimum(start + rng.uniform(8, 40, n_families), 42)[families])
    age = 45 - day
    if world == "made by own releases":
        own = [np.sort(day[families == family]) for family in range(n_families)]
        recent = [np.searchsorted(days, day, "right") - np.searchsorted(days, day - 12, "right") for days in own]
        by_family = 6 * (1 - np.exp(-np.column_stack(recent) / 25))
    else:
        chance = rng.uniform(size=n_families)
        level = 0.9 * sizes / sizes.max() + 0.1 * chance if world == "grows with size" else chance
        by_family = (0.3 + 4.7 * level) * (0.5 + 0.5 * day / 45)[:, None]
    column = rng.normal(size=n) + 0.7 * rng.normal(size=n_families)[families]
    surface = by_family[np.arange(n), families]
    besides = BETWEEN * rng.normal(size=n_families)[families]
    mean = np.exp(-1 + np.log(age) + besides)
    counts = rng.poisson(mean * rng.gamma(1 / ALPHA, ALPHA, n)).astype(np.float64)
    matrix = np.column_stack([np.ones(n), column, np.log2(age), surface])
    return Draw(Design(counts, np.log(age), matrix, families), by_family)


# -------------------------------------------------------------------------------- what was before


def exchanged_before(world: Draw) -> float:
    """The exchange whose statistic is the score over the model's own information, without a variance between."""
    null = Before(world.design, SURFACE)
    columns = null.remainder(np.column_stack([world.values(o) for o in regression.exchanges(world.design.n_families)]))
    information = np.square(columns).T @ null.weights
    return share_as_large(np.abs(columns.T @ null.residuals) / np.sqrt(information))


def turned_before(world: Draw) -> float:
    """The turn of signs of contributions that weigh every release alike."""
    null = Before(world.design, COLUMN)
    column = null.remainder(world.design.matrix[:, [COLUMN]])[:, 0]
    scores = np.bincount(world.design.families, null.residuals * column)
    return share_as_large(np.abs((regression.signs(scores.size) * scores).sum(axis=1)))


class Before:
    """The model without one term, as chance alone would weigh it."""

    def __init__(self, design: Design, term: int) -> None:
        null = regression.Null(design, term)
        self.others, self.residuals, self.weights = null.others, null.residuals, null.weights

    def remainder(self, columns: Floats) -> Floats:
        """The columns less what the other terms explain of them."""
        weighted = self.others * self.weights[:, None]
        return columns - self.others @ np.linalg.solve(self.others.T @ weighted, weighted.T @ columns)


def share_as_large(statistics: Floats) -> float:
    """The share of arrangements at least as far from no effect as the first."""
    return float((statistics >= statistics[0] * (1 - regression.TIE)).mean())


def clustered(world: Draw) -> float:
    """The p value of a t test of surface with errors clustered by family: at most 0.05 where its interval misses 1."""
    design = world.design
    found = regression.likeliest(design.counts, design.offset, design.matrix)
    fitted = NegativeBinomial(design.counts, design.matrix, offset=design.offset).fit(
        start_params=found.params,
        method="newton",
        disp=0,
        cov_type="cluster",
        cov_kwds={"groups": design.families},
    )
    return float(2 * t.sf(abs(fitted.params[SURFACE] / fitted.bse[SURFACE]), design.n_families - 1))


TESTS: dict[str, Callable[[Draw], float]] = {
    EXCHANGED: lambda world: regression.families_exchanged(world.design, SURFACE, world.values).p,
    BEFORE + EXCHANGED: exchanged_before,
    TURNED: lambda world: regression.signs_flipped(world.design, COLUMN).p,
    BEFORE + TURNED: turned_before,
    INTERVAL: clustered,
}


# ----------------------------------------------------------------------------------- measurement


def measured(world: str, n_families: int, simulations: int, tests: dict[str, Callable[[Draw], float]]) -> pl.DataFrame:
    """`surface, families, test, simulations, rejected`: the share of draws in which each test finds an effect."""
    p: dict[str, list[float]] = {name: [] for name in tests}
    for seed in range(simulations):
        draw = drawn(world, n_families, seed)
        try:
            found = {name: test(draw) for name, test in tests.items()}
        except regression.NotFittedError:
            continue
        for name, value in found.items():
            p[name].append(value)
    return pl.DataFrame(
        [
            {
                "surface": world,
                "families": n_families,
                "test": name,
                "simulations": len(values),
                "rejected": round(float(np.mean(np.array(values) <= LEVEL)), 4),
            }
            for name, values in p.items()
        ]
    )


def main() -> None:
    """Measure every world; print and keep."""
    options = argparse.ArgumentParser(description="Size of the tests on surface area where nothing is to be found")
    options.add_argument("--simulations", type=int, default=500)
    options.add_argument("--families", type=int, nargs="+", default=[12, 25])
    options.add_argument("--draws", type=int, default=199, help="arrangements a test")
    chosen = options.parse_args()
    regression.DRAWS = chosen.draws
    found = pl.concat(
        measured(world, families, chosen.simulations, TESTS) for world in WORLDS for families in chosen.families
    ).with_columns(level=pl.lit(LEVEL), draws=pl.lit(chosen.draws), seed=pl.lit(SEED), date=pl.lit(date.today()))
    print(found)
    found.write_csv(RESULTS)


if __name__ == "__main__":
    main()
