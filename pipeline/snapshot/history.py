"""Stages `history` and `history_files`: what the repositories of one older day declare, as the Hub was known then.

Method
1. A day of `snapshot.history` is pulled from the source that `snapshot.history_source` names; a file of
   `snapshot.history_files` is read where it is. Both are resolved, checked and brought into one schema like the newest
   snapshot.
2. One pass over the rows keeps three small files in data/raw/history/<day>: which repositories state a parent, with
   those statements and the repositories that they name (`declarations`); some repositories with their counters and
   dates, for comparison with the newest snapshot (`panel`); and the provenance, with the number of all rows. Of a
   census that is about two per cent of its file, which is removed again unless it was on this machine before.
3. Nothing here depends on the register or on how is counted: `pipeline.counting.known` counts, and a corrected row of
   the register asks for no download. `older.py` reads what is stored.

The folder appears whole or not at all: a failure leaves nothing of its own in it. A weekly file that its publisher
repeated has the date of its content in its provenance.

Known drawbacks: a name that only the register's renames lead to is not among the repositories that are named; of the
spellings of a base that the day does not list, another one may be the commonest; the panel is a sample where the day
has more repositories than `PANEL_ROWS`.
"""

import json
import zlib
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from pipeline import snapshot
from pipeline.base import files, param_types, tables
from pipeline.base.params import Params, Snapshot
from pipeline.base.paths import Paths
from pipeline.base.vocabulary import PARENT_TAG, RELATIONS
from pipeline.snapshot import download
from pipeline.snapshot.ranges import filled_rows
from pipeline.snapshot.schema import Declarations, Panel
from pipeline.snapshot.source import Pulled

WITH_RELATION = rf"^{PARENT_TAG}(?:{'|'.join(RELATIONS[:4])}):"
CARD = ("base_model", "base_model_relation")
STORED = tables.SETTINGS | {"compression_level": 9}
"""For what is kept for years: a fifth smaller than at level 1, for three CPU seconds more of a census."""
PANEL_ROWS = 32_768
"""A panel has no more rows: some hundred kilobytes, and shares of it are good to half a percentage point."""


def run(day: str, paths: Paths, params: Params) -> None:
    """Read one older day.

    Raises ParamsError for what is no day, SnapshotError when the source has none of that day.
    """
    asked = param_types.day_of(day)
    wanted = described(asked, params.snapshot)
    source = snapshot.source_of(wanted)
    resolved = source.resolve(wanted, paths)
    with download.passing(resolved.sha256) if resolved.on_the_hub else nullcontext():
        pulled = source.normalise(resolved, source.pull(resolved, paths), paths)
        with files.replacing_folder(paths.history / str(asked)) as folder:
            write(pulled, folder)


def described(day: date, wanted: Snapshot) -> Snapshot:
    """An older day, as if it were the newest: a file of the user's own if there is one, else from the Hub."""
    for entry in wanted.history_files:
        if entry.date == day:  # checked with the other parameters
            return Snapshot.model_construct(source="file", path=entry.path, coverage=entry.coverage, date=day)
    return Snapshot(source=wanted.history_source, date=day)


def write(pulled: Pulled, folder: Path) -> None:
    """Write `declarations.parquet`, `panel.parquet` and `provenance.json` of an older day into a folder."""
    try:
        rows = _read(pulled.models).collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise snapshot.unreadable(pulled, error) from error
    rows = rows.unique("id", keep="first", maintain_order=True)
    chosen, one_in = panel(rows)
    tables.write(declarations(rows), Declarations, folder / "declarations.parquet", STORED)
    tables.write(chosen, Panel, folder / "panel.parquet")
    known = pulled.provenance | snapshot.described(_filled(rows)) | {"panel_one_in": one_in}
    tables.write_json(known, folder / "provenance.json")


