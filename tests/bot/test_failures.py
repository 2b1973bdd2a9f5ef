"""When something breaks, the person hears so once, and everybody else is served."""

from __future__ import annotations

import pytest

from corpus.library import Documents
from retrieval.answer import Answer
from tests.bot.conftest import Bot

ANSWER = "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."
SORRY = "Có lỗi khi xử lý. Xin thử lại sau ít phút."


def broken() -> Answer:
    raise OSError("the index is gone")


async def test_a_failing_search_is_said_once_and_the_next_question_is_answered(bot: Bot) -> None:
    bot.engine.teach_work("hỏng", broken)
    an = bot.server.user("An")
    bot.server.say(an, "hỏng")
    assert (await bot.server.wait_for_message(an)).text == SORRY
    bot.server.say(an, "ai trực?")
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]
    assert len(bot.server.called("sendMessage")) == 2


async def test_a_failing_press_is_said_to_who_pressed(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "kiểm tra khi nào?")
    answer = await bot.server.wait_for_message(an)
    monkeypatch.setattr(Documents, "found", lambda *_: broken())
    press = bot.server.press(answer, "2/3")
    assert (await press.answer)["text"] == SORRY


async def test_a_refused_message_is_said_and_one_that_did_not_get_through_is_sent_again(bot: Bot) -> None:
    an = bot.server.user("An")
    bot.server.fail("sendMessage", 400, "Bad Request: can't parse entities: Unsupported start tag")
    bot.server.say(an, "ai trực?")
    assert (await bot.server.wait_for_message(an)).text == SORRY
    bot.server.fail("sendMessage", 502, "Bad Gateway")
    bot.server.say(an, "ai trực?")
    bot.server.say(an, "kiểm tra khi nào?")
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]
    assert "mục 2.1" in (await bot.server.wait_for_message(an)).text
    assert len(bot.server.called("sendMessage")) == 5


async def test_a_question_in_a_group_that_was_not_for_the_bot_gets_no_apology(bot: Bot) -> None:
    an = bot.server.user("An")
    group = bot.server.group("Tổ 5", an)
    bot.engine.teach_work("hỏng", broken)
    bot.server.say(group, "hỏng", by=an)
    bot.server.say(group, "/hoi hỏng", by=an)
    assert (await bot.server.wait_for_message(group)).text == SORRY
    assert set(bot.engine.asked) == {"hỏng"}


async def test_a_command_that_fails_is_said_to_who_wrote_it(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    an = bot.server.user("An")
    monkeypatch.setattr(Documents, "documents", lambda *_: broken())
    for said in ("/vanban", "/muc 01-KL/TU 2.1"):
        bot.server.say(an, said)
        assert (await bot.server.wait_for_message(an)).text == SORRY
