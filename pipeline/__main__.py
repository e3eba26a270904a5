"""One command per DVC stage: `python -m pipeline <stage>`.

Stages are imported when they run, so that a stage pays only for what it needs. How they end when
something is wrong, stands in `pipeline.errors`.
"""

import importlib
import sys
import time
from datetime import UTC, date, datetime
from typing import Annotated

from pipeline.errors import ParamsError, reporting

with reporting("pipeline"):  # a third of a short stage: who interrupts it here reads one line too
    import typer
    from pydantic import TypeAdapter

    from pipeline import names
    from pipeline.params import Day
    from pipeline.paths import Paths

STAGES = {
    "snapshot": "Read the snapshot that params.yaml names into data/raw.",
    "details": "Ask the Hub about each registered release and organisation, if params say so.",
    "models": "One row per repository, with organisation, family, architecture and size.",
    "lineage": "Parents, roots, depth, ancestors and descendants.",
    "moe": "Total and activated parameters, memory, and the share of mixtures of experts.",
    "derivatives": "Derivatives of every family under every definition.",
    "bases": "What is built on each registered release, by its size and kind.",
    "anatomy": "Growth, uploaders, chains, half-lives, licences and downloads of declared lineage.",
    "gap": "Which bases the gap between subject and reference sits in.",
    "vintages": "Derivatives as older snapshots knew them, beside a count back from the newest.",
    "claim_counts": "What the essay counts, at the dates it speaks of and today, under every reading.",
    "undeclared": "What undeclared lineage would add, and how far its inference can be trusted.",
    "distillations": "Both parents of distilled releases, and which family feeds which.",
    "surface": "How much of the plane of size, modality and time each family covers.",
    "vendors": "What makers ship beside weights, who started and who stopped, and whose models are downloaded.",
    "timeline": "The moment, the year after it, and what others counted meanwhile.",
    "thesis": "Whether derivatives follow surface area or quality, where the snapshot can tell.",
    "cost": "What training and serving cost, on one accounting basis at a time.",
    "reconciliation": "The snapshot beside what others published and the Hub itself counts.",
    "benchmarks": "How fast the engine is, as the last benchmark measured it.",
    "calculator": "What the site's calculator knows of models and machines.",
    "explorer": "What is built on whom, as files that the site's explorer looks up in.",
    "facts": "Every number and sentence that the prose may quote.",
    "claims": "The essay's claims, each with a verdict.",
    "edition": "What this report says in few numbers, and how that moved since the last one published.",
    "publish": "The downloads: every table as Parquet and CSV, with its dictionary, licence and checksums.",
}

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def _add(stage: str, description: str) -> None:
    @app.command(name=stage, help=description)
    def command() -> None:
        _run(stage)


for _stage, _description in STAGES.items():
    _add(_stage, _description)


@app.command()
def notebook(name: Annotated[str, typer.Argument(help="Name of a text notebook in book/, without .md")]) -> None:
    """Execute one notebook with its section of params.yaml."""
    _run("notebooks", name)


@app.command()
def history(day: Annotated[str, typer.Argument(help="A day of snapshot.history, such as 2025-10-01")]) -> None:
    """Pull one older day of the Hub."""
    _run("history", day)


@app.command()
def site() -> None:
    """Render the book into book/_build/html."""
    _run("site")


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
    from pipeline import diff as differences

    with reporting("diff"):
        typer.echo(differences.between(old, new, Paths()), nl=False)


@app.command()
def record(
    on: Annotated[str | None, typer.Option(help="Day of publication, such as 2026-10-05; today without it")] = None,
) -> None:
    """Add this build to the published editions, whose history the site shows."""
    from pipeline import editions

    with reporting("record"):
        typer.echo(editions.record(Paths(), _day(on) if on else datetime.now(UTC).date()).relative_to(Paths().root))


@app.command()
def newest() -> None:
    """Point params.yaml at the newest snapshot of the dataset hub-stats."""
    from pipeline import newest as latest

    with reporting("newest"):
        day = latest.newest()
        changed = latest.point_at(day, Paths().params)
        typer.echo(f"snapshot.date {'is now' if changed else 'was already'} {day}")


def _day(text: str) -> date:
    try:
        return TypeAdapter(Day).validate_python(text)
    except ValueError:
        raise ParamsError(f"{text} is no day", where="--on", next_step="write it as 2026-10-05") from None


def _run(stage: str, *arguments: str) -> None:
    """Run a stage with the project's paths and checked parameters; say how long it took on a terminal."""
    started = time.monotonic()
    with reporting(stage):
        paths = Paths()
        params = names.checked(paths)
        importlib.import_module(f"pipeline.{stage}").run(*arguments, paths, params)
    if sys.stderr.isatty():
        typer.echo(f"{' '.join((stage, *arguments))}: {time.monotonic() - started:.1f} s", err=True)


if __name__ == "__main__":
    app()
