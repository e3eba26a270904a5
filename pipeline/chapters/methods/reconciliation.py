"""The snapshot beside what is known of the Hub from elsewhere, one line a comparison.

Method, by topic
- *published totals*: each row of `published_counts` that can be counted here (rows, declared bases and links by
  relation, direct declared derivatives of a family or organisation, GGUF conversions, a namespace's models, followers)
  beside the published value. Only a census can tell. The Hub grows, so a later snapshot may have more and an earlier
  one fewer; within `NEAR_DAYS` of each other both must agree to `TOLERANCE`.
- *earlier snapshot*: repositories of each older snapshot that are gone; counters that went backwards; moved dates.
- *sudden jumps*: uploaders who made at least `JUMP` repositories in one month and `JUMP_TIMES` as many as in their
  average other month: series made by a machine, which weigh on counts of repositories.
- *known gaps*: the times for which a data set is known to lack snapshots; in a census, days without any new repository
  and days from the last one to the snapshot's date, which tell an incomplete or repeated file.
- *packed formats*: stored elements of 4-bit repositories are no parameters. `packed` holds each with its original,
  the nearest unpacked model up its line of single parents, declared or inferred (adapters and merges are no copies);
  where it stores less than `PACKED_BELOW` of the original's parameters, the original's count stands beside. Between
  that and all of them, a part may have been left out (a vision tower, the copy of a tied table): nothing is corrected.
- *the Hub's own counts*, *configurations*, *renames*: what the stage `details` brought, beside direct declared
  children, beside the register's counts by the same code, and as rows that the register's `renames` lacks.

Known drawbacks: published totals rarely state their definition, so a difference may be one of definition; children that
the Hub counts are of the day of asking; a packed copy of a packed copy is followed `STEPS` parents up at most.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipeline import register
from pipeline.architectures.configurations import compared as compared_with
from pipeline.architectures.configurations import count
from pipeline.base import tables, words
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.methods.schema import Packed, Reconciliation
from pipeline.hub import models
from pipeline.register.lookup.identity import identify
from pipeline.snapshot import history as snapshot_history
from pipeline.snapshot.history import Older

NEAR_DAYS = 31
TOLERANCE = 0.05
"""Share by which two counts of about the same day may differ."""
JUMP, JUMP_TIMES = 100, 10
PACKED_BELOW = 0.7
"""Share of the original's parameters; two 4-bit values an element and their scales come to some 0.6."""
STEPS = 4
SHOWN = 12
"""Rows of one kind at most: the largest."""
WHOLE = ("gguf", "ggml")
"""Formats whose files are not what safetensors counts: the total beside them is of unpacked files."""

Row = dict[str, Any]


def make(paths: Paths, params: Params, results: Results) -> None:
    """Read the snapshot, what was made of it and the register; write `reconciliation` and `packed`."""
    known = {name: register.load(name, paths.register) for name in ("published_counts", "snapshot_gaps", "formats")}
    provenance = tables.read_json(paths.provenance)
    day, census = date.fromisoformat(provenance["date"]), provenance["coverage"] == "census"
    raw = tables.scan(paths.raw / "models.parquet")
    core = tables.scan(paths.core / "models.parquet")
    edges = tables.scan(paths.core / "edges.parquet")
    details = tables.read(paths.raw / "details.parquet")
    releases = register.load("releases", paths.register)

    packed = pack(core, edges, releases, known["formats"])
    results.write("packed", packed, Packed)
    walked = tables.scan(paths.core / "lineage.parquet").select("id", "n_children")
    lineage = walked.filter(pl.col("id").is_in(details["model"].implode())).collect()
    configurations = register.load("configurations", paths.register)
    organisations = tables.read(paths.raw / "organisations.parquet")
    counted = counts(paths, known["published_counts"], organisations, provenance)
    rows = [
        *published(known["published_counts"], counted, day, provenance["coverage"]),
        *earlier(raw, list(snapshot_history.older(paths, params)), provenance["coverage"]),
        *jumps(core),
        *gaps(known["snapshot_gaps"], provenance, raw, day, census=census),
        *packed_rows(packed),
        *children(details, lineage, provenance["coverage"], on=params.snapshot.details),
        *configured(details, configurations, on=params.snapshot.details),
        *renamed(tables.read(paths.raw / "redirects.parquet"), on=params.snapshot.details),
    ]
    types = {name: column.dtype for name, column in Reconciliation.columns().items()}
    results.write("reconciliation", pl.DataFrame(rows, schema=types), Reconciliation)


