"""The chapter on lineage of a made snapshot: the core tables and the chapter's own, and nothing else of a report."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import snapshot
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.facts import PageFacts, report_facts
from pipeline.base.params import Params
from pipeline.base.paths import PROJECT, Paths
from pipeline.chapters.lineage import stage as lineage
from pipeline.hub import stage as hub
from pipeline.snapshot import columns, source
from tests.register.altered import NONE, Edits, altered


@dataclass(frozen=True)
class Chapter:
    """Tables and facts of the chapter, and of the snapshot that they are of."""

    paths: Paths
    params: Params

    def table(self, name: str) -> pl.DataFrame:
        return tables.read(self.paths.tables()[name])

    def row(self, name: str, **where: Any) -> dict[str, Any]:
        return self.table(name).filter(**where).row(0, named=True)

    def facts(self) -> PageFacts:
        noted = {key: fact for path in self.paths.facts() for key, fact in tables.read_json(path).items()}
        return PageFacts(report_facts(self.params) | noted)

    def fact(self, key: str) -> Any:
        return self.facts()[key]["value"]

    def text(self, key: str) -> str:
        return self.facts()[key]["text"]


def chapter(
    folder: Path,
    rows: pl.DataFrame,
    day: str = "2026-10-01",
    coverage: str = "census",
    edit: Edits = NONE,
    **sections: dict[str, Any],
) -> Chapter:
    """What the chapter makes of rows in the schema of hub-stats.

    folder: an empty one. edit: changes to the register. sections: parameters that differ, as
    `report={"subject": "Gemma"}`.
    """
    paths = Paths(folder)
    altered(paths.register, edit)
    normal, noted = columns.normalise(rows.lazy(), "made", date.fromisoformat(day))
    provenance = {
        "label": "made",
        "date": day,
        "coverage": coverage,
        "sha256": "0" * 64,
        "licence": "",
        "known_biases": [],
    }
    snapshot.write(source.Pulled(normal, source.no_inferred_edges(), provenance | noted), paths.raw)
    tables.write(source.no_inferred_edges(), snapshot.InferredEdges, paths.raw / "inferred_edges.parquet")
    params = parameters.load(PROJECT / "params.yaml")
    for section, values in sections.items():
        params = params.model_copy(update={section: getattr(params, section).model_copy(update=values)})
    hub.run(paths, params)
    lineage.run(paths, params)
    return Chapter(paths, params)
