"""Facts that the ledger asks for: dated counts, what others published, and what the register knows by a date.

Keys begin with what they are: `at.<date>.<measure>.<rule>.<group>` (and `at.today`), `known.<date>` for older
snapshots, `reading.<definition>` for its words, `published.<subject>.<kind>.<date>`, `release.<model>` for
releases that claims name, `register.releases.<namespace>`, and `ledger.<claim>` for what one claim alone asks.
What the register is asked is asked as of the claim's date, whatever the snapshot's.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from pipeline import register
from pipeline.base import held, tables, words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.chapters.surface import tables as surface
from pipeline.claims import counts as claim_counts
from pipeline.claims import essay
from pipeline.hub import holdings
from pipeline.register.identity import identify

_RELEASES = "pipeline/register/hub/releases.csv"
_COUNTS = "data/out/claim_counts.parquet"
_PUBLISHED = "pipeline/register/derivatives/published_counts.csv"


def quote(paths: Paths, params: Params, out: Mapping[str, pl.DataFrame]) -> Facts:
    """Every fact that the ledger may ask for: what chapters found, and what it asks of tables and the register."""
    claims = essay.read(paths)
    chapters = [path for path in sorted(paths.out.glob("*/facts.json")) if path.parent.name != "claims"]
    found = {key: value for path in chapters for key, value in tables.read_json(path).items()}
    out = {
        **out,
        **{
            name: tables.read(path)
            for name in ("vintages", "definitions", "derivatives", "moe")
            for path in paths.out.glob(f"*/{name}.parquet")
        },
    }
    releases = _releases(paths)
    newest = date.fromisoformat(tables.read_json(paths.provenance)["date"])
    asked_for = (
        found
        | counted(out["derivatives"])
        | dated(out["claim_counts"], newest)
        | known(out["vintages"], params.report.grouping, newest)
        | readings(out["definitions"])
        | published(register.load("published_counts", paths.register))
        | named(claims, releases)
        | by_namespace(releases)
        | experts(out["moe"])
        | asked(claims, releases, paths, params)
    )
    relations = tables.read(paths.out / "hub" / "relations.parquet")
    holds = holdings.holdings(tables.read_json(paths.provenance), relations)
    return asked_for | none(claims, asked_for, out["definitions"], holds)


def counted(counts: pl.DataFrame) -> Facts:
    """Every count under every definition."""
    return {
        f"count.{definition}.{group}": fact(
            count, words.number(count), "data/out/derivatives/derivatives.parquet", "derivatives"
        )
        for definition, group, count in counts.iter_rows()
    }


def none(claims: Iterable[essay.Claim], known: Facts, definitions: pl.DataFrame, holds: held.Held) -> Facts:
    """Measures of claims that this snapshot counts none of: 0 where it could have shown some, null where it cannot."""
    evidence = dict(definitions.select("definition", "evidence").iter_rows())
    unseen = tuple(f"at.today.{measure}." for measure, needs in claim_counts.NEEDS.items() if holds.lacking(needs))
    facts: Facts = {}
    for key in sorted({key for claim in claims for key in claim["measure"]} - known.keys()):
        definition = key.removeprefix("count.").rpartition(".")[0]
        if definition in evidence:
            seen = any(holds.lacking(needs) is None for needs in SEEN_BY[evidence[definition]])
            facts[key] = fact(0 if seen else None, "0", "data/out/derivatives.parquet", "derivatives")
        elif key.startswith(unseen):
            facts[key] = fact(None, "", _COUNTS, "repositories")
    return facts


SEEN_BY: Mapping[str, tuple[held.Needs, ...]] = {
    "declared": ({held.PARENTS: held.SOME},),
    "declared_or_inferred": ({held.PARENTS: held.SOME}, {}),
    "shape": ({"safetensors": held.SOME}, {"config": held.SOME}),
    "name": ({},),
}
"""What each kind of evidence needs to be seen: one of these."""


def dated(counts: pl.DataFrame, newest: date) -> Facts:
    """Counts at each date; those of the snapshot's own day are today's."""
    facts: Facts = {}
    for measure, rule, group, day, repositories in counts.iter_rows():
        found = fact(repositories, words.number(repositories), _COUNTS, "repositories")
        for when in [str(day), "today"] if day == newest else [str(day)]:
            facts[f"at.{when}.{measure}.{rule}.{group}"] = found
    return facts


def known(vintages: pl.DataFrame, grouping: str, newest: date) -> Facts:
    """What older snapshots of the same coverage counted."""
    rows = vintages.filter(pl.col("date") < newest, pl.col("is_comparable"), relation="all")
    source = "data/out/vintages.parquet"
    return {
        f"known.{day}.{grouping}.declared.direct.all.{group}": fact(count, words.number(count), source, "derivatives")
        for day, group, count in rows.select("date", "group", "derivatives_as_known").iter_rows()
    }


def readings(definitions: pl.DataFrame) -> Facts:
    """The words of each definition and of each way to count tags."""
    asked_for = {d.key for grouping in ("family", "organisation") for d in claim_counts.readings(grouping)}
    rows = definitions.filter(pl.col("definition").is_in(sorted(asked_for))).select("definition", "label")
    told = {f"reading.{key}": sentence(label, "data/out/definitions.parquet") for key, label in rows.iter_rows()}
    tags = {
        "any tag": "any tag, links to a base among them",
        "own tag": "tags other than links to a base",
        "link": "links to a base alone",
        "tag or name": "a tag or the repository’s own name",
    }
    return told | {f"reading.{key}": sentence(label, _COUNTS) for key, label in tags.items()}


def published(counts: pl.DataFrame) -> Facts:
    """Counts that others published, with publisher and date."""
    facts: Facts = {}
    for row in counts.sort("publisher").iter_rows(named=True):
        more = "more than " if row["is_lower_bound"] else ""
        told = (
            f"{row['subject']} {more}{words.number(row['value'])} ({row['publisher']}, {words.day(row['published'])})"
        )
        key = f"published.{row['subject']}.{row['kind']}.{row['published']}"
        facts[key] = fact(row["value"], told, _PUBLISHED, row["unit"])
    return facts


def named(claims: Iterable[essay.Claim], releases: pl.DataFrame) -> Facts:
    """Date, size, licence and architecture of the releases that claims name, and of their bases."""
    wanted = {text for claim in claims for text in _texts(claim["check"])}
    bases = releases.filter(pl.col("model").is_in(sorted(wanted)))["built_on"].drop_nulls()
    facts: Facts = {}
    for row in releases.filter(pl.col("model").is_in(sorted(wanted | set(bases)))).iter_rows(named=True):
        key, total, day = f"release.{row['model']}", row["parameters_total"], row["released"]
        facts[f"{key}.released"] = fact(day, words.day(day) if day else "", _RELEASES)
        facts[f"{key}.parameters_total"] = fact(total, words.billions(total) if total else "", _RELEASES, "parameters")
        for name in ("licence", "architecture"):
            facts[f"{key}.{name}"] = fact(row[name], row[name] or "", _RELEASES)
    return facts


def _texts(value: Any) -> Iterable[str]:
    """Every text in a check."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def by_namespace(releases: pl.DataFrame) -> Facts:
    """Registered releases by namespace."""
    counts = releases.group_by(namespace=pl.col("model").str.split("/").list.first()).len().sort("namespace")
    return {
        f"register.releases.{name}": fact(count, words.number(count), _RELEASES, "releases")
        for name, count in counts.iter_rows()
    }


