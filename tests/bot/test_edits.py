"""Edited questions, and edits of what is no question."""

from __future__ import annotations

from tests.bot.conftest import Bot

KHI_NAO = "2.1. Kiểm tra khu dân cư"
ANSWER = "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."


async def test_an_edited_question_in_a_group_edits_its_answer(bot: Bot) -> None:
    an = bot.server.user("An")
    group = bot.server.group("Tổ 5", an)
    asked = bot.server.say(group, "/hoi kiểm tra khi nào?", by=an)
    answer = await bot.server.wait_for_message(group)
    bot.server.edit(asked, "/hoi ai trực?")
    assert (await bot.server.wait_for_edit(answer)).quotes == [ANSWER]
    press = bot.server.press(answer, "Toàn văn bản", by=an)
    assert "Sáng nay" in (await bot.server.wait_for_edit(answer)).text
    await press.answer


async def test_the_same_words_again_are_no_error(bot: Bot) -> None:
    an = bot.server.user("An")
    asked = bot.server.say(an, "ai trực?")
    await bot.server.wait_for_message(an)
    bot.server.edit(asked, "ai trực?")
    bot.server.say(an, "kiểm tra khi nào?")
    assert KHI_NAO in (await bot.server.wait_for_message(an)).text
    assert [c.error.description[:40] for c in bot.server.refused if c.error] == [
        "Bad Request: message is not modified: sp"
    ]


async def test_an_edit_may_make_a_question_of_a_message(bot: Bot) -> None:
    an = bot.server.user("An")
    group = bot.server.group("Tổ 5", an)
    said = bot.server.say(group, "ai trực?", by=an)
    edited = bot.server.edit(said, "@trichdan_bot ai trực?")
    answer = await bot.server.wait_for_message(group)
    assert (answer.quotes, answer.reply_to) == ([ANSWER], edited.id)


async def test_an_edit_that_is_no_question_any_more_leaves_the_answer(bot: Bot) -> None:
    an = bot.server.user("An")
    group = bot.server.group("Tổ 5", an)
    asked = bot.server.say(group, "/hoi ai trực?", by=an)
    answer = await bot.server.wait_for_message(group)
    bot.server.edit(asked, "thôi")
    bot.server.say(group, "/hoi kiểm tra khi nào?", by=an)
    await bot.server.wait_for_message(group)
    assert bot.server.message(answer).quotes == [ANSWER]


async def test_an_edited_command_is_left_alone(bot: Bot) -> None:
    an = bot.server.user("An")
    start = bot.server.say(an, "/start")
    await bot.server.wait_for_message(an)
    bot.server.edit(start, "/help")
    bot.server.say(an, "ai trực?")
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]
    assert len(bot.server.called("sendMessage")) == 2


async def test_an_answer_somebody_deleted_is_left_alone(bot: Bot) -> None:
    an = bot.server.user("An")
    asked = bot.server.say(an, "ai trực?")
    bot.server.delete(await bot.server.wait_for_message(an))
    bot.server.edit(asked, "kiểm tra khi nào?")
    bot.server.say(an, "ai trực?")
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]
    assert len(bot.server.called("sendMessage")) == 2


async def test_a_question_deleted_meanwhile_is_still_answered(bot: Bot) -> None:
    an = bot.server.user("An")
    asked = bot.server.say(an, "ai trực?")
    bot.server.delete(asked)
    answer = await bot.server.wait_for_message(an)
    assert (answer.quotes, answer.reply_to) == ([ANSWER], None)


async def test_an_edit_waits_for_the_answer_to_what_it_edits(bot: Bot) -> None:
    an = bot.server.user("An")
    for _ in range(5):
        asked = bot.server.say(an, "kiểm tra khi nào?")
        bot.server.edit(asked, "ai trực?")
        answer = await bot.server.wait_for_message(an)
        await bot.server.wait_until(lambda a=answer: bot.server.message(a).quotes == [ANSWER])
