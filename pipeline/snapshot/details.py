"""Stage `details`: what the Hub says of one repository or organisation at a time; off unless params ask for it.

Method
1. Of each registered release: its commit now, how many models name it as base (`childrenModelCount`) and the elements
   of its safetensors files; of each registered namespace: followers and models.
2. `config.json` at that commit, of releases that the register has a configuration of (to be compared) or whose
   architecture `pipeline.architectures` can count.
3. Where the Hub answers by another name, the repository was renamed: the two names become a row like those of the
   register's `renames`, for a person to check and add. Nothing is renamed by it.
4. Answers are stored by release and day of the snapshot, a configuration by release and commit: nothing is asked twice,
   an interrupted run goes on where it stopped, and `HF_HUB_OFFLINE=1` works from there. The three tables are written
   when everything is answered; the snapshot itself, made by another stage, stays as it is.

The Hub allows 500 such calls in five minutes without a token, and counts files apart: a register of a thousand releases
takes some ten minutes, half with a token.

Known drawbacks: answers are of the day of asking (`asked`), not of the snapshot's; a gated release has no configuration
without its licence accepted.
"""

import json
import re
from typing import Any

import polars as pl

from pipeline import architectures, register
from pipeline.base import tables
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.register.lookup.schema import Renames
from pipeline.snapshot import cache, hub, hub_stats, refusals
from pipeline.snapshot.schema import RawDetails, RawOrganisations

ID = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)
LARGEST_CONFIG = 1_000_000
"""Bytes; a longer config.json is left out."""
ASKED = ("sha", "childrenModelCount", "safetensors")
PROGRESS_EVERY = 100
"""Releases between two lines of progress."""


def run(paths: Paths, params: Params) -> None:
    """Ask the Hub if `snapshot.details` is set; write `details`, `organisations` and `redirects` to data/raw."""
    releases, namespaces, redirects = [], [], []
    if params.snapshot.details:
        day = str(tables.read_json(paths.provenance)["date"])
        releases = _releases(paths, f"details-{day}")
        namespaces = _namespaces(paths, f"details-{day}")
        redirects = [_rename(row) for row in releases if row["hub_id"] not in (None, row["model"])]
    for rows, schema, name in (
        (releases, RawDetails, "details"),
        (namespaces, RawOrganisations, "organisations"),
        (redirects, Renames, "redirects"),
    ):
        types = dict(schema.create_empty().schema)
        days_as_text = {name: pl.String() for name in ("asked", "date") if name in types}
        dated = pl.DataFrame(rows, schema=types | days_as_text)
        tables.write(dated.with_columns(pl.col("^(asked|date)$").str.to_date()), schema, paths.raw / f"{name}.parquet")


def _releases(paths: Paths, stored: str) -> list[dict[str, Any]]:
    """Rows of `schema.RawDetails`; stored: under which kind their answers are in the cache."""
    known = register.load("releases", paths.register).select("model", "architecture")
    configured = set(register.load("configurations", paths.register)["model"])
    counted = {*architectures.FAMILIES, *architectures.WITH_VISION}
    rows = []
    for model, architecture in known.iter_rows():
        release = _answer(stored, model, lambda model=model: _release(model))
        config: dict[str, Any] = {"config": None, "missing": release["missing"]}
        if release["revision"] and (model in configured or architecture in counted):
            config = _answer("configurations", f"{model}@{release['revision']}", lambda row=release: _config(row))
        rows.append({"model": model, **release, **config})
        if len(rows) % PROGRESS_EVERY == 0:
            hub.say(f"Details: {len(rows)} of {known.height} releases")
    return rows


def _namespaces(paths: Paths, stored: str) -> list[dict[str, Any]]:
    """Rows of `schema.RawOrganisations`; stored: under which kind their answers are in the cache."""
    names = register.load("organisations", paths.register)["namespace"].to_list()
    return [{"namespace": name, **_answer(stored, name, lambda name=name: _namespace(name))} for name in names]


def _answer(kind: str, key: str, ask: Any) -> dict[str, Any]:
    """An answer that an earlier run stored, or asked for now and stored."""
    known = cache.load(kind, key)
    if isinstance(known, dict):
        return known
    with refusals.explained(f"details of {key}"):
        return cache.save(kind, key, ask())


def _release(model: str) -> dict[str, Any]:
    answer, day = hub.answer(f"/api/models/{model}", tuple(("expand", field) for field in ASKED))
    nothing = {"hub_id": None, "revision": None, "children": None, "parameters_stored": None}
    if not isinstance(answer, dict):
        return nothing | {"asked": day, "missing": f"no such model: {answer}"}
    return {
        "hub_id": _text(answer.get("id"), ID),
        "revision": _text(answer.get("sha"), hub_stats.SHA1),
        "asked": day,
        "children": _children(answer.get("childrenModelCount")),
        "parameters_stored": _count(_object(answer.get("safetensors")).get("total")),
        "missing": None,
    }


def _config(release: dict[str, Any]) -> dict[str, Any]:
    """config.json at the release's commit, as text with sorted keys."""
    found = hub.small_file(release["hub_id"], "config.json", release["revision"], LARGEST_CONFIG)
    if isinstance(found, str):
        return {"config": None, "missing": f"config.json: {found}"}
    try:
        document = tables.parsed_json(found)
        if isinstance(document, dict) and not tables.is_deep(document):
            return {"config": json.dumps(document, sort_keys=True, allow_nan=False), "missing": None}
    except ValueError:
        pass
    return {"config": None, "missing": "config.json: no JSON object"}


def _namespace(name: str) -> dict[str, Any]:
    answer, day = hub.answer(f"/api/organizations/{name}/overview")
    if not isinstance(answer, dict):
        return {"asked": day, "followers": None, "models": None, "missing": f"no such organisation: {answer}"}
    return {
        "asked": day,
        "followers": _count(answer.get("numFollowers")),
        "models": _count(answer.get("numModels")),
        "missing": None,
    }


def _rename(row: dict[str, Any]) -> dict[str, Any]:
    """A redirect as the register's renames would have it."""
    source = f"https://huggingface.co/{row['hub_id']}; redirect seen on {row['asked']}"
    return {"old": row["model"], "new": row["hub_id"], "date": row["asked"], "source": source}


def _text(value: Any, form: re.Pattern[str]) -> str | None:
    """A text of that form; null for any other, since addresses and names of files are made of it."""
    return value if isinstance(value, str) and form.fullmatch(value) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62 else None


def _children(value: Any) -> int | None:
    """The sum over relations, by which the Hub counts children; its client's documentation promises one number."""
    if not isinstance(value, dict):
        return _count(value)
    counts = [_count(count) for count in value.values()]
    return None if None in counts else _count(sum(count for count in counts if count is not None))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
