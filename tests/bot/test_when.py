"""A group says when it is answered: on commands, when the bot is named, or whenever it has the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.preferences import When
from corpus.library import Library
from tests.bot.conftest import Bot, running, settings_for
from tests.fakes.bot_api import BotApiServer, Chat, User
from tests.fakes.engine import ScriptedEngine

ANSWER = "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."
NIGHT, DAY = 1_700_000_000 - 1_700_000_000 % 86400 + 16 * 3600, 1_700_000_000 - 1_700_000_000 % 86400 + 3 * 3600


@pytest_asyncio.fixture
async def bot(server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path) -> Any:
    engine.teach("ai trực ban đêm?", engine._script["ai trực?"]().passages[0])
    async with running(server, engine, library, settings_for(server, tmp_path)) as bot:
        yield bot


@pytest.fixture
def an(bot: Bot) -> User:
    return bot.server.user("An")


@pytest.fixture
def group(bot: Bot, an: User) -> Chat:
    return bot.server.group("Tổ dân phố 5", an, admins=(an,))


async def choose(bot: Bot, group: Chat, an: User, field: str, choice: str) -> None:
    bot.server.say(group, "/caidat", by=an)
    panel = await bot.server.wait_for_message(group)
    for button in (field, choice):
        await bot.server.press(panel, button, by=an).answer


async def heard(bot: Bot, group: Chat, an: User, *said: str, **more: Any) -> int:
    """How many of the messages are answered, before a /hoi that always is."""
    for words in said:
        bot.server.say(group, words, by=an, **more)
    last = bot.server.say(group, "/hoi ai trực?", by=an)
    answers = 0
    while (await bot.server.wait_for_message(group)).reply_to != last.id:
        answers += 1
    return answers


async def test_commands_only(bot: Bot, group: Chat, an: User) -> None:
    await choose(bot, group, an, "Khi nào trả lời", "Chỉ khi gọi")
    assert await heard(bot, group, an, "@trichdan_bot ai trực?", "ai trực ban đêm?") == 0


async def test_all_questions_are_answered_where_the_bot_is_sure(bot: Bot, group: Chat, an: User) -> None:
    await choose(bot, group, an, "Khi nào trả lời", "Mọi câu kết thúc")
    assert await heard(bot, group, an, "ai trực ban đêm?") == 1
    assert await heard(bot, group, an, "tối nay ăn gì thế?", "ai trực ban đêm", "@an ai trực ban đêm?", "hả?") == 0


async def test_a_question_to_somebody_is_left_to_them(bot: Bot, group: Chat, an: User) -> None:
    await choose(bot, group, an, "Khi nào trả lời", "Mọi câu kết thúc")
    other = bot.server.say(group, "tôi vừa ở phường về", by=bot.server.user("Bình"))
    assert await heard(bot, group, an, "ai trực ban đêm?", reply_to=other) == 0


async def test_an_edited_question_nobody_put_to_the_bot_edits_its_answer(bot: Bot, group: Chat, an: User) -> None:
    await choose(bot, group, an, "Khi nào trả lời", "Mọi câu kết thúc")
    asked = bot.server.say(group, "ai trực ban đêm?", by=an)
    answer = await bot.server.wait_for_message(group)
    bot.server.edit(asked, "kiểm tra khi nào?")
    assert "mục 2.1" in (await bot.server.wait_for_edit(answer)).text


async def test_in_quiet_hours_only_commands_are_answered(bot: Bot, group: Chat, an: User) -> None:
    await choose(bot, group, an, "Giờ yên lặng", "22 giờ – 6 giờ")
    assert await heard(bot, group, an, "@trichdan_bot ai trực?", date=NIGHT) == 0
    assert await heard(bot, group, an, "@trichdan_bot ai trực?", date=DAY) == 1


async def test_the_number_of_results_is_the_chat_s(bot: Bot, group: Chat, an: User) -> None:
    await choose(bot, group, an, "Số kết quả", "1")
    bot.server.say(group, "/hoi kiểm tra khi nào?", by=an)
    assert not any("Kết quả sau" in b for b in (await bot.server.wait_for_message(group)).buttons)
    bot.server.say(an, "kiểm tra khi nào?")
    assert any("Kết quả sau" in b for b in (await bot.server.wait_for_message(an)).buttons)


async def test_a_collection_the_group_leaves_out_is_not_there(bot: Bot, group: Chat, an: User) -> None:
    own = bot.library.own_collection(group.id)
    [report] = [d for d in bot.library.documents() if d.file == "tin.txt"]
    bot.library.move(report.id, own.id)
    bot.server.say(group, "/vanban", by=an)
    assert "2 văn bản" in (await bot.server.wait_for_message(group)).text
    await choose(bot, group, an, "Bộ văn bản", "chat")
    bot.server.say(group, "/vanban", by=an)
    assert "1 văn bản" in (await bot.server.wait_for_message(group)).text


def test_there_is_a_choice_for_each_of_them() -> None:
    from bot.messages import table

    assert {k for k in table("vi") if k.startswith("preferences.w.")} == {f"preferences.w.{w.value}" for w in When}
