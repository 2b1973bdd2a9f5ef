"""In a group the bot speaks when it is spoken to, in the right topic, and is silent otherwise."""

from __future__ import annotations

import pytest

from tests.bot.conftest import Bot
from tests.fakes.bot_api import Chat, User

ANSWER = "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."


@pytest.fixture
def an(bot: Bot) -> User:
    return bot.server.user("An")


@pytest.fixture
def group(bot: Bot, an: User) -> Chat:
    return bot.server.group("Tổ dân phố 5", an)


@pytest.mark.parametrize(
    "said",
    [
        "/hoi ai trực?",
        "/hoi@trichdan_bot ai trực?",
        "/HOI@TrichDan_Bot ai trực?",
        "/hoi\nai trực?",
        "@trichdan_bot ai trực?",
        "ai trực? @TRICHDAN_BOT",
        "ai @trichdan_bot trực?",
    ],
)
async def test_a_question_to_the_bot_is_answered(bot: Bot, group: Chat, an: User, said: str) -> None:
    asked = bot.server.say(group, said, by=an)
    answer = await bot.server.wait_for_message(group)
    assert answer.quotes == [ANSWER]
    assert answer.reply_to == asked.id
    assert answer.styled("expandable_blockquote") == [ANSWER]
    [sent] = bot.server.called("sendMessage")
    assert sent.params["disable_notification"]
    assert bot.engine.asked == ["ai trực?"]


@pytest.mark.parametrize(
    "said",
    [
        "ai trực?",
        "chào cả nhà",
        "/hoi@bot_khac ai trực?",
        "/luat ai trực?",
        "/hoithem ai trực?",
        "@trichdan_bot2 ai trực?",
        "@an_nguyen ai trực?",
        "gửi vào an@trichdan_bot nhé",
    ],
)
async def test_what_is_not_for_the_bot_gets_no_answer(bot: Bot, group: Chat, an: User, said: str) -> None:
    bot.server.say(group, said, by=an)
    bot.server.say(group, "/hoi ai trực?", by=an)
    assert (await bot.server.wait_for_message(group)).quotes == [ANSWER]
    assert len(bot.server.called("sendMessage")) == 1


async def test_a_reply_to_the_bot_is_a_question(bot: Bot, group: Chat, an: User) -> None:
    bot.server.say(group, "/hoi kiểm tra khi nào?", by=an)
    first = await bot.server.wait_for_message(group)
    followed = bot.server.say(group, "ai trực?", by=an, reply_to=first)
    assert (await bot.server.wait_for_message(group)).reply_to == followed.id


async def test_a_reply_to_a_person_is_not(bot: Bot, group: Chat, an: User) -> None:
    binh = bot.server.user("Bình")
    said = bot.server.say(group, "sáng nay họp", by=binh)
    bot.server.say(group, "ai trực?", by=an, reply_to=said)
    bot.server.say(group, "/hoi ai trực?", by=an)
    await bot.server.wait_for_message(group)
    assert bot.engine.asked == ["ai trực?"]


@pytest.mark.parametrize("call", ["/hoi", "@trichdan_bot"])
async def test_called_under_a_message_that_message_is_the_question(bot: Bot, group: Chat, an: User, call: str) -> None:
    said = bot.server.say(group, "ai trực?", by=bot.server.user("Bình"))
    bot.server.say(group, call, by=an, reply_to=said)
    assert (await bot.server.wait_for_message(group)).quotes == [ANSWER]


async def test_called_without_a_question_it_says_how_to_ask(bot: Bot, group: Chat, an: User) -> None:
    bot.server.say(group, "/hoi", by=an)
    assert "Bạn muốn hỏi gì?" in (await bot.server.wait_for_message(group)).text
    assert bot.engine.asked == []


async def test_the_answer_stays_in_its_topic(bot: Bot, an: User) -> None:
    forum = bot.server.group("Phường", an, forum=True)
    topic = bot.server.topic(forum, "Hỏi đáp")
    bot.server.say(forum, "chào", by=an, thread=topic)
    asked = bot.server.say(forum, "/hoi ai trực?", by=an, thread=topic)
    answer = await bot.server.wait_for_message(forum)
    assert (answer.thread, answer.reply_to) == (topic, asked.id)
    assert len(bot.server.called("sendMessage")) == 1


async def test_a_thread_that_is_no_topic_is_not_named(bot: Bot, group: Chat, an: User) -> None:
    bot.server.say(group, "/hoi ai trực?", by=an, message_thread_id=77)
    assert (await bot.server.wait_for_message(group)).thread is None


async def test_other_bots_and_channel_copies_are_not_answered_anonymous_admins_are(
    bot: Bot, group: Chat, an: User
) -> None:
    robot = {"id": 99, "is_bot": True, "first_name": "Robot", "username": "robot"}
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    bot.server.say(group, "/hoi bot khác", by=an, **{"from": robot})
    bot.server.say(group, "@trichdan_bot kênh", by=an, sender_chat=group.json(), is_automatic_forward=True)
    bot.server.say(group, "/hoi ai trực?", by=an, sender_chat=group.json(), **{"from": anonymous})
    assert (await bot.server.wait_for_message(group)).quotes == [ANSWER]
    assert bot.engine.asked == ["ai trực?"]


async def test_start_in_a_group_says_how_to_ask_there(bot: Bot, group: Chat, an: User) -> None:
    bot.server.say(group, "/start@trichdan_bot", by=an)
    assert "@trichdan_bot" in (await bot.server.wait_for_message(group)).text


async def test_a_group_is_spoken_to_in_vietnamese_whoever_asks(bot: Bot, group: Chat) -> None:
    john = bot.server.user("John", language="en")
    bot.server.say(group, "/hoi không có đâu", by=john)
    assert "không tìm thấy" in (await bot.server.wait_for_message(group)).text
