"""Owners name administrators; everybody else is refused politely."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio

from corpus.library import Library
from tests.bot.conftest import Bot, running, settings_for
from tests.fakes.bot_api import BotApiServer, User
from tests.fakes.engine import ScriptedEngine

pytestmark = pytest.mark.both


@pytest_asyncio.fixture
async def owner(server: BotApiServer) -> User:
    return server.user("Chủ")


@pytest_asyncio.fixture
async def bot(server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path, owner: User):  # type: ignore[no-untyped-def]
    async with running(server, engine, library, settings_for(server, tmp_path, admins=str(owner.id))) as bot:
        yield bot


async def test_an_owner_names_an_administrator_by_id_and_takes_it_back(bot: Bot, owner: User) -> None:
    bot.server.say(owner, "/quyen 777")
    assert "777 nay là quản trị viên" in (await bot.server.wait_for_message(owner)).text
    bot.server.say(owner, "/quyen")
    listed = await bot.server.wait_for_message(owner)
    press = bot.server.press(listed, "Bỏ quyền 777")
    assert "Chưa có quản trị viên" in (await bot.server.wait_for_edit(listed)).text
    assert (await press.answer)["text"] == "Đã bỏ quyền."


async def test_an_owner_names_whom_they_reply_to(bot: Bot, owner: User) -> None:
    binh = bot.server.user("Bình <b>")
    group = bot.server.group("Tổ 5", binh, owner)
    said = bot.server.say(group, "tôi đây", by=binh)
    bot.server.say(group, "/quyen", by=owner, reply_to=said)
    assert "Bình <b> nay là quản trị viên" in (await bot.server.wait_for_message(group)).text
    await bot.server.wait_until(lambda: any(s.startswith("chat") for s in bot.server.commands))
    bot.server.say(group, "/quyen", by=owner, reply_to=said)
    assert "đã là quản trị viên" in (await bot.server.wait_for_message(group)).text


async def test_everybody_else_is_refused_and_told_their_id(bot: Bot, owner: User) -> None:
    binh = bot.server.user("Bình")
    bot.server.say(binh, f"/quyen {binh.id}")
    said = await bot.server.wait_for_message(binh)
    assert "Chỉ người cài bot" in said.text
    assert str(binh.id) in said.text
    assert "Chỉ người cài bot" in (await bot.server.press_data(said, "q.777").answer)["text"]


async def test_an_owner_cannot_be_dismissed_and_nonsense_is_explained(bot: Bot, owner: User) -> None:
    bot.server.say(owner, f"/quyen {owner.id}")
    assert "đã là quản trị viên" in (await bot.server.wait_for_message(owner)).text
    bot.server.say(owner, "/quyen Bình nhé")
    assert "/quyen 123456789" in (await bot.server.wait_for_message(owner)).text