def row(
    topic: str,
    subject: str,
    measure: str,
    finding: str,
    *,
    outcome: str = "noted",
    against: str = "",
    expected: float | None = None,
    found: float | None = None,
    source: str = "",
) -> Row:
    """One comparison."""
    return {
        "topic": topic,
        "subject": subject,
        "measure": measure,
        "against": against,
        "expected": expected,
        "found": found,
        "outcome": outcome,
        "finding": finding,
        "source": source,
    }


def absent(topic: str, subject: str, measure: str, why: str, **more: Any) -> Row:
    """A comparison that this snapshot cannot make."""
    return row(topic, subject, measure, f"Not in this snapshot: {why}.", outcome="not_in_this_snapshot", **more)


# ------------------------------------------------------------------------------- published totals

Counted = Callable[[str, str], float | None]
"""A count of the snapshot by subject and kind, in the words of published_counts; None for what is not counted."""


def counts(paths: Paths, totals: pl.DataFrame, organisations: pl.DataFrame, provenance: dict[str, Any]) -> Counted:
    """What this snapshot counts under the names that published totals have."""
    relations = {
        row["relation"]: row for row in tables.read(paths.out / "hub" / "relations.parquet").iter_rows(named=True)
    }
    derived = tables.read(paths.out / "derivatives" / "derivatives.parquet").filter(
        pl.col("definition").is_in(["family.declared.direct.all", "organisation.declared.direct.all"])
    )
    groups: dict[str, float] = {}
    for definition, group, derivatives in derived.sort("definition", descending=True).iter_rows():
        groups[group] = derivatives  # families last: where both have a name, the family's
        del definition
    declared = tables.scan(paths.core / "edges.parquet").filter(pl.col("evidence") == "declared")
    core = tables.scan(paths.core / "models.parquet").select("id", "author", "family", "format")
    named = totals["subject"].str.split(" ").list.last().unique().implode()
    authors = dict(core.filter(pl.col("author").is_in(named)).group_by("author").len().collect().iter_rows())
    converted = (
        core.filter(pl.col("format") == "gguf")
        .select(child="id", author="author")
        .join(declared.select("child", "parent"), on="child")
        .collect()
    )
    parents = identify(converted.select(id="parent"), paths.register).select(parent="id", parent_family="family")
    conversions = converted.join(parents.collect(), on="parent").unique(["child", "parent_family"])
    owned = register.load("organisations", paths.register)
    rules = register.load("family_rules", paths.register)
    bases = declared.select(pl.col("child_node").n_unique()).collect().item()
    followed = followers(organisations, owned)
    namespaces = {family: set(rules.filter(pl.col("family") == family)["namespace"]) for family in set(rules["family"])}

    def count(subject: str, kind: str) -> float | None:
        if subject == "Hub":
            base, _, relation = kind.partition(", ")
            column = {"models with a declared base": "models", "derivative edges": "links"}.get(base)
            if kind == "models":
                return provenance["rows"]
            if kind == "models with a declared base":
                return bases
            if column and relation:
                return relations[relation][column] if relation in relations else None
            return sum(known["links"] for known in relations.values()) if column else None
        if kind == "ratio of derivative models":
            over, _, under = subject.partition(" over ")
            return groups[over] / groups[under] if groups.get(over) and groups.get(under) else None
        if kind == "derivative models":
            return groups.get(subject)
        if kind == "followers":
            return followed.get(subject)
        if kind.startswith("GGUF conversions"):
            of = conversions.filter(pl.col("parent_family") == subject)
            own = of.filter(pl.col("author").is_in(namespaces.get(subject, set())))
            return (own if kind.endswith("itself") else of).height
        if kind.startswith("models"):
            return authors.get(subject.rpartition(" ")[2])
        return None

    return count


def followers(organisations: pl.DataFrame, owned: pl.DataFrame) -> dict[str, int]:
    """Followers of each organisation that details know: of its most followed namespace, not summed over several."""
    known = organisations.drop_nulls("followers").join(owned.select("namespace", "organisation"), on="namespace")
    return dict(known.group_by("organisation").agg(pl.col("followers").max()).sort("organisation").iter_rows())


