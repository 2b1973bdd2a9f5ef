"""Pages and quotes: nothing lost, nothing too long, nothing that Telegram would refuse."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from telegram.constants import MessageLimit

from bot.markup import MAX_TEXT, escape, pages, quote, utf16, window
from tests.fakes.telegram_html import parse_html
from tests.fakes.telegram_html import utf16 as telegrams_utf16

texts = st.text(
    st.one_of(st.sampled_from("ab ươ.;:!? \n\n<>&\"'😀1)"), st.characters(exclude_categories=["Cs", "Cc"])),
    max_size=400,
)


def test_the_limit_is_telegrams() -> None:
    assert MAX_TEXT == MessageLimit.MAX_TEXT_LENGTH


@given(texts)
def test_lengths_are_counted_as_telegram_does(text: str) -> None:
    assert utf16(text) == telegrams_utf16(text)


@given(texts, st.integers(2, 120))
def test_pages_hold_everything_and_none_is_too_long(text: str, size: int) -> None:
    spans = pages(text, size)
    assert spans
    at = 0
    for start, end in spans:
        assert start >= at
        assert not text[at:start].strip()
        assert utf16(text[start:end]) <= size
        at = end
    assert not text[at:].strip()


def test_pages_end_where_sentences_do() -> None:
    text = "Câu thứ nhất dài vừa. Câu thứ hai cũng vậy. Câu thứ ba ngắn."
    assert [text[a:b] for a, b in pages(text, 45)] == [
        "Câu thứ nhất dài vừa. Câu thứ hai cũng vậy.",
        "Câu thứ ba ngắn.",
    ]


def test_a_sentence_longer_than_a_page_is_cut_between_words() -> None:
    text = "một hai ba bốn năm sáu"
    assert [text[a:b] for a, b in pages(text, 8)] == ["một hai", "ba bốn", "năm sáu"]
    assert [len(text[a:b]) for a, b in pages("x" * 20, 8)] == [8, 8, 4]


@given(texts, st.integers(2, 120), st.data())
def test_the_window_begins_with_or_before_the_sentence(text: str, size: int, data: st.DataObject) -> None:
    a = data.draw(st.integers(0, len(text)))
    b = data.draw(st.integers(a, len(text)))
    start, end = window(text, (a, b), size)
    assert 0 <= start <= end <= len(text)
    assert utf16(text[start:end]) <= size
    if text[a:b].strip():
        assert start <= a or not text[a:start].strip()


@given(texts, st.booleans(), st.data())
def test_a_quote_shows_its_words_and_its_bold_ones(text: str, expandable: bool, data: st.DataObject) -> None:
    a = data.draw(st.integers(0, len(text)))
    b = data.draw(st.integers(a, len(text)))
    parsed = parse_html("x" + quote(text, (a, b), expandable=expandable) + "x")
    assert parsed.text == f"x{text}x"
    bold = [e for e in parsed.entities if e["type"] == "bold"]
    assert [
        parsed.text.encode("utf-16-le")[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
        for e in bold
    ] == ([text[a:b].strip()] if text[a:b].strip() else [])


@given(texts)
def test_escaping_is_done_once(text: str) -> None:
    assert parse_html(f"x{escape(text)}x").text == f"x{text}x"
