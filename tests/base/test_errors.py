"""Bad input ends in one line, exit code 1 and no half-written file."""

import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from pipeline import __main__, register
from pipeline.base import params
from pipeline.base.errors import ParamsError, PipelineError, RegisterError
from pipeline.base.paths import PROJECT, Paths, register_table
from pipeline.claims import essay
from pipeline.counting import definitions
from pipeline.report import names
from pipeline.snapshot import history
from tests.conftest import Report, hub_rows


def run(report: Report, stage: str = "snapshot") -> Result:
    """The command for a stage, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(__main__, "Paths", lambda: report.paths)
        return CliRunner().invoke(__main__.app, [stage])


def by_itself(report: Report, stage: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, which runs the copy's code."""
    command = [sys.executable, "-m", "pipeline", stage]
    return subprocess.run(command, cwd=report.paths.root, capture_output=True, text=True, check=False)


def assert_one_line(done: Result | subprocess.CompletedProcess[str], *words: str) -> None:
    code = done.exit_code if isinstance(done, Result) else done.returncode
    assert code == 1, done.stderr
    assert done.stderr.strip().count("\n") == 0, done.stderr
    for word in words:
        assert word in done.stderr


def test_an_unknown_parameter_is_named(report: Report) -> None:
    report.set(snapshot={"colour": "blue"})
    assert_one_line(by_itself(report, "snapshot"), "snapshot.colour is unknown")


def test_a_bad_value_is_named(report: Report) -> None:
    report.set(cost={"price_window_months": 0})
    assert_one_line(run(report), "cost.price_window_months")


def test_a_missing_file_is_named(report: Report) -> None:
    report.read_from(Path("nowhere.parquet"), "slice", "2026-10-01")
    assert_one_line(run(report), "nowhere.parquet", "snapshot.path")
    assert not report.paths.raw.exists()


def test_a_file_without_ids_is_refused(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "no ids.parquet"
    hub_rows({"id": "a/b"}).drop("id").write_parquet(path)
    report.read_from(path, "slice", "2026-10-01")
    assert_one_line(run(report), "no column id")
    assert not report.paths.raw.exists()


def test_a_truncated_file_is_refused_and_the_last_snapshot_stays(report: Report, tmp_path: Path) -> None:
    assert run(report).exit_code == 0
    before = {path: path.read_bytes() for path in report.paths.raw.rglob("*") if path.is_file()}
    path = tmp_path / "cut.parquet"
    hub_rows({"id": "a/b"}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-40])
    report.read_from(path, "slice", "2026-10-01")
    assert_one_line(run(report), "cut.parquet")
    assert {path: path.read_bytes() for path in report.paths.raw.rglob("*") if path.is_file()} == before


MADE = hub_rows(*({"id": f"a/{n}", "createdAt": datetime(2024, 1, 1)} for n in range(3)))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (MADE.with_columns(pl.col("createdAt").dt.to_string()), ("createdAt is text, a timestamp is needed", "odd")),
        (MADE.with_columns(tags=pl.lit("x")), ("tags is text, a list of text is needed",)),
        (MADE.with_columns(id=pl.int_range(pl.len())), ("id is a whole number, text is needed",)),
        (MADE.with_columns(createdAt=pl.lit(1_714_521_600).cast(pl.Datetime("us"))), ("createdAt", "1970-01-01")),
        (MADE.head(0), ("no row has an id",)),
        (MADE.with_columns(id=pl.lit(None, pl.String)), ("no row has an id",)),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_a_snapshot_is_one_line(
    report: Report, tmp_path: Path, rows: pl.DataFrame, words: tuple[str, ...]
) -> None:
    path = tmp_path / "odd.parquet"
    rows.write_parquet(path)
    done = run(report.read_from(path, "slice", "2026-10-01"))
    assert_one_line(done, *words)
    assert "disk" not in done.stderr
    assert not report.paths.raw.exists()


def test_a_stage_without_its_input_says_what_to_run(report: Report) -> None:
    assert_one_line(run(report, "hub"), "run `make site`")


@pytest.mark.parametrize(
    ("table", "column", "value", "message"),
    [
        ("releases", "parameters_total", "many", "releases.csv"),
        ("releases", "source", None, "releases.csv"),
        ("formats", "quantized", "perhaps", "formats.csv"),
        ("releases", "released", "yesterday", "releases.csv"),
    ],
)
def test_a_register_row_that_breaks_its_contract_names_the_file(
    report: Report, table: str, column: str, value: str | None, message: str
) -> None:
    first = pl.int_range(pl.len()) == 0
    changed = pl.when(first).then(pl.lit(value)).otherwise(column).alias(column)
    report.edit(table, lambda rows: rows.with_columns(changed))
    with pytest.raises(RegisterError, match=rf"^[^\n]+{message}$"):
        register.load(table, report.paths.register)


