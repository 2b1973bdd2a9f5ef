"""An answer is passed on by a button: inline mode asks for the same place again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpus.library import Library
from tests.bot.conftest import Bot, running, settings_for
from tests.fakes.bot_api import BotApiServer, Message
from tests.fakes.engine import ScriptedEngine

CLAUSE = '2.1. Kiểm tra khu dân cư trước ngày 01/5/2024. Lập danh sách nơi nguy hiểm & báo cáo "ngay".'


def shared(answer: Message) -> list[Any]:
    return [b["switch_inline_query"] for row in answer.keyboard for b in row if "switch_inline_query" in b]


async def test_a_numbered_clause_is_asked_for_by_its_number(bot: Bot) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "kiểm tra khi nào?")
    assert shared(await bot.server.wait_for_message(an)) == ["01-KL/TU mục 2.1"]


async def test_a_place_without_a_number_is_asked_for_by_its_link(bot: Bot) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "ai trực?")
    [words] = shared(await bot.server.wait_for_message(an))
    answer = await bot.server.inline(an, words)
    assert bot.engine.asked == ["ai trực?"]
    posted = bot.server.choose(answer, 0, an)
    assert "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô." in posted.text
    assert "đoạn 2" in posted.text


@pytest.mark.parametrize("words", ["0000000000000000_1", "0000000000000000"])
async def test_a_link_that_leads_nowhere_finds_nothing(bot: Bot, words: str) -> None:
    assert (await bot.server.inline(bot.server.user("An"), words))["results"] == []


async def test_without_inline_mode_there_is_no_such_button(
    engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    async with (
        BotApiServer(inline=False) as server,
        running(server, engine, library, settings_for(server, tmp_path)) as bot,
    ):
        an = bot.server.user("An")
        bot.server.say(an, "ai trực?")
        assert (await bot.server.wait_for_message(an)).buttons[-3:] == ["👍", "👎", "🖼 Ảnh"]
