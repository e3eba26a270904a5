"""Stage `derivatives`: who builds on whom, under every definition."""

from pipeline import register
from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.chapters.derivatives import (
    base_sizes,
    bases,
    facts,
    gap,
    inherited,
    lead,
    lines,
    published,
    quarters,
    relations,
    tables,
    undeclared,
    vintages,
)
from pipeline.chapters.derivatives.counts import load_repositories
from pipeline.hub import snapshot_tables


def run(paths: Paths, params: Params) -> None:
    """Write the tables of the chapter, and the facts that follow from them."""
    repositories = load_repositories(paths)
    with results.writing(paths.out / "derivatives") as found:
        tables.make(repositories, paths, params, found)
        quarters.make(paths, params, found)
        lines.make(repositories, params, found)
        bases.make(repositories, paths, found)
        base_sizes.make(paths, params, found)
        gap.make(repositories, paths, params, found)
        vintages.make(repositories, paths, params, found)
        undeclared.make(repositories, params, found)
        inherited.make(repositories, found)
        published.make(paths, found)
        relations.make(paths, params, found)
        lead.make(paths, params, found)
        read = found.tables | register.tables(paths.register, "families")
        found.write_facts(facts.facts(snapshot_tables.with_snapshot(paths, read), params))