@pytest.mark.parametrize(
    ("thresholds", "message"), [((1, 6), "begin with 0"), ((0, 10, 6), "larger than the one before")]
)
def test_thresholds_out_of_order_are_refused(
    monkeypatch: pytest.MonkeyPatch, thresholds: tuple[int, ...], message: str
) -> None:
    monkeypatch.setattr(definitions, "MIN_DOWNLOADS", thresholds)
    with pytest.raises(ParamsError, match=message) as caught:
        names.checked(Paths())
    where = "MIN_DOWNLOADS of pipeline/counting/definitions.py"
    assert str(caught.value).startswith(f"cannot count at {len(thresholds)} thresholds {thresholds} in {where}: ")


def test_thresholds_are_refused_before_anything_counts_by_them(report: Report) -> None:
    path = report.paths.root / "pipeline" / "counting" / "definitions.py"
    text = path.read_text(encoding="utf-8")
    changed = text.replace("MIN_DOWNLOADS = (0, 1, 6, 10, 200)", "MIN_DOWNLOADS = (0, 6, 1, 10, 200)")
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    assert_one_line(by_itself(report, "derivatives"), "5 thresholds (0, 6, 1, 10, 200) in MIN_DOWNLOADS")


def test_a_claim_that_names_an_unknown_event_is_one_line_and_the_last_ledger_stays(
    sample: Report, report: Report
) -> None:
    shutil.copytree(sample.paths.root / "data", report.paths.root / "data")
    path = report.paths.register / "claims.yaml"
    path.write_text(path.read_text().replace("event: r1_release", "event: r1_rumour"))
    assert_one_line(run(report, "claims"), "a claim names the unknown event r1_rumour in claims.yaml")
    assert report.table("claims").equals(sample.table("claims"))


def test_a_ledger_that_is_no_list_of_claims_is_one_line(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    paths.register.mkdir(parents=True)
    (paths.register / "claims.yaml").write_text("a: 1\n", encoding="utf-8")
    with pytest.raises(PipelineError, match=r"^no list of claims in claims\.yaml: "):
        essay.read(paths)


def test_a_broken_register_table_names_its_file_once(tmp_path: Path) -> None:
    text = register_table("families", Paths().register).read_text(encoding="utf-8")
    path = tmp_path / "hub" / "families.csv"
    path.parent.mkdir()
    for broken in (text.replace("rank", "rang", 1), text + text.splitlines()[1] + "\n"):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(RegisterError) as caught:
            register.load("families", tmp_path)
        assert str(caught.value).count("families.csv") == 1


@pytest.mark.parametrize("script", ["pdf.py", "readme.py", "screenshots.py"])
def test_a_script_without_a_build_says_what_to_run(report: Report, script: str) -> None:
    copies = report.paths.root / "scripts"
    shutil.copytree(PROJECT / "scripts", copies)
    done = subprocess.run([sys.executable, copies / script], capture_output=True, text=True, check=False)
    if "no Chromium" not in done.stderr:
        assert_one_line(done, "make site")


def test_a_file_in_the_place_of_a_folder_is_named(report: Report) -> None:
    report.paths.out.parent.mkdir(parents=True)
    report.paths.out.touch()
    assert_one_line(by_itself(report, "moment"), "file exists in data/out:", "move away")
    assert report.paths.out.is_file()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("2023-08-03", "2023-13-03", "date: 2023-13-03 is no day such as 2025-01-20 in families.csv"),
        (",1,2023", ",first,2023", "rank: first is no whole number in families.csv"),
        (
            "(^|[^a-z])deepseek([^a-z]|$)",
            "(^|[^a-z]deepseek",
            "name_pattern: (^|[^a-z]deepseek is no pattern (unclosed group) in families.csv",
        ),
        (
            "(^|[^a-z])deepseek([^a-z]|$)",
            "(?=deepseek)",
            "name_pattern: (?=deepseek) is no pattern (look-around, including look-ahead and look-behind, is not "
            "supported) in families.csv",
        ),
    ],
)
def test_a_cell_of_the_register_that_cannot_be_is_quoted(old: str, new: str, line: str, tmp_path: Path) -> None:
    text = register_table("families", Paths().register).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "hub" / "families.csv"
    path.parent.mkdir()
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RegisterError) as caught:
        register.load("families", tmp_path)
    assert str(caught.value) == line


@pytest.mark.parametrize("day", ["20261005", "2026-W41-1", "2026-02-30", "today"])
def test_a_day_of_a_command_has_the_one_form_of_params(day: str) -> None:
    with pytest.raises(ParamsError, match=f"^{day} is no day in --on: write it as 2026-10-05$"):
        __main__._day(day)
    with pytest.raises(ParamsError, match=f"^{day} is no day in the command: write it as 2025-10-01$"):
        history.run(day, Paths(), params.load(Paths().params))
