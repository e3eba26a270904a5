"""Stage `methods`: the snapshot beside what others published and the Hub itself counts; how fast the engine is."""

from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.chapters.methods import benchmarks, facts, reconciliation
from pipeline.hub import snapshot_tables


def run(paths: Paths, params: Params) -> None:
    """Write the tables of the chapter, and the facts that follow from them."""
    with results.writing(paths.out / "methods") as found:
        reconciliation.make(paths, params, found)
        benchmarks.make(paths, found)
        found.write_facts(facts.facts(snapshot_tables.with_snapshot(paths, found.tables), params))