def published(totals: pl.DataFrame, counted: Counted, day: date, coverage: str) -> Iterable[Row]:
    """Every published total beside this snapshot's count."""
    for known in totals.sort("subject", "kind", "published", "publisher").iter_rows(named=True):
        when = known["as_of"] or known["published"]
        against = f"{known['publisher']}, {words.day(known['published'])}"
        place: dict[str, Any] = {"against": against, "expected": known["value"], "source": known["source"]}
        about = ("published totals", known["subject"], known["kind"])
        found = counted(known["subject"], known["kind"])
        if known["kind"] == "followers":
            why = "the Hub was not asked for followers (snapshot.details)"
        elif coverage != "census":
            why, found = f"a {coverage} does not count the Hub", None
        else:
            why = "it is not counted here"
        if found is None:
            yield absent(*about, why, **place)
            continue
        apart = (day - when).days
        yield row(
            *about, _beside(found, known["value"], apart), found=found, outcome=fits(found, known, apart), **place
        )


def fits(found: float, known: Row, apart: int) -> str:
    """Whether a count can be the published one, `apart` days later: the Hub grows."""
    share = found / known["value"] if known["value"] else 1.0
    if abs(apart) <= NEAR_DAYS and not known["is_lower_bound"]:
        fits = abs(share - 1) <= TOLERANCE
    elif apart < -NEAR_DAYS:
        fits = share <= 1 + TOLERANCE or known["is_lower_bound"]
    else:
        fits = share >= 1 - TOLERANCE
    return "agrees" if fits else "differs"


def _beside(found: float, expected: float, apart: int) -> str:
    when = "on the same day" if apart == 0 else f"{_n(abs(apart), 'day')} {'later' if apart > 0 else 'earlier'}"
    if not expected:
        return f"{words.number(found)} here, {when}."
    return f"{words.times(found / expected)} times the published value, {when}."


def _n(count: int, thing: str, things: str | None = None) -> str:
    return f"{words.number(count)} {thing if count == 1 else things or thing + 's'}"


def _repositories(count: int) -> str:
    return _n(count, "repository", "repositories")


# ------------------------------------------------------------------------------- earlier snapshot

COUNTERS = {"downloadsAllTime": "downloads of all time", "likes": "likes"}


def earlier(raw: pl.LazyFrame, older: list[Older], coverage: str) -> Iterable[Row]:
    """What fell, moved or went since each older snapshot."""
    topic = "earlier snapshot"
    if not older:
        measures = (
            "repositories gone",
            *(f"{name} that fell" for name in COUNTERS.values()),
            "creation dates that moved",
        )
        for measure in measures:
            yield absent(topic, "all repositories", measure, "no earlier one stands beside it (snapshot.history)")
        return
    kept = ["id", "createdAt", *COUNTERS]
    now = raw.select(kept)
    for when, before, told in older:
        against = f"{told['source']}, {words.day(when)}"
        both = before.select(kept).unique("id").join(now, on="id", how="left", suffix="_now", coalesce=False)
        here = pl.col("id_now").is_not_null()
        moved = (pl.col("createdAt").dt.date() != pl.col("createdAt_now").dt.date()) & here
        summed = both.select(
            known=pl.len(),
            gone=here.not_().sum(),
            moved=moved.sum(),
            dated=(here & pl.col("createdAt").is_not_null() & pl.col("createdAt_now").is_not_null()).sum(),
            **{
                f"{name}_both": (pl.col(name).is_not_null() & pl.col(f"{name}_now").is_not_null()).sum()
                for name in COUNTERS
            },
            **{f"{name}_fell": (pl.col(f"{name}_now") < pl.col(name)).sum() for name in COUNTERS},
        )
        found = summed.collect(engine="streaming").row(0, named=True)
        place: dict[str, Any] = {"against": against, "source": f"{told['revision']}, sha256 {told['sha256'][:8]}"}
        if told["coverage"] == coverage:
            share = words.percent(found["gone"] / found["known"]) if found["known"] else "none"
            said = f"{_repositories(found['gone'])} of {words.number(found['known'])} ({share})."
            yield row(topic, "all repositories", "repositories gone", said, found=found["gone"], **place)
        else:
            why = f"the earlier one is a {told['coverage']}, this one a {coverage}"
            yield absent(topic, "all repositories", "repositories gone", why, **place)
        for name, called in COUNTERS.items():
            measure, fell, in_both = f"{called} that fell", found[f"{name}_fell"], found[f"{name}_both"]
            if not in_both:
                yield absent(topic, "all repositories", measure, "one of the two has no such counter", **place)
                continue
            said = f"{_repositories(fell)} of {words.number(in_both)} in both."
            outcome = "agrees" if not fell else "noted" if name == "likes" else "differs"
            yield row(topic, "all repositories", measure, said, found=fell, expected=0.0, outcome=outcome, **place)
        if not found["dated"]:
            yield absent(topic, "all repositories", "creation dates that moved", "one of the two has no dates", **place)
            continue
        yield row(
            topic,
            "all repositories",
            "creation dates that moved",
            f"{_repositories(found['moved'])} of {words.number(found['known'] - found['gone'])} in both.",
            found=found["moved"],
            expected=0.0,
            outcome="agrees" if not found["moved"] else "differs",
            **place,
        )


