"""Who builds on whom, under every definition at once.

Method
1. Evidence gives pairs (repository, group that it is built on):
   - `declared`: the repository names a parent; direct pairs credit the group of the parent,
     transitive pairs the groups of all ancestors, so a transitive count includes the direct one.
   - `declared_or_inferred`: the same, with inferred edges for repositories that declare nothing.
   - `shape`: same architecture tag and same parameter total as a registered release, or the same
     dimensions (layers, width, vocabulary) where both are known; a shape belongs to the earliest
     release with it, and a release built on another passes it on to that one's group.
   - `name`: the repository's own name bears the family's.
2. A definition filters the pairs (relation of the repository's own edge, own releases, downloads)
   and counts each repository, or each uploader, once per group.
3. Subject and reference are counted by the same rule, or no ratio is shown. An architecture tag alone
   is evidence for no family: `llama` is used by half the field.
4. The headline is the first definition in params that the snapshot supports: subject and reference
   together have a stated number of derivatives under it, and neither has none.

Known drawbacks: declared lineage misses what nobody declared; shape credits a model that was trained
from scratch in the same shape and misses packed and resized ones; names lie. Repositories that are
absent from the snapshot count as repositories, never by uploader, by month or by downloads.
"""

from datetime import date

import dataframely as dy
import polars as pl

from pipeline.base import tables
from pipeline.base.params import Params, by_grouping
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.derivatives import robustness, series
from pipeline.chapters.derivatives.comparison import describe, headline_of, ratios
from pipeline.chapters.derivatives.schema import (
    AxisEffects,
    Definitions,
    Derivatives,
    DerivativesMonthly,
    DerivativesYearly,
    Leaders,
    RankStability,
    Ratios,
)
from pipeline.counting.count import count, counted_pairs
from pipeline.counting.definitions import definitions
from pipeline.counting.pairs import PairsBySource, by_source
from pipeline.counting.repositories import Repositories

CONTRACTS: dict[str, type[dy.Schema]] = {
    "definitions": Definitions,
    "derivatives": Derivatives,
    "ratios": Ratios,
    "axis_effects": AxisEffects,
    "rank_stability": RankStability,
    "derivatives_monthly": DerivativesMonthly,
    "derivatives_yearly": DerivativesYearly,
    "leaders": Leaders,
}


def make(repositories: Repositories, paths: Paths, params: Params, results: Results) -> None:
    """Write definitions, counts and the tables of the figures."""
    day = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    for name, table in counted(repositories, params, day).items():
        results.write(name, table, CONTRACTS[name])


def counted(repositories: Repositories, params: Params, snapshot_date: date) -> dict[str, pl.DataFrame]:
    """Tables under `CONTRACTS`, by name: counts under every definition, and what follows from them."""
    grid = definitions()
    headlines, by_month = (
        by_grouping(keys, params.report.grouping) for keys in (params.derivatives.headline, params.derivatives.monthly)
    )
    pairs_by_source = PairsBySource(repositories)
    counts, months, ranks = [], [tables.empty(DerivativesMonthly)], {}
    for source, same in by_source(grid, repositories).items():
        pairs = pairs_by_source.of(source)
        counts.append(count(pairs, same, repositories))
        for definition in same:
            if definition.key in (*headlines, *by_month):
                shown = counted_pairs(repositories.with_attributes(pairs, definition.grouping), definition)
                months.append(series.by_month(shown, definition))
                ranks[definition.key] = series.leaders(shown)
    derivatives = pl.concat(counts)
    described = describe(grid, derivatives, params)
    headline = headline_of(described, headlines)
    compared = ratios(described, derivatives, params, headline)
    monthly = pl.concat(months).filter(pl.col("definition").is_in([*by_month, headline or ""]))
    of_headline = monthly.filter(pl.col("definition").eq_missing(pl.lit(headline)))
    return {
        "definitions": described,
        "derivatives": derivatives,
        "ratios": compared,
        "axis_effects": robustness.axis_effects(described, compared),
        "rank_stability": robustness.rank_stability(compared, derivatives),
        "derivatives_monthly": monthly,
        "derivatives_yearly": series.by_year(of_headline, snapshot_date),
        "leaders": ranks.get(headline or "", tables.empty(Leaders)),
    }
