"""Stage `vendors`: what makers ship beside weights, who started and who stopped, and whose models are downloaded."""

from pipeline import register
from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.chapters.vendors import facts, tables
from pipeline.hub import snapshot_tables


def run(paths: Paths, params: Params) -> None:
    """Write the tables of the chapter, and the facts that follow from them."""
    with results.writing(paths.out / "vendors") as found:
        tables.make(paths, params, found)
        read = found.tables | register.tables(paths.register, "families", "modelscope")
        found.write_facts(facts.facts(snapshot_tables.with_snapshot(paths, read), params))
