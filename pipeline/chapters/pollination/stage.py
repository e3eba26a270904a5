"""Stage `pollination`: both parents of distilled releases, and which family feeds which."""

from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.chapters.pollination import facts, tables
from pipeline.hub import snapshot_tables


def run(paths: Paths, params: Params) -> None:
    """Write the tables of the chapter, and the facts that follow from them."""
    with results.writing(paths.out / "pollination") as found:
        tables.make(paths, found)
        found.write_facts(facts.facts(snapshot_tables.with_snapshot(paths, found.tables), params))
