"""A reply to an answer is about the document it quotes, for a time; what that one does not answer, the library may."""

from __future__ import annotations

import pytest

from bot.database import BOT, open_database
from bot.followup import WITHIN, Wish, full, names_document, wish_of
from retrieval.answer import Note, Status
from tests.bot.conftest import Bot
from tests.fakes.bot_api import Message, User
from tests.fakes.engine import passage

MORE = "2.2. Mở lối thoát nạn thứ hai ở nhà ở kết hợp kinh doanh."
ELSEWHERE = "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."


@pytest.fixture
def an(bot: Bot) -> User:
    return bot.server.user("An")


def id_of(bot: Bot, file: str) -> str:
    return next(i.id for i in bot.library.documents() if i.file == file)


def teach(bot: Bot, question: str, file: str, words: str, **more: str) -> None:
    """What the engine finds for `question` in that document alone."""
    bot.engine.teach(f"{question} in {id_of(bot, file)}", passage(bot.library, file, words, **more))


async def asked(bot: Bot, person: User, question: str = "kiểm tra khi nào?") -> Message:
    bot.server.say(person, question)
    return await bot.server.wait_for_message(person)


async def test_a_reply_is_answered_from_the_document_just_quoted(bot: Bot, an: User) -> None:
    teach(bot, "còn khoản 2.2? 01-KL/TU", "mau.txt", MORE, clause="2.2")
    answer = await asked(bot, an)
    followed = bot.server.say(an, "còn khoản 2.2?", reply_to=answer)
    second = await bot.server.wait_for_message(an)
    assert (second.quotes, second.reply_to) == ([MORE], followed.id)
    bot.server.say(an, "toàn văn", reply_to=second)
    whole = await bot.server.wait_for_message(an)
    assert whole.quotes[0].startswith("Kết luận số 01-KL/TU")
    assert "T/M BAN THƯỜNG VỤ" in whole.quotes[0]
    bot.server.say(an, "mục lục", reply_to=whole)
    assert (await bot.server.wait_for_message(an)).buttons[:4] == ["1", "2", "2.1", "2.2"]


async def test_it_is_about_the_result_that_is_shown(bot: Bot, an: User) -> None:
    teach(bot, "ở đâu?", "tin.txt", ELSEWHERE)
    answer = await asked(bot, an)
    for button in ("Kết quả sau 2/3", "Kết quả sau 3/3"):
        bot.server.press(answer, button)
        await bot.server.wait_for_edit(answer)
    bot.server.say(an, "ở đâu?", reply_to=bot.server.message(answer))
    assert (await bot.server.wait_for_message(an)).quotes == [ELSEWHERE]


async def test_what_the_document_does_not_answer_the_library_may(bot: Bot, an: User) -> None:
    answer = await asked(bot, an)
    bot.server.say(an, "ai trực?", reply_to=answer)
    assert (await bot.server.wait_for_message(an)).quotes == [ELSEWHERE]
    assert bot.engine.asked[1:] == ["ai trực?", "ai trực? 01-KL/TU", "ai trực?"]


async def test_a_clause_the_document_does_not_have_is_said(bot: Bot, an: User) -> None:
    note = Note(code="no_clause", params={"number": "01-KL/TU", "clause": "2.9", "clauses": ["1", "2"]})
    bot.engine.teach(f"mục 2.9? 01-KL/TU in {id_of(bot, 'mau.txt')}", status=Status.NONE, note=note)
    answer = await asked(bot, an)
    bot.server.say(an, "mục 2.9?", reply_to=answer)
    assert "không có mục 2.9" in (await bot.server.wait_for_message(an)).text


async def test_thanks_are_thanks(bot: Bot, an: User) -> None:
    bot.engine.teach(f"cảm ơn in {id_of(bot, 'mau.txt')}", status=Status.NONE, note=Note(code="thanks"))
    answer = await asked(bot, an)
    bot.server.say(an, "cảm ơn", reply_to=answer)
    assert (await bot.server.wait_for_message(an)).text == "Rất vui được giúp bạn."


