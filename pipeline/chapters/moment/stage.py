"""Stage `moment`: the moment, and the year after it."""

from pipeline import register
from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Tables
from pipeline.chapters.moment import facts, tables


def run(paths: Paths, params: Params) -> None:
    """Write the tables of the chapter, and the facts that follow from them."""
    with results.writing(paths.out / "moment") as found:
        tables.make(paths, params, found)
        known = register.tables(paths.register, "api_prices", "events")
        found.write_facts(facts.facts(Tables(found.tables | known), params))
