"""Stage `calculator`: what the site’s calculator knows of models and machines."""

from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.chapters.calculator import tables


def run(paths: Paths, params: Params) -> None:
    """Write the tables of the chapter, which the page looks up in: it quotes no facts."""
    with results.writing(paths.out / "calculator") as found:
        tables.make(paths, params, found)
