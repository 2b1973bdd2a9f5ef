"""Questions are kept only where a chat has agreed to it, and /quen deletes what is kept of a person."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.database import BOT, bot_database, open_database
from bot.question_log import DAY, QuestionLog
from corpus.library import Library
from tests.bot.conftest import Bot, running, settings_for
from tests.fakes.bot_api import BotApiServer, Chat, User
from tests.fakes.engine import ScriptedEngine

pytestmark = pytest.mark.both

SECRET = "ai trực?"


async def said(bot: Bot, who: User | Chat, words: str, by: User | None = None) -> str:
    bot.server.say(who, words, by=by)
    return (await bot.server.wait_for_message(who)).text


def kept(bot: Bot) -> list[tuple[int, int, str, str]]:
    database = open_database(bot.settings, BOT)
    try:
        return database.rows("SELECT chat, person, question, status FROM logged_question ORDER BY at")
    finally:
        database.close()


def anywhere(bot: Bot, words: str) -> list[str]:
    """Files of the data folder in which these words stand."""
    return [p.name for p in bot.settings.home.iterdir() if p.is_file() and words.encode() in p.read_bytes()]


async def test_nothing_is_kept_unless_the_chat_agreed(bot: Bot) -> None:
    an = bot.server.user("An")
    await said(bot, an, SECRET)
    assert "không được ghi lại" in await said(bot, an, "/nhatky")
    assert kept(bot) == []
    assert "30 ngày" in await said(bot, an, "/nhatky bat")
    await said(bot, an, SECRET)
    await said(bot, an, "/nhatky")
    assert kept(bot) == [(an.id, an.id, SECRET, "answered")]
    assert "không được ghi lại" in await said(bot, an, "/nhatky tat")
    assert kept(bot) == []


async def test_in_a_group_only_administrators_agree(bot: Bot) -> None:
    an, binh = bot.server.user("An"), bot.server.user("Bình")
    group = bot.server.group("Tổ 5", an, admins=(binh,))
    await said(bot, group, "/nhatky bat", by=an)
    await said(bot, group, f"/hoi {SECRET}", by=an)
    assert kept(bot) == []
    await said(bot, group, "/nhatky bat", by=binh)
    await said(bot, group, f"/hoi {SECRET}", by=an)
    await said(bot, group, f"/hoi {SECRET}", by=binh)
    await said(bot, group, "/quen", by=an)
    assert [(c, p) for c, p, _, _ in kept(bot)] == [(group.id, binh.id)]


async def test_after_quen_a_private_chat_is_as_new(bot: Bot) -> None:
    an = bot.server.user("An")
    await said(bot, an, "/nhatky bat")
    bot.server.say(an, "kiểm tra khi nào?")
    answer = await bot.server.wait_for_message(an)
    assert "xóa" in await said(bot, an, "/quen")
    assert kept(bot) == []
    assert "đã cũ" in (await bot.server.press(answer, "2/3").answer)["text"]
    assert "không được ghi lại" in await said(bot, an, "/nhatky")


async def test_an_answered_question_is_nowhere_on_disk(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    words = "một câu hỏi mà không ai được biết"
    async with running(server, engine, library, settings_for(server, tmp_path)) as bot:
        an = server.user("An")
        await said(bot, an, words)
        await said(bot, an, "/quen")
    with sqlite3.connect(tmp_path / "inbox.db") as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert anywhere(bot, words) == []


def test_questions_are_kept_for_so_many_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = bot_database(tmp_path / "bot.db")
    log = QuestionLog(database, 2)
    log.agree(1, True)
    log.note(1, 5, "cũ", "none")
    log.note(2, 5, "không đồng ý", "none")
    database.execute("UPDATE logged_question SET at = at - ?", 2 * DAY + 1)
    log.note(1, 5, "mới", "none")
    assert [q.question for q in log.questions()] == ["mới"]
    assert [q.question for q in QuestionLog(database, 2).questions()] == ["mới"]
    assert database.rows("SELECT count(*) FROM logged_question") == [(1,)]
    none = QuestionLog(database, 0)
    none.note(1, 5, "không giữ", "none")
    assert none.questions() == []
