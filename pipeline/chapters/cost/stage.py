"""Stage `cost`: what training and serving cost, on one accounting basis at a time."""

from pipeline import register
from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Tables
from pipeline.chapters.cost import facts, training


def run(paths: Paths, params: Params) -> None:
    """Write the tables of the chapter, and the facts that follow from them."""
    with results.writing(paths.out / "cost") as found:
        training.make(paths, params, found)
        known = register.tables(paths.register, "assumptions", "serving_reports")
        found.write_facts(facts.facts(Tables(found.tables | known), params))
