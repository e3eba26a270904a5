"""What a published report says, in few numbers, and how that moved from one edition to the next.

What an edition is stands in `pipeline.report.editions`. The published ones are read from the folder `published/`,
to which `.venv/bin/python -m pipeline record` adds and a build never does.

Method
1. The rules kept are those of the headline (all that params.yaml lists) and the plain ones, as far as supported.
2. Of every table of data/out its rows and the hash of its file are kept, so that a table which moved is seen.
3. Two editions are compared number by number (`pipeline.report.comparison`), each published one with the one before
   it, and this build with the last of them.

Known drawbacks: an edition tells nothing of the code that made it but the version; the register is told by a hash,
so that a number which moved because a fact was corrected can be told from one that moved with the Hub, no more.
A table's hash is that of its bytes, so a new version of polars may alter it; where both tables are at hand, `make diff`
compares their rows.
"""

import hashlib
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
import yaml

from pipeline.base import tables, words
from pipeline.base.facts import Facts
from pipeline.base.params import Params, by_grouping
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import VERDICTS
from pipeline.report import comparison
from pipeline.report.editions import (
    Edition,
    Kind,
    Needs,
    Number,
    Rule,
    Snapshot,
    Verdict,
    are_same,
    kept,
    published,
)
from pipeline.report.schema import EditionChanges, Editions

NUMBERS: dict[str, tuple[str, Kind, Needs]] = {
    "snapshot.rows": ("Repositories in the snapshot", "count", "snapshot"),
    "snapshot.uploaders": ("Uploaders in the snapshot", "count", "snapshot"),
    "relations.links": ("Declared links to a parent", "count", "snapshot"),
    "derivatives.grid.rules": ("Rules that count {subject} and {reference} alike", "count", "pair"),
    "derivatives.grid.share": ("Share of these rules by which {subject} is ahead", "share", "rules"),
    "derivatives.grid.low": ("{subject} to {reference}, lowest ratio of all rules", "times", "rules"),
    "derivatives.grid.high": ("{subject} to {reference}, highest ratio of all rules", "times", "rules"),
    "moe.share.flagship.year": ("Mixtures of experts among a year’s flagship releases", "share", "register"),
    "moe.share.repositories.year": ("Mixtures of experts among a year’s new repositories", "share", "snapshot"),
    "moe.share.downloads.year": ("Mixtures of experts, share of downloads", "share", "snapshot"),
    "cost.{run}.rental.usd_low": ("Final run of {run}, rented, low end", "USD", "register"),
    "cost.{run}.rental.usd_high": ("Final run of {run}, rented, high end", "USD", "register"),
    "cost_ratio.rental.ratio_low": ("GPT-4 to {run}, both rented, low end", "times", "register"),
    "cost_ratio.rental.ratio_high": ("GPT-4 to {run}, both rented, high end", "times", "register"),
    "cost.{run}.rental.usd_median": ("Final run of {run}, rented, median", "USD", "register"),
    "cost.{run}.amortised.usd_low": ("Final run of {run}, amortised, low end", "USD", "register"),
    "cost.{run}.amortised.usd_high": ("Final run of {run}, amortised, high end", "USD", "register"),
    "cost.serving.middle": ("Rent for a million tokens, median of open models", "USD", "register"),
    "surface.{subject}.index": ("Part of the plane that {subject} covers", "share", "register"),
    "surface.{reference}.index": ("Part of the plane that {reference} covers", "share", "register"),
    "anatomy.half_life.bases": ("Bases that have a half-life", "count", "snapshot"),
    "anatomy.half_life.median": ("Their median half-life, in months", "count", "snapshot"),
    "vendors.activity.started": ("Makers that started", "count", "snapshot"),
    "vendors.activity.going_on": ("Makers that go on", "count", "snapshot"),
    "vendors.activity.stopped": ("Makers that stopped", "count", "snapshot"),
    "vendors.formats.maker": ("Releases converted by their makers in time", "share", "snapshot"),
    "vendors.formats.others": ("Releases converted by others in time", "share", "snapshot"),
    "thesis.surface.releases": ("Releases that the thesis is tested on", "count", "snapshot"),
    "thesis.surface.families": ("Families that it is tested on", "count", "snapshot"),
    "explorer.models": ("Models in the explorer", "count", "snapshot"),
    "explorer.uploaders": ("Uploaders in the explorer", "count", "snapshot"),
    "explorer.bytes": ("Bytes of the explorer’s files", "count", "snapshot"),
    "claims.total": ("Claims checked", "count", "register"),
}
"""Facts that an edition keeps: name, kind, and what must be the same in two editions for a difference to mean
something. Key and name may hold {subject}, {reference} and {run}, the training run that costs are compared with.
Every parameter that alters a result moves one of them, or a table."""


