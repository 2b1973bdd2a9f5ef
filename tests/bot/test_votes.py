"""👍 and 👎: counted by person, answer and library version, without the question."""

from __future__ import annotations

import pytest

from bot.database import BOT, bot_database, open_database
from bot.votes import Vote, Votes
from tests.bot.conftest import Bot
from tests.databases import Databases

pytestmark = pytest.mark.both


async def test_a_thumb_is_thanked_for_kept_without_the_question_and_changes_nothing(
    bot: Bot, databases: Databases
) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "kiểm tra khi nào?")
    answer = await bot.server.wait_for_message(an)
    for thumb in ("👎", "👍"):
        said = await bot.server.press(answer, thumb).answer
        assert (said["text"], said.get("show_alert", False)) == ("Cảm ơn bạn đã góp ý.", False)
    assert bot.server.message(answer).text == answer.text
    assert not databases.holds(BOT, "kiểm tra khi")
    database = open_database(bot.settings, BOT)
    assert Votes(database).count() == (1, 0)
    database.close()


async def test_everybody_in_a_group_has_one_vote(bot: Bot) -> None:
    an, binh = bot.server.user("An"), bot.server.user("Bình")
    group = bot.server.group("Tổ 5", an, binh)
    bot.server.say(group, "/hoi ai trực?", by=an)
    answer = await bot.server.wait_for_message(group)
    for person in (an, binh, binh):
        await bot.server.press(answer, "👎", by=person).answer
    database = open_database(bot.settings, BOT)
    assert Votes(database).count(chat=group.id) == (0, 2)
    assert Votes(database).count(chat=an.id) == (0, 0)
    database.close()


async def test_a_vote_on_what_is_no_answer_is_refused(bot: Bot) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "/vanban")
    page = await bot.server.wait_for_message(an)
    assert "đã cũ" in (await bot.server.press_data(page, "v.u.0").answer)["text"]
    bot.server.say(an, "ai trực?")
    answer = await bot.server.wait_for_message(an)
    assert "không dùng được" in (await bot.server.press_data(answer, "v.u.9").answer)["text"]


def test_votes_are_counted_by_time_and_chat_and_forgotten_with_the_chat() -> None:
    votes = Votes(bot_database())
    votes.cast(Vote(1, 10, 5, True, "d", 3))
    votes.cast(Vote(1, 10, 5, False, "d", 3))
    votes.cast(Vote(2, 10, 5, True, "d", 3))
    assert votes.count() == (1, 1)
    assert votes.count(until=1) == (0, 0)
    votes.forget_chat(1)
    assert votes.count() == (1, 0)
