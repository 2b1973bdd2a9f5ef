"""Lines of a text without their mark-up, each character still knowing its place in the source."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import ne

from corpus.text import fold_document, fold_same

# Mark-up: emphasis, headings, cell borders, simple tags, escapes. A lone * or _ between blanks is the author's.
MARKUP = re.compile(
    r"\*\*+|(?<=\S)\*|\*(?=\S)|^[ \t]*#{1,6}(?=[ \t*]|$)|^[ \t]*>[ \t]|\|"
    r"|^[ \t]*\*[ \t](?=\**\d{1,2}[.)])"
    r"|</?(?:u|b|i|em|strong|sub|sup|br|p|span|div|center|font)\b[^<>\n]{0,80}>"
    r"|(?<!_)_(?=[^\W_])|(?<=[^\W_]|[.,;:)])_(?!_)(?!\w)"
    r"|\\(?=[-*_#.()\[\]+!>|])|[\u200b-\u200d\u2060\ufeff\u00ad]",
    re.MULTILINE | re.IGNORECASE,
)
_MAYBE = "*#|<_\\>\u200b\u200c\u200d\u2060\ufeff\u00ad"


@dataclass(slots=True)
class Line:
    """One line. `text` is what a reader sees of it; `at(n)` is where its n-th character stands in the source."""

    index: int  # place in the list of lines
    row: int  # line of the source, from 1; pieces of one line share it
    start: int  # in the source, the raw line without its line end
    end: int
    text: str
    first: int  # source offset of text[0]
    places: Sequence[int] | None = None  # source offset of each character, None when they are consecutive
    heading: int = 0  # markdown heading level
    bold: bool = False
    quoted: bool = False  # inside a quotation that runs over lines
    furniture: bool = False
    markup: Sequence[tuple[int, int]] = ()  # what was taken off, source offsets
    source: str = ""  # the whole source, folded; empty when it is not at hand
    _folded: str | None = None
    _capitals: bool | None = None

    @property
    def folded(self) -> str:
        """`text` folded, of the same length."""
        if self._folded is None:
            if self.source and self.places is None:
                self._folded = self.source[self.first : self.first + len(self.text)]
            else:
                self._folded = fold_same(self.text)
        return self._folded

    @property
    def capitals(self) -> bool:
        """Is the text mostly in capital letters?"""
        if self._capitals is None:
            self._capitals = is_capitals(self.text)
        return self._capitals

    def at(self, n: int) -> int:
        """Source offset of `text[n]`; the end of the last character for `n == len(text)`."""
        if self.places is None:
            return self.first + n
        if n < len(self.places):
            return self.places[n]
        return (self.places[-1] + 1) if self.places else self.end

    def index_of(self, offset: int) -> int:
        """The first character of `text` that stands at or behind the source offset."""
        if self.places is None:
            return min(max(0, offset - self.first), len(self.text))
        return bisect_left(self.places, offset)

    @property
    def blank(self) -> bool:
        return not self.text

    @property
    def last(self) -> int:
        """Source offset just behind the last visible character."""
        return self.at(len(self.text))


def split_lines(text: str) -> list[Line]:
    """The lines of `text`, mark-up and outer white space taken off."""
    out: list[Line] = []
    at = 0
    folded = fold_document(text)
    used = "".join(char for char in _MAYBE if char in text)
    marked = re.compile(f"[{re.escape(used)}]").search if used else None
    for index, raw in enumerate(text.split("\n")):
        end = at + len(raw)
        if raw == "|":
            out.append(Line(index, index + 1, at, end, "", at, (), markup=((at, end),)))
        elif marked is not None and marked(raw):
            out.append(_line(index, at, end, raw, folded))
        else:
            left = raw.lstrip()
            out.append(Line(index, index + 1, at, end, left.rstrip(), end - len(left), source=folded))
        at = end + 1
    return out


def _line(index: int, start: int, end: int, raw: str, folded: str) -> Line:
    places: list[int] = []
    taken: list[tuple[int, int]] = []
    at = 0
    for m in MARKUP.finditer(raw):
        begin = m.start()
        places += range(at, begin)
        at = m.end()
        if taken and taken[-1][1] == start + begin:
            taken[-1] = (taken[-1][0], start + at)
        else:
            taken.append((start + begin, start + at))
    places += range(at, len(raw))
    lo, hi = 0, len(places)
    while lo < hi and raw[places[lo]].isspace():
        lo += 1
    while hi > lo and raw[places[hi - 1]].isspace():
        hi -= 1
    places = places[lo:hi]
    bare = raw.strip()
    level = len(bare) - len(bare.lstrip("#")) if bare.startswith("#") else 0
    if places and places[-1] - places[0] == len(places) - 1:
        # Mark-up at the ends alone: what is left stands together.
        line = Line(
            index,
            index + 1,
            start,
            end,
            raw[places[0] : places[-1] + 1],
            start + places[0],
            markup=taken,
            source=folded,
        )
    else:
        visible = "".join([raw[p] for p in places])
        first = start + places[0] if places else start
        line = Line(index, index + 1, start, end, visible, first, [start + p for p in places], markup=taken)
    line.heading = level if level <= 6 else 0
    line.bold = bare.lstrip("# ").startswith(("**", "<b>", "<strong>"))
    return line


_SMALL_BYTES = b"abcdefghijklmnopqrstuvwxyz"


def is_capitals(text: str) -> bool:
    """Four letters in five are capitals, and at least two."""
    if len(text) > 600:
        return False
    if text.isupper():
        return len(text) > 1 and sum(map(str.isalpha, text)) > 1
    # Most lines are sentences: their plain small letters alone are too many.
    raw = text.encode("utf-8", "surrogatepass")
    if 4 * (len(raw) - len(raw.translate(None, _SMALL_BYTES))) > len(text) or text[1:].islower():
        return False
    upper = sum(map(ne, text, text.lower()))
    lower: int = sum(map(ne, text, text.upper()))
    return bool(upper >= 2 and upper >= 4 * lower)


def cut_line(line: Line, places: Sequence[int]) -> list[Line]:
    """The line in pieces, cut before each of these characters of its text."""
    out: list[Line] = []
    edges = [0, *sorted({p for p in places if 0 < p < len(line.text)}), len(line.text)]
    for n in range(len(edges) - 1):
        a, b = edges[n], edges[n + 1]
        text = line.text[a:b]
        a += len(text) - len(text.lstrip())
        text = text.strip()
        if not text:
            continue
        out.append(
            Line(
                0,
                line.row,
                line.start if not out else line.at(a),
                line.at(edges[n + 1]) if n + 2 < len(edges) else line.end,
                text,
                line.at(a),
                None if line.places is None else line.places[a : a + len(text)],
                line.heading,
                line.bold,
                source=line.source,
            )
        )
    return out or [line]


def markup_spans(lines: Iterable[Line]) -> list[tuple[int, int]]:
    """Every stretch of mark-up, to be hidden when a quote is shown."""
    return [(start, end) for line in lines for start, end in line.markup if end > start]