def make(paths: Paths, params: Params, results: Results) -> Edition:
    """Write edition.json, the table of editions and that of what moved between them; the edition."""
    now = current(paths, params)
    results.write_document("edition", now.model_dump(mode="json"))
    known = published(paths.published)
    if not known or not are_same(known[-1], now):
        known.append(now)
    results.write("editions", overview(known), Editions)
    results.write("edition_changes", changes(known), EditionChanges)
    return now


def current(paths: Paths, params: Params) -> Edition:
    """The edition that the tables of data/out make."""
    provenance = tables.read_json(paths.provenance)
    facts: Facts = {key: found for path in paths.facts() for key, found in tables.read_json(path).items()}
    ratios = tables.read(paths.out / "derivatives" / "ratios.parquet")
    headline = ratios.filter("is_headline")["definition"].to_list()
    return Edition(
        version=project_version(paths),
        snapshot=Snapshot(**{name: provenance[name] for name in Snapshot.model_fields}),
        register_sha256=_register_hash(paths.register),
        subject=params.report.subject,
        reference=params.report.reference,
        grouping=params.report.grouping,
        headline=headline[0] if headline else None,
        rules_sha256=hashlib.sha256("\n".join(sorted(ratios["definition"])).encode()).hexdigest(),
        rules=_rules(ratios, paths, params),
        numbers=_numbers(facts, params),
        verdicts=_verdicts(tables.read(paths.out / "claims" / "claims.parquet")),
        tables=kept(paths.tables()),
    )


def metrics(edition: Edition) -> dict[str, Any]:
    """The edition in numbers for `dvc exp show` and `dvc metrics diff`: headline, key numbers, verdicts.

    Of the tables the number, all rows and one hash: whatever moves in any of them is seen, and `make diff` says what.
    """
    rule = edition.rules.get(edition.headline or "")
    pair = {group: rule.counts.get(group, 0.0) for group in (edition.subject, edition.reference)} if rule else {}
    verdicts = Counter(verdict.verdict for verdict in edition.verdicts.values())
    hashes = "\n".join(f"{name} {table.sha256}" for name, table in sorted(edition.tables.items()))
    return {
        "headline": {"rule": edition.headline or words.NOT_HERE, **pair},
        "numbers": {number.key: number.value for number in edition.numbers if number.value is not None},
        "verdicts": {verdict: verdicts[verdict] for verdict in VERDICTS},
        "tables": {
            "tables": len(edition.tables),
            "rows": sum(table.rows for table in edition.tables.values()),
            "sha256": hashlib.sha256(hashes.encode()).hexdigest()[:8],
        },
    }


def project_version(paths: Paths) -> str:
    """The project's version, as its citation file states it."""
    return str(yaml.safe_load(paths.citation.read_text(encoding="utf-8"))["version"])


