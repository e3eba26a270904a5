"""How the lead turned: subject to reference, by date, of everything that was counted of both by one rule.

Method: three kinds of counts stand side by side and are never joined.
- What this project counted in a census, by each rule of `RULES`; rules that give the same two counts are one result,
  under the first one's name. A census is an edition, or the snapshot of this build.
- What others published of both on one day by one definition: of the two families, or of the organisations that make
  them. Counts of tags, and counts of one side alone, are left out.
- The flow: what was created within some days or in one month. A flow is no stock, so it has a panel of its own.

A ratio needs `FEW` derivatives on both sides.

Known drawbacks: publishers mostly do not state a rule, so theirs and ours may count different things; a census lists
what still exists, so its months are counted back; the days of a flow are few and were not drawn at random.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.editions import Edition, Kind, editions
from pipeline.base.lead import FEW
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import DERIVATIVES, NOT_STATED, RATIO
from pipeline.chapters.derivatives.relations import LINE, WHOLE
from pipeline.chapters.derivatives.schema_published import Lead, LeadEvents
from pipeline.counting.definitions import definitions
from pipeline.register.lookup import identity
from pipeline.register.lookup.flagships import flagships
from pipeline.register.lookup.groups import names_of_group

RULES = {
    "direct": "direct",
    "direct.all.mirrors_to_original": "direct, mirrors credited to the original",
    "direct.all.mirrors_quantized_to_original": "direct, quantized mirrors credited too",
    "transitive": "transitive",
    "direct.without_adapters": "direct, without adapters",
    "direct.all.series_as_one": "direct, each series as one",
    "direct.all.uploaders": "direct, uploaders",
    "direct.finetune": "direct, fine-tunes",
    "direct.adapter": "direct, adapters",
    "direct.quantized": "direct, quantizations",
    "direct.merge": "direct, merges",
}
"""Rules on declared links, by the part of their key that differs, with their names; the first is the one quoted."""

_ALL = {"direct": "direct.all", "transitive": "transitive.all"}
THIS_BUILD = "this build"
PUBLISHED = "published"
BY_RELATION = {"all": "as published, direct", "without_adapters": "as published, direct, without adapters"}
"""Relations of the published table that stand in the figure, with their names."""
MONTHLY = "new in the month"
LAUNCH = timedelta(days=31)
"""How long before the last day of a flow a release still draws derivatives in it."""
FLAGSHIPS = 3
"""Releases that are marked of a group of which the register marks no event."""
_COUNTED = ("subject_count", "reference_count", "ratio")


@dataclass(frozen=True)
class Counted:
    """One snapshot's counts.

    derivatives: `definition, group, derivatives`; monthly: of `derivatives_monthly`; series: `group, month, in_series`.
    """

    basis: str
    day: date
    kind: Kind
    source: str
    derivatives: pl.DataFrame
    monthly: pl.DataFrame | None = None
    series: pl.DataFrame | None = None


@dataclass(frozen=True)
class Pair:
    """The two groups, and the names under which others count each: its own first, then its maker or its families."""

    subject: str
    reference: str
    subject_names: Sequence[str]
    reference_names: Sequence[str]

    @classmethod
    def of(cls, params: Params, families: pl.DataFrame) -> "Pair":
        """The pair that the report compares."""
        return cls(
            params.report.subject,
            params.report.reference,
            names_of_group(params.report.subject, families),
            names_of_group(params.report.reference, families),
        )


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read the editions, this build's own counts and the register; write the table `lead`."""
    provenance = tables.read_json(paths.provenance)
    pair = Pair.of(params, register.load("families", paths.register))
    counted = [of_edition(one) for one in editions(paths)]
    own = results.tables["derivatives"], results.tables["derivatives_monthly"]
    counted += this_build(provenance, *own, [one.day for one in counted if one is not None])
    published = register.load("published_counts", paths.register)
    last = date.fromisoformat(provenance["date"])
    rows = [
        *(row for one in counted if one is not None for row in of_snapshot(one, pair, params.report.grouping)),
        *of_published(published.filter(pl.col("published") <= last), pair),
        *of_relations(results.tables["published_ratios"]),
    ]
    marks, events, releases = (register.load(name, paths.register) for name in ("lead_marks", "events", "releases"))
    known = releases.hstack(identity.known_of(releases["model"], paths.register))
    results.write("lead", launched(table(rows), known, pair), Lead)
    results.write("lead_events", flagged(marks, events, flagships(known), pair), LeadEvents)


def this_build(
    provenance: dict[str, Any], derivatives: pl.DataFrame, monthly: pl.DataFrame, known: Sequence[date]
) -> list[Counted]:
    """The build's own counts where its snapshot is a census of a day of which there is no edition."""
    day = date.fromisoformat(provenance["date"])
    if provenance["coverage"] != "census" or day in known:
        return []
    source = f"{provenance['label']}, sha256 {provenance['sha256'][:8]}"
    return [Counted(THIS_BUILD, day, "stock", source, derivatives, monthly)]


