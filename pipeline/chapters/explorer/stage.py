"""Stage `explorer`: what is built on whom, as files that the site’s explorer looks up in."""

from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Tables
from pipeline.chapters.explorer import facts, tables


def run(paths: Paths, params: Params) -> None:
    """Write the files that the page looks up in, the tables of the chapter, and the facts that follow from them."""
    with results.writing(paths.out / "explorer") as found:
        tables.make(paths, params, found, paths.explorer_files)
        found.write_facts(facts.facts(Tables(found.tables), params))
