"""Stage `hub`: one row per repository, who names whom as its base model, and what was met on the way, in counts."""

from pipeline.base import results, tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.hub import facts, lineage, models, snapshot_tables, tags


def run(paths: Paths, params: Params) -> None:
    """Write the core tables, then what pages say of the snapshot itself.

    Both folders are put in place when all of it is written, since later stages read both.
    """
    with results.writing(paths.out / "hub") as out, results.writing(paths.core) as core:
        tagged = tags.of_models(tables.scan(paths.raw / "models.parquet"), paths.register)
        links = tagged.filter(tags.is_link())
        models.make(paths, core.folder, tagged.filter(~tags.is_link()))
        del tagged
        lineage.make(paths, core.folder, links, out, params.series.minimum)
        repositories = tables.scan(core.folder / "models.parquet").select("author", "created_month").collect()
        frames = out.tables | {"models": repositories}
        about = snapshot_tables.with_provenance(tables.read_json(paths.provenance), frames)
        out.write_facts(facts.facts(about))
