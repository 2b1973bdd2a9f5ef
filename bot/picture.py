"""A quote as pictures to forward: the words, their citation, what may be relied on, and whose library it is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.errors import BotError
from bot.markup import pages

WIDTH = 1080  # pixels: what a phone shows sharply
MARGIN, BAR = 72, 10
QUOTE, CITATION, SMALL = 40, 31, 25  # sizes of letters
LEADING = 1.42  # of a line, in its letters' size
PER_CARD = 900  # UTF-16 units of the quote
MOST = 4  # pictures
PAPER, INK, GREY, RED, ACCENT = "#fffdf8", "#1c1c1c", "#6b6b6b", "#a52a1a", "#b22222"
RULE = "#ddd6c8"


class TooLongError(BotError):
    """The quote does not fit into a few pictures."""

    code = "picture_too_long"


@dataclass(frozen=True, slots=True)
class Card:
    """`warnings` say what became of the document; `name` is the library's."""

    quote: str
    citation: str
    trust: str
    warnings: tuple[str, ...]
    name: str


def draw(card: Card) -> list[bytes]:
    """PNG pictures in reading order, each with the citation. TooLongError when there would be more than MOST.
    Blocking."""
    spans = pages(card.quote, PER_CARD)
    if len(spans) > MOST:
        raise TooLongError(f"the quote is longer than {MOST} pictures hold")
    parts = [card.quote[a:b] for a, b in spans]
    return [_draw(card, part, n, len(parts)) for n, part in enumerate(parts, 1)]


def _draw(card: Card, quote: str, n: int, count: int) -> bytes:
    words, bold, small = _font("DejaVuSerif", QUOTE), _font("DejaVuSans-Bold", CITATION), _font("DejaVuSans", SMALL)
    inner = WIDTH - 2 * MARGIN - BAR - 30
    blocks = [
        (_wrapped(quote, words, inner), words, INK, MARGIN + BAR + 30),
        (_wrapped(card.citation, bold, WIDTH - 2 * MARGIN), bold, INK, MARGIN),
        (_wrapped(card.trust, small, WIDTH - 2 * MARGIN), small, GREY, MARGIN),
        *((_wrapped(w, small, WIDTH - 2 * MARGIN), small, RED, MARGIN) for w in card.warnings),
    ]
    foot = card.name if count == 1 else f"{card.name} · {n}/{count}"
    gap = 34
    height = 2 * MARGIN + sum(_height(lines, font) + gap for lines, font, _, _ in blocks) + _line(small)
    picture = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(picture)
    y = MARGIN
    for block, (lines, font, colour, x) in enumerate(blocks):
        if block == 0:
            pen.rectangle((MARGIN, y, MARGIN + BAR, y + _height(lines, font)), fill=ACCENT)
        for line in lines:
            pen.text((x, y), line, font=font, fill=colour)
            y += _line(font)
        y += gap if block == 0 else gap // 2
    rule = height - MARGIN - _line(small) - 14
    pen.line((MARGIN, rule, WIDTH - MARGIN, rule), RULE, 2)
    pen.text((MARGIN, height - MARGIN - _line(small)), foot, font=small, fill=GREY)
    out = io.BytesIO()
    # Few colours are enough for letters on paper, and a phone's data are dear.
    picture.quantize(32).save(out, "PNG", optimize=True)
    return out.getvalue()


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Lines that fit; a word that is too long for a line is broken."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            wider = f"{line} {word}" if line else word
            if font.getlength(wider) <= width:
                line = wider
                continue
            if line:
                lines.append(line)
            while font.getlength(word) > width:
                cut = next(k for k in range(len(word), 0, -1) if font.getlength(word[:k]) <= width or k == 1)
                lines.append(word[:cut])
                word = word[cut:]
            line = word
        if line:
            lines.append(line)
    return lines or [""]


def _line(font: ImageFont.FreeTypeFont) -> int:
    return round(font.size * LEADING)


def _height(lines: Sequence[str], font: ImageFont.FreeTypeFont) -> int:
    return len(lines) * _line(font)


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """One of the DejaVu fonts that come with matplotlib: free, and complete for Vietnamese."""
    spec = find_spec("matplotlib")
    assert spec is not None, "a dependency"
    assert spec.origin is not None
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / f"{name}.ttf"
    return ImageFont.truetype(str(path), size)
