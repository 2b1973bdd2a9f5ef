"""A little of what `make chaos` does at length."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.chaos.access import AccessMachine
from tests.chaos.index_flips import flip_index
from tests.chaos.kills import kill_the_bot
from tests.chaos.library_kills import kill_the_library
from tests.chaos.mutated import read_mutated

# Lives are forks.
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="fork")


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_killed_again_and_again_the_bot_answers_every_question(tmp_path: Path, mode: str) -> None:
    result = await kill_the_bot(tmp_path / "home", mode, 3, 20, seed=1)
    assert (result.lost, result.wrong, result.unexplained) == (0, 0, 0), result


def test_killed_while_documents_come_and_go_the_library_is_whole(tmp_path: Path) -> None:
    result = kill_the_library(tmp_path / "home", 7, seed=1)
    assert (result.neither, result.broken, result.wrong) == (0, 0, 0), result


def test_a_damaged_file_of_the_index_is_noticed(tmp_path: Path) -> None:
    result = flip_index(tmp_path, 3, seed=1)
    assert (result.unnoticed, result.wrong) == (0, 0), result
    assert result.rebuilt > 0


def test_changed_documents_are_read_or_refused() -> None:
    result = read_mutated(60, seed=1, jobs=1)
    assert result.crashed == 0, result.bad
    assert result.read > result.refused


AccessMachine.TestCase.settings = settings(
    max_examples=3, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAccess = AccessMachine.TestCase
