"""A command gives the same answer on a machine of another language, time or home."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.base.paths import PROJECT

MACHINES = {
    "no language": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "no home": {"HOME": "/dev/null/home", "XDG_CACHE_HOME": "/dev/null/cache", "XDG_CONFIG_HOME": "/dev/null/config"},
    "the other side of the earth": {"TZ": "Pacific/Kiritimati"},
    "a narrow terminal": {"COLUMNS": "1", "TERM": "dumb"},
}


def checked(**more: str) -> subprocess.CompletedProcess[str]:
    """Params.yaml, checked by a process of its own."""
    command = [sys.executable, "-m", "pipeline", "params"]
    return subprocess.run(
        command, cwd=PROJECT, env={**os.environ, **more}, text=True, encoding="utf-8", capture_output=True, check=False
    )


@pytest.mark.parametrize("variables", MACHINES.values(), ids=MACHINES)
def test_a_command_does_not_depend_on_the_machine(variables: dict[str, str]) -> None:
    done = checked(**variables)
    assert (done.returncode, done.stdout, done.stderr) == (0, "params.yaml is in order\n", "")


@pytest.mark.skipif(not shutil.which("localedef"), reason="no localedef, which makes the Turkish locale")
def test_a_turkish_i_is_no_other_letter(tmp_path: Path) -> None:
    made = subprocess.run(
        ["localedef", "-i", "tr_TR", "-f", "UTF-8", tmp_path / "tr_TR.UTF-8"], capture_output=True, check=False
    )
    if made.returncode > 1:
        pytest.skip("no source of the Turkish locale")
    done = checked(LOCPATH=str(tmp_path), LC_ALL="tr_TR.UTF-8", LANG="tr_TR.UTF-8")
    assert (done.returncode, done.stdout) == (0, "params.yaml is in order\n")