# ----------------------------------------------------------------------------------- sudden jumps


def jumps(core: pl.LazyFrame) -> Iterable[Row]:
    """Uploaders with a month that is far from their others, the largest first, after how many they are."""
    topic, measure = "sudden jumps", "repositories in one month"
    if core.select(pl.col("created_month").count()).collect().item() == 0:
        yield absent(topic, "all uploaders", "sudden jumps in one month", "it has no dates")
        return
    monthly = core.drop_nulls("created_month").group_by("author", "created_month").agg(made=pl.len().cast(pl.Int64))
    months = pl.len().over("author")
    others = (pl.col("made").sum().over("author") - pl.col("made")) / (months - 1)
    found = (
        monthly.with_columns(others=pl.when(months > 1).then(others).otherwise(0.0))
        .filter(pl.col("made") >= JUMP, pl.col("made") >= JUMP_TIMES * pl.col("others"))
        .sort("made", "author", "created_month", descending=[True, False, False])
        .collect()
    )
    uploaders, repositories = found["author"].n_unique(), int(found["made"].sum())
    said = (
        f"{_n(uploaders, 'uploader')} made {_repositories(repositories)} in months of at least {JUMP} and "
        f"{JUMP_TIMES} times the average of their other months."
    )
    yield row(topic, "all uploaders", "sudden jumps in one month", said, found=uploaders)
    for author, month, made, other in found.head(SHOWN).iter_rows():
        said = (
            f"{words.number(made)} in {words.month(month)}; {words.number(round(other, 1))} in the average other month."
        )
        yield row(topic, author, measure, said, against=words.month(month), expected=round(other, 1), found=made)


# ------------------------------------------------------------------------------------- known gaps


def gaps(
    known: pl.DataFrame, provenance: dict[str, Any], raw: pl.LazyFrame, day: date, *, census: bool
) -> Iterable[Row]:
    """Gaps of the data set that the register knows, and what the rows themselves tell of one."""
    topic = "known gaps"
    for gap in known.sort("dataset", "first").iter_rows(named=True):
        spell = words.day(gap["first"]) + ("" if gap["first"] == gap["last"] else f" to {words.day(gap['last'])}")
        place: dict[str, Any] = {"against": spell, "source": gap["source"]}
        about = (topic, gap["dataset"], f"missing: {gap['what']}")
        if provenance.get("repository") != gap["dataset"]:
            yield absent(*about, "it is not from this data set", **place)
        elif gap["first"] <= day <= gap["last"]:
            yield row(*about, "This snapshot is from that time: its rows may be a part.", outcome="differs", **place)
        else:
            yield row(*about, "This snapshot is of another time.", outcome="agrees", **place)
    days = raw.select(created=pl.col("createdAt").dt.date()).drop_nulls().filter(pl.col("created") <= day)
    year = days.filter(pl.col("created") > day - timedelta(days=365))
    measures = ("days to the last new repository", "days of the last year without a new repository")
    created = year.unique().collect(engine="streaming")["created"] if census else pl.Series([], dtype=pl.Date)
    if created.is_empty():
        why = "it has no dates" if census else f"a {provenance['coverage']} does not hold every new repository"
        for measure in measures:
            yield absent(topic, "this snapshot", measure, why)
        return
    last = created.max()
    first = created.min()
    assert type(last) is date
    assert type(first) is date
    stale = (day - last).days
    said = f"The last new repository is of {words.day(last)}, {_n(stale, 'day')} before the snapshot's date."
    outcome = "agrees" if stale <= 1 else "differs"
    yield row(topic, "this snapshot", measures[0], said, expected=0.0, found=stale, outcome=outcome)
    empty = (last - first).days + 1 - created.len()
    said = f"{_n(empty, 'day')} of {words.number((last - first).days + 1)} without any; the Hub has thousands on each."
    yield row(
        topic,
        "this snapshot",
        measures[1],
        said,
        expected=0.0,
        found=empty,
        outcome="agrees" if not empty else "differs",
    )


