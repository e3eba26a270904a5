"""Stage `hub`: one row per repository, who names whom as its base model, and what was met on the way."""

from pipeline.base import results, tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.hub import facts, lineage, models, snapshot_tables


def run(paths: Paths, params: Params) -> None:
    """Write the core tables, then what pages say of the snapshot itself.

    Both folders take their places when all of it is written: the core tables are of no use without the other.
    """
    del params
    with results.writing(paths.out / "hub") as found, results.writing(paths.core) as core:
        models.make(paths, core.folder)
        lineage.make(paths, core.folder, found)
        listed = tables.scan(core.folder / "models.parquet").select("author", "created_month").collect()
        about = snapshot_tables.with_provenance(tables.read_json(paths.provenance), found.tables | {"models": listed})
        found.write_facts(facts.facts(about))
