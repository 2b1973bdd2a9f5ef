"""Several processes on one PostgreSQL: what one changes the others know, without waiting for their next look."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pytest.importorskip("psycopg_pool")

from bot import run, worker
from bot.commands.backups import SharedError, backup
from bot.database import BOT
from bot.doctor import diagnose
from bot.home import open_home
from bot.inbox import look_into
from bot.kept import Kept
from corpus.database import postgres
from corpus.library import LIBRARY, Library
from retrieval.answer import Answer, Status
from tests.bot.conftest import running, settings_for
from tests.databases import Shared
from tests.fakes.bot_api import BotApiServer
from tests.fakes.engine import CONCLUSION, ScriptedEngine, conclusion, news, passage


async def test_what_another_process_changes_is_known_at_once(
    server: BotApiServer, shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "REFRESH_EVERY", 10_000.0)
    monkeypatch.setattr(run, "SETTLE", 0.0)
    engine, refreshed = ScriptedEngine(), []
    monkeypatch.setattr(engine, "refresh", lambda: bool(refreshed.append(1)), raising=False)
    library, elsewhere = Library(shared(LIBRARY)), Library(shared(LIBRARY))
    an = server.user("An")
    async with running(server, engine, library, settings_for(server, tmp_path)):
        server.say(an, "07-KL/TW nói gì?")
        assert "không tìm thấy" in (await server.wait_for_message(an)).text
        # It looks when it starts, and when it begins to hear.
        while True:
            before = len(refreshed)
            elsewhere.put(conclusion(file=f"{before}.txt"))
            Kept(shared(BOT)).preferences.set(an.id, language="en")
            server.say(an, "07-KL/TW nói gì?")
            if "found no answer" in (await server.wait_for_message(an)).text and len(refreshed) > before:
                break


async def test_what_another_process_adds_is_quoted_by_the_real_engine_as_soon_as_it_is_announced(
    server: BotApiServer, shared: Shared, own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "REFRESH_EVERY", 10_000.0)
    elsewhere = Path(shutil.copytree(own_home, tmp_path / "elsewhere"))
    file = tmp_path / "mau.txt"
    file.write_text(CONCLUSION, encoding="utf-8")
    settings = settings_for(server, own_home, questions_per_minute=0)
    home, an = open_home(settings, starter=False), server.user("An")
    async with running(server, home.engine, home.library, settings):
        server.say(an, "mở lối thoát nạn thứ hai ở đâu?")
        assert (await server.wait_for_message(an)).quotes == []
        command = [sys.executable, "-m", "bot.cli", "add", str(file), "--home", str(elsewhere)]
        await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
        while True:
            server.say(an, "mở lối thoát nạn thứ hai ở đâu?")
            if quotes := (await server.wait_for_message(an)).quotes:
                break
    assert "Mở lối thoát nạn thứ hai ở nhà ở kết hợp kinh doanh." in quotes[0]
    home.library.close()


async def test_a_question_outlives_a_database_that_is_away_for_long_and_is_answered_once(
    server: BotApiServer, shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "PATIENCE", 0.1)
    monkeypatch.setattr(worker, "NO_DISK", 0.1)
    engine, library = ScriptedEngine(), Library(shared(LIBRARY))
    library.put(news())
    words = "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."
    found = Answer(question="", status=Status.ANSWERED, passages=(passage(library, "tin.txt", words),))
    asked: list[int] = []

    def search() -> Answer:
        asked.append(1)
        if len(asked) == 1:
            shared.server.kill()
            threading.Timer(1.5, shared.server.start).start()
        return found

    engine.teach_work("ai trực?", search)
    an = server.user("An")
    async with running(server, engine, library, settings_for(server, tmp_path)):
        server.say(an, "ai trực?")
        assert (await server.wait_for_message(an, within=60)).quotes == [words]
        server.say(an, "hỏi nữa")
        assert (await server.wait_for_message(an, within=60)).quotes == []
    assert len(asked) > 1
    assert look_into(settings_for(server, tmp_path)) == (0, [])
    library.close()


def test_the_doctor_looks_into_the_shared_database(shared: Shared, own_home: Path) -> None:
    settings = settings_for(type("Nowhere", (), {"url": None, "token": "1:x"})(), own_home, token=None)
    home = open_home(settings)
    checks = {c.name: c for c in diagnose(home)}
    assert checks["library"].ok
    assert shared.database in checks["library"].detail
    assert checks["inbox"].ok
    with shared.server.connect(shared.database) as owner:
        owner.execute("UPDATE library.document SET text = 'x' || text")
    assert {c.name for c in diagnose(home) if c.ok is False} == {"library"}
    home.library.close()


def test_files_of_backups_are_not_for_postgresql(shared: Shared, tmp_path: Path) -> None:
    with pytest.raises(SharedError, match="pg_dump"):
        backup(tmp_path / "b.zip", tmp_path)
