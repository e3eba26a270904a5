"""Stage `derivatives`: who builds on whom, under every definition."""

from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.chapters.derivatives import bases, facts, gap, published, tables, undeclared, vintages
from pipeline.hub import holdings


def run(paths: Paths, params: Params) -> None:
    """Write the tables of the chapter, and the facts that follow from them."""
    with results.writing(paths.out / "derivatives") as found:
        tables.make(paths, params, found)
        bases.make(paths, params, found)
        gap.make(paths, params, found)
        vintages.make(paths, params, found)
        undeclared.make(paths, params, found)
        published.make(paths, found)
        found.facts(facts.facts(holdings.of(paths, found.tables), params))
