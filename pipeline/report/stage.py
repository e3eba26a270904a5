"""Stage `report`: what this report says in few numbers, how that moved, and every table as a download."""

from pipeline.base import results, tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.report import edition, publish


def run(paths: Paths, params: Params) -> None:
    """Write the edition, its numbers as DVC's metrics, and the downloads."""
    with results.writing(paths.out / "report") as found:
        now = edition.make(paths, params, found)
    publish.make(paths)
    tables.write_json(edition.metrics(now), paths.metrics)