def _register_hash(folder: Path) -> str:
    """One hash of all curated tables."""
    lines = (
        f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in sorted(folder.rglob("*"), key=lambda path: path.name)
        if path.suffix in (".csv", ".yaml")
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _rules(ratios: pl.DataFrame, paths: Paths, params: Params) -> dict[str, Rule]:
    """The plain rules and those of the headline, with every group's count."""
    kept = ratios.filter(
        pl.col("is_plain")
        | pl.col("definition").is_in(by_grouping(params.derivatives.headline, params.report.grouping))
    )
    axes = tables.scan(paths.out / "derivatives" / "definitions.parquet").filter(
        pl.col("definition").is_in(kept["definition"].implode())
    )
    defined = axes.drop("in_grid", "supported", "reason").collect().rows(named=True)
    counts = tables.scan(paths.out / "derivatives" / "derivatives.parquet").filter(
        pl.col("definition").is_in(kept["definition"].implode()), pl.col("derivatives") > 0
    )
    groups: dict[str, dict[str, float]] = {row["definition"]: {} for row in defined}
    for definition, group, derivatives in counts.sort("definition", "group").collect().iter_rows():
        groups[definition][group] = derivatives
    return {
        row["definition"]: Rule(
            label=row["label"],
            choices={axis: choice for axis, choice in row.items() if axis not in ("definition", "label")},
            counts=groups[row["definition"]],
        )
        for row in sorted(defined, key=lambda row: row["definition"])
    }


def _numbers(facts: Facts, params: Params) -> list[Number]:
    """Key numbers; a fact that this report does not have is one that it cannot give."""
    groups = {"subject": params.report.subject, "reference": params.report.reference}
    numbers = []
    for pattern, (name, kind, needs) in NUMBERS.items():
        key = pattern.format(**groups, run=params.cost.compared_run)
        fact = facts.get(key)
        value = fact["value"] if fact else None
        numbers.append(
            Number(
                key=key,
                name=name.format(**groups, run=facts["cost.run.name"]["text"]),
                value=None if value is None else float(value),
                text=fact["text"] if fact else words.NOT_HERE,
                kind=kind,
                needs=needs,
            )
        )
    return numbers


def _verdicts(claims: pl.DataFrame) -> dict[str, Verdict]:
    rows = claims.sort("claim").select("claim", "statement", "verdict", "why").iter_rows()
    return {
        str(claim): Verdict(statement=statement, verdict=verdict, why=why) for claim, statement, verdict, why in rows
    }


def overview(editions: list[Edition]) -> pl.DataFrame:
    """One row an edition, in order; the last is this build, published or not."""
    rows = []
    for position, edition in enumerate(editions, start=1):
        rule = edition.rules.get(edition.headline or "")
        pair = [rule.counts.get(group, 0.0) for group in (edition.subject, edition.reference)] if rule else [None, None]
        verdicts = [verdict.verdict for verdict in edition.verdicts.values()]
        rows.append(
            {
                "position": position,
                "edition": edition.name,
                "published": edition.published,
                "snapshot": edition.snapshot.label,
                "coverage": edition.snapshot.coverage,
                "date": edition.snapshot.date,
                "sha256": edition.snapshot.sha256,
                "repositories": edition.snapshot.rows,
                "version": edition.version,
                "rule": rule.label if rule else None,
                "subject": edition.subject,
                "reference": edition.reference,
                "subject_derivatives": pair[0],
                "reference_derivatives": pair[1],
                "ratio": pair[0] / pair[1] if pair[0] is not None and pair[1] else None,
                **{name: verdicts.count(name) for name in VERDICTS},
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("published", "date").cast(pl.String).str.to_date("%Y-%m-%d")
    )


def changes(editions: list[Edition]) -> pl.DataFrame:
    """What moved from each edition to the next."""
    rows = []
    for position, (old, new) in enumerate(pairwise(editions), start=2):
        found = comparison.compare(old, new)
        notes = [comparison.Row("note", warning, "", "", "", None) for warning in found.warnings]
        rows += [
            {"position": position, "order": order, "edition": new.name, "previous": old.name, **row.columns()}
            for order, row in enumerate([*notes, *found.rows])
        ]
    return pl.DataFrame(rows, schema=_types(EditionChanges), infer_schema_length=None)


def _types(schema: type[dy.Schema]) -> dict[str, pl.DataType]:
    return {name: column.dtype for name, column in schema.columns().items()}
