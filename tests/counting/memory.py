"""A Hub in memory: rows as the Hub lists them, and the tables that chapters count on, without a file.

The register is the project's, or a copy that a test altered (`altered_register`).
"""

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import register
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths, register_table
from pipeline.base.results import Tables
from pipeline.chapters.derivatives import bases, facts, gap, lines, published, undeclared
from pipeline.chapters.derivatives import tables as derivatives
from pipeline.chapters.derivatives import vintages as older_days
from pipeline.chapters.derivatives.counts import count_under
from pipeline.chapters.derivatives.schema import (
    BaseClasses,
    Bases,
    Bounds,
    Gap,
    InferenceQuality,
    OrganisationLines,
    Vintages,
)
from pipeline.chapters.derivatives.schema_days import BasesByDay, CountsByDay, KnownDays
from pipeline.chapters.derivatives.schema_published import PublishedGrowth, PublishedSeries
from pipeline.chapters.pollination import facts as pollination_facts
from pipeline.chapters.pollination import tables as pollination
from pipeline.counting.count import counted_pairs
from pipeline.counting.definitions import definition_of
from pipeline.counting.pairs import PairsBySource
from pipeline.counting.repositories import Repositories, registered_names, repositories_of
from pipeline.hub import facts as hub_facts
from pipeline.hub import lineage, models, snapshot_tables, tags
from pipeline.hub.inferred import inferred_edges
from pipeline.hub.links import declared_links
from pipeline.hub.names import numbered
from pipeline.hub.nodes import Nodes
from pipeline.hub.schema import Edges, Lineage, Models, Relations
from pipeline.hub.series import with_series, without_series
from pipeline.hub.trace import trace
from pipeline.snapshot import columns, described
from pipeline.snapshot.ranges import filled_rows
from pipeline.snapshot.schema import RawModels
from pipeline.snapshot.source import no_inferred_edges
from tests.conftest import Report

REGISTER = Paths().register
BY_DAY = {"known_days": KnownDays, "counts_by_day": CountsByDay, "bases_by_day": BasesByDay}
SERIES = 10
"""Repositories that make a series, as in params.yaml."""


