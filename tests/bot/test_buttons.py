"""Buttons are input from outside: every press is checked against the library and the chat."""

from __future__ import annotations

import pytest

from bot.callback import Choose, ShowClause, ShowDocument, encode
from retrieval.answer import Status
from tests.bot.conftest import Bot
from tests.fakes.bot_api import Message, User
from tests.fakes.engine import choice, conclusion, passage

WORDS = "2.2. Mở lối thoát nạn thứ hai ở nhà ở kết hợp kinh doanh."


@pytest.fixture
def an(bot: Bot) -> User:
    return bot.server.user("An")


async def asked(bot: Bot, person: User, question: str = "kiểm tra khi nào?") -> Message:
    bot.server.say(person, question)
    return await bot.server.wait_for_message(person)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "x",
        "r.",
        "r.-1",
        "r.zzzzzzz",
        "c.5a8c50345b098b85",
        "k.zzzzzzzzzzzzzzzz",
        "r.0\n",
        "д" * 30,
        "c.' OR 1=1--.0.0.0",
    ],
)
async def test_forged_data_gets_a_polite_line_and_changes_nothing(bot: Bot, an: User, data: str) -> None:
    answer = await asked(bot, an)
    press = bot.server.press_data(answer, data)
    assert "Nút này không dùng được nữa" in (await press.answer)["text"]
    assert bot.server.message(answer).text == answer.text
    assert not bot.server.refused


async def test_a_document_that_was_taken_out_is_said_to_be_gone(bot: Bot, an: User) -> None:
    answer = await asked(bot, an)
    [gone] = [i for i in bot.library.documents() if i.file == "mau.txt"]
    bot.library.remove(gone.id)
    press = bot.server.press(answer, "Toàn văn mục 2")
    assert "không có trong thư viện" in (await press.answer)["text"]


async def test_results_skip_what_was_taken_out(bot: Bot, an: User) -> None:
    answer = await asked(bot, an)
    [gone] = [i for i in bot.library.documents() if i.file == "mau.txt"]
    bot.library.remove(gone.id)
    bot.server.press(answer, "Kết quả sau")
    assert (await bot.server.wait_for_edit(answer)).quotes == ["Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."]


async def test_unknown_places_are_refused(bot: Bot, an: User) -> None:
    answer = await asked(bot, an)
    id = bot.library.documents()[0].id
    for action, line in (
        (ShowClause("0" * 16, 0), "không có trong thư viện"),
        (ShowDocument("0" * 16), "không có trong thư viện"),
        (ShowClause(id, 3), "không dùng được nữa"),
        (Choose(id), "đã cũ"),
    ):
        press = bot.server.press_data(answer, encode(action))
        assert line in (await press.answer)["text"]


async def test_a_page_beyond_the_last_shows_the_last(bot: Bot, an: User) -> None:
    answer = await asked(bot, an)
    bot.server.press_data(answer, encode(ShowDocument(bot.library.documents()[0].id, page=9999)))
    assert "BAN THƯỜNG VỤ" in (await bot.server.wait_for_edit(answer)).text


async def test_buttons_of_another_chat_do_not_reach_its_answer(bot: Bot, an: User) -> None:
    answer = await asked(bot, an)
    binh = bot.server.user("Bình")
    bot.server.say(binh, "xin chào")
    other = await bot.server.wait_for_message(binh)
    press = bot.server.press_data(other, "r.0")
    await press.answer
    assert bot.server.message(answer).text == answer.text
    assert bot.server.message(other).quotes == []


async def test_an_answer_that_was_forgotten_is_said_to_be_old(bot: Bot, an: User) -> None:
    group = bot.server.group("Tổ 5", an)
    bot.server.say(group, "/start", by=an)
    start = await bot.server.wait_for_message(group)
    press = bot.server.press_data(start, "r.1", by=an)
    assert "đã cũ" in (await press.answer)["text"]


async def test_lines_to_the_one_who_presses_are_in_their_language(bot: Bot) -> None:
    john = bot.server.user("John", language="en")
    answer = await asked(bot, john)
    assert answer.buttons[:5] == ["Whole section 2", "☰ Contents", "◀ section 1", "section 2.2 ▶", "Next result 2/3 ▶"]
    assert "Text of the document itself" in answer.text
    press = bot.server.press_data(answer, "nonsense")
    assert (await press.answer)["text"] == "This button no longer works. Please ask again."


async def test_one_of_several_documents_is_chosen_by_a_button(bot: Bot, an: User) -> None:
    twin = bot.library.put(conclusion(file="khac.txt", issuer="Quận ủy")).document.id
    first = next(i.id for i in bot.library.documents() if i.file == "mau.txt")
    both = tuple(choice(bot.library, id) for id in (first, twin))
    bot.engine.teach("kết luận 01 mục 2.2", status=Status.CHOOSE, choices=both)
    bot.engine.teach(f"kết luận 01 mục 2.2 in {twin}", passage(bot.library, "khac.txt", WORDS, clause="2.2"))
    answer = await asked(bot, an, "kết luận 01 mục 2.2")
    assert "Bạn hỏi văn bản nào?" in answer.text
    assert answer.buttons == [
        "1. 01-KL/TU · 05/02/2024 · Thành ủy",
        "2. 01-KL/TU · 05/02/2024 · Quận ủy",
    ]
    assert "2. Kết luận số 01-KL/TU ngày 05/02/2024 của Quận ủy: về phòng, chống cháy <nổ> & cứu hộ" in answer.text
    foreign = next(i.id for i in bot.library.documents() if i.file == "tin.txt")
    press = bot.server.press_data(answer, encode(Choose(foreign)))
    assert "không dùng được nữa" in (await press.answer)["text"]
    bot.server.press(answer, "Quận ủy")
    chosen = await bot.server.wait_for_edit(answer)
    assert chosen.quotes == [WORDS]
    assert chosen.bold == ["Kết luận số 01-KL/TU ngày 05/02/2024 của Quận ủy, mục 2.2"]
    bot.server.press(answer, "Toàn văn mục 2")
    await bot.server.wait_for_edit(answer)
    bot.server.press(answer, "Trở lại")
    assert (await bot.server.wait_for_edit(answer)).quotes == [WORDS]
