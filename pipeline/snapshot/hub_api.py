"""Source `hub-api`: models as the Hub lists them today, all of them or those of some organisations or families.

Method
1. `snapshot.date` is today (the Hub's day) or null, since the listing shows no other day. Pages are stored under that
   day, so a second run with the same day and filters asks for no page again; without a network, null means the newest
   listing that is stored whole.
2. Without filters the listing is paged to its end: a census, of several thousand calls. With filters it is a slice:
   - of an organisation, its namespaces;
   - of a family, the repositories in its namespaces whose names match its rules, and all that declare one of these or
     one of the family's registered releases as their base;
   - of a named base, all that declare it.
3. Every page is stored in one schema with the address of the next, so that a listing goes on after an interrupt.

Known drawbacks: `baseModels` is not listed (tags are); a listing that takes more than a day mixes days and says so;
derivatives of a family's derivatives are listed only where they also name one of the family's models.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import polars as pl
from huggingface_hub.utils import WeakFileLock

from pipeline import register
from pipeline.base import params, tables
from pipeline.base.errors import SnapshotError
from pipeline.base.paths import Paths
from pipeline.base.vocabulary import PARENT_TAG
from pipeline.register.lookup.identity import identify
from pipeline.snapshot import answers, cache, columns, hub, refusals
from pipeline.snapshot.source import Pulled, Resolved, no_inferred_edges

EXPAND = (
    "author",
    "cardData",
    "config",
    "createdAt",
    "downloads",
    "downloadsAllTime",
    "lastModified",
    "library_name",
    "likes",
    "pipeline_tag",
    "safetensors",
    "tags",
)
"""Fields that the listing is asked for."""

Query = tuple[tuple[str, str], ...]


def resolve(snapshot: params.Snapshot, paths: Paths) -> Resolved:
    """What is listed: the models of the filters."""
    filters = snapshot.filters
    words = {name: sorted(values) for name, values in filters.model_dump().items() if values}
    described = "; ".join(f"{name.replace('_', ' ')}: {', '.join(values)}" for name, values in words.items())
    day = str(snapshot.date or (_newest_stored(words) if hub.offline() else hub.today()))
    return Resolved(
        label=snapshot.label or f"Hub listing, {day}" + (f", {described}" if described else ""),
        source="hub-api",
        revision=f"listing of {day}",
        date=day,
        coverage="slice" if words else "census",
        licence="facts listed by the Hub; each repository has its own licence",
        file=_folder(day, words),
        sha256="",
        known_biases=(f"chosen by {described}",) if described else (),
        more={"filters": words},
    )


def _folder(day: str, words: dict[str, list[str]]) -> str:
    """Name of the folder in which a day's listing under these filters is stored."""
    key = hashlib.sha256(json.dumps([day, words], sort_keys=True).encode()).hexdigest()[:16]
    return f"listing-{day}-{key}"


def _newest_stored(words: dict[str, list[str]]) -> str:
    """The last day whose listing under these filters is on this machine, whole."""
    whole = [path.parent.name for path in cache.folder("resolved").parent.glob("listing-*/complete.json")]
    days = sorted(name[len("listing-") :][:10] for name in whole)
    with_filters = [day for day in days if _folder(day, words) in whole]
    if not with_filters:
        raise SnapshotError(
            "no listing with these filters is on this machine, and HF_HUB_OFFLINE is set",
            next_step="run once without HF_HUB_OFFLINE",
        )
    return with_filters[-1]


def pull(resolved: Resolved, paths: Paths) -> Path:
    """The folder with all pages of the listing; asks only for pages that are not stored yet."""
    folder = cache.folder(resolved.file)
    filters = params.Filters(**resolved.more["filters"])
    hub.api()
    with WeakFileLock(folder.with_suffix(".lock")), refusals.explained("the Hub's listing of models"):
        namespaces = _namespaces(filters, paths.register)
        queries: list[Query] = [(("author", namespace),) for namespace in namespaces]
        if not resolved.more["filters"]:
            queries.append(())
        pages = [page for query in queries for page in _listed(query, folder, resolved.date)]
        bases = {*filters.base_models, *_family_models(pages, filters.families, paths.register)}
        for base in sorted(bases):
            pages += _listed((("filter", f"{PARENT_TAG}{base}"),), folder, resolved.date)
    chosen = [str(page.relative_to(folder)) for page in pages]
    tables.write_json({"pages": chosen}, folder / "complete.json")
    return folder


