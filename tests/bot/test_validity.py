"""A document that is replaced says so wherever it is quoted, once an administrator has confirmed it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from corpus.library import Library
from corpus.model import Reference
from tests.bot.conftest import Bot, running, settings_for
from tests.fakes.bot_api import BotApiServer, Message, User
from tests.fakes.engine import ScriptedEngine, directive

pytestmark = pytest.mark.both

TEXT = """Kết luận số 02-KL/TU ngày 01/3/2025 của Thành ủy về phòng cháy

1. Tăng cường kiểm tra.

2. Kết luận này thay thế Kết luận số 01-KL/TU ngày 05/02/2024.
"""
LINE = "Đã được thay thế bởi Kết luận số 02-KL/TU ngày 01/3/2025 của Thành ủy"


@pytest_asyncio.fixture
async def admin(server: BotApiServer) -> User:
    return server.user("Chủ")


@pytest_asyncio.fixture
async def bot(server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path, admin: User) -> Any:
    at = TEXT.index("01-KL/TU")
    library.put(
        directive(
            TEXT,
            {"1": "1. Tăng", "2": "2. Kết"},
            file="moi.txt",
            number="02-KL/TU",
            type="Kết luận",
            issuer="Thành ủy",
            date=dt.date(2025, 3, 1),
            references=(Reference(number="01-KL/TU", start=at, end=at + 8),),
        )
    )
    async with running(server, engine, library, settings_for(server, tmp_path, admins=str(admin.id))) as bot:
        yield bot


async def confirmed(bot: Bot, admin: User) -> Message:
    bot.server.say(admin, "/hieuluc 01-KL/TU")
    asked = await bot.server.wait_for_message(admin)
    assert "Chưa ghi nhận" in asked.text
    assert asked.quotes == ["2. Kết luận này thay thế Kết luận số 01-KL/TU ngày 05/02/2024."]
    await bot.server.press(asked, "01-KL/TU đã được thay thế").answer
    return bot.server.message(asked)


async def test_its_quotes_clauses_card_and_inline_results_say_so(bot: Bot, admin: User) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "kiểm tra khi nào?")
    assert "⚠️" not in (await bot.server.wait_for_message(an)).text
    assert "⚠️ Đã được thay thế bởi 02-KL/TU" in (await confirmed(bot, admin)).text
    bot.server.say(an, "kiểm tra khi nào?")
    answer = await bot.server.wait_for_message(an)
    assert LINE in answer.text
    links = [e["url"] for e in answer.raw["entities"] if e["type"] == "text_link"]
    assert len(links) == 2
    for words in ("/muc 01-KL/TU 2", "/vanban 01-KL/TU"):
        bot.server.say(an, words)
        assert LINE in (await bot.server.wait_for_message(an)).text
    bot.server.say(an, "/vanban 02-KL/TU")
    assert "Thay thế: 01-KL/TU" in (await bot.server.wait_for_message(an)).text
    found = await bot.server.inline(an, "kiểm tra khi nào?")
    assert found["results"][0]["title"].startswith("⚠️ ")
    assert LINE in bot.server.choose(found, 0, an).text
    bot.server.say(an, f"/start {links[1].rpartition('=')[2]}")
    assert "02-KL/TU" in (await bot.server.wait_for_message(an)).bold[0]
    assert not bot.server.refused


async def test_it_is_taken_back(bot: Bot, admin: User) -> None:
    await bot.server.press(await confirmed(bot, admin), "Bỏ ghi nhận").answer
    bot.server.say(admin, "kiểm tra khi nào?")
    assert "⚠️" not in (await bot.server.wait_for_message(admin)).text


async def test_by_hand_the_administrator_says_which(bot: Bot, admin: User) -> None:
    bot.server.say(admin, "/hieuluc 02-KL/TU 01-KL/TU")
    which = await bot.server.wait_for_message(admin)
    assert which.buttons == ["Thay thế", "Bãi bỏ (hết hiệu lực)", "Sửa đổi, bổ sung"]
    await bot.server.press(which, "Sửa đổi").answer
    assert "Đã được sửa đổi, bổ sung bởi 01-KL/TU" in bot.server.message(which).text
    for words in ("/hieuluc", "/hieuluc 99-KL/TU", "/hieuluc 02-KL/TU 99-KL/TU"):
        bot.server.say(admin, words)
        assert "Hãy gửi số văn bản" in (await bot.server.wait_for_message(admin)).text


async def test_a_newer_document_that_may_not_be_read_here_is_not_named(bot: Bot, admin: User) -> None:
    await confirmed(bot, admin)
    group = bot.server.group("Phường", admin)
    [new] = bot.library.numbered("02-KL/TU")
    bot.library.move(new.id, bot.library.own_collection(group.id).id)
    an = bot.server.user("An")
    bot.server.say(an, "kiểm tra khi nào?")
    assert "02-KL/TU" not in (await bot.server.wait_for_message(an)).text
    bot.server.say(group, "/hoi kiểm tra khi nào?", by=admin)
    assert LINE in (await bot.server.wait_for_message(group)).text


async def test_nobody_else_confirms_anything(bot: Bot, admin: User) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "/hieuluc 01-KL/TU")
    refused = await bot.server.wait_for_message(an)
    assert "Chỉ quản trị viên" in refused.text
    [old], [new] = bot.library.numbered("01-KL/TU"), bot.library.numbered("02-KL/TU")
    assert "Chỉ quản trị viên" in (await bot.server.press_data(refused, f"h.{old.id}.{new.id}.r").answer)["text"]
    bot.server.say(admin, "/hieuluc 01-KL/TU")
    own = await bot.server.wait_for_message(admin)
    assert "không có trong thư viện" in (await bot.server.press_data(own, f"h.{old.id}.{'0' * 16}.r").answer)["text"]