async def test_a_reply_that_names_another_document_is_not_about_this_one(bot: Bot, an: User) -> None:
    bot.engine.teach("thế 12-KH/QU nói gì?", passage(bot.library, "tin.txt", ELSEWHERE))
    answer = await asked(bot, an)
    bot.server.say(an, "thế 12-KH/QU nói gì?", reply_to=answer)
    assert (await bot.server.wait_for_message(an)).quotes == [ELSEWHERE]
    assert bot.engine.asked[1:] == ["thế 12-KH/QU nói gì?"]


async def test_after_a_time_a_reply_is_a_question_like_any_other(bot: Bot, an: User) -> None:
    answer = await asked(bot, an)
    bot.server.say(an, "cảm ơn")
    await bot.server.wait_for_message(an)  # by now the first message is dealt with to its end
    database = open_database(bot.settings, BOT)
    database.execute("UPDATE shown SET at = at - ?", WITHIN + 60)
    database.close()
    bot.server.say(an, "ai trực?", reply_to=answer)
    await bot.server.wait_for_message(an)
    assert bot.engine.asked[2:] == ["ai trực?"]


async def test_a_card_and_a_clause_can_be_asked_about_too(bot: Bot, an: User) -> None:
    teach(bot, "còn khoản 2.2? 01-KL/TU", "mau.txt", MORE, clause="2.2")
    for said in ("/vanban 01-KL/TU", "/muc 01-KL/TU 1"):
        opened = await asked(bot, an, said)
        bot.server.say(an, "còn khoản 2.2?", reply_to=opened)
        assert (await bot.server.wait_for_message(an)).quotes == [MORE]


async def test_in_a_topic_of_a_group_and_edited(bot: Bot, an: User) -> None:
    teach(bot, "còn khoản 2.2? 01-KL/TU", "mau.txt", MORE, clause="2.2")
    forum = bot.server.group("Phường", an, forum=True)
    topic = bot.server.topic(forum, "Hỏi đáp")
    bot.server.say(forum, "/hoi kiểm tra khi nào?", by=an, thread=topic)
    answer = await bot.server.wait_for_message(forum)
    reply = bot.server.say(forum, "còn khoản 2.2?", by=an, thread=topic, reply_to=answer)
    second = await bot.server.wait_for_message(forum)
    assert (second.quotes, second.thread) == ([MORE], topic)
    bot.server.edit(reply, "toàn văn")
    whole = await bot.server.wait_for_edit(second)
    assert "T/M BAN THƯỜNG VỤ" in whole.quotes[0]
    other = bot.server.topic(forum, "Việc khác")
    bot.server.say(forum, "@trichdan_bot ai trực?", by=an, thread=other, reply_to=answer)
    await bot.server.wait_for_message(forum)
    assert bot.engine.asked[-1:] == ["ai trực?"]


async def test_another_chat_s_reply_is_not_about_it(bot: Bot, an: User) -> None:
    answer = await asked(bot, an)
    binh = bot.server.user("Bình")
    bot.server.say(binh, "ai trực?", reply_to=answer)
    await bot.server.wait_for_message(binh)
    assert bot.engine.asked[1:] == ["ai trực?"]


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("toàn văn", Wish.WHOLE),
        ("Cho xem toàn văn đi!", Wish.WHOLE),
        ("toan van", Wish.WHOLE),
        ("xem toàn bộ văn bản", Wish.WHOLE),
        ("full text", Wish.WHOLE),
        ("mục lục?", Wish.CONTENTS),
        ("toàn văn mục 3 nói gì về vắc-xin?", None),
        ("toàn bộ lực lượng làm gì?", None),
        ("ai ký?", None),
        ("", None),
    ],
)
def test_what_is_shown_without_a_search(said: str, wish: Wish | None) -> None:
    assert wish_of(said) == wish


@pytest.mark.parametrize(
    ("said", "names"), [("còn khoản 2.3?", False), ("ai ký?", False), ("mục 3", False), ("thế KL 07?", True)]
)
def test_what_names_a_document(said: str, names: bool) -> None:
    assert names_document(said) == names


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("còn 3.5?", "mục 3.5"),
        ("3.5", "mục 3.5"),
        ("thế 2.a thì sao?", "mục 2.a"),
        ("còn khoản 3.5?", "còn khoản 3.5?"),
        ("3 không là gì?", "3 không là gì?"),
        ("ai ký?", "ai ký?"),
    ],
)
def test_a_bare_number_is_a_clause(said: str, question: str) -> None:
    assert full(said) == question