def experts(moe: pl.DataFrame) -> Facts:
    """Routed experts per token, of how many."""
    rows = moe.filter(mixture="moe", count_method="config").select("model", "experts_per_token", "experts")
    source = "data/out/moe.parquet"
    return {
        f"ledger.experts.{model}": fact(at_work, f"{at_work} of {every}", source, "experts")
        for model, at_work, every in rows.drop_nulls().iter_rows()
    }


def asked(claims: Iterable[essay.Claim], releases: pl.DataFrame, paths: Paths, params: Params) -> Facts:
    """What single claims ask of the register, as of their date."""
    facts: Facts = {}
    for claim in claims:
        key, check, day = f"ledger.{claim['claim']}", claim["check"], claim["as_of"]
        until = releases.filter(pl.col("released") <= day)
        year = until.filter(pl.col("released") > pl.lit(day).dt.offset_by("-1y"))
        if check["kind"] == "span":
            facts |= _span(key, check, until, year)
        elif check["kind"] == "covers":
            kinds = until.filter(family=check["family"])["modality"]
            facts |= {f"{key}.{kind}.releases": _counted(int((kinds == kind).sum())) for kind in check["modalities"]}
        elif check["kind"] == "frequent":
            for name in (check["family"], *check["beside"]):
                facts[f"{key}.days.{name}"] = _counted(year.filter(family=name)["released"].n_unique(), "days")
        elif check["kind"] == "volume":
            for name in check["groups"]:
                facts[f"{key}.releases.{name}"] = _counted(until.filter(family=name).height)
        elif check["kind"] == "alone":
            there = year.filter(pl.col("country").is_in(check["countries"])).drop_nulls("family")
            facts[f"{key}.every"] = _counted(there.height)
            counts = there.group_by("family").len().sort("family")
            facts[f"{key}.releases.{check['family']}"] = _counted(0)
            facts |= {f"{key}.releases.{name}": _counted(number) for name, number in counts.iter_rows()}
        elif check["kind"] == "default":
            facts |= {
                f"{key}.flagship": _share(year.filter("flagship")),
                f"{key}.releases": _share(year),
            }
        elif check["kind"] == "near":
            facts |= _near(key, check, day, paths, params)
    return facts


