"""Records the build at hand as a published edition: `.venv/bin/python -m pipeline record NAME`.

`published/NAME/` gets `edition.json` (the report in few numbers, with its provenance), `tables/`, the small tables
that later builds may quote, and `finding.png`, the key figure of the report, where it has one.

Which tables
1. All of the chapter on lineage, since a snapshot without declarations cannot fill that page, and those of the chapter
   on derivatives and of the hub that say who is built on how much (`QUOTABLE`).
2. Large ones are pruned: definitions that the snapshot supports; groups that have any derivatives, families and
   organisations, under the common definitions; releases that anything is built on. Nothing is rounded or renamed, so
   that a table means what its contract says.
3. A table that this build itself took from an older edition is left out: an edition says what its own snapshot shows.

A published edition never changes, so recording another build under a name that is taken is refused.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

import polars as pl

from pipeline.base import files, tables
from pipeline.base.errors import TableError
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.report import content, dictionary, key_figure, recorded
from pipeline.report.editions import PICTURE, Edition, Recorded, are_same, load, of_build, origin_of, recorded_tables

Prune = Callable[[pl.DataFrame], pl.DataFrame]


def _whole(table: pl.DataFrame) -> pl.DataFrame:
    return table


def _with_any(table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(pl.col("derivatives") > 0)


def _built_on(table: pl.DataFrame) -> pl.DataFrame:
    return table.filter((pl.col("all_relations") > 0) | (pl.col("derivatives_of_mirrors") > 0))


QUOTABLE: Mapping[str, Prune] = MappingProxyType(
    {
        "axis_effects": _whole,
        "base_classes": _whole,
        "bases": _built_on,
        "bounds": _whole,
        "definitions": _whole,
        "derivatives": _with_any,
        "derivatives_monthly": _with_any,
        "derivatives_yearly": _whole,
        "gap": _whole,
        "inference_quality": _whole,
        "leaders": _whole,
        "lineage_checks": _whole,
        "rank_stability": _whole,
        "ratios": _whole,
        "relations": _whole,
    }
)
"""Tables outside the chapter on lineage, and what of them is kept."""

WHOLE_FOLDER = "lineage"
"""The chapter whose tables are kept, but for those of a build alone."""

OF_A_BUILD = {"distilled", "distilled_children", "group_converters"}
"""Its tables that no later build quotes: they join the register to one build's repositories."""

BASIS = "lineage_basis"
"""The table that says which tables of that chapter are another edition's: `table`, and `edition`, null for its own."""


def quotable(paths: Paths) -> dict[str, pl.DataFrame]:
    """The tables that an edition of this build keeps, pruned, by name."""
    found = {
        name: path for name, path in paths.tables().items() if name in QUOTABLE or path.parent.name == WHOLE_FOLDER
    }
    others = set[str]()
    if BASIS in found:
        others = set(tables.read(found[BASIS]).filter(pl.col("edition").is_not_null())["table"])
    pruned = {
        name: QUOTABLE.get(name, _whole)(tables.read(path))
        for name, path in found.items()
        if name not in others and name not in OF_A_BUILD and name != BASIS
    }
    if {"definitions", "derivatives"} <= pruned.keys():
        every = pruned["definitions"]
        pruned["derivatives"] = pruned["derivatives"].join(common(every), on="definition", how="semi")
        has_counts = pl.col("definition").is_in(pruned["derivatives"]["definition"].unique().implode())
        pruned["definitions"] = every.filter(pl.col("supported") | has_counts)
    return pruned


def common(definitions: pl.DataFrame) -> pl.DataFrame:
    """The definitions whose counts are kept for every group: all downloads, own releases left out, full credit.

    Of the others the counts of the two groups that are compared stand in `ratios`.
    """
    is_full = pl.col("credit").fill_null("full") == "full"
    return definitions.filter(is_full, pl.col("own_releases") == "left_out", pl.col("min_downloads") == 0)


def record(name: str, paths: Paths, params: Params, day: date) -> Path:
    """Add this build to the published editions, as of a day; returns its folder.

    The same edition is not added twice. Raises TableError where nothing is built, where the name is taken by another
    edition, and where it is too large.
    """
    now = of_build(paths)
    target = paths.published / name
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        for table, frame in quotable(paths).items():
            tables.write(frame, dictionary.contract(table), folder / "tables" / f"{table}.parquet")
        picture = key_figure.png(paths, params)
        if picture is not None:
            (folder / PICTURE).write_bytes(picture)
        written = now.model_copy(
            update={"published": day.isoformat(), "recorded": _recorded(name, now, folder, paths, params)}
        )
        tables.write_json(written.model_dump(mode="json"), folder / "edition.json")
        if target.exists():
            return _unchanged(target, written)
        _refuse_large(folder)
        with files.replacing_folder(target) as fresh:
            shutil.copytree(folder, fresh, dirs_exist_ok=True)
    return target


def _recorded(name: str, now: Edition, folder: Path, paths: Paths, params: Params) -> Recorded:
    provenance = tables.read_json(paths.provenance)
    asked = params.model_dump(mode="json", exclude={"notebooks", "editions", "site"})
    asked["snapshot"].pop("path")  # a place on the machine of the one who recorded it
    return Recorded(
        name=name,
        origin=origin_of(now),
        commit=provenance.get("commit") or params.snapshot.revision,
        licence=provenance.get("licence"),
        kind=now.snapshot.kind,
        code=_commit(paths.root),
        snapshot=provenance,
        params=asked,
        tables=recorded_tables(recorded.tables_in(folder)),
        content=content.measured(tables.scan(paths.raw / "models.parquet")),
    )


def _commit(root: Path) -> str | None:
    """The commit of the project; None without git."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--verify", "HEAD"], cwd=root, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _unchanged(target: Path, written: Edition) -> Path:
    """The folder of an edition that is recorded already. Raises TableError where it is another one."""
    old = load(target / "edition.json")
    if old.recorded and written.recorded and are_same(old, written) and old.recorded.tables == written.recorded.tables:
        return target
    raise TableError(
        f"{target.name} is recorded already, from another build",
        where="published",
        next_step="choose another name: a published edition never changes",
    )


def _refuse_large(folder: Path) -> None:
    size = recorded.size_of(folder)
    if size > recorded.LARGEST:
        largest = sorted(folder.rglob("*.*"), key=lambda path: path.stat().st_size, reverse=True)[:3]
        named = ", ".join(f"{path.name} {path.stat().st_size:,}" for path in largest)
        raise TableError(
            f"an edition of {size:,} bytes, more than {recorded.LARGEST:,} (the largest: {named})",
            where=folder.name,
            next_step="prune more in pipeline/report/record.py",
        )
