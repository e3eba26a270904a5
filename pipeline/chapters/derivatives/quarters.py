"""The share of subject and reference among new derivatives, by quarter in which the repository was created.

Method
1. A rule's derivatives by month (the table `derivatives_monthly`) are added up by quarter; the share is of those of all
   groups, so it does not follow how much of a quarter a snapshot happens to hold.
2. A census of the Hub goes before a sample: quarters that had ended by the day of the newest census among the editions
   are the census's, later ones this snapshot's. A snapshot that is a census itself has all of them.
3. The rule is the first of those counted by month that has enough dated derivatives of both: a declared one where links
   are declared, else that of the headline. Two snapshots may go by two rules, and are never joined.
4. The newest flow is a point of its own, in the quarter of its day.

Known drawbacks: a share of a sample is one of what somebody noticed; a repository that is built on two groups counts
for both, so shares may add up to more than one; what was deleted since is missing; of a quarter with few derivatives
nothing is said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipeline.base import tables
from pipeline.base.editions import HUB, Edition, Kind, editions
from pipeline.base.lead import FEW
from pipeline.base.params import Params, by_grouping
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.derivatives.schema import DerivativesQuarterly
from pipeline.counting.definitions import definition_of

LEAST = 30
"""Derivatives of a quarter, of all groups, below which its shares say nothing."""


@dataclass(frozen=True)
class Basis:
    """Whose counts by month are shown.

    edition: its name, None for this build. source: how a figure names it. monthly: rows of `derivatives_monthly`.
    rules: keys of definitions, the preferred first.
    """

    kind: Kind
    day: date
    edition: str | None
    coverage: str
    label: str
    source: str
    monthly: pl.DataFrame
    rules: Sequence[str]


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read this build's counts by month and those of editions; write the table `derivatives_quarterly`."""
    provenance = tables.read_json(paths.provenance)
    by_month = by_grouping(params.derivatives.monthly, params.report.grouping)
    headline = results.tables["ratios"].filter("is_headline")["definition"].to_list()
    own = Basis(
        kind="flow" if provenance.get("kind") == "flow" else "stock",
        day=date.fromisoformat(provenance["date"]),
        edition=None,
        coverage=provenance["coverage"],
        label=provenance["label"],
        source=f"Hugging Face Hub, {provenance['label']} ({provenance['coverage']}), sha256 {provenance['sha256'][:8]}",
        monthly=results.tables["derivatives_monthly"],
        rules=[*by_month, *headline],
    )
    pair = params.report.subject, params.report.reference
    known = [own, *of_editions(editions(paths), by_month)]
    least = params.derivatives.minimum_derivatives
    results.write("derivatives_quarterly", quarterly(known, pair, least), DerivativesQuarterly)


def of_editions(known: Iterable[Edition], rules: Sequence[str]) -> list[Basis]:
    """Editions of a census and of a flow, the newest first."""
    found = []
    for edition in known:
        monthly = edition.table("derivatives_monthly")
        if monthly is None or (edition.kind == "stock" and edition.coverage != HUB):
            continue
        source = f"Hugging Face Hub, {edition.label}, edition {edition.name}, sha256 {edition.provenance['sha256'][:8]}"
        found.append(
            Basis(edition.kind, edition.date, edition.name, edition.coverage, edition.label, source, monthly, rules)
        )
    return sorted(found, key=lambda basis: basis.day, reverse=True)


def quarterly(known: Sequence[Basis], pair: Sequence[str], least: int) -> pl.DataFrame:
    """Rows of `schema.DerivativesQuarterly`.

    known: this build first, then editions, the newest first. least: dated derivatives of both that a rule must have.
    """
    counted = [(basis, by_quarter(basis, pair, least)) for basis in known]
    stocks = [(basis, rows) for basis, rows in counted if basis.kind == "stock" and rows.height]
    flows = [(basis, rows) for basis, rows in counted if basis.kind == "flow" and rows.height]
    parts = [tables.empty(DerivativesQuarterly)]
    census = next(((basis, rows) for basis, rows in stocks if basis.coverage == HUB), None)
    if census:
        ended = pl.col("quarter").dt.offset_by("3mo") <= census[0].day + timedelta(days=1)
        parts.append(census[1] if census[0].edition is None else census[1].filter(ended))
    if stocks and stocks[0][0].edition is None and stocks[0][0].coverage != HUB:
        after = max(parts[-1]["quarter"]) if parts[-1].height else date.min
        parts.append(stocks[0][1].filter(pl.col("quarter") > after))
    newest = max((basis.day for basis, rows in flows), default=None)
    parts += [rows.filter(pl.col("quarter") == _quarter(basis.day)) for basis, rows in flows if basis.day == newest][:1]
    return pl.concat(parts)


def _quarter(day: date) -> date:
    """The first day of its quarter."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def by_quarter(basis: Basis, pair: Sequence[str], least: int) -> pl.DataFrame:
    """Rows of `schema.DerivativesQuarterly` of one snapshot, from the first quarter with ten of both together."""
    rule = _rule(basis, pair, least)
    months = basis.monthly.filter(pl.col("definition").eq_missing(pl.lit(rule)), pl.col("relation") == "all")
    quarters = months.with_columns(quarter=pl.col("month").dt.truncate("1q"))
    every = quarters.group_by("quarter").agg(of_all=pl.col("derivatives").sum()).filter(pl.col("of_all") >= LEAST)
    of_pair = quarters.group_by("quarter", "group").agg(pl.col("derivatives").sum())
    rows = (
        every.join(pl.DataFrame({"group": list(pair)}), how="cross")
        .join(of_pair, on=["quarter", "group"], how="left")
        .with_columns(pl.col("derivatives").fill_null(0.0))
    )
    of_both = pl.col("derivatives").sum().over("quarter")
    first = pl.col("quarter").filter(of_both >= FEW).min()
    return (
        rows.filter(pl.col("quarter") >= first)
        .with_columns(
            share=pl.col("derivatives") / pl.col("of_all"),
            is_partial=pl.col("quarter").dt.offset_by("3mo") > basis.day + timedelta(days=1),
            kind=pl.lit(basis.kind),
            edition=pl.lit(basis.edition, pl.String),
            coverage=pl.lit(basis.coverage),
            label=pl.lit(basis.label),
            date=pl.lit(basis.day),
            definition=pl.lit(rule, pl.String),
            rule=pl.lit(definition_of(rule).label if rule else "", pl.String),
            source=pl.lit(basis.source),
        )
        .select(DerivativesQuarterly.column_names())
        .sort("quarter", "group")
    )


def _rule(basis: Basis, pair: Sequence[str], least: int) -> str | None:
    """The first rule with enough dated derivatives of both, and some of each."""
    for rule in basis.rules:
        rows = basis.monthly.filter(
            pl.col("definition") == rule, pl.col("relation") == "all", pl.col("group").is_in(pair)
        )
        found = rows.group_by("group").agg(pl.col("derivatives").sum()).filter(pl.col("derivatives") > 0)
        if found.height == len(pair) and found["derivatives"].sum() >= least:
            return rule
    return None
