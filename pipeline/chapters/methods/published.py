"""Published totals beside what this snapshot counts under the same name.

Each row of the register's `published_counts` that can be counted here: rows, declared bases and links by relation,
direct declared derivatives of a family or an organisation, GGUF conversions, a namespace's models, followers. Only a
census can tell, but for followers. Within `NEAR_DAYS` of each other both must agree to `TOLERANCE`. Farther apart, the
Hub having grown between, a snapshot can only contradict: a later one that has fewer, an earlier one that has more.
Otherwise the two cannot be compared, nor can a share or a ratio of another time, which may move both ways. A count by
relation cannot be compared where more links than the tolerance allows state none.

Known drawback: published totals rarely state their definition, so a difference may be one of definition.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from pipeline import register
from pipeline.base import tables, words
from pipeline.base.paths import Paths
from pipeline.base.vocabulary import NO_DENOMINATOR, RATIO, RELATIONS
from pipeline.chapters.methods.comparison import TOLERANCE, Row, absent, counted, dated, incomparable, row
from pipeline.hub.nodes import Nodes

NEAR_DAYS = 31

Counts = Mapping[tuple[str, str], float]
"""What this snapshot counts, by subject and kind, in the words of `published_counts`."""


def counts(
    paths: Paths, nodes: Nodes, totals: pl.DataFrame, organisations: pl.DataFrame, provenance: dict[str, Any]
) -> Counts:
    """What this snapshot counts under the names that published totals have.

    totals: rows of `published_counts`. organisations: `namespace, followers`, as the stage `details` brought them.
    """
    relations = tables.read(paths.out / "hub" / "relations.parquet")
    declared = nodes.edges(declared=True)
    bases = declared["child"].n_unique()
    owned = register.load("organisations", paths.register)
    found = {
        **{("Hub", kind): count for kind, count in hub_counts(relations, provenance["rows"], bases).items()},
        **derivative_counts(tables.read(paths.out / "derivatives" / "derivatives.parquet"), totals),
        **{(name, "followers"): count for name, count in followers(organisations, owned).items()},
        **_conversions(paths, nodes, declared, totals),
        **_models_of(nodes.model_rows, totals.filter(pl.col("subject") != "Hub")),
    }
    return found


def hub_counts(relations: pl.DataFrame, rows: int, bases: int) -> dict[str, float]:
    """Counts of the whole Hub by kind. relations: `relation, models, links`; bases: children that declare a base."""
    counts = {"models": rows, "models with a declared base": bases, "derivative edges": relations["links"].sum()}
    for relation, models, links in relations.select("relation", "models", "links").iter_rows():
        counts |= {f"models with a declared base, {relation}": models, f"derivative edges, {relation}": links}
    return counts


def derivative_counts(derivatives: pl.DataFrame, totals: pl.DataFrame) -> dict[tuple[str, str], float]:
    """Direct declared derivatives of each group, and the ratios that `totals` ask for.

    derivatives: `definition, group, derivatives`. Where an organisation and a family have one name, the family's.
    """
    by_group = {
        group: count
        for grouping in ("organisation", "family")
        for group, count in derivatives.filter(definition=f"{grouping}.declared.direct.all")
        .select("group", "derivatives")
        .iter_rows()
    }
    found = {(group, "derivative models"): count for group, count in by_group.items()}
    for over, under in totals.filter(kind=RATIO).select("subject", "denominator").iter_rows():
        if by_group.get(over) and by_group.get(under):
            found[f"{over} over {under}", RATIO] = by_group[over] / by_group[under]
    return found


def name_of(total: Row) -> str:
    """What a total is about: `Qwen`, `Qwen over Llama` of a ratio, `Llama against Qwen` where one of two has more."""
    between = _BETWEEN.get(total["unit"]) if total["denominator"] != NO_DENOMINATOR else None
    return f"{total['subject']} {between} {total['denominator']}" if between else total["subject"]


_BETWEEN = {"ratio": "over", "truth value": "against"}
"""The word between the two of a comparison, by the unit of what was published; a share is of a whole."""


def followers(organisations: pl.DataFrame, owned: pl.DataFrame) -> dict[str, int]:
    """Followers of each organisation that details know: of its most followed namespace, not summed over several."""
    known = organisations.drop_nulls("followers").join(owned.select("namespace", "organisation"), on="namespace")
    return dict(known.group_by("organisation").agg(pl.col("followers").max()).sort("organisation").iter_rows())


def _conversions(
    paths: Paths, nodes: Nodes, declared: pl.DataFrame, totals: pl.DataFrame
) -> dict[tuple[str, str], float]:
    """GGUF conversions of each family that `totals` ask for: all, and those in the family's own namespaces."""
    converted = nodes.models("author", is_gguf=pl.col("format") == "gguf").filter("is_gguf")
    edges = converted.select("author", child="id").join(declared, on="child")
    family = nodes.identity(paths.register, "family")["family"]
    conversions = edges.with_columns(parent_family=family.gather(edges["parent"])).unique(["child", "parent_family"])
    rules = register.load("family_rules", paths.register)
    found = {}
    asked = totals.filter(relation="gguf", denominator=NO_DENOMINATOR).select("subject", "kind", "own_included")
    for subject, kind, own_included in asked.iter_rows():
        of_family = conversions.filter(parent_family=subject)
        own = rules.filter(family=subject).select("namespace").unique()
        by_itself = of_family.join(own, left_on="author", right_on="namespace", how="semi")
        found[subject, kind] = (by_itself if own_included == "only" else of_family).height
    return found


