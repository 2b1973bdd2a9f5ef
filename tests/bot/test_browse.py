"""From a half-remembered number to the clause in two taps: /vanban, /muc, and the buttons under them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import cards
from bot.callback import Fitting, ShowContents, ShowFacet, ShowList, encode
from bot.catalogue import Catalogue, Ties, clauses_of, tag
from corpus.library import Library, Relatives, document_id
from corpus.model import Directive, Part, Reference, Stamp
from retrieval.answer import Status
from tests.bot.conftest import Bot
from tests.bot.test_render import documents, taken
from tests.fakes.bot_api import User
from tests.fakes.engine import conclusion, directive, news, passage

CITED = "Kết luận số 01-KL/TU ngày 05/02/2024 của Thành ủy"


@pytest.fixture
def an(bot: Bot) -> User:
    return bot.server.user("An")


def naming(number: str, said: str) -> Directive:
    """A plan of 2023 whose first clause names another document."""
    text = f"Kế hoạch của Quận ủy về cứu hộ\n\n1. Thực hiện {said} của Thành ủy.\n\n2. Báo cáo hằng tháng.\n"
    at = text.index(said)
    return directive(
        text,
        {"1": "1. Thực", "2": "2. Báo"},
        file="ke-hoach.txt",
        number="12-KH/QU",
        type="Kế hoạch",
        issuer="Quận ủy",
        date=dt.date(2023, 3, 1),
        title="về cứu hộ",
        references=(Reference(number=number, start=at, end=at + len(said)),),
    )


@pytest.mark.parametrize("called", ["01-KL/TU", "01/kl tu", "KL 01", "kết luận số 1", "1", "01", "  01 - KL/TU "])
async def test_a_number_in_any_form_opens_the_card(bot: Bot, an: User, called: str) -> None:
    asked = bot.server.say(an, f"/vanban {called}")
    card = await bot.server.wait_for_message(an)
    assert card.bold == [CITED]
    assert card.reply_to == asked.id
    assert "về phòng, chống cháy <nổ> & cứu hộ" in card.text
    assert card.buttons == ["☰ Mục lục", "Toàn văn bản", "☰ Danh sách văn bản"]
    assert not bot.server.refused


async def test_two_taps_from_the_number_to_the_clause_and_on(bot: Bot, an: User) -> None:
    bot.server.say(an, "/vanban 01")
    card = await bot.server.wait_for_message(an)
    bot.server.press(card, "Mục lục")
    contents = await bot.server.wait_for_edit(card)
    assert "2.2. Mở lối thoát nạn thứ hai ở nhà ở kết hợp kinh doanh." in contents.text
    assert contents.buttons == ["1", "2", "2.1", "2.2", "ℹ️ Về văn bản", "Toàn văn bản"]
    bot.server.press(card, "2.1")
    clause = await bot.server.wait_for_edit(card)
    assert clause.quotes[0].startswith("2.1. Kiểm tra")
    bot.server.press(card, "mục 2.2 ▶")
    last = await bot.server.wait_for_edit(card)
    assert last.quotes == ["2.2. Mở lối thoát nạn thứ hai ở nhà ở kết hợp kinh doanh."]
    assert last.buttons == ["◀ mục 2.1", "▲ mục 2", "☰ Mục lục", "🖼 Ảnh"]
    bot.server.press(card, "▲ mục 2")
    assert (await bot.server.wait_for_edit(card)).quotes[0].startswith("2. Yêu cầu")
    bot.server.press(card, "◀ mục 1")
    assert (await bot.server.wait_for_edit(card)).buttons == ["mục 2 ▶", "☰ Mục lục", "🖼 Ảnh"]


async def test_from_an_answer_into_its_document_and_back(bot: Bot, an: User) -> None:
    bot.server.say(an, "kiểm tra khi nào?")
    answer = await bot.server.wait_for_message(an)
    for button in ("Toàn văn mục 2", "Mục lục", "Về văn bản", "Mục lục", "2.2"):
        bot.server.press(answer, button)
        await bot.server.wait_for_edit(answer)
    bot.server.press(answer, "Trở lại")
    assert (await bot.server.wait_for_edit(answer)).text == answer.text


@pytest.mark.parametrize("said", ["01-KL/TU 2.2", "kl 01 mục 2.2", "01-KL/TU, khoản 2.2", "mục 2.2 kết luận số 1"])
async def test_a_clause_is_opened_by_its_number(bot: Bot, an: User, said: str) -> None:
    bot.server.say(an, f"/muc {said}")
    clause = await bot.server.wait_for_message(an)
    assert clause.quotes == ["2.2. Mở lối thoát nạn thứ hai ở nhà ở kết hợp kinh doanh."]
    assert clause.bold == clause.styled("text_link") == [f"{CITED}, mục 2.2"]


async def test_no_near_clause_and_no_near_number(bot: Bot, an: User) -> None:
    for said, words in (
        ("/muc 01-KL/TU 2.3", "không có mục 2.3"),
        ("/muc 01-KL/TU 2.1.đ", "không có"),
        ("/vanban 02-KL/TU", "Văn bản số 02-KL/TU không có trong thư viện."),
        ("/vanban 01-KL/TW", "Văn bản số 01-KL/TW không có trong thư viện."),
        ("/muc 02-KL/TU 2.1", "Văn bản số 02-KL/TU không có trong thư viện."),
        ("/vanban quả <chuối>", "“quả <chuối>”"),
        ("/muc", "/muc 07-KL/TW 3.3"),
    ):
        bot.server.say(an, said)
        answer = await bot.server.wait_for_message(an)
        assert words in answer.text
        assert not answer.quotes
    assert not bot.server.refused


async def test_in_a_reply_the_clause_is_enough(bot: Bot, an: User) -> None:
    bot.server.say(an, "kiểm tra khi nào?")
    answer = await bot.server.wait_for_message(an)
    for said, words in (("/muc 2.2", "2.2. Mở lối"), ("/muc mục 1", "1. Công tác"), ("/muc", "Mục lục:")):
        bot.server.say(an, said, reply_to=answer)
        assert words in (await bot.server.wait_for_message(an)).text
    bot.server.say(an, "/muc 2.9", reply_to=answer)
    assert "Văn bản số 01-KL/TU không có mục 2.9" in (await bot.server.wait_for_message(an)).text
    bot.server.say(an, "ai trực?")
    report = await bot.server.wait_for_message(an)
    bot.server.say(an, "/muc 2.2", reply_to=report)
    assert "không chia mục" in (await bot.server.wait_for_message(an)).text
    bot.server.say(an, "/muc 2.2")
    assert "Hãy gửi số văn bản và mục" in (await bot.server.wait_for_message(an)).text


async def test_an_unknown_number_that_is_mentioned_says_where(bot: Bot, an: User) -> None:
    bot.library.put(naming("99-CT/TU", "Chỉ thị số 99-CT/TU"))
    bot.server.say(an, "/vanban 99-CT/TU")
    answer = await bot.server.wait_for_message(an)
    assert "Văn bản số 99-CT/TU không có trong thư viện." in answer.text
    assert "Kế hoạch số 12-KH/QU ngày 01/3/2023 của Quận ủy, mục 1" in answer.text
    assert answer.buttons == ["→ 12-KH/QU · 01/3/2023"]


async def test_a_card_leads_to_what_it_cites_and_what_cites_it(bot: Bot, an: User) -> None:
    bot.library.put(naming("01-KL/TU", "Kết luận số 01-KL/TU"))
    bot.server.say(an, "/vanban 01-KL/TU")
    card = await bot.server.wait_for_message(an)
    assert "Được nhắc trong: 12-KH/QU, mục 1" in card.text
    bot.server.press(card, "→ 12-KH/QU")
    other = await bot.server.wait_for_edit(card)
    assert "Nhắc đến: 01-KL/TU" in other.text
    assert "→ 01-KL/TU · 05/02/2024" in other.buttons


async def test_stamps_and_copies_are_on_the_card_and_open_it(bot: Bot, an: User) -> None:
    stamped = conclusion(
        "Huyện ủy",
        file="sao.txt",
        number="10-TB/TU",
        type="Thông báo",
        signer="Nguyễn Văn A",
        copies=(Stamp(number="129-BS/TU", date=dt.date(2024, 3, 1), by="Văn phòng"),),
        received=(Stamp(number="1698", date=None, by="Quận ủy"),),
    )
    bot.library.put(stamped)
    bot.server.say(an, "/vanban 10-TB/TU")
    card = await bot.server.wait_for_message(an)
    assert "Người ký: Nguyễn Văn A" in card.text
    assert "Bản sao lục: số 129-BS/TU ngày 01/3/2024, Văn phòng" in card.text
    assert "Dấu đến: số 1698, Quận ủy" in card.text
    found = passage(bot.library, "sao.txt", "T/M BAN THƯỜNG VỤ")
    stamp = found.model_copy(update={"citation": found.citation.model_copy(update={"part": Part.STAMP})})
    bot.engine.teach("129-BS/TU", stamp, status=Status.ANSWERED)
    bot.server.say(an, "/vanban 129-BS/TU")
    assert (await bot.server.wait_for_message(an)).text == card.text


async def test_of_several_documents_one_is_chosen(bot: Bot, an: User) -> None:
    bot.library.put(conclusion(file="khac.txt", issuer="Quận ủy"))
    bot.server.say(an, "/vanban 01-KL/TU")
    which = await bot.server.wait_for_message(an)
    assert "Bạn hỏi văn bản nào?" in which.text
    bot.server.press(which, "Quận ủy")
    assert (await bot.server.wait_for_edit(which)).bold == ["Kết luận số 01-KL/TU ngày 05/02/2024 của Quận ủy"]
    bot.server.say(an, "/muc 01-KL/TU 2.2")
    which = await bot.server.wait_for_message(an)
    bot.server.press(which, "Thành ủy")
    assert (await bot.server.wait_for_edit(which)).bold == [f"{CITED}, mục 2.2"]


async def test_the_list_is_turned_and_narrowed(bot: Bot, an: User) -> None:
    for n in range(10, 20):
        bot.library.put(
            conclusion(
                f"Huyện ủy {n}",
                file=f"{n}.txt",
                number=f"{n}-CT/TU",
                type="Chỉ thị",
                date=dt.date(2022, 1, n),
                title=f"việc {n}",
            )
        )
    bot.server.say(an, "/vanban")
    listed = await bot.server.wait_for_message(an)
    assert listed.text.startswith("Thư viện có 12 văn bản")
    assert listed.buttons[:2] == ["1. Tin: Chủ tịch Thành phố kiểm tra công t…", "2. 01-KL/TU · 05/02/2024"]
    bot.server.press(listed, "Trang 2/2")
    second = await bot.server.wait_for_edit(listed)
    assert second.buttons[0] == "7. 15-CT/TU · 15/01/2022"
    bot.server.press(listed, "Lọc: loại")
    assert "Chỉ thị (10)" in (await bot.server.wait_for_edit(listed)).buttons
    bot.server.press(listed, "Kết luận (1)")
    narrowed = await bot.server.wait_for_edit(listed)
    assert narrowed.text.startswith("1 văn bản: Kết luận")
    bot.server.press(listed, "Bỏ lọc")
    assert (await bot.server.wait_for_edit(listed)).text == listed.text
    bot.server.say(an, "/vanban chỉ thị năm 2022")
    assert (await bot.server.wait_for_message(an)).text.startswith("10 văn bản: Chỉ thị, 2022")
    assert not bot.server.refused


async def test_it_is_said_in_the_reader_s_language_and_in_groups_too(bot: Bot) -> None:
    john = bot.server.user("John", language="en")
    bot.server.say(john, "/vanban 01-KL/TU")
    card = await bot.server.wait_for_message(john)
    assert card.buttons == ["☰ Contents", "Whole document", "☰ All documents"]
    group = bot.server.group("Tổ 5", john)
    asked = bot.server.say(group, "/muc@trichdan_bot 01-KL/TU 2.2", by=john)
    clause = await bot.server.wait_for_message(group)
    assert (clause.reply_to, clause.buttons[0]) == (asked.id, "◀ mục 2.1")


async def test_forged_lists_do_no_harm(bot: Bot, an: User) -> None:
    bot.server.say(an, "/vanban")
    listed = await bot.server.wait_for_message(an)
    for action in (ShowList(999), ShowList(3, Fitting("0" * 8, 1234, "f" * 8)), ShowFacet("t", 99, Fitting("0" * 8))):
        assert await bot.server.press_data(listed, encode(action)).answer
    assert not [c for c in bot.server.refused if c.method != "editMessageText"]


@given(documents(), st.integers(0, 9))
def test_every_document_has_a_card_and_contents_telegram_takes(d: Directive, page: int) -> None:
    id = document_id(d)
    taken(cards.card(id, d, Ties((), (), Relatives()), None, "vi"))
    taken(cards.contents(id, d, ShowContents(id, page, 2), "en"))


def test_facets_count_what_fits(library: Library) -> None:
    listing = Catalogue(library.documents())
    assert listing.facet("t", Fitting(year=2024)) == [
        ("Tin", 1, Fitting(tag("Tin"), 2024)),
        ("Kết luận", 1, Fitting(tag("Kết luận"), 2024)),
    ]
    assert [d.number for d in listing.fitting(Fitting(issuer=tag("Thành ủy")))] == ["01-KL/TU"]


@pytest.mark.parametrize(
    ("said", "paths"),
    [("", None), ("2.1", ["2.1"]), ("mục 2.1", ["2.1"]), ("2.9", []), ("2.1.a", []), ("21", []), ("hai", [])],
)
def test_the_clause_a_person_means(said: str, paths: list[str] | None) -> None:
    assert clauses_of(conclusion(), said) == paths
    assert not clauses_of(news(), said)
