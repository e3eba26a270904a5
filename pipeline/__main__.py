"""One command per DVC stage: `python -m pipeline <stage>`, and those of the Makefile that are no stage.

A command imports its stage when it runs: to import all stages with their libraries takes a second, to import one a
third of it. How a command ends where something is wrong is written in `pipeline.base.errors`.
"""

import importlib
import re
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

from pipeline.base.errors import ParamsError, reporting
from pipeline.base.process import spare_collections

with reporting("pipeline"):  # these imports take a third of a short stage: an interrupt here is one line too
    import typer

    from pipeline.base.param_types import day_of
    from pipeline.base.paths import Paths
    from pipeline.report import names

STAGES = {
    "snapshot": "pipeline.snapshot",
    "details": "pipeline.snapshot.details",
    "history": "pipeline.snapshot.history",
    "known": "pipeline.counting.known",
    "hub": "pipeline.hub.stage",
    "editions": "pipeline.report.recorded",
    "claims": "pipeline.claims.stage",
    "report": "pipeline.report.stage",
    "notebooks": "pipeline.report.notebooks",
    "site": "pipeline.report.site",
}
"""The module of each stage that is no chapter; that of a chapter is `pipeline.chapters.<its name>.stage`."""

CHAPTERS = sorted(path.parent.name for path in (Path(__file__).parent / "chapters").glob("*/stage.py"))


def module_of(stage: str) -> str:
    """The module whose `run` does a stage of dvc.yaml."""
    return STAGES.get(stage, f"pipeline.chapters.{stage}.stage")


app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def _add(stage: str) -> None:
    @app.command(name=stage, help=f"Stage {stage} of dvc.yaml.")
    def command() -> None:
        _run(stage)


for _stage in ("snapshot", "details", "editions", "hub", *CHAPTERS, "claims", "report", "site"):
    _add(_stage)


@app.command()
def notebooks(
    pages: Annotated[list[str] | None, typer.Argument(help="Text notebooks of book/, without .md; all without")] = None,
) -> None:
    """Execute the pages of the book, each with its section of params.yaml."""
    _run("notebooks", pages or [])


@app.command()
def history(
    day: Annotated[str, typer.Argument(help="A day of snapshot.history or history_files, such as 2025-10-01")],
    coverage: Annotated[str | None, typer.Argument(help="That of the file, which params.yaml has too")] = None,
) -> None:
    """Read one older day of the Hub.

    The coverage stands in the command of dvc.yaml, so that DVC reads a file again when its own coverage changes, and
    not when another file is added.
    """
    del coverage
    _run("history", day)


@app.command()
def known(day: Annotated[str, typer.Argument(help="A day that the command history has read")]) -> None:
    """Count one older day of the Hub."""
    _run("known", day)


@app.command()
def params() -> None:
    """Check params.yaml, in a second: its keys, its values, and whether what they name exists."""
    with reporting("params"):
        names.checked(Paths())
        typer.echo("params.yaml is in order")


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="A folder with data/out, downloads or published editions; or a revision")],
    new: Annotated[str, typer.Argument(help="The same, for the newer one")] = ".",
) -> None:
    """Which headline numbers, ranks and verdicts moved, as Markdown for a pull request."""
    from pipeline.report import diff as differences  # as stages are

    with reporting("diff"):
        typer.echo(differences.between(old, new, Paths()), nl=False)


@app.command()
def refresh(
    weeks: Annotated[int, typer.Option(min=1, help="Weeks without a newer snapshot that are no gap")] = 3,
    anyway: Annotated[bool, typer.Option("--anyway", help="Make the edition whatever the checks say")] = False,
) -> None:
    """Make the next edition from the newest snapshot, or say in an issue's text what is wrong with it."""
    from pipeline.report import refresh as refreshing  # as stages are

    with reporting("refresh"):
        typer.echo(refreshing.run(Paths(), refreshing.Asked(weeks=weeks, anyway=anyway)))


@app.command()
def record(
    name: Annotated[str, typer.Argument(help="Name of the edition, such as census-2024-07")],
    on: Annotated[str | None, typer.Option(help="Day of publication, such as 2026-10-05; today without it")] = None,
) -> None:
    """Add this build to the published editions, with the small tables that later builds may quote."""
    from pipeline.report import record as recording  # as stages are

    with reporting("record"):
        paths, day = Paths(), _day(on) if on else datetime.now(UTC).date()
        folder = recording.record(_edition(name), paths, names.checked(paths), day)
        typer.echo(f"{folder.relative_to(paths.root)}: later builds quote it once `editions` of params.yaml names it")


@app.command()
def newest() -> None:
    """Point params.yaml at the newest snapshot of its source, hub-stats or hub-weekly."""
    from pipeline.snapshot import newest as latest  # as stages are

    with reporting("newest"):
        paths = Paths()
        source = latest.source_of(names.checked(paths).snapshot)
        day = latest.newest(source)
        changed = latest.point_at(day, paths.params, source)
        typer.echo(f"snapshot.date {'is now' if changed else 'was already'} {day}")


@app.command()
def share(
    space: Annotated[str | None, typer.Option(help="The Space for the site, user/name")] = None,
    dataset: Annotated[str | None, typer.Option(help="The dataset for the tables, user/name")] = None,
    private: Annotated[bool, typer.Option("--private", help="Make what is new private")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would leave, and send nothing")] = False,
    site: Annotated[Path | None, typer.Option(help="Folder of a built site; the last build's without it")] = None,
) -> None:
    """Put the built site and its tables on the Hub: one commit and one tag each, nothing where both are there."""
    from pipeline.report import share as sharing  # as stages are

    with reporting("share"):
        found, parcels = sharing.plan(Paths(), site, space=space, dataset=dataset)
        if dry_run:
            typer.echo("\n".join(sharing.listing(found, parcels)))
            return
        for line in sharing.left_out(found):
            typer.echo(line, err=True)
        for parcel in parcels:
            typer.echo(sharing.send(found, parcel, private=private))


def _day(text: str) -> date:
    return day_of(text, where="--on", like="2026-10-05")


def _edition(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ParamsError(f"{name} names no edition", where="NAME", next_step="write it as census-2024-07")
    return name


def _run(stage: str, *arguments: str | list[str]) -> None:
    """Run a stage with the project's paths and checked parameters; say how long it took on a terminal."""
    started = time.monotonic()
    with reporting(stage):
        paths = Paths()
        params = names.checked(paths)
        importlib.import_module(module_of(stage)).run(*arguments, paths, params)
    if sys.stderr.isatty():
        named = [argument for argument in arguments if isinstance(argument, str)]
        typer.echo(f"{' '.join((stage, *named))}: {time.monotonic() - started:.1f} s", err=True)


if __name__ == "__main__":
    spare_collections()
    app()