def _counted(value: int, unit: str = "releases") -> Any:
    return fact(value, words.number(value), _RELEASES, unit)


def _share(releases: pl.DataFrame) -> Any:
    """The share of mixtures of experts among releases whose kind is known."""
    kinds = releases["mixture"].drop_nulls()
    share = float((kinds == "moe").sum()) / kinds.len() if kinds.len() else None
    return fact(share, "" if share is None else words.percent(share), _RELEASES, "share")


NOMINAL = r"[-_](\d+(?:\.\d+)?)B(?:[-_]|$)"
"""A size in a name, in billions: what makers call a size, whatever the exact total."""


def _span(key: str, check: Mapping[str, Any], until: pl.DataFrame, year: pl.DataFrame) -> Facts:
    """The smallest and largest nominal size of a family, by which releases count as current."""
    since = until.filter(pl.col("released") >= check["generation_from"])
    general = ["text", "vision"]
    chosen = {
        "every": until,
        "year": year,
        "generation": since,
        "every_general": until.filter(pl.col("modality").is_in(general)),
        "year_general": year.filter(pl.col("modality").is_in(general)),
        "generation_general": since.filter(pl.col("modality").is_in(general)),
    }
    facts: Facts = {}
    for reading in check["readings"]:
        sized = (
            chosen[reading]
            .filter(family=check["family"])
            .with_columns(size=pl.col("model").str.extract(NOMINAL).cast(pl.Float64) * 1e9)
            .drop_nulls("size")
            .sort("size", "model")
        )
        for name, rows in (("smallest", sized.head(1)), ("largest", sized.tail(1))):
            size, model = (rows["size"][0], rows["model"][0]) if rows.height else (None, None)
            facts[f"{key}.{reading}.{name}"] = fact(size, words.billions(size or 0), _RELEASES, "parameters")
            facts[f"{key}.{reading}.{name}.model"] = fact(model, (model or "").split("/")[-1], _RELEASES)
    return facts


def _near(key: str, check: Mapping[str, Any], day: date, paths: Paths, params: Params) -> Facts:
    """The share of the plane that families cover in the month of a claim."""
    months = params.surface.current_months
    placed = surface.placed(paths)
    plane = surface.nearest(placed, day, months)
    now = surface.index(plane, placed, day, months).filter(pl.col("month") == day.replace(day=1))
    shares = {row["family"]: row for row in now.iter_rows(named=True)}
    return {
        f"{key}.{rule}.{name}": fact(
            shares[name][rule] if name in shares else None,
            words.percent(shares[name][rule]) if name in shares else "",
            "data/out/surface_index.parquet",
            "share of cells",
        )
        for name in (check["family"], *check["beside"])
        for rule in ("index", "index_loose")
    }


def _releases(paths: Paths) -> pl.DataFrame:
    """The register of releases with family, organisation and country."""
    releases = register.load("releases", paths.register)
    told = identify(releases.select(id="model"), paths.register).collect()
    return releases.join(told.rename({"id": "model"}), on="model", how="left").sort("model")
