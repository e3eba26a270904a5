"""Stage `moe`: total and activated parameters, memory, and the share of MoE models."""

from pipeline import register
from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.chapters.moe import facts, tables
from pipeline.hub import snapshot_tables


def run(paths: Paths, params: Params) -> None:
    """Write the tables of the chapter, and the facts that follow from them."""
    with results.writing(paths.out / "moe") as found:
        tables.make(paths, params, found)
        known = register.tables(paths.register, "machines", "memory_rules")
        found.write_facts(facts.facts(snapshot_tables.with_snapshot(paths, found.tables | known), params))
