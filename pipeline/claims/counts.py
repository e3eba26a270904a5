"""The table `claim_counts`: what the essay counts, at the dates it speaks of and today, under every reading.

Method
1. The register of claims says which groups are counted, at which dates: those of the essay, whatever
   subject the report has.
2. Derivatives are counted under the definitions that the essay's words allow: repositories, declared or
   inferred, direct or transitive, with or without quantizations and own releases, with whole credit, and
   each with mirrors or distillations counted for their originals. Uploaders, download thresholds and evidence
   by shape or name are other measures than "models built on top of it".
3. Repositories that tag a word are counted by what counts as a tag: any tag, links to a base among
   them; tags of one's own alone; those links alone; a tag or the repository's own name.
4. A catalogue is counted by namespace and by organisation.
5. A date counts what was created by its end and still exists. That is less certain than a snapshot of the
   day (models are deleted, cards edited); the newest date counts everything, undated repositories too.
   Dates after the snapshot have no rows.
6. What the snapshot has no column for has no rows: no date but its own where no repository is dated, no tags where
   none has one. Where a part is dated, counts are of that part; the ledger says how much it leaves out, or refuses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipeline import register
from pipeline.base import tables
from pipeline.base.completeness import SOME, Completeness, Needs
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.base.vocabulary import PARENT_TAG
from pipeline.claims import essay
from pipeline.claims.schema import ClaimCounts
from pipeline.counting.count import count
from pipeline.counting.definitions import Definition, definitions
from pipeline.counting.pairs import PairsBySource, by_source
from pipeline.counting.repositories import registered_names, repositories_of
from pipeline.hub.nodes import Nodes

BY_DATE: Needs = {"createdAt": SOME}
NEEDS: Mapping[str, Needs] = {"derivatives": {}, "tagging": {"tags": SOME}, "models": {}}
"""What a measure needs on the snapshot's own day; on an earlier one it needs dates too."""


@dataclass(frozen=True)
class Asked:
    """One thing to count: what, of whom, when."""

    measure: str
    grouping: str
    groups: tuple[str, ...]
    days: tuple[date, ...]


def make(paths: Paths, results: Results) -> None:
    """Read core tables, raw tags and the claims; write `claim_counts.parquet`."""
    provenance = tables.read_json(paths.provenance)
    newest = date.fromisoformat(provenance["date"])
    wanted = asked(essay.read(paths), newest, Completeness.of(provenance))
    parts = [tables.empty(ClaimCounts)]
    parts += built(paths, [one for one in wanted if one.measure == "derivatives"], newest)
    parts += [tagging(paths, one, newest) for one in wanted if one.measure == "tagging"]
    parts += [owned(paths, one, newest) for one in wanted if one.measure == "models"]
    found = pl.concat(parts).unique(["measure", "rule", "group", "date"], keep="first", maintain_order=True)
    results.write("claim_counts", found, ClaimCounts)


def asked(claims: Iterable[Mapping[str, Any]], newest: date, holds: Completeness) -> list[Asked]:
    """What the checks of the claims ask for, as far as the snapshot has it, up to its date."""
    found = []
    dated = holds.lacking(BY_DATE) is None
    for claim in claims:
        counted = claim["check"].get("counts")
        if counted and holds.lacking(NEEDS[counted["measure"]]) is None:
            days = {claim["as_of"], *counted.get("also_on", []), newest}
            known = tuple(sorted(day for day in days if day == newest or (day < newest and dated)))
            found.append(Asked(counted["measure"], counted.get("grouping", ""), tuple(counted["groups"]), known))
    return found


def readings(grouping: str) -> list[Definition]:
    """The definitions that "derivative models" may mean."""
    return [
        definition
        for definition in definitions()
        if definition.grouping == grouping
        and definition.evidence in ("declared", "declared_or_inferred")
        and definition.relations in ("all", "without_quantized")
        and definition.series == "each"
        and definition.credit == "full"
        and definition.unit == "repositories"
        and definition.min_downloads == 0
    ]


def created(paths: Paths) -> pl.DataFrame:
    """`created`: the day of each row of the table of models, which has the raw snapshot's rows in their order."""
    return tables.scan(paths.raw / "models.parquet").select(created=pl.col("createdAt").dt.date()).collect()


