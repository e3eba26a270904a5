"""The snapshot beside what is known of the Hub from elsewhere, one line a comparison.

One module a topic, each with its method: `published` (totals that others published), `earlier` (older snapshots),
`gaps` (sudden jumps and known gaps), `packed` (stored counts that are no parameters) and `details` (what the Hub itself
says). A comparison that the snapshot cannot make is a row too, with the reason.
"""

from datetime import date

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.methods.details import children, configured, renamed
from pipeline.chapters.methods.earlier import earlier
from pipeline.chapters.methods.gaps import gaps, jumps
from pipeline.chapters.methods.packed import pack, packed_rows
from pipeline.chapters.methods.published import counts, published
from pipeline.chapters.methods.schema import Packed, Reconciliation
from pipeline.hub.nodes import Nodes
from pipeline.snapshot.older import older


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read the snapshot, what was made of it and the register; write `reconciliation` and `packed`."""
    provenance = tables.read_json(paths.provenance)
    day, coverage = date.fromisoformat(provenance["date"]), provenance["coverage"]
    raw = tables.scan(paths.raw / "models.parquet")
    details, organisations, redirects = (
        tables.read(paths.raw / f"{name}.parquet") for name in ("details", "organisations", "redirects")
    )
    totals, known_gaps, formats, releases, configurations = (
        register.load(name, paths.register)
        for name in ("published_counts", "snapshot_gaps", "formats", "releases", "configurations")
    )
    nodes = Nodes.load(paths, [releases["model"]])
    lineage = nodes.lineage_rows.select("id", "n_children")
    lineage = lineage.filter(pl.col("id").is_in(details["model"].implode())).collect()
    was_asked = params.snapshot.details
    packed = pack(nodes, releases, formats)
    results.write("packed", packed, Packed)
    panels = [(day, tables.scan(folder / "panel.parquet"), about) for day, folder, about in older(paths.known, params)]
    rows = [
        *published(totals, counts(paths, nodes, totals, organisations, provenance), day, coverage),
        *earlier(raw, panels, coverage),
        *jumps(nodes.model_rows),
        *gaps(known_gaps, provenance, raw, day, census=coverage == "census"),
        *packed_rows(packed),
        *children(details, lineage, coverage, on=was_asked),
        *configured(details, configurations, on=was_asked),
        *renamed(redirects, on=was_asked),
    ]
    types = {name: column.dtype for name, column in Reconciliation.columns().items()}
    results.write("reconciliation", pl.DataFrame(rows, schema=types), Reconciliation)