def of_edition(edition: Edition) -> Counted | None:
    """What an edition counted: of a census or a flow. A sample or slice is neither, and stands for nobody."""
    derivatives = edition.table("derivatives")
    if derivatives is None or (edition.kind == "stock" and edition.coverage != "census"):
        return None
    monthly = edition.table("derivatives_monthly") if edition.kind == "stock" else None
    series = edition.table("series_monthly") if edition.kind == "stock" else None
    return Counted(edition.name, edition.date, edition.kind, edition.label, derivatives, monthly, series)


def of_snapshot(counted: Counted, pair: Pair, grouping: str) -> list[dict[str, Any]]:
    """Rows of `Lead` of one snapshot: each different result by the rules, and of a stock each month."""
    keys = {f"{grouping}.declared.{_ALL.get(rule, rule)}": name for rule, name in RULES.items()}
    known = {definition.key for definition in definitions()}
    sides = _sides(counted.derivatives, pair, "definition")
    by_key = {row["definition"]: row for row in sides.iter_rows(named=True)}
    base = {
        "date": counted.day,
        "precision": "day",
        "kind": counted.kind,
        "basis": counted.basis,
        "publisher": None,
        "subject": pair.subject,
        "reference": pair.reference,
        "is_lower_bound": False,
        "source": counted.source,
    }
    rows: list[dict[str, Any]] = []
    seen: set[tuple[float, float]] = set()
    for key, name in keys.items():
        if key not in known or (row := by_key.get(key)) is None:
            continue
        both = row["subject_count"], row["reference_count"]
        if both not in seen:
            seen.add(both)
            rows.append({**base, "rule": name, "definition": key, **{column: row[column] for column in _COUNTED}})
    first = next(iter(keys))
    if counted.monthly is not None:
        months = counted.monthly.filter(pl.col("definition") == first, pl.col("relation") == "all")
        for row in _sides(months, pair, "month").sort("month").iter_rows(named=True):
            whole = {"date": row["month"], "precision": "month", "kind": "flow", "rule": MONTHLY, "definition": first}
            in_series = _in_series(counted.series, pair, row["month"])
            rows.append({**base, **whole, **in_series, **{column: row[column] for column in _COUNTED}})
    return rows


def _in_series(series: pl.DataFrame | None, pair: Pair, month: date) -> dict[str, float | None]:
    """How many of both sides' new derivatives of a month are in series; None where that was not counted."""
    sides = {"subject_in_series": pair.subject, "reference_in_series": pair.reference}
    if series is None:
        return dict.fromkeys(sides)
    of_month = dict(series.filter(pl.col("month") == month).select("group", "in_series").iter_rows())
    return {side: of_month.get(group) for side, group in sides.items()}


def _sides(counts: pl.DataFrame, pair: Pair, by: str) -> pl.DataFrame:
    """`by, subject_count, reference_count, ratio` where both sides have enough."""
    of = {
        column: counts.filter(pl.col("group") == group).select(by, pl.col("derivatives").alias(column))
        for column, group in (("subject_count", pair.subject), ("reference_count", pair.reference))
    }
    both = of["subject_count"].join(of["reference_count"], on=by)
    enough = pl.min_horizontal("subject_count", "reference_count") >= FEW
    return both.filter(enough).with_columns(ratio=pl.col("subject_count") / pl.col("reference_count"))


def of_published(published: pl.DataFrame, pair: Pair) -> list[dict[str, Any]]:
    """Rows of `Lead` of counts of both that one publisher gave on one day, and of ratios that it gave.

    published: rows of the register's `published_counts`.
    """
    counts = published.filter(pl.col("kind") == DERIVATIVES).sort("published", "publisher", "subject").to_dicts()
    rows = [
        _as_published(mine, theirs, (mine["value"], theirs["value"]), mine["value"] / theirs["value"])
        for mine, theirs in itertools.product(counts, counts)
        if mine["subject"] in pair.subject_names
        and theirs["subject"] in pair.reference_names
        and _same_count(mine, theirs)
        and min(mine["value"], theirs["value"]) >= FEW
    ]
    known = {(row["date"], row["publisher"], row["subject"], row["reference"]) for row in rows}
    for stated in published.filter(pl.col("kind") == RATIO).to_dicts():
        over, under = stated["subject"], stated["denominator"]
        for first, second, ratio in ((over, under, stated["value"]), (under, over, 1 / stated["value"])):
            if first in pair.subject_names and second in pair.reference_names:
                both = _beside(counts, stated, first), _beside(counts, stated, second)
                row = _as_published({**stated, "subject": first}, {**stated, "subject": second}, both, ratio)
                if (row["date"], row["publisher"], first, second) not in known:
                    rows.append(row)
    return rows


