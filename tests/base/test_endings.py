"""A command that the machine refuses, or that is interrupted, ends in one line and leaves no half of a file."""

import errno
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from pipeline import __main__
from pipeline.base import errors, files, interrupts, params, tables
from pipeline.base.paths import Paths
from pipeline.chapters.explorer.schema import ExplorerSummary
from pipeline.report import site
from pipeline.snapshot import newest
from pipeline.snapshot.ranges import write_ranges


def ended(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[Any, str]:
    """Exit code and standard error of a command that raises."""
    with pytest.raises(SystemExit) as end, errors.reporting("cost"):
        raise error
    return end.value.code, capsys.readouterr().err


@pytest.mark.parametrize("number", errors.NEXT_STEPS)
def test_what_the_machine_refuses_is_one_line_with_file_and_advice(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = ended(OSError(number, os.strerror(number), "/data/out/cost.parquet"), capsys)
    advice = errors.NEXT_STEPS[number]
    assert (code, line) == (1, f"cost: {os.strerror(number).lower()} in /data/out/cost.parquet: {advice}\n")


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (pl.exceptions.ComputeError("parquet: underlying IO error: No space left on device (os error 28)"), 28),
        (pl.exceptions.ComputeError("parquet: File out of specification: Invalid thrift: transport error"), 28),
        (OSError("Not a directory (os error 20): /data/x"), errno.ENOTDIR),
        (IsADirectoryError("expected a file path; 'data/out' is a directory"), errno.EISDIR),
        (shutil.Error([("a", "/site/a", "[Errno 30] Read-only file system: '/site/a'")]), errno.EROFS),
        (MemoryError(), errno.ENOMEM),
    ],
    ids=str,
)
def test_errors_of_libraries_are_the_same_line(
    error: BaseException, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = ended(error, capsys)
    assert code == 1
    assert line.startswith(f"cost: {os.strerror(number).lower()}")
    assert line.endswith(f"{errors.NEXT_STEPS[number]}\n")


@pytest.mark.parametrize(
    "bug",
    [KeyError("column"), pl.exceptions.ColumnNotFoundError("x"), BrokenPipeError(errno.EPIPE, "pipe"), OSError("odd")],
    ids=repr,
)
def test_a_bug_keeps_its_trace(bug: Exception) -> None:
    with pytest.raises(type(bug)), errors.reporting("cost"):
        raise bug


def test_an_interrupted_command_is_one_line_and_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(KeyboardInterrupt(), capsys) == (130, "cost: interrupted\n")


def test_a_terminated_command_tidies_up_and_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def stopped_half_way() -> None:
        with errors.reporting("cost"), files.replacing(tmp_path / "half") as temporary:
            temporary.write_text("half")
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(SystemExit) as end:
        stopped_half_way()
    assert end.value.code == 143
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr() == ("", "")


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup leaves it
    try:
        with interrupts.raising(lambda number: SystemExit(number), signal.SIGHUP):
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        with interrupts.undisturbed(signal.SIGHUP):
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_handler_that_was_not_set_from_python_becomes_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    restored: list[object] = []

    def set_from_c(number: int, handler: object) -> None:
        assert handler is not None
        restored.append(handler)

    monkeypatch.setattr(signal, "getsignal", lambda number: None)
    monkeypatch.setattr(signal, "signal", set_from_c)
    for block in (interrupts.undisturbed(signal.SIGHUP), interrupts.raising(SystemExit, signal.SIGHUP)):
        with block:
            pass
        assert restored[-1] == signal.SIG_DFL


def test_a_failed_write_leaves_the_old_file_and_names_it(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    files.write_text("old", path)

    def refused_half_way() -> None:
        with files.replacing(path) as temporary:
            temporary.write_text("half of the new")
            raise OSError(errno.ENOSPC, "No space left on device")  # as a write raises it: without a name

    with pytest.raises(OSError, match="No space") as refused:
        refused_half_way()
    assert refused.value.filename == str(path)
    assert [file.name for file in tmp_path.iterdir()] == ["table.json"]
    assert path.read_text() == "old"


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "downloads"

    def replaced_by(name: str, *, is_refused: bool = False) -> None:
        with files.replacing_folder(folder) as fresh:
            (fresh / name).touch()
            if is_refused:
                raise OSError(errno.EROFS, "Read-only file system", str(fresh / "more"))

    replaced_by("first")
    with pytest.raises(OSError, match=f"{folder}'$"):
        replaced_by("second", is_refused=True)
    assert [file.name for file in tmp_path.rglob("*")] == ["downloads", "first"]


def test_the_old_folder_is_removed_when_the_new_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, remove, seen = tmp_path / "downloads", shutil.rmtree, []

    def watched(path: Path, **options: Any) -> None:
        remove(path, **options)
        seen.append([file.name for file in tmp_path.rglob("*") if file.is_file()])

    (folder / "old").mkdir(parents=True)
    monkeypatch.setattr(shutil, "rmtree", watched)
    with files.replacing_folder(folder) as fresh:
        (fresh / "whole").touch()
    assert seen == [["whole"]]
    assert [file.name for file in tmp_path.rglob("*")] == ["downloads", "whole"]


def test_a_file_in_the_place_of_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "downloads").write_text("a note")
    with pytest.raises(NotADirectoryError), files.replacing_folder(tmp_path / "downloads"):
        pass
    assert [file.read_text() for file in tmp_path.iterdir()] == ["a note"]


def test_what_a_killed_process_left_goes_and_what_a_running_one_writes_stays(tmp_path: Path) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    for process in (dead.pid, os.getpid()):
        (tmp_path / f".table.{process}.tmp").touch()
        (tmp_path / f".table.{process}.odd").mkdir()
        (tmp_path / f".table.parquet.{process}.tmp").touch()
    files.write_text("new", tmp_path / "table")
    expected = {
        f".table.{os.getpid()}.odd",
        f".table.parquet.{os.getpid()}.tmp",
        f".table.parquet.{dead.pid}.tmp",
        "table",
    }
    assert {file.name for file in tmp_path.iterdir()} == expected
    with files.scratch(tmp_path / "table.parquet"):
        pass
    assert f".table.parquet.{dead.pid}.tmp" not in {file.name for file in tmp_path.iterdir()}


def test_an_input_that_is_missing_beside_the_output_keeps_its_name(tmp_path: Path) -> None:
    missing = tmp_path / "missing.csv"
    with pytest.raises(FileNotFoundError) as refused, files.replacing(tmp_path / "out.parquet"):
        missing.read_bytes()
    assert refused.value.filename == str(missing)
    with pytest.raises(FileNotFoundError) as refused, files.replacing(tmp_path / "out.parquet") as temporary:
        temporary.read_bytes()
    assert refused.value.filename == str(tmp_path / "out.parquet")


def test_a_file_that_is_read_from_elsewhere_keeps_its_name(tmp_path: Path) -> None:
    with (
        pytest.raises(OSError, match=r"/snapshots/hub\.parquet") as refused,
        errors.naming(tmp_path / "models.parquet"),
    ):
        raise OSError("Permission denied (os error 13): /snapshots/hub.parquet")
    assert refused.value.errno == errno.EACCES


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes: a full disk without a disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


ROWS = pl.DataFrame({"measure": [str(n) for n in range(5000)], "value": range(5000), "meaning": ["one"] * 5000})
WRITERS: dict[str, Callable[[Path], object]] = {
    "table": lambda path: tables.write(ROWS, ExplorerSummary, path),
    "table in ranges": lambda path: write_ranges(ROWS.lazy(), ExplorerSummary, path, rows=1000),
    "document": lambda path: tables.write_json(dict(ROWS.select("measure", "value").iter_rows()), path),
}


@pytest.mark.parametrize("size", [0, 3, 100, 2000])
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_what_does_not_fit_leaves_the_old_file(write: Callable[[Path], object], size: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with file_limit(size), pytest.raises(OSError, match=str(path)) as refused:
        write(path)
    assert refused.value.errno in (errno.EFBIG, errno.ENOSPC)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


def test_a_site_without_room_says_so_and_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine names every file that it could not write, and never the reason."""
    paths = Paths(tmp_path)

    def engine(paths: Paths, _params: Any) -> str:
        paths.site.mkdir(parents=True)
        return "error: _executed/cost.ipynb Error writing notebook output: _build/site/public/3f.html\n"

    monkeypatch.setattr(site, "_require", lambda *_: None)
    monkeypatch.setattr(site, "_build", engine)
    with file_limit(1000), pytest.raises(OSError, match=r"File too large.*_build"):
        site.run(paths, params.load(Paths().params))
    assert not paths.site.exists()


ARGUMENTS = {
    "history": ["2025-10-01"],
    "known": ["2025-10-01"],
    "diff": ["published"],
    "record": ["a"],
}
COMMANDS = [command.name or getattr(command.callback, "__name__", "") for command in __main__.app.registered_commands]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("refusal", "code"), [(OSError(errno.EROFS, "", "data"), 1), (MemoryError(), 1), (KeyboardInterrupt(), 130)]
)
def test_every_command_ends_in_one_line(
    command: str, refusal: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> Any:
        raise refusal

    monkeypatch.setattr(__main__, "Paths", refuse)
    monkeypatch.setattr(newest, "newest", refuse)
    done = CliRunner().invoke(__main__.app, [command, *ARGUMENTS.get(command, [])])
    assert done.exit_code == code
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
