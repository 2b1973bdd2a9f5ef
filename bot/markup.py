"""Telegram HTML made safely: everything escaped once, cut only between tags, lengths as Telegram counts them."""

from __future__ import annotations

import html

from corpus.text import Span, sentences

MAX_TEXT = 4096  # UTF-16 units, after entities: Telegram's limit of a message
EXPANDABLE_FROM = 350  # UTF-16 units: a longer quote is folded
CUT = "[…]"


def escape(text: str) -> str:
    """Text for a message: & < > escaped, nothing else changed."""
    return html.escape(text, quote=False)


def utf16(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def trim(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def pages(text: str, size: int) -> list[Span]:
    """Cuts `text` into spans of at most `size` UTF-16 units, at ends of sentences where there are any.

    Only white space stands between two spans. At least one span; one that is empty for an empty text.
    """
    if size < 2:
        raise ValueError("a page takes at least one character")
    out: list[Span] = []
    for start, end in sentences(text):
        if out and utf16(text[out[-1][0] : end]) <= size:
            out[-1] = (out[-1][0], end)
            continue
        while utf16(text[start:end]) > size:
            cut = _cut(text, start, end, size)
            out.append(trim(text, start, cut))
            start, _ = trim(text, cut, end)
        out.append((start, end))
    return out or [(0, 0)]


def window(text: str, around: Span, size: int) -> Span:
    """The page of `text` (at most `size` units) that holds the span, or begins with the sentence it is in."""
    for start, end in pages(text, size):
        if start <= around[0] and around[1] <= end:
            return start, end
    start = next((s for s, e in sentences(text) if s <= around[0] < e), around[0])
    length = pages(text[start:], size)[0][1]
    return trim(text, start, start + length)


def quote(text: str, bold: Span | None = None, *, expandable: bool = False) -> str:
    """A block quote; `bold` is a span of `text`."""
    tag = "blockquote expandable" if expandable else "blockquote"
    if bold and trim(text, *bold)[0] < trim(text, *bold)[1]:
        a, b = trim(text, *bold)
        inner = f"{escape(text[:a])}<b>{escape(text[a:b])}</b>{escape(text[b:])}"
    else:
        inner = escape(text)
    return f"<{tag}>{inner}</blockquote>"


def _cut(text: str, start: int, end: int, size: int) -> int:
    """Where to cut a sentence that is longer than a page: at the last white space that fits, else at the limit."""
    at, used = start, 0
    while at < end and used + (2 if text[at] > "\uffff" else 1) <= size:
        used += 2 if text[at] > "\uffff" else 1
        at += 1
    blank = at
    while blank > start and not text[blank - 1].isspace():
        blank -= 1
    return blank if trim(text, start, blank)[1] > start else at