@dataclass(frozen=True)
class Hub:
    """A snapshot and its core tables, on a register."""

    provenance: Mapping[str, Any]
    raw: pl.DataFrame
    models: pl.DataFrame
    edges: pl.DataFrame
    lineage: pl.DataFrame
    relations: pl.DataFrame
    checks: Mapping[str, int]
    register: Path

    @property
    def day(self) -> date:
        return date.fromisoformat(self.provenance["date"])

    @cached_property
    def nodes(self) -> Nodes:
        known = registered_names(self.register)
        return Nodes.of(self.models.lazy(), self.lineage.lazy(), self.edges.lazy(), known)

    @cached_property
    def repositories(self) -> Repositories:
        return repositories_of(self.nodes, self.register)

    def counts(self, definition: str) -> dict[str, float]:
        """Derivatives of each group under one definition."""
        return dict(count_under(self.repositories, definition).iter_rows())

    def children(self, definition: str, group: str) -> list[str]:
        """The repositories that a definition counts for a group, sorted."""
        asked = definition_of(definition)
        every = PairsBySource(self.repositories).of(asked.source)
        pairs = counted_pairs(self.repositories.with_attributes(every, asked.grouping), asked)
        mine = pairs.filter(pl.col("group").cast(pl.String) == group)
        return sorted(self.nodes.names(mine["child"].unique()))

    def counted(self, params: Params) -> Tables:
        """Counts under every definition, and what follows from them."""
        found = derivatives.counted(self.repositories, params, self.day)
        return self.with_snapshot(
            {name: tables.conform(found[name], derivatives.CONTRACTS[name], name) for name in found}
        )

    def gap(self, found: Mapping[str, pl.DataFrame], params: Params, moe: pl.DataFrame) -> pl.DataFrame:
        """Where the lead sits, by what is `counted`."""
        split = gap.gap_of(self.repositories, found["definitions"], found["ratios"], moe, params)
        return tables.conform(split, Gap, "a test")

    def bases(self, moe: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """What is built on each release, and by class of size."""
        built = tables.conform(bases.bases_of(self.repositories, moe, self.day), Bases, "a test")
        return {"bases": built, "base_classes": tables.conform(bases.classes(built), BaseClasses, "a test")}

    def undeclared(self, grouping: str = "family") -> tuple[pl.DataFrame, pl.DataFrame]:
        """How good inference is, and the bounds."""
        judged, between = undeclared.undeclared(self.repositories, grouping)
        return tables.conform(judged, InferenceQuality, "a test"), tables.conform(between, Bounds, "a test")

    def with_snapshot(self, frames: Mapping[str, pl.DataFrame]) -> Tables:
        """These tables, with what facts ask of the snapshot."""
        return snapshot_tables.with_provenance(self.provenance, {**frames, "relations": self.relations})

    def words(self) -> dict[str, str]:
        """What facts say of what the snapshot declares, by key."""
        return {key: fact["text"] for key, fact in hub_facts.lineage_facts(self.relations).items()}

    def pollination(self) -> Tables:
        """Every table of the chapter on pollination."""
        found = pollination.pollination(self.nodes, self.register)
        return self.with_snapshot(
            {name: tables.conform(found[name], pollination.CONTRACTS[name], name) for name in found}
        )

    def vintages(self, grouping: str = "family", older: Iterable[older_days.Known] = ()) -> pl.DataFrame:
        """What older snapshots knew, and what this one counts back."""
        created = self.raw.select(created=pl.col("createdAt").dt.date())
        newest = older_days.current(self.repositories, created, grouping)
        return tables.conform(older_days.compared(newest, dict(self.provenance), older, grouping), Vintages, "a test")

    def derivatives(self, params: Params, moe: pl.DataFrame) -> Tables:
        """Every table of the chapter. moe: counted parameters, of any report, since they are the register's."""
        found = self.counted(params).frames
        judged, between = self.undeclared(params.report.grouping)
        known, organisations = (register.load(name, self.register) for name in ("published_counts", "organisations"))
        counted = tables.conform(published.series(known, organisations, self.day), PublishedSeries, "a test")
        return self.with_snapshot(
            {
                **found,
                **self.bases(moe),
                "organisation_lines": tables.conform(
                    lines.lines_of(self.repositories, params.report), OrganisationLines, "a test"
                ),
                **register.tables(self.register, "families"),
                "gap": self.gap(found, params, moe),
                "vintages": self.vintages(params.report.grouping),
                **{name: tables.empty(contract) for name, contract in BY_DAY.items()},
                "inference_quality": judged,
                "bounds": between,
                "published_counts": counted,
                "published_growth": tables.conform(published.growth(counted), PublishedGrowth, "a test"),
            }
        )


def texts(found: Tables, params: Params) -> dict[str, str]:
    """What the chapter on derivatives says of its tables, by key."""
    return {key: fact["text"] for key, fact in facts.facts(found, params).items()}


def pollination_texts(found: Tables) -> dict[str, str]:
    """What the chapter on pollination says of its tables, by key."""
    return {key: fact["text"] for key, fact in pollination_facts.facts(found, settings()).items()}


def hub(
    rows: pl.DataFrame,
    *,
    coverage: str = "census",
    day: str = "2026-10-01",
    inferred: pl.DataFrame | None = None,
    directory: Path = REGISTER,
) -> Hub:
    """The core tables of rows in the Hub's own columns. inferred: edges that a source found by itself."""
    last = date.fromisoformat(day)
    raw = tables.conform(columns.normalise(rows.lazy(), "a test", last)[0], RawModels, "a test")
    provenance = {"date": day, "coverage": coverage, "label": "a test", "revision": "a test", "sha256": "0" * 64}
    provenance |= described(filled_rows(raw))
    tagged = tags.of_models(raw.lazy(), directory)
    core = tables.conform(models.build(raw.lazy(), tagged.filter(~tags.is_link()), directory), Models, "a test")
    links, checks = declared_links(raw.lazy(), tagged.filter(tags.is_link()), core, register.load("renames", directory))
    found = no_inferred_edges() if inferred is None else inferred
    alone, _ = inferred_edges(core, links, found, directory, provenance)
    declared = with_series(lineage.edges_of(links), SERIES)
    edges = pl.concat([declared, without_series(numbered(alone, links.names))])
    traced, graph_checks = trace(links)
    return Hub(
        provenance,
        raw,
        core,
        tables.conform(edges, Edges, "a test"),
        tables.conform(traced, Lineage, "a test"),
        tables.conform(lineage.relations(links), Relations, "a test"),
        {name: many for name, (many, _) in (checks | graph_checks).items()},
        directory,
    )


def altered_register(folder: Path, **changes: Callable[[pl.DataFrame], pl.DataFrame]) -> Path:
    """A copy of the register in a folder, with changed tables, whose cells are text."""
    shutil.copytree(REGISTER, folder, dirs_exist_ok=True)
    for table, change in changes.items():
        path = register_table(table, folder)
        change(pl.read_csv(path, infer_schema=False)).write_csv(path)
    return folder


def settings(**sections: dict[str, Any]) -> Params:
    """The project's parameters with changes: `settings(report={"subject": "Gemma"})`."""
    known = parameters.load(Paths().params)
    changed = {name: getattr(known, name).model_copy(update=values) for name, values in sections.items()}
    return known.model_copy(update=changed)


def altered_hub(
    report: Report,
    change: Callable[[pl.DataFrame], pl.DataFrame] = lambda rows: rows,
    inferred: Callable[[pl.DataFrame], pl.DataFrame] = lambda edges: edges,
    directory: Path = REGISTER,
) -> Hub:
    """The snapshot of a report again, with altered rows or inferred edges, or on another register."""
    about = tables.read_json(report.paths.provenance)
    rows, edges = (tables.read(report.paths.raw / f"{name}.parquet") for name in ("models", "inferred_edges"))
    return hub(
        change(rows), coverage=about["coverage"], day=about["date"], inferred=inferred(edges), directory=directory
    )


def swapped(column: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """The names of the two families exchanged in a column of a register table."""
    return lambda rows: rows.with_columns(pl.col(column).replace({"Qwen": "Llama", "Llama": "Qwen"}))


SWAPPED: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "family_rules": swapped("family"),
    "families": swapped("family"),
    "distillations": lambda rows: swapped("teacher_family")(swapped("base_family")(rows)),
}
"""Changes of the register by which Qwen's repositories, names and distilled releases become Llama's, Llama's Qwen's."""