def normalise(resolved: Resolved, path: Path, paths: Paths) -> Pulled:
    """Pages in one schema, each repository once; sha256 is that of the pages, in order."""
    pages = [path / page for page in tables.read_json(path / "complete.json")["pages"]]
    if not pages:
        raise SnapshotError("the listing is empty", next_step="set other snapshot.filters in params.yaml")
    days = sorted({day for page in pages for day in tables.read_json(page.parent / "state.json")["days"]})
    last = date.fromisoformat(max([resolved.date, *days]))
    listed, repairs = columns.normalise(pl.scan_parquet(pages), resolved.label, last)
    if resolved.more["filters"].get("families"):
        listed = _of_the_filters(listed, params.Filters(**resolved.more["filters"]), paths.register)
    digest = hashlib.sha256(b"".join(hashlib.sha256(page.read_bytes()).digest() for page in pages)).hexdigest()
    biases = [*resolved.known_biases, "the listing names parents by tags alone"]
    if len(days) > 1:
        biases.append(f"listed from {days[0]} to {days[-1]}, so rows are of several days")
    provenance = resolved.provenance() | repairs | {"sha256": digest, "known_biases": biases}
    return Pulled(models=listed, inferred=no_inferred_edges(), provenance=provenance)


def _namespaces(filters: params.Filters, directory: Path) -> list[str]:
    """Namespaces to list: those of organisations (by the register's name, or a namespace itself) and families."""
    owned = register.load("organisations", directory)
    rules = register.load("family_rules", directory)
    named: set[str] = set()
    for organisation in filters.organisations:
        namespaces = owned.filter(pl.col("organisation") == organisation)["namespace"].to_list()
        named |= set(namespaces or [organisation])
    named |= set(rules.filter(pl.col("family").is_in(filters.families))["namespace"])
    return sorted(named)


def _family_models(pages: Iterable[Path], families: list[str], directory: Path) -> set[str]:
    """Models of the families: those listed, and the register's releases."""
    if not families:
        return set()
    releases = register.load("releases", directory).select(id="model")
    listed = [pl.read_parquet(page, columns=["id"]) for page in pages]
    known = identify(pl.concat([releases, *listed]), directory).collect()
    return set(known.filter(pl.col("family").is_in(families))["id"])


def _of_the_filters(listed: pl.LazyFrame, filters: params.Filters, directory: Path) -> pl.LazyFrame:
    """Rows without those of a family's namespaces that are neither of the family nor built on a listed base."""
    known = identify(listed.select("id"), directory).select("id", "family")
    organisations = params.Filters(organisations=filters.organisations)
    whole = _namespaces(organisations, directory)
    declares = pl.col("tags").list.eval(pl.element().str.starts_with(PARENT_TAG)).list.any()
    wanted = pl.col("family").is_in(filters.families) | pl.col("author").is_in(whole) | declares
    return listed.join(known, on="id", how="left").filter(wanted.fill_null(False)).drop("family")


def _listed(query: Query, folder: Path, day: str) -> list[Path]:
    """Files of all pages of one query; asks only for those that are not stored yet."""
    own_folder = folder / hashlib.sha256(repr(query).encode()).hexdigest()[:16]
    state_path = own_folder / "state.json"
    state = tables.read_json(state_path) if state_path.exists() else None
    if state is None:
        state = {"next": f"{hub.api().endpoint}/api/models", "pages": 0, "days": []}
    begun, had = any(folder.glob("*/state.json")), set[str]()
    while state["next"] is not None:
        address = state["next"]
        if address in had:
            raise SnapshotError("the listing comes back to a page that it had", next_step="run again later")
        had.add(address)
        asked = None if state["pages"] else (*query, *(("expand", field) for field in EXPAND))
        rows, following, today = hub.retried(lambda: hub.page(address, asked), "listing of models")  # noqa: B023
        if str(today) != day and not begun:
            raise SnapshotError(
                f"the Hub lists models as of today, {today}, not as of {day}",
                next_step=f'set snapshot.date to "{today}", or snapshot.source to hub-stats for an older day',
            )
        begun = True
        own_folder.mkdir(parents=True, exist_ok=True)
        answers.frame(rows).write_parquet(own_folder / f"{state['pages']:06}.parquet", **tables.SETTINGS)
        days = sorted({*state["days"], str(today)})
        state = {"next": following, "pages": state["pages"] + 1, "days": days}
        tables.write_json(state, state_path)
        if state["pages"] % 20 == 0:
            hub.say(f"Hub listing: {state['pages']} pages{f' of {query[0][1]}' if query else ''}")
    return [own_folder / f"{number:06}.parquet" for number in range(state["pages"])]
