"""Whatever Telegram sends, nothing breaks: the next question is answered and no error is logged."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.bot.conftest import Bot

ANSWER = "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."
CHANNEL = {"id": -1001, "type": "channel", "title": "Kênh"}
PERSON = {"id": 5, "is_bot": False, "first_name": "An"}
PRIVATE = {"id": 5, "type": "private", "first_name": "An"}
GROUP = {"id": -1002, "type": "supergroup", "title": "Nhóm"}


def text(chat: dict[str, Any], words: str = "ai trực?", **more: Any) -> dict[str, Any]:
    return {"message_id": 7, "date": 1700000000, "chat": chat, "text": words, **more}


ODD: dict[str, dict[str, Any]] = {
    "channel post": {"channel_post": text(CHANNEL)},
    "command in a channel": {
        "channel_post": text(CHANNEL, "/hoi ai trực?", entities=[{"type": "bot_command", "offset": 0, "length": 4}])
    },
    "edited channel post": {"edited_channel_post": text(CHANNEL, edit_date=1700000001)},
    "business message": {"business_message": text(PRIVATE, **{"from": PERSON}, business_connection_id="b")},
    "edited business message": {"edited_business_message": text(PRIVATE, **{"from": PERSON}, edit_date=1700000001)},
    "guest message": {"guest_message": text(GROUP, **{"from": PERSON})},
    "edited command": {
        "edited_message": text(
            PRIVATE,
            "/start",
            **{"from": PERSON},
            edit_date=1700000001,
            entities=[{"type": "bot_command", "offset": 0, "length": 6}],
        )
    },
    "poll": {"poll": {
        "id": "1", "question": "?", "options": [], "total_voter_count": 0, "is_closed": False, "is_anonymous": True,
        "type": "regular", "allows_multiple_answers": False, "allows_revoting": False, "members_only": False}},
    "reaction": {"message_reaction": {
        "chat": GROUP, "message_id": 7, "date": 1700000000, "user": PERSON, "old_reaction": [],
        "new_reaction": [{"type": "emoji", "emoji": "👍"}]}},
    "joined": {"message": {
        "message_id": 7, "date": 1700000000, "chat": GROUP, "from": PERSON, "new_chat_members": [PERSON]}},
    "topic opened": {"message": {
        "message_id": 7, "date": 1700000000, "chat": GROUP, "from": PERSON, "message_thread_id": 7,
        "is_topic_message": True, "forum_topic_created": {"name": "a", "icon_color": 1}}},
    "message without a sender": {"message": text(GROUP, "@trichdan_bot")},
    "location that moves": {"edited_message": {
        "message_id": 7, "date": 1700000000, "edit_date": 1700000001, "chat": PRIVATE, "from": PERSON,
        "location": {"longitude": 1.0, "latitude": 1.0}}},
    "member": {"my_chat_member": {
        "chat": GROUP, "from": PERSON, "date": 1700000000,
        "old_chat_member": {"status": "left", "user": PERSON},
        "new_chat_member": {"status": "member", "user": PERSON}}},
    "inline query": {"inline_query": {"id": "1", "from": PERSON, "query": "vắc-xin", "offset": ""}},
    "press under a message that is gone": {"callback_query": {
        "id": "1", "from": PERSON, "chat_instance": "1", "data": "r.0",
        "message": {"chat": PRIVATE, "message_id": 7, "date": 0}}},
    "press under an inline message": {"callback_query": {
        "id": "1", "from": PERSON, "chat_instance": "1", "data": "r.0", "inline_message_id": "x"}},
    "press on a game": {"callback_query": {"id": "1", "from": PERSON, "chat_instance": "1", "game_short_name": "x"}},
    "a kind nobody knows yet": {"teleport": {"to": "Huế"}},
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
async def test_an_odd_update_breaks_nothing_and_gets_no_message(
    bot: Bot, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    bot.server.raw_update(ODD[kind])
    an = bot.server.user("Bình")
    bot.server.say(an, "ai trực?")
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]
    await bot.server.wait_confirmed()
    assert [c.params["chat_id"] for c in bot.server.called("sendMessage")] == [an.id]
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_private_messages_that_are_no_text_get_one_polite_line(bot: Bot) -> None:
    an = bot.server.user("An")
    photo = {"file_id": "a", "file_unique_id": "a", "width": 1, "height": 1}
    sticker = photo | {"type": "regular", "is_animated": False, "is_video": False}
    for content in ({"photo": [photo], "caption": "ai trực?"}, {"sticker": sticker}):
        bot.server.post(an, **content)
        assert (await bot.server.wait_for_message(an)).text == "Tôi chỉ đọc được chữ. Xin gõ câu hỏi."
    group = bot.server.group("Tổ 5", an)
    bot.server.post(group, by=an, sticker=sticker)
    bot.server.say(an, "/khong_co")
    assert "/help" in (await bot.server.wait_for_message()).text
    assert len(bot.server.called("sendMessage")) == 3


@pytest.mark.parametrize(
    ("language", "words"), [("vi", "Xin chào!"), (None, "Xin chào!"), ("en", "Hello!"), ("de", "Hello!")]
)
async def test_start_speaks_the_persons_language(bot: Bot, language: str | None, words: str) -> None:
    an = bot.server.user("An", language=language)
    bot.server.say(an, "/start")
    assert words in (await bot.server.wait_for_message(an)).text
    bot.server.say(an, "/help")
    assert "@trichdan_bot" in (await bot.server.wait_for_message(an)).text
    assert not bot.server.refused
