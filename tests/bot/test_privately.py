"""In a group that wants it the answer goes to the one who asks, who may post it for everybody."""

from __future__ import annotations

import pytest
import pytest_asyncio

from retrieval.answer import Status
from tests.bot.conftest import Bot
from tests.fakes.bot_api import Chat, Message, User
from tests.fakes.engine import choice, passage

pytestmark = pytest.mark.both

ANSWER = "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."


@pytest_asyncio.fixture
async def an(bot: Bot) -> User:
    return bot.server.user("An")


@pytest_asyncio.fixture
async def forum(bot: Bot, an: User) -> Chat:
    forum = bot.server.group("Phường 5", an, admins=(an,), forum=True)
    bot.server.say(forum, "/caidat", by=an)
    panel = await bot.server.wait_for_message(forum)
    for button in ("Trả lời riêng", "Có"):
        await bot.server.press(panel, button, by=an).answer
    return forum


async def asked(bot: Bot, forum: Chat, an: User) -> tuple[Message, Message]:
    """The question in a topic and the private answer to it."""
    topic = bot.server.topic(forum, "Hỏi đáp")
    question = bot.server.say(forum, "/hoi ai trực?", by=an, thread=topic)
    answer = await bot.server.wait_for_message(an)
    # Whoever presses comes later than the sign in the group, which is the last of it.
    await bot.server.wait_until(lambda: (forum.id, question.id) in bot.server.reactions)
    return question, answer


async def test_the_answer_is_sent_to_the_one_who_asks_and_the_group_sees_a_sign(
    bot: Bot, forum: Chat, an: User
) -> None:
    question, answer = await asked(bot, forum, an)
    assert answer.text.startswith("Trả lời câu hỏi của bạn trong nhóm Phường 5:")
    assert answer.quotes == [ANSWER]
    await bot.server.wait_until(lambda: bot.server.reactions == {(forum.id, question.id): ["👌"]})
    assert [c.params["chat_id"] for c in bot.server.called("sendMessage")] == [forum.id, an.id]


async def test_one_button_posts_it_once_in_its_topic(bot: Bot, forum: Chat, an: User) -> None:
    question, answer = await asked(bot, forum, an)
    press = bot.server.press(answer, "Đăng cho cả nhóm")
    posted = await bot.server.wait_for_message(forum)
    assert (posted.quotes, posted.reply_to, posted.thread) == ([ANSWER], question.id, question.thread)
    assert not any("Đăng" in b for b in posted.buttons)
    assert (await press.answer)["text"] == "Đã đăng cho cả nhóm."
    await bot.server.wait_until(lambda: not any("Đăng" in b for b in bot.server.message(answer).buttons))
    assert "đã cũ" in (await bot.server.press_data(answer, "p").answer)["text"]


async def test_who_left_the_group_posts_nothing_there(bot: Bot, forum: Chat, an: User) -> None:
    _, answer = await asked(bot, forum, an)
    forum.members.discard(an.id)
    forum.admins.discard(an.id)
    assert "không còn trong nhóm" in (await bot.server.press(answer, "Đăng cho cả nhóm").answer)["text"]
    assert len(bot.server.called("sendMessage")) == 2


async def test_a_button_somebody_forged_posts_nothing(bot: Bot, forum: Chat, an: User) -> None:
    bot.server.say(an, "ai trực?")
    own = await bot.server.wait_for_message(an)
    assert "đã cũ" in (await bot.server.press_data(own, "p").answer)["text"]


async def test_who_never_started_the_bot_is_told_how_to(bot: Bot, forum: Chat, an: User) -> None:
    bot.server.chats[an.id].forbidden = "bot can't initiate conversation with a user"
    bot.server.say(forum, "/hoi ai trực?", by=an)
    said = await bot.server.wait_for_message(forum)
    assert "Bắt đầu" in said.text
    assert said.keyboard[0][0]["url"] == "https://t.me/trichdan_bot?start=rieng"
    assert ANSWER not in said.text


async def test_which_document_is_asked_and_chosen_privately(bot: Bot, forum: Chat, an: User) -> None:
    [report] = [d for d in bot.library.documents() if d.file == "tin.txt"]
    moved = bot.library.move(report.id, bot.library.own_collection(forum.id).id)
    assert moved
    public = next(d for d in bot.library.documents() if d.collection == "public")
    choices = (choice(bot.library, public.id), choice(bot.library, moved.document.id))
    bot.engine.teach("ai trực?", status=Status.CHOOSE, choices=choices)
    _, which = await asked(bot, forum, an)
    assert which.text.startswith("Trả lời câu hỏi của bạn trong nhóm Phường 5:")
    assert not any("Đăng" in b for b in which.buttons)
    bot.engine.teach(f"ai trực? in {moved.document.id}", passage(bot.library, "tin.txt", ANSWER))
    await bot.server.press(which, "2.").answer
    answer = bot.server.message(which)
    assert answer.quotes == [ANSWER]
    bot.server.press(answer, "Đăng cho cả nhóm")
    assert (await bot.server.wait_for_message(forum)).quotes == [ANSWER]


async def test_who_left_the_group_chooses_none_of_its_documents(bot: Bot, forum: Chat, an: User) -> None:
    [report] = [d for d in bot.library.documents() if d.file == "tin.txt"]
    moved = bot.library.move(report.id, bot.library.own_collection(forum.id).id)
    assert moved
    bot.engine.teach("ai trực?", status=Status.CHOOSE, choices=(choice(bot.library, moved.document.id),))
    _, which = await asked(bot, forum, an)
    forum.members.discard(an.id)
    forum.admins.discard(an.id)
    assert "không xem được ở đây" in (await bot.server.press(which, "1.").answer)["text"]


async def test_what_was_not_found_is_said_in_the_group(bot: Bot, forum: Chat, an: User) -> None:
    bot.server.say(forum, "/hoi không có đâu", by=an)
    assert "không tìm thấy" in (await bot.server.wait_for_message(forum)).text


async def test_what_only_the_group_may_read_is_answered_and_posted_but_not_browsed_privately(
    bot: Bot, forum: Chat, an: User
) -> None:
    [report] = [d for d in bot.library.documents() if d.file == "tin.txt"]
    moved = bot.library.move(report.id, bot.library.own_collection(forum.id).id)
    assert moved
    found = bot.engine._script["ai trực?"]().passages[0]
    citation = found.citation.model_copy(update={"document_id": moved.document.id})
    bot.engine.teach("ai trực?", found.model_copy(update={"citation": citation}))
    _, answer = await asked(bot, forum, an)
    assert answer.quotes == [ANSWER]
    assert not any("↗" in b for b in answer.buttons)
    assert "không xem được ở đây" in (await bot.server.press(answer, "Toàn văn bản").answer)["text"]
    bot.server.press(answer, "Đăng cho cả nhóm")
    assert (await bot.server.wait_for_message(forum)).quotes == [ANSWER]
