"""Stage `report`: the edition of this build, its numbers as metrics, how they moved, and every table as a download."""

from pipeline.base import files, results, tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.report import edition, edition_tables, feed, publish
from pipeline.report.editions import Edition, are_same, published
from pipeline.report.schema import EditionChanges, Editions, EditionSides


def run(paths: Paths, params: Params) -> None:
    """Write the edition, its numbers as DVC's metrics, and the downloads."""
    with results.writing(paths.out / "report") as found:
        now = write_edition(paths, params, found)
        cited = publish.citation(paths, now)
        files.write_text(
            feed.atom(found.tables["editions"], cited, params.site.address), found.folder / paths.feed.name
        )
    publish.make(paths, params.site.address)
    tables.write_json(edition.metrics(now), paths.metrics)


def write_edition(paths: Paths, params: Params, found: Results) -> Edition:
    """Write edition.json, the table of editions (this build last) and that of what moved between those alike."""
    now = edition.current(paths, params)
    found.write_document("edition", now.model_dump(mode="json"))
    known = published(paths.editions)
    if not any(are_same(edition, now) for edition in known):
        known.append(now)
    found.write("editions", edition_tables.overview(known), Editions)
    found.write("edition_changes", edition_tables.changes(known), EditionChanges)
    found.write("edition_sides", edition_tables.sides(known), EditionSides)
    return now