def _models_of(core: pl.LazyFrame, totals: pl.DataFrame) -> dict[tuple[str, str], float]:
    """Models in the namespaces that `totals` ask for."""
    asked = totals.filter(subject_kind="namespace", kind="models").select("subject", "kind", author="subject")
    theirs = core.filter(pl.col("author").is_in(asked["author"].implode()))
    models = theirs.group_by("author").len().join(asked.unique().lazy(), on="author").collect()
    return {(subject, kind): count for subject, kind, count in models.select("subject", "kind", "len").iter_rows()}


def published(totals: pl.DataFrame, counts: Counts, day: date, coverage: str) -> Iterable[Row]:
    """Every published total beside this snapshot's count."""
    for total in totals.sort("subject", "kind", "published", "publisher").iter_rows(named=True):
        about = ("published totals", name_of(total), total["kind"])
        place: dict[str, Any] = {
            "against": dated(total["publisher"], total["published"], total["published_precision"]),
            "expected": total["value"],
            "source": total["source"],
        }
        found = counts.get(about[1:])
        if total["kind"] == "followers":
            why = "the Hub was not asked for followers (snapshot.details)"
        elif coverage != "census":
            why, found = f"a {coverage} does not count the Hub", None
        else:
            why = "it is not counted here"
        if found is None:
            yield absent(*about, why, **place)
            continue
        apart = (day - (total["as_of"] or total["published"])).days
        unstated = counts.get(("Hub", UNSTATED), 0) if total["relation"] in RELATIONS else 0
        if unstated > TOLERANCE * total["value"]:
            reason = f"{words.number(unstated)} links of this snapshot state no relation"
            yield incomparable(*about, reason, found=found, **place)
        elif (outcome := fits(found, total, apart)) is None:
            yield incomparable(*about, _too_far(found, total["value"], apart), found=found, **place)
        else:
            yield row(*about, _beside(found, total["value"], apart), found=found, outcome=outcome, **place)


UNSTATED = "derivative edges, unspecified"


def fits(found: float, total: Row, apart: int) -> str | None:
    """Whether a count can be the published one, `apart` days later: `agrees`, `differs`, or None where nobody can know.

    total: `value, is_lower_bound`, and `denominator, unit`, since shares, ratios and rates do not grow with the Hub.
    """
    share = found / total["value"] if total["value"] else 1.0
    if abs(apart) <= NEAR_DAYS:
        can_be = share >= 1 - TOLERANCE if total["is_lower_bound"] else abs(share - 1) <= TOLERANCE
        return "agrees" if can_be else "differs"
    if total["denominator"] != NO_DENOMINATOR or total["unit"].endswith("per day"):
        return None
    is_fewer, is_more = share < 1 - TOLERANCE, share > 1 + TOLERANCE
    contradicts = is_fewer if apart > 0 else is_more and not total["is_lower_bound"]
    return "differs" if contradicts else None


def _too_far(found: float, expected: float, apart: int) -> str:
    """Why counts of different times say nothing of each other."""
    when = f"{counted(abs(apart), 'day')} {'after' if apart > 0 else 'before'} it"
    return f"{words.number(found)} here, {when}, against {words.number(expected)}: the Hub has changed between"


def _beside(found: float, expected: float, apart: int) -> str:
    when = "on the same day" if apart == 0 else f"{counted(abs(apart), 'day')} {'later' if apart > 0 else 'earlier'}"
    if not expected:
        return f"{words.number(found)} here, {when}."
    return f"{words.times(found / expected)} times the published value, {when}."
