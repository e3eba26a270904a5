"""The edition that this build makes: what its report says in few numbers.

`pipeline.report.editions` defines what an edition consists of.

1. The rules are those of the headline (all that params.yaml lists) and the plain ones, as far as supported.
2. Of every table of data/out the edition has the number of rows and the hash of the file, so that a table which moved
   is seen.

Known drawbacks: of the code that made it an edition records the version alone, and of the register one hash: this
shows that a number may have moved because a curated fact was corrected, no more. A table's hash is that of its bytes,
which a new version of polars may alter; where both tables are at hand, `make diff` compares their rows.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipeline.base import tables, words
from pipeline.base.facts import Facts
from pipeline.base.files import sha256
from pipeline.base.params import Params, by_grouping
from pipeline.base.paths import Paths
from pipeline.base.vocabulary import VERDICTS
from pipeline.report.editions import Edition, Kind, Needs, Number, Rule, Snapshot, Verdict, recorded_tables

NUMBERS: dict[str, tuple[str, Kind, Needs]] = {
    "snapshot.rows": ("Repositories in the snapshot", "count", "snapshot"),
    "snapshot.uploaders": ("Uploaders in the snapshot", "count", "snapshot"),
    "relations.links": ("Declared links to a parent", "count", "snapshot"),
    "derivatives.grid.rules": ("Rules that count {subject} and {reference} alike", "count", "pair"),
    "derivatives.grid.share": ("Share of their different results in which {subject} is ahead", "share", "rules"),
    "derivatives.grid.low": ("{subject} to {reference}, lowest ratio of all rules", "times", "rules"),
    "derivatives.grid.high": ("{subject} to {reference}, highest ratio of all rules", "times", "rules"),
    "published.adapters.share": ("Adapters among what is built on {subject}, as published", "share", "pair"),
    "published.bases.share": ("{subject}’s largest bases among its derivatives, estimated", "share", "pair"),
    "moe.share.flagship.year": ("MoE models among a year’s flagship releases", "share", "register"),
    "moe.share.repositories.year": ("MoE models among a year’s new repositories", "share", "snapshot"),
    "moe.share.downloads.year": ("MoE models, share of downloads", "share", "snapshot"),
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
"""Key numbers of an edition, by the key of their fact: name, kind, and what must be the same in two editions for a
difference to mean something. {subject}, {reference} and {run} (the training run that costs are compared with) are
filled in from params.yaml. Every parameter that alters a result moves one of these numbers, or a table."""


def current(paths: Paths, params: Params) -> Edition:
    """The edition that the tables of data/out make."""
    provenance = tables.read_json(paths.provenance)
    facts: Facts = {key: found for path in paths.facts() for key, found in tables.read_json(path).items()}
    ratios = tables.read(paths.out / "derivatives" / "ratios.parquet")
    headline = ratios.filter("is_headline")["definition"].to_list()
    return Edition(
        version=project_version(paths),
        snapshot=_snapshot(provenance),
        register_sha256=_register_hash(paths.register),
        subject=params.report.subject,
        reference=params.report.reference,
        grouping=params.report.grouping,
        headline=headline[0] if headline else None,
        rules_sha256=hashlib.sha256("\n".join(sorted(ratios["definition"])).encode()).hexdigest(),
        rules=_rules(ratios, paths, params),
        numbers=_numbers(facts, params),
        verdicts=_verdicts(tables.read(paths.out / "claims" / "claims.parquet")),
        tables=recorded_tables(paths.tables()),
    )


def _snapshot(provenance: Mapping[str, Any]) -> Snapshot:
    """Of its origin: who its user says collected it, the dataset on the Hub, or the source that knows itself."""
    known = {name: provenance[name] for name in Snapshot.model_fields if name in provenance}
    origin = provenance.get("origin") or provenance.get("repository") or provenance["source"]
    return Snapshot(**{**known, "origin": origin})


def metrics(edition: Edition) -> dict[str, Any]:
    """The edition in numbers for `dvc exp show` and `dvc metrics diff`: headline, key numbers, verdicts, tables.

    One hash stands for all tables, so that a change in any of them is seen; `make diff` says which.
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
        f"{path.name} {sha256(path)}"
        for path in sorted(folder.rglob("*"), key=lambda path: path.name)
        if path.suffix in (".csv", ".yaml")
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _rules(ratios: pl.DataFrame, paths: Paths, params: Params) -> dict[str, Rule]:
    """The plain rules and those of the headline, with every group's count."""
    headlines = by_grouping(params.derivatives.headline, params.report.grouping)
    listed = ratios.filter(pl.col("is_plain") | pl.col("definition").is_in(headlines)).select("definition")
    folder = paths.out / "derivatives"
    axes = tables.read(folder / "definitions.parquet").join(listed, on="definition", how="semi").sort("definition")
    derivatives = tables.scan(folder / "derivatives.parquet").filter(pl.col("derivatives") > 0)
    counts = derivatives.join(listed.lazy(), on="definition", how="semi").sort("definition", "group").collect()
    by_rule: dict[str, dict[str, float]] = {name: {} for name in axes["definition"]}
    for name, group, count in counts.iter_rows():
        by_rule[name][group] = count
    choices = axes.drop("in_grid", "supported", "reason", "label", "definition").rows(named=True)
    return {
        name: Rule(label=label, choices=choice, counts=by_rule[name])
        for name, label, choice in zip(axes["definition"], axes["label"], choices, strict=True)
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