# --------------------------------------------------------------------------------- packed formats


def pack(core: pl.LazyFrame, edges: pl.LazyFrame, releases: pl.DataFrame, formats: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.Packed`: each packed repository with a stored count, and its original by lineage."""
    columns = ("id", "format", "parameters_total", "is_quantized_format")
    packed = pl.col("is_quantized_format") & pl.col("format").is_in(WHOLE).not_()
    known = core.select(columns).with_columns(packed=packed.fill_null(False))
    stored = known.filter("packed").drop_nulls("parameters_total").collect(engine="streaming")
    sizes = pl.concat([_registered(releases, formats), _unpacked(known)]).unique(
        "at", keep="first", maintain_order=True
    )
    copies = (
        edges.filter(pl.col("relation").is_in(["adapter", "merge"]).not_())
        .group_by("child", "parent")
        .agg(told=(pl.col("evidence") == "declared").any())
        .filter(pl.len().over("child") == 1)
        .collect(engine="streaming")
    )
    looking = stored.select("id", at="id", declared=pl.lit(True))
    originals = []
    for _ in range(STEPS):
        step = looking.join(copies, left_on="at", right_on="child")
        looking = step.select("id", at="parent", declared=pl.col("declared") & pl.col("told"))
        originals.append(looking.join(sizes, on="at"))
        looking = looking.join(sizes, on="at", how="anti")
    found = pl.concat(originals).unique("id", keep="first", maintain_order=True)
    few = pl.col("parameters_total") < PACKED_BELOW * pl.col("parameters_original")
    return (
        stored.join(found, on="id", how="left")
        .select(
            "id",
            "format",
            parameters_stored="parameters_total",
            original="at",
            evidence=pl.col("declared").replace_strict({True: "declared", False: "inferred"}, default=None),
            parameters_original="parameters_original",
            parameters_corrected=pl.when(few).then("parameters_original"),
            outcome=pl.when(few)
            .then(pl.lit("corrected"))
            .when(few.is_not_null())
            .then(pl.lit("as_original"))
            .otherwise(pl.lit("not_known")),
        )
        .sort("id")
    )


def _registered(releases: pl.DataFrame, formats: pl.DataFrame) -> pl.DataFrame:
    """`at, parameters_original` of registered releases whose name tells no packed format."""
    sized = releases.drop_nulls("parameters_total").select(at="model", parameters_original="parameters_total")
    names = sized.select(pl.col("at").str.split("/").list.last().str.to_lowercase())["at"]
    tagged = pl.DataFrame(schema={"row": pl.UInt32, "kind": pl.String, "value": pl.String})
    return sized.filter(models.format_of(names, tagged, formats).is_null())


def _unpacked(known: pl.LazyFrame) -> pl.DataFrame:
    return (
        known.filter(pl.col("packed").not_())
        .drop_nulls("parameters_total")
        .select(at="id", parameters_original="parameters_total")
        .collect(engine="streaming")
    )


def packed_rows(packed: pl.DataFrame) -> Iterable[Row]:
    """How many packed repositories store far less than their original has, and of how many none is known."""
    about = ("packed formats", "all packed repositories")
    measure = f"elements under {PACKED_BELOW:.0%} of the original's parameters"
    by = dict(packed.group_by("outcome").len().iter_rows())
    wrong, right, unknown = (by.get(name, 0) for name in ("corrected", "as_original", "not_known"))
    if packed.is_empty():
        yield absent(*about, measure, "it has no packed repository with a stored count")
        return
    if not wrong + right:
        why = f"no parent with a count stands above its {_n(unknown, 'packed repository', 'packed repositories')}"
        yield absent(*about, measure, why)
        return
    said = f"{_repositories(wrong)} of {words.number(wrong + right)} whose original is known"
    if wrong:
        formats = packed.filter(pl.col("outcome") == "corrected").group_by("format").len()
        most = formats.sort("len", "format", descending=[True, False]).head(SHOWN)
        listed = words.listed([f"{words.number(number)} {name}" for name, number in most.iter_rows()])
        said += f", by format {listed}; the original's count is given beside theirs"
    said += "."
    yield row(*about, measure, said, found=wrong, expected=0.0, outcome="differs" if wrong else "agrees")
    said = f"{words.number(unknown)} of {words.number(packed.height)}: their stored counts stand as they are."
    yield row(*about, "without an original that has a count", said, found=unknown)


# ---------------------------------------------------------------------------------------- details

OFF = "the Hub was not asked for it (snapshot.details)"


def children(details: pl.DataFrame, lineage: pl.DataFrame, coverage: str, *, on: bool) -> Iterable[Row]:
    """The Hub's own count of children beside direct declared ones, the largest differences."""
    topic, every, measure = "the Hub's own counts", "registered releases", "direct children"
    known = details.drop_nulls("children").join(lineage, left_on="model", right_on="id", how="left")
    known = known.with_columns(pl.col("n_children").fill_null(0))
    if known.is_empty():
        yield absent(topic, every, measure, "the Hub gave none" if on else OFF)
        return
    if coverage != "census":
        yield absent(
            topic, every, measure, f"a {coverage} does not hold them all", expected=int(known["children"].sum())
        )
        return
    slack = pl.max_horizontal(2, (TOLERANCE * pl.col("children")).ceil())
    known = known.with_columns(apart=pl.col("n_children") - pl.col("children"))
    near = known.filter(pl.col("apart").abs() <= slack)
    said = f"{words.number(near.height)} of {_n(known.height, 'release')} agree to {TOLERANCE:.0%} or two."
    yield row(
        topic,
        every,
        measure,
        said,
        against="childrenModelCount",
        expected=int(known["children"].sum()),
        found=int(known["n_children"].sum()),
        outcome="agrees" if near.height == known.height else "differs",
    )
    far = known.join(near, on="model", how="anti").sort(pl.col("apart").abs(), "model", descending=[True, False])
    for release in far.head(SHOWN).iter_rows(named=True):
        source = f"https://huggingface.co/{release['model']}"
        said = f"{words.number(release['n_children'])} here, {words.number(release['children'])} by the Hub."
        against = f"childrenModelCount, {words.day(release['asked'])}"
        yield row(
            topic,
            release["model"],
            measure,
            said,
            against=against,
            expected=release["children"],
            found=release["n_children"],
            outcome="differs",
            source=source,
        )


def configured(details: pl.DataFrame, configurations: pl.DataFrame, *, on: bool) -> Iterable[Row]:
    """Counts of the register's configurations beside those of config.json as the Hub has it now."""
    topic, measure = "configurations", "parameters of the language model"
    documents = {
        model: tables.parsed_json(text)
        for model, text in details.drop_nulls("config").select("model", "config").iter_rows()
    }
    compared = compared_with(count(configurations), documents)
    if compared.is_empty():
        yield absent(topic, "registered configurations", measure, "the Hub gave none" if on else OFF)
        return
    same = compared.filter(pl.col("difference") == 0)
    said = f"{words.number(same.height)} of {_n(compared.height, 'configuration')} come to the same count."
    outcome = "agrees" if same.height == compared.height else "differs"
    yield row(topic, "registered configurations", measure, said, found=same.height, outcome=outcome)
    at = dict(details.select("model", "revision").iter_rows())
    for other in compared.join(same, on="model", how="anti").iter_rows(named=True):
        model = other["model"]
        yield row(
            topic,
            model,
            measure,
            f"Not understood: {other['refusal']}" if other["refusal"] else f"{other['difference']:+,} on the Hub.",
            against="config.json on the Hub",
            expected=other["parameters_text_hub"],
            found=other["parameters_text"],
            outcome="differs",
            source=f"https://huggingface.co/{model}/blob/{at[model]}/config.json",
        )


def renamed(redirects: pl.DataFrame, *, on: bool) -> Iterable[Row]:
    """Registered names that the Hub answers by another one."""
    topic, measure = "renames", "registered under an old name"
    if redirects.is_empty() and not on:
        yield absent(topic, "registered releases", measure, OFF)
        return
    said = f"{_n(redirects.height, 'registered release')} under an old name."
    outcome = "differs" if redirects.height else "agrees"
    yield row(topic, "registered releases", measure, said, found=redirects.height, expected=0.0, outcome=outcome)
    for old, new, _, source in redirects.iter_rows():
        said = f"Now {new}: a row for renames.csv, and another name in releases.csv."
        yield row(topic, old, measure, said, against=new, outcome="differs", source=source)
