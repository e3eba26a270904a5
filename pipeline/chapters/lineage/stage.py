"""Stage `lineage`: growth, uploaders, series, chains, half-lives, licences and downloads of declared lineage."""

from pipeline import register
from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.chapters.lineage import basis, facts, tables
from pipeline.hub import snapshot_tables


def run(paths: Paths, params: Params) -> None:
    """Write the tables of the chapter, and the facts that follow from them."""
    with results.writing(paths.out / "lineage") as found:
        tables.make(paths, params, found)
        complete = basis.make(paths, params, found)
        known = found.tables | register.tables(paths.register, "series_read")
        own = snapshot_tables.with_snapshot(paths, known)
        found.write_facts(facts.facts(own, params, complete))