def built(paths: Paths, wanted: list[Asked], newest: date) -> list[pl.DataFrame]:
    """Derivatives of the groups asked for, under every reading, at every date."""
    if not wanted:
        return []
    repositories = repositories_of(Nodes.load(paths, registered_names(paths.register)), paths.register)
    born = repositories.nodes.of_every_node(created(paths))["created"]
    pairs_by_source = PairsBySource(repositories, only={name for one in wanted for name in one.groups})
    meant = [definition for grouping in sorted({one.grouping for one in wanted}) for definition in readings(grouping)]
    rows = []
    for source, same in by_source(meant, repositories).items():
        mine = [one for one in wanted if one.grouping == source.grouping]
        known = repositories.group_names(source.grouping)
        groups = known.filter(known.is_in(sorted({name for one in mine for name in one.groups})))
        pairs = pairs_by_source.of(source)
        day_of = born.gather(pairs["child"])
        whole = pl.DataFrame({"rule": [definition.key for definition in same]}).join(
            groups.to_frame("group"), how="cross"
        )
        for day in sorted({day for one in mine for day in one.days}):
            counted = count(pairs if day == newest else pairs.filter(day_of <= day), same, repositories)
            rows.append(
                whole.join(counted.rename({"definition": "rule"}), on=["rule", "group"], how="left").select(
                    "rule", "group", repositories=pl.col("derivatives").fill_null(0), date=pl.lit(day)
                )
            )
    return [_table(pl.concat(rows), "derivatives")] if rows else []


def tagging(paths: Paths, wanted: Asked, newest: date) -> pl.DataFrame:
    """Repositories whose tags hold a word, in capitals or not, by what counts as a tag."""
    raw = tables.scan(paths.raw / "models.parquet")
    created = pl.col("createdAt").dt.date()
    known = raw.select("id", created=created).with_row_index("row").collect(engine="streaming")
    rows = []
    for word in wanted.groups:
        holding = (
            raw.select(tag="tags")
            .with_row_index("row")
            .explode("tag")
            .filter(_holds("tag", word))
            .select("row", is_link=pl.col("tag").str.starts_with(PARENT_TAG))
            .collect(engine="streaming")
        )
        own, link = (holding.filter(is_link=is_link)["row"].implode() for is_link in (False, True))
        flags = known.select(
            "created", named=_holds("id", word), own=pl.col("row").is_in(own), link=pl.col("row").is_in(link)
        )
        by_rule = {
            "any tag": pl.col("own") | pl.col("link"),
            "own tag": pl.col("own"),
            "link": pl.col("link"),
            "tag or name": pl.col("own") | pl.col("link") | pl.col("named"),
        }
        sums = [
            (found & _by(day, newest)).sum().alias(f"{rule}|{day}")
            for rule, found in by_rule.items()
            for day in wanted.days
        ]
        for name, repositories in flags.select(sums).row(0, named=True).items():
            rule, _, day = name.partition("|")
            rows.append((rule, word, date.fromisoformat(day), float(repositories)))
    return _table(pl.DataFrame(rows, schema=_COUNTED, orient="row"), "tagging")


def _holds(column: str, word: str) -> pl.Expr:
    return pl.col(column).str.contains_any([word], ascii_case_insensitive=True)


def owned(paths: Paths, wanted: Asked, newest: date) -> pl.DataFrame:
    """Repositories of namespaces, and of the organisations that hold them."""
    listed = register.load("organisations", paths.register).select("namespace", "organisation")
    groups = pl.Series(wanted.groups, dtype=pl.String).implode()
    spaces = pl.concat([groups.explode(), listed.filter(pl.col("organisation").is_in(groups))["namespace"]])
    known = (  # few namespaces are asked for, so only what they hold is looked at any closer
        tables.scan(paths.raw / "models.parquet")
        .select(
            namespace=pl.col("id").str.splitn("/", 2).struct.field("field_0"), created=pl.col("createdAt").dt.date()
        )
        .filter(pl.col("namespace").is_in(spaces.implode()))
        .collect()
        .join(listed, on="namespace", how="left")
    )
    rows = []
    for group in wanted.groups:
        rule = "organisation" if group in listed["organisation"] and group not in listed["namespace"] else "namespace"
        mine = known.filter(pl.col(rule) == group)
        rows += [(rule, group, day, float(mine.filter(_by(day, newest)).height)) for day in wanted.days]
    return _table(pl.DataFrame(rows, schema=_COUNTED, orient="row"), "models")


_COUNTED = {"rule": pl.String, "group": pl.String, "date": pl.Date, "repositories": pl.Float64}


def _by(day: date, newest: date) -> pl.Expr:
    """Whether a repository was there by the end of a day; whatever exists was there on the newest."""
    return pl.lit(True) if day == newest else (pl.col("created") <= day).fill_null(False)


def _table(rows: pl.DataFrame, measure: str) -> pl.DataFrame:
    counted = rows.with_columns(measure=pl.lit(measure), repositories=pl.col("repositories").round().cast(pl.Int64))
    return counted.select(ClaimCounts.column_names())
