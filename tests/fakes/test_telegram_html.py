"""The fake reads markup as Telegram does, and refuses what Telegram refuses."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.telegram_html import MarkupError, parse_html, utf16


@pytest.mark.parametrize(
    ("markup", "text", "entities"),
    [
        ("xin chào", "xin chào", []),
        ("<b>mục 3</b> và", "mục 3 và", [("bold", 0, 5)]),
        ("<strong>a</strong><em>b</em><ins>c</ins><del>d</del>", "abcd", None),
        ("😀<i>ổ</i>", "😀ổ", [("italic", 2, 1)]),
        ("a &lt;b&gt; &amp; &quot;c&quot; &#273; &copy;", 'a <b> & "c" đ &copy;', []),
        (
            "<blockquote expandable>một <b>hai</b></blockquote>\nba",
            "một hai\nba",
            [("expandable_blockquote", 0, 7), ("bold", 4, 3)],
        ),
        ("  <b> a </b>  ", "a", [("bold", 0, 1)]),
        ("<b></b>trống", "trống", []),
        ('<a href="https://a.vn/?x=1&amp;y=2">đây</a>', "đây", [("text_link", 0, 3)]),
        ('<span class="tg-spoiler">kín</span>', "kín", [("spoiler", 0, 3)]),
        ('<pre><code class="language-python">x</code></pre>', "x", None),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "ab", [("blockquote", 0, 2)]),
        ("<code>a<b>b</b></code>", "ab", [("code", 0, 2)]),
        ("<b>a</>", "a", [("bold", 0, 1)]),
    ],
)
def test_markup_becomes_text_and_entities(markup: str, text: str, entities: list[tuple[str, int, int]] | None) -> None:
    parsed = parse_html(markup)
    assert parsed.text == text
    if entities is not None:
        assert [(e["type"], e["offset"], e["length"]) for e in parsed.entities] == entities


@pytest.mark.parametrize(
    ("markup", "refusal"),
    [
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("đ <p>a</p>", 'Unsupported start tag "p" at byte offset 3'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<blockquote", "Unclosed start tag at byte offset 0"),
        ("<blockquote expandable", "Unclosed start tag at byte offset 0"),
    ],
)
def test_broken_markup_is_refused_in_telegrams_words(markup: str, refusal: str) -> None:
    with pytest.raises(MarkupError) as refused:
        parse_html(markup)
    assert str(refused.value) == refusal


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    assert parse_html(html.escape(text)).text == text.strip()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_length_is_counted_in_utf16(text: str) -> None:
    assert utf16(text) == sum(2 if ord(c) > 0xFFFF else 1 for c in text)
