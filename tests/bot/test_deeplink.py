"""Links into the bot: what Telegram takes, read back as untrusted input; each opens its one place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.callback import MAX_NUMBER
from bot.deeplink import Place, link, payload, read
from tests.bot.conftest import Bot
from tests.fakes.bot_api import User
from tests.fakes.engine import directive

ids = st.text("0123456789abcdef", min_size=16, max_size=16)
places = st.builds(Place, ids, st.none() | st.integers(0, MAX_NUMBER))


@given(places)
def test_a_payload_is_one_telegram_takes_and_comes_back(place: Place) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload(place))
    assert read(payload(place)) == place


@given(st.text())
def test_anything_else_opens_nothing(said: str) -> None:
    place = read(said)
    assert place is None or payload(place) == said


@pytest.fixture
def an(bot: Bot) -> User:
    return bot.server.user("An")


async def test_the_citation_of_an_answer_opens_its_clause(bot: Bot, an: User) -> None:
    group = bot.server.group("Tổ 5", an)
    bot.server.say(group, "/hoi kiểm tra khi nào?", by=an)
    answer = await bot.server.wait_for_message(group)
    assert answer.styled("text_link") == ["Kết luận số 01-KL/TU ngày 05/02/2024 của Thành ủy, mục 2.1"]
    [url] = [e["url"] for e in answer.raw["entities"] if e["type"] == "text_link"]
    address, _, start = url.partition("?start=")
    assert address == "https://t.me/trichdan_bot"
    bot.server.say(an, f"/start {start}")
    opened = await bot.server.wait_for_message(an)
    assert opened.quotes[0].startswith("2.1. Kiểm tra khu dân cư")
    assert opened.bold == ["Kết luận số 01-KL/TU ngày 05/02/2024 của Thành ủy, mục 2.1"]
    assert opened.buttons == ["◀ mục 1", "mục 2.2 ▶", "▲ mục 2", "☰ Mục lục", "🖼 Ảnh"]


async def test_the_citation_of_a_paragraph_opens_the_document_there(bot: Bot, an: User) -> None:
    bot.server.say(an, "ai trực?")
    answer = await bot.server.wait_for_message(an)
    [url] = [e["url"] for e in answer.raw["entities"] if e["type"] == "text_link"]
    bot.server.say(an, f"/start {url.partition('?start=')[2]}")
    assert "trực cứu hộ 24/24" in (await bot.server.wait_for_message(an)).quotes[0]


async def test_a_place_far_into_a_long_document_opens_its_page(bot: Bot, an: User) -> None:
    paragraphs = [f"Đoạn số {n} của một bản tin rất dài. " * 12 for n in range(40)]
    text = "Tin\n\n" + "\n\n".join(p.strip() for p in paragraphs) + "\n"
    id = bot.library.put(directive(text, file="dai.txt", type="Tin")).document.id
    for n in (0, 11, 25, 39):
        place = Place(id, text.index(f"Đoạn số {n} "))
        bot.server.say(an, f"/start {payload(place)}")
        assert f"Đoạn số {n} của" in (await bot.server.wait_for_message(an)).quotes[0]


async def test_a_link_to_a_document_opens_its_card(bot: Bot, an: User) -> None:
    id = next(i.id for i in bot.library.documents() if i.number)
    bot.server.say(an, "/start " + link("x", Place(id)).partition("=")[2])
    assert "Mục lục" in (await bot.server.wait_for_message(an)).buttons[0]


async def test_a_link_to_what_is_gone_says_so(bot: Bot, an: User) -> None:
    bot.server.say(an, "/start 0123456789abcdef_2s")
    assert "không có trong thư viện" in (await bot.server.wait_for_message(an)).text


@pytest.mark.parametrize("said", ["", "x", "<b>", "0123456789abcdef_", "../../etc", "a" * 64, "0123456789abcdef_2s b"])
async def test_a_forged_link_gets_the_greeting(bot: Bot, an: User, said: str) -> None:
    bot.server.say(an, f"/start {said}")
    assert "Xin chào!" in (await bot.server.wait_for_message(an)).text
    assert not bot.server.refused
