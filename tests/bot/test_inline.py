"""`@bot từ khóa` in any chat: quotes to choose from, posted with their citation."""

from __future__ import annotations

import asyncio
import threading

import pytest

from retrieval.answer import Answer, Status
from tests.bot.conftest import Bot
from tests.fakes.bot_api import User
from tests.fakes.engine import choice, conclusion, directive, passage

QUOTE = '2.1. Kiểm tra khu dân cư trước ngày 01/5/2024. Lập danh sách nơi nguy hiểm & báo cáo "ngay".'
CITATION = "Kết luận số 01-KL/TU ngày 05/02/2024 của Thành ủy, mục 2.1"


@pytest.fixture
def an(bot: Bot) -> User:
    return bot.server.user("An")


async def test_the_results_are_citations_with_the_quote_s_start(bot: Bot, an: User) -> None:
    answer = await asyncio.wait_for(bot.server.inline(an, "  kiểm tra   khi nào? "), 5)
    assert [r["title"] for r in answer["results"]][:2] == [CITATION, CITATION.replace("2.1", "2.2")]
    assert answer["results"][0]["description"] == QUOTE
    assert len(answer["results"]) == 3
    assert answer["is_personal"]
    assert not bot.server.refused


async def test_the_chosen_one_is_posted_with_its_citation_and_asks_nothing(bot: Bot, an: User) -> None:
    answer = await asyncio.wait_for(bot.server.inline(an, "kiểm tra khi nào?"), 5)
    group = bot.server.group("Nhóm khác", an)
    posted = bot.server.choose(answer, 0, group, by=an)
    assert posted.quotes == [QUOTE]
    assert posted.styled("expandable_blockquote") == [QUOTE]
    assert posted.bold[-1] == CITATION
    assert "Nguyên văn văn bản" in posted.text
    assert posted.styled("text_link") == [CITATION]
    bot.server.choose(answer, 1, an)
    await bot.server.wait_confirmed()
    assert bot.server.called("sendMessage") == []


@pytest.mark.parametrize("words", ["", "   "])
async def test_without_words_the_way_to_the_bot_is_shown(bot: Bot, an: User, words: str) -> None:
    answer = await asyncio.wait_for(bot.server.inline(an, words), 5)
    assert answer.get("results", []) == []
    assert "Gõ từ khóa" in answer["button"]["text"]
    assert bot.engine.asked == []
    bot.server.say(an, f"/start {answer['button']['start_parameter']}")
    assert "Xin chào" in (await bot.server.wait_for_message(an)).text


async def test_nothing_found_is_said_in_the_reader_s_language(bot: Bot) -> None:
    john = bot.server.user("John", language="en")
    answer = await asyncio.wait_for(bot.server.inline(john, "penguins"), 5)
    assert answer["button"]["text"] == "Nothing found. Ask the bot itself"


async def test_the_same_words_are_searched_once_until_the_library_changes(bot: Bot, an: User) -> None:
    for _ in range(2):
        await asyncio.wait_for(bot.server.inline(an, "ai trực?"), 5)
    await asyncio.wait_for(bot.server.inline(bot.server.user("Bình"), "ai trực?"), 5)
    assert bot.engine.asked == ["ai trực?"]
    bot.library.put(conclusion("Quận ủy", file="moi.txt"))
    await asyncio.wait_for(bot.server.inline(an, "ai trực?"), 5)
    assert bot.engine.asked == ["ai trực?"] * 2


async def test_of_what_is_typed_letter_by_letter_the_last_is_searched(bot: Bot, an: User) -> None:
    for n in range(4, 8):
        bot.server.inline(an, "ai trực?"[:n])
    answer = await asyncio.wait_for(bot.server.inline(an, "ai trực?"), 5)
    assert len(answer["results"]) == 1
    assert bot.engine.asked == ["ai trực?"]


async def test_a_slow_search_holds_up_nobody(bot: Bot, an: User) -> None:
    gate = threading.Event()

    def slow() -> Answer:
        gate.wait(20)
        return Answer(question="chậm", status=Status.NONE)

    bot.engine.teach_work("chậm", slow)
    waiting = bot.server.inline(an, "chậm")
    bot.server.say(an, "ai trực?")
    assert (await bot.server.wait_for_message(an)).quotes
    gate.set()
    assert (await asyncio.wait_for(waiting, 5)).get("results", []) == []


async def test_ten_at_most_and_long_quotes_fit(bot: Bot, an: User) -> None:
    body = "Nội dung rất dài & <nhiều> chữ. " * 400
    text = f"Kết luận\n\n{body.strip()}\n"
    bot.library.put(directive(text, file="dai.txt", type="Tin"))
    long = passage(bot.library, "dai.txt", body.strip())
    bot.engine.teach("dài", *[long] * 12)
    answer = await asyncio.wait_for(bot.server.inline(an, "dài"), 5)
    assert len(answer["results"]) == 10
    assert "[…]" in bot.server.choose(answer, 9, an).text
    assert not bot.server.refused


async def test_several_documents_of_one_number_are_offered(bot: Bot, an: User) -> None:
    bot.library.put(conclusion("Quận ủy", file="khac.txt"))
    both = tuple(choice(bot.library, i.id) for i in bot.library.documents() if i.number)
    bot.engine.teach("01-KL/TU", status=Status.CHOOSE, choices=both)
    answer = await asyncio.wait_for(bot.server.inline(an, "01-KL/TU"), 5)
    assert [r["title"].partition(":")[0] for r in answer["results"]] == [
        "Kết luận số 01-KL/TU ngày 05/02/2024 của Thành ủy",
        "Kết luận số 01-KL/TU ngày 05/02/2024 của Quận ủy",
    ]
    posted = bot.server.choose(answer, 1, an)
    assert "của Quận ủy: về phòng, chống cháy <nổ> & cứu hộ" in posted.styled("text_link")[0]


async def test_a_query_that_is_over_is_no_error(bot: Bot, an: User) -> None:
    bot.server.raw_update({"inline_query": {"id": "1", "from": an.json(), "query": "ai trực?", "offset": ""}})
    await bot.server.wait_until(lambda: bool(bot.server.refused))
    bot.server.say(an, "ai trực?")
    assert (await bot.server.wait_for_message(an)).quotes
