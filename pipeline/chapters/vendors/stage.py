"""Stage `vendors`: what makers ship beside weights, who started and who stopped, and whose models are downloaded."""

from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.chapters.vendors import facts, tables
from pipeline.hub import holdings


def run(paths: Paths, params: Params) -> None:
    """Write the tables of the chapter, and the facts that follow from them."""
    with results.writing(paths.out / "vendors") as found:
        tables.make(paths, params, found)
        found.facts(facts.facts(holdings.of(paths, found.tables), params))