def _read(models: pl.LazyFrame) -> pl.LazyFrame:
    """Every repository of a day, with what is needed of it: `baseModels` and `cardData` where they may count.

    has_tags, has_base_models: whether it has any, which says what the file has.
    """
    stated = pl.col("tags").list.filter(pl.element().str.starts_with(PARENT_TAG))
    others = pl.col("baseModels").struct.field("models").list.drop_nulls()
    is_tagged, is_named = (names.list.len().fill_null(0) > 0 for names in (stated, others))
    has_card = pl.col("cardData").str.contains('"base_model"', literal=True)
    return models.select(
        "id",
        "createdAt",
        "downloadsAllTime",
        "likes",
        tags=pl.when(is_tagged).then(stated),
        baseModels=pl.when(~is_tagged & is_named).then("baseModels"),
        cardData=pl.when(~is_tagged & ~is_named & has_card).then("cardData"),
        has_tags=pl.col("tags").list.len() > 0,
        has_base_models=is_named,
    )


def _filled(rows: pl.DataFrame) -> dict[str, int]:
    """How many rows have a value, by column of `RawModels`; those that are not read are not named."""
    counted = filled_rows(rows.select("id", "createdAt", "downloadsAllTime", "likes"))
    return counted | {"tags": int(rows["has_tags"].sum()), "baseModels": int(rows["has_base_models"].sum())}


def declarations(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.Declarations`. rows: as `_read` gives them, each id once."""
    read = rows.with_columns(pl.col("cardData").map_elements(_card, pl.String, skip_nulls=True))
    stating = read.filter(pl.any_horizontal(pl.col("tags", "baseModels", "cardData").is_not_null()))
    tagged = _without_repetitions(stating.select("id", "tags").drop_nulls())
    others = stating.select("id", "baseModels", "cardData")
    states = others.join(tagged, on="id", how="left", maintain_order="left")
    wanted = _named(states).unique()
    silent = rows.filter(~pl.col("id").is_in(stating["id"].implode())).select("id")
    named = silent.filter(pl.col("id").str.to_lowercase().is_in(wanted.implode()))
    return pl.concat([states, named], how="diagonal").select(Declarations.column_names())


def _without_repetitions(tagged: pl.DataFrame) -> pl.DataFrame:
    """`id, tags` without tags that name a parent once more, without the relation that another tag has."""
    tag = pl.col("tags")
    exploded = tagged.explode("tags").with_columns(
        parent=tag.str.replace(WITH_RELATION, "").str.strip_prefix(PARENT_TAG),
        has_relation=tag.str.contains(WITH_RELATION),
    )
    is_needed = pl.col("has_relation") | ~pl.col("has_relation").any().over("id", "parent")
    return exploded.filter(is_needed).group_by("id", maintain_order=True).agg("tags")


def _named(states: pl.DataFrame) -> pl.Series:
    """What repositories state as parents, in lower case, as it stands there."""
    in_tags = states["tags"].explode().str.replace(WITH_RELATION, "").str.strip_prefix(PARENT_TAG)
    in_base_models = states["baseModels"].struct.field("models").explode()
    cards = [json.loads(text)["base_model"] for text in states["cardData"].drop_nulls()]
    in_cards = pl.Series([name for card in cards for name in card], dtype=pl.String)
    parts = (part.alias("name") for part in (in_tags, in_base_models, in_cards))
    return pl.concat(parts).drop_nulls().str.to_lowercase()


def _card(text: str) -> str | None:
    """What a card says of its base, as JSON; None where it cannot be read or names no text."""
    try:
        card = tables.parsed_json(text)
    except ValueError:
        return None
    named = card.get("base_model") if isinstance(card, dict) else None
    texts = [name for name in (named if isinstance(named, list) else [named]) if isinstance(name, str)]
    if not texts:
        return None
    relation = card.get("base_model_relation")
    return json.dumps(dict(zip(CARD, (texts, relation if isinstance(relation, str) else None), strict=True)))


def panel(rows: pl.DataFrame, most: int = PANEL_ROWS) -> tuple[pl.DataFrame, int]:
    """Rows of `schema.Panel`, and of how many repositories one was chosen: 1, 2, 4 ...

    The hash is CRC-32, which is the same in every version of every library; a smaller share is part of a larger one.
    """
    one_in = 1 << max(0, -(-rows.height // most) - 1).bit_length()
    hashes = np.fromiter((zlib.crc32(name.encode()) for name in rows["id"]), dtype=np.uint64, count=rows.height)
    chosen = rows.filter(pl.Series(hashes * np.uint64(one_in) < np.uint64(1 << 32)))
    return chosen.select(Panel.column_names()), one_in
