"""Stage `surface`: what each family covers of sizes, modalities and time, and whether derivatives follow that."""

from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.chapters.surface import facts, tables, thesis, totals
from pipeline.hub import snapshot_tables


def run(paths: Paths, params: Params) -> None:
    """Write the tables of the chapter, and the facts that follow from them."""
    with results.writing(paths.out / "surface") as found:
        tables.make(paths, params, found)
        thesis.make(paths, params, found)
        totals.make(paths, found)
        found.write_facts(facts.facts(snapshot_tables.with_snapshot(paths, found.tables), params))
