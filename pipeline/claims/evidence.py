"""What the rules of the ledger ask: tables of chapters and of the register, by questions with names of things.

A claim names things: a model, a family, a definition, an event, a machine. Each method takes such names and returns
numbers, rows or frames. An unknown name is an error of `claims.yaml`; a number that this snapshot does not
have is None, or missing from what is returned. Where a claim quotes a chapter's own sentence or number, it names the
key of that fact, which is looked up whole.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from pipeline import register
from pipeline.base import tables as files
from pipeline.base import words
from pipeline.base.completeness import Completeness
from pipeline.base.errors import FactError, RegisterError
from pipeline.base.facts import Fact, Facts
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Tables
from pipeline.base.vocabulary import NO_DENOMINATOR
from pipeline.chapters.moment.tables import once
from pipeline.chapters.surface import tables as surface
from pipeline.hub import snapshot_tables
from pipeline.register.lookup.identity import identify
from pipeline.register.lookup.modelscope import on_both_hubs

Row = dict[str, Any]
Counts = dict[str, float]
"""Counts, or ratios of counts, by rule."""

RESULTS = {
    "derivatives": ("definitions", "derivatives", "leaders", "ratios", "vintages"),
    "moe": ("moe", "moe_machines"),
    "cost": ("cost_inference", "cost_ratios", "cost_training"),
}
"""Tables that rules ask, by chapter."""
REGISTER = (
    "benchmarks",
    "events",
    "families",
    "machines",
    "organisations",
    "published_bases",
    "published_counts",
    "published_relations",
)
QUOTED = ("derivatives", "hub", "moe", "surface")
"""Chapters whose facts claims quote by their keys."""

TAGS = {
    "any tag": "any tag, links to a base among them",
    "own tag": "tags other than links to a base",
    "link": "links to a base alone",
    "tag or name": "a tag or the repository’s own name",
}
"""What may count as tagging a word."""


@dataclass(frozen=True)
class Machine:
    """A machine of the register, or a set of them: its name and its memory in bytes."""

    name: str
    memory: int


@dataclass(frozen=True)
class Followers:
    """Followers by organisation, the most followed first, on the day that the Hub was asked."""

    counts: Mapping[str, int]
    asked: date


def read(paths: Paths, params: Params, counted: Mapping[str, pl.DataFrame]) -> "Evidence":
    """Everything that rules ask. counted: the table `claim_counts`, by name."""
    results = {name: paths.out / chapter / f"{name}.parquet" for chapter, names in RESULTS.items() for name in names}
    frames = {
        **counted,
        **{name: files.read(path) for name, path in results.items()},
        **register.tables(paths.register, *REGISTER),
        "organisations": files.read(paths.raw / "organisations.parquet"),
        "placed": surface.placed(paths),
        "on_both_hubs": on_both_hubs(paths.register),
        "releases": identified(register.load("releases", paths.register), paths),
    }
    facts = {key: fact for name in QUOTED for key, fact in files.read_json(paths.out / name / "facts.json").items()}
    return Evidence(snapshot_tables.with_snapshot(paths, frames), params, facts)


def identified(releases: pl.DataFrame, paths: Paths) -> pl.DataFrame:
    """Registered releases with family, organisation and country of each."""
    owners = identify(releases.select(id="model"), paths.register).collect()
    return releases.join(owners.rename({"id": "model"}), on="model", how="left").sort("model")


@dataclass(frozen=True)
class Evidence:
    """The tables by name, the facts that claims quote by key, and the parameters that they were made with."""

    tables: Tables
    params: Params
    facts: Facts

    # ------------------------------------------------------------------------------- the snapshot

    @property
    def coverage(self) -> str:
        """Census, slice or sample."""
        return self.tables.snapshot["coverage"]

    @property
    def is_census(self) -> bool:
        """Whether absolute counts, and shares and ranks of the Hub, can be read from the snapshot."""
        return self.coverage == "census"

    @property
    def label(self) -> str:
        """The snapshot's name."""
        return self.tables.snapshot["label"]

    @property
    def today(self) -> date:
        """The snapshot's own day."""
        return date.fromisoformat(self.tables.snapshot["date"])

    @property
    def completeness(self) -> Completeness:
        """What share of the snapshot's repositories has a value, by column."""
        return self.tables.completeness

    # ------------------------------------------------------------------------ counts of repositories

    def count(self, definition: str, group: str) -> float | None:
        """Derivatives of a family or organisation under a definition; None where none is counted by it here."""
        self._group(group)
        return next(iter(self._counts.filter(definition=definition, group=group)["derivatives"]), None)

    def counts_by_rule(self, group: str) -> Counts:
        """Derivatives of a family under each definition that groups by family and finds any."""
        self._group(group)
        return dict(self.families_by_rule.filter(group=group).select("definition", "derivatives").iter_rows())

    @cached_property
    def families_by_rule(self) -> pl.DataFrame:
        """`definition, group, derivatives`: families under every definition that groups by family."""
        by_family = self.tables["definitions"].filter(grouping="family")["definition"]
        return self._counts.filter(pl.col("definition").is_in(by_family.implode())).sort("definition", "group")

    @property
    def _counts(self) -> pl.DataFrame:
        return self.tables["derivatives"]

    def counted_at(self, measure: str, group: str, day: date) -> Counts:
        """Repositories of a group created by the end of a day, by rule; empty where the snapshot does not show it.

        measure: what is counted, as in `claim_counts`. A day before the snapshot's is counted back.
        """
        if measure == "derivatives":
            self._group(group)
        rows = self.tables["claim_counts"].filter(measure=measure, group=group, date=day).sort("rule")
        return {rule: float(number) for rule, number in rows.select("rule", "repositories").iter_rows()}

    def known_then(self, definition: str, group: str) -> dict[date, float]:
        """What older snapshots of the same coverage counted on their days; empty but for declared direct links."""
        if definition != f"{self.params.report.grouping}.declared.direct.all":
            return {}
        rows = self.tables["vintages"].filter(
            pl.col("date") < self.today, pl.col("is_comparable"), relation="all", group=group
        )
        return dict(rows.drop_nulls("derivatives_as_known").select("date", "derivatives_as_known").iter_rows())

    def wording(self, rule: str) -> str:
        """A definition, or what counts as a tag, in words."""
        if rule in TAGS:
            return TAGS[rule]
        return self._row("definition", rule, self.tables["definitions"], "definition")["label"]

    @property
    def headline(self) -> Row | None:
        """`definition` and `label` of the report's headline; None where no definition of it is supported."""
        return next(self.tables["ratios"].filter("is_headline").iter_rows(named=True), None)

    @property
    def leaders(self) -> list[str]:
        """The five groups with the most derivatives under the headline; fewer where fewer are counted."""
        return self.tables["leaders"].sort("rank", "group")["group"].head(5).to_list()

    # --------------------------------------------------------------------------------- the register

    @property
    def releases(self) -> pl.DataFrame:
        """Registered releases with family, organisation and country."""
        return self.tables["releases"]

    def release(self, model: str) -> Row:
        """One registered release."""
        return self._row("release", model, self.releases, "model")

    def releases_until(self, day: date) -> pl.DataFrame:
        """Releases dated by the end of a day."""
        return self.releases.filter(pl.col("released") <= day)

    def releases_in_year_to(self, day: date) -> pl.DataFrame:
        """Releases dated in the year that ends with a day."""
        return self.releases_until(day).filter(pl.col("released") > pl.lit(day).dt.offset_by("-1y"))

    def on_modelscope(self, releases: pl.DataFrame) -> pl.DataFrame:
        """The releases that packages find on ModelScope under the name that their maker has on the Hub."""
        there = self.tables["on_both_hubs"].filter(name_there="same_name")["model"]
        return releases.filter(pl.col("model").str.to_lowercase().is_in(there.implode()))

    def releases_of_namespace(self, namespace: str) -> int:
        """How many registered releases a namespace has."""
        self._known("namespace", namespace, self.tables["register/organisations"]["namespace"])
        return int(self.releases["model"].str.starts_with(f"{namespace}/").sum())

    def family(self, name: str) -> str:
        """A family's name. Raises RegisterError for an unknown one."""
        return self._known("family", name, self.tables["register/families"]["family"])

    def organisation(self, name: str) -> str:
        """An organisation's name. Raises RegisterError for an unknown one."""
        return self._known("organisation", name, self.tables["register/organisations"]["organisation"])

    def event(self, event: str) -> date:
        """The day of an event."""
        return self._row("event", event, self.tables["register/events"], "event")["date"]

    def scores(self, model: str) -> dict[tuple[str, str], float]:
        """Scores of a model by benchmark and metric."""
        rows = self.tables["register/benchmarks"].filter(model=model).select("benchmark", "metric", "value")
        self._known("model with scores", model, self.tables["register/benchmarks"]["model"])
        return {(benchmark, metric): float(value) for benchmark, metric, value in rows.iter_rows()}

    def scores_once(self, model: str) -> dict[str, float]:
        """Scores of a model by benchmark, each benchmark once: its rating where it has a percentile too."""
        self.scores(model)
        rows = once(self.tables["register/benchmarks"]).filter(model=model).sort("benchmark", "metric")
        return {benchmark: float(value) for benchmark, value in rows.select("benchmark", "value").iter_rows()}

    def score(self, benchmark: str, metric: str, model: str) -> float:
        """One score of a model."""
        found = self.scores(model)
        self._known(f"score of {model}", f"{benchmark}, {metric}", [", ".join(key) for key in found])
        return found[benchmark, metric]

    def machine(self, name: str) -> Machine:
        """A machine of the register."""
        row = self._row("machine", name, self.tables["register/machines"], "machine")
        return Machine(name, row["memory_bytes"])

    def largest_machine(self, kind: str) -> Machine:
        """The machine of a kind with the most memory."""
        machines = self.tables["register/machines"]
        self._known("kind of machine", kind, machines["kind"])
        row = machines.filter(kind=kind).sort("memory_bytes", "machine").row(-1, named=True)
        return Machine(row["machine"], row["memory_bytes"])

    def published(self, *row: Any) -> str:
        """A count that others published, with publisher and day, in words. row: as of `published_value`."""
        found = self._published(*row)
        more = "more than " if found["is_lower_bound"] else ""
        subject, _, day, *over = row
        name = " over ".join([subject, *over])
        when = words.dated(day, found["published_precision"])
        return f"{name} {more}{words.number(found['value'])} ({found['publisher']}, {when})"

    def published_value(self, *row: Any) -> float:
        """A number that others published on a day. row: subject, kind, day, and of a ratio its denominator."""
        return float(self._published(*row)["value"])

    def is_lower_limit(self, *row: Any) -> bool:
        """Whether the publisher said more than the number. row: as of `published_value`."""
        return bool(self._published(*row)["is_lower_bound"])

    def _published(self, subject: str, kind: str, day: date, denominator: str = NO_DENOMINATOR) -> Row:
        known = self.tables["register/published_counts"]
        found = known.filter(subject=subject, kind=kind, published=day)
        rows = found.filter(denominator=denominator) if denominator != NO_DENOMINATOR else found
        if rows.is_empty():
            raise unknown("published count", f"{subject}, {kind}, {day}")
        return rows.sort("publisher").row(-1, named=True)

    def published_by_relation(self, name: str, relation: str) -> float | None:
        """Derivatives of a row of the published table by relation: `all`, `without_adapters`, or a column of it.

        None where the table is younger than the snapshot.
        """
        row = self._row("row of the table by relation", name, self.tables["register/published_relations"], "name")
        if row["as_of"] > self.today:
            return None
        if relation == "without_adapters":
            return float(row["derivatives"] - row["adapter"])
        column = "derivatives" if relation == "all" else relation
        self._known("relation", column, list(row))
        return float(row[column])

    def published_children(self, models: Collection[str]) -> float | None:
        """Children of bases together, as published; None where that is younger than the snapshot."""
        rows = self.tables["register/published_bases"]
        for model in models:
            self._known("base with published children", model, rows["model"])
        known = rows.filter(pl.col("model").is_in(list(models)), pl.col("as_of") <= self.today)
        return float(known["children"].sum()) if known.height == len(models) else None

    def published_first(self, places: int) -> list[tuple[str, str, float]]:
        """`name, label, derivatives` of the first rows of the published table by relation; none of a younger table."""
        rows = self.tables["register/published_relations"].filter(pl.col("as_of") <= self.today)
        first = rows.sort("derivatives", "name", descending=[True, False]).head(places)
        return [
            (name, label, float(count)) for name, label, count in first.select("name", "label", "derivatives").rows()
        ]

    @cached_property
    def followers(self) -> Followers | None:
        """Followers of each organisation, by its most followed namespace; None where the Hub was not asked."""
        asked = self.tables["organisations"].drop_nulls("followers")
        day = asked["asked"].max()
        if not isinstance(day, date):
            return None
        most = (
            asked.join(self.tables["register/organisations"].select("namespace", "organisation"), on="namespace")
            .group_by("organisation")
            .agg(pl.col("followers").max())
            .sort("followers", "organisation", descending=[True, False])
        )
        return Followers(dict(most.select("organisation", "followers").iter_rows()), day)

    # ---------------------------------------------------------------------------- what chapters found

    def model(self, model: str) -> Row:
        """Parameters, weights and experts of a model whose configuration is counted."""
        counted = self.tables["moe"].filter(count_method="config")
        return self._row("model with a counted configuration", model, counted, "model")

    def smallest_machines(self, model: str, use: str) -> Row | None:
        """The smallest set of one kind of machine that a use of a model needs; None where none is enough."""
        return next(self._machines(model, use).filter("is_smallest").iter_rows(named=True), None)

    def needed_bytes(self, model: str, use: str) -> int:
        """Memory that a use of a model takes, in its smallest set of machines or else in any."""
        rows = self._machines(model, use).sort("is_smallest", "needed_bytes", descending=[True, False])
        return rows["needed_bytes"][0]

    def _machines(self, model: str, use: str) -> pl.DataFrame:
        rows = self.tables["moe_machines"].filter(model=model, use=use)
        if rows.is_empty():
            raise unknown("use of a model", f"{use} of {model}")
        return rows

    def cost(self, run: str, basis: str) -> Row:
        """Hours, prices and dollars of a training run on one basis."""
        rows = self.tables["cost_training"].filter(basis=basis)
        return self._row(f"run with {basis} cost", run, rows, "run")

    def cost_ratio(self, basis: str) -> Row | None:
        """The compared costs of two models on one basis, and their ratio; None where the basis has none."""
        return next(self.tables["cost_ratios"].filter(basis=basis).iter_rows(named=True), None)

    def served(self, model: str) -> Row | None:
        """Price and rental cost of serving a model, at its latest price; None where it has none."""
        return next(self.tables["cost_inference"].filter("is_latest", model=model).iter_rows(named=True), None)

    def plane_covered(self, day: date) -> dict[str, Row]:
        """`index` and `index_loose` by family: shares of the plane of sizes and kinds covered in the month of a day."""
        months, placed = self.params.surface.current_months, self.tables["placed"]
        shares = surface.index(surface.nearest(placed, day, months), placed, day, months)
        return {row["family"]: row for row in shares.filter(month=day.replace(day=1)).iter_rows(named=True)}

    def fact(self, key: str) -> Fact:
        """A fact that a claim quotes, by its key in a chapter's facts."""
        if key not in self.facts:
            raise FactError(
                f"a claim names the unknown fact {key}",
                where="claims.yaml",
                next_step=f"use a key of data/out/<chapter>/facts.json, of {words.listed(list(QUOTED))}",
            )
        return self.facts[key]

    # ----------------------------------------------------------------------------------------- names

    def _group(self, name: str) -> None:
        families, owners = (self.tables[f"register/{table}"] for table in ("families", "organisations"))
        self._known("family or organisation", name, {*families["family"], *owners["organisation"]})

    def _known(self, what: str, name: str, names: Collection[str] | pl.Series) -> str:
        if name not in names:
            raise unknown(what, name)
        return name

    def _row(self, what: str, name: str, rows: pl.DataFrame, column: str) -> Row:
        found = rows.filter(pl.col(column) == name)
        if found.is_empty():
            raise unknown(what, name)
        return found.row(0, named=True)


def unknown(what: str, name: str) -> RegisterError:
    """The error of a claim with an unknown name."""
    return RegisterError(f"a claim names the unknown {what} {name}", where="claims.yaml")


def filled(row: Row, column: str) -> float:
    """A number that a rule cannot do without; a missing one is an error that names the row."""
    if row[column] is None:
        name = row.get("model") or row.get("run") or row.get("label")
        raise RegisterError(f"{name} has no {column}", next_step="fill the register row that it is from")
    return float(row[column])