def of_relations(ratios: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows of `Lead` of the published table by relation: all relations, and without adapters.

    The reference is the whole organisation, since the other published counts are of that. ratios: the table
    `published_ratios`.
    """
    kinds = ratios["against"].unique()
    against = WHOLE if WHOLE in kinds else LINE
    rows = ratios.filter(pl.col("against") == against, pl.col("relation").is_in(list(BY_RELATION)))
    return [
        {
            "date": row["as_of"],
            "precision": row["as_of_precision"],
            "kind": "stock",
            "basis": PUBLISHED,
            "publisher": row["publisher"],
            "rule": BY_RELATION[row["relation"]],
            "definition": None,
            "subject": row["subject"],
            "reference": row["other"],
            "subject_count": float(row["subject_count"]),
            "reference_count": float(row["other_count"]),
            "ratio": row["ratio"],
            "is_lower_bound": False,
            "source": row["publisher"],
        }
        for row in rows.iter_rows(named=True)
        if min(row["subject_count"], row["other_count"]) >= FEW
    ]


def _same_count(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both were published together and state the same definition, or none."""
    return all(one[name] == other[name] for name in ("publisher", "published", "definition"))


def _beside(counts: Sequence[Mapping[str, Any]], stated: Mapping[str, Any], name: str) -> float | None:
    """The count that was published beside a ratio; None where the ratio alone was."""
    near = [row["value"] for row in counts if row["subject"] == name and _same_count(row, stated)]
    return near[0] if near else None


def _as_published(
    mine: Mapping[str, Any], theirs: Mapping[str, Any], counts: tuple[float | None, float | None], ratio: float
) -> dict[str, Any]:
    """A row of `Lead`. A lower limit of the larger count makes the lead one."""
    more, less = (mine, theirs) if ratio >= 1 else (theirs, mine)
    return {
        "date": mine["as_of"] or mine["published"],
        "precision": mine["as_of_precision"] if mine["as_of"] else mine["published_precision"],
        "kind": "stock",
        "basis": PUBLISHED,
        "publisher": mine["publisher"],
        "rule": f"as published, {mine['definition'] if mine['definition'] != NOT_STATED else 'definition not stated'}",
        "definition": None,
        "subject": mine["subject"],
        "reference": theirs["subject"],
        "subject_count": counts[0],
        "reference_count": counts[1],
        "ratio": ratio,
        "is_lower_bound": more["is_lower_bound"] and not less["is_lower_bound"],
        "source": mine["source"],
    }


def launched(lead: pl.DataFrame, known: pl.DataFrame, pair: Pair) -> pl.DataFrame:
    """The rows of a flow with the releases of both in the month up to its days: a launch draws derivatives.

    known: `model, released, family, organisation` of registered releases.
    """

    def released(day: date, group: str) -> int:
        of_group = (pl.col("family") == group) | (pl.col("organisation") == group)
        return known.filter(of_group, pl.col("released").is_between(day - LAUNCH, day)).height

    days = lead.filter(pl.col("kind") == "flow", pl.col("rule") != MONTHLY)["date"].unique().sort().to_list()
    launches = pl.DataFrame(
        [(day, "flow", released(day, pair.subject), released(day, pair.reference)) for day in days],
        schema={"date": pl.Date, "kind": pl.String, "subject_releases": pl.Int64, "reference_releases": pl.Int64},
        orient="row",
    )
    counted = lead.drop("subject_releases", "reference_releases")
    of_days = counted.join(launches, on=["date", "kind"], how="left", maintain_order="left")
    is_month = pl.col("rule") == MONTHLY
    sides = ("subject_releases", "reference_releases")
    return of_days.with_columns(pl.when(~is_month).then(pl.col(side)).alias(side) for side in sides)


def flagged(marks: pl.DataFrame, events: pl.DataFrame, largest: pl.DataFrame, pair: Pair) -> pl.DataFrame:
    """Rows of `LeadEvents`: the marked events of the pair and of nobody.

    A group without a marked event has its last `FLAGSHIPS` flagship releases: `model, released, family, organisation`.
    """
    rows = marks.join(events.select("event", day="date"), on="event")
    found = [rows.filter(pl.col("family").is_null()).select("event", date="day", label="label", group="family")]
    for group, names in ((pair.subject, pair.subject_names), (pair.reference, pair.reference_names)):
        own = rows.filter(pl.col("family").is_in(names)).select("event", date="day", label="label", group=pl.lit(group))
        of_group = (
            largest.filter((pl.col("family") == group) | (pl.col("organisation") == group))
            .sort("released", "model")
            .tail(FLAGSHIPS)
            .select(
                event="model",
                date="released",
                label=pl.col("model").str.split("/").list.last(),
                group=pl.lit(group),
            )
        )
        found.append(own if own.height else of_group)
    return pl.concat(found)


def table(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The rows as a frame, also where there is none."""
    return pl.DataFrame(rows, schema=tables.empty(Lead).schema)
