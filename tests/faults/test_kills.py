"""A build that is killed is finished by the next one, byte for byte."""

from pathlib import Path

import pytest

from tests.faults.kills import FOLDER, Attack

SEED = 20261128


@pytest.mark.whole
def test_a_killed_build_is_finished_by_the_next_one(tmp_path: Path) -> None:
    attack = Attack(tmp_path / FOLDER, SEED)
    moments = [attack.moment() for _ in range(2)]
    assert not [str(killed) for killed in moments if killed.wrong], f"seed {SEED}"
