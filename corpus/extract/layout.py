"""From the lines of pages to paragraphs: wrapped lines joined, running heads and page numbers told from the text.

Shared by PDF text and character recognition. Coordinates are those of the page as shown, y growing downwards, in any
unit (points, pixels): every measure is relative to the size of the letters.
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from corpus.model import Hidden, HiddenKind, Page


@dataclass(frozen=True)
class Line:
    """One printed line of one column."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    @property
    def size(self) -> float:
        """Height of the line, about 1.15 times the font size."""
        return self.bottom - self.top

    @property
    def width(self) -> float:
        return self.right - self.left


@dataclass(frozen=True)
class PageLines:
    """The lines of a page in reading order."""

    number: int  # from 1
    width: float
    height: float
    lines: tuple[Line, ...]
    confidence: float | None = None


@dataclass(frozen=True)
class Composed:
    """Text with one paragraph a line, what of it is page furniture, and where each page begins."""

    text: str
    hidden: tuple[Hidden, ...]
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class _Margins:
    """The text column of a page; `indent` is the least step that counts as an indentation."""

    left: float
    right: float
    pitch: float  # usual distance from line to line within a paragraph
    size: float
    indented: bool = False  # paragraphs of this document begin with an indentation


_EDGE = 0.12  # of a page's height: where running heads, feet and page numbers stand
_PAGE_NUMBER = re.compile(r"[-–—\s.]*(?:(?:trang|page)\s*)?(\d{1,4})\s*(?:(?:/|of|trên)\s*\d{1,4})?[-–—\s.]*", re.I)
_DIGITS = re.compile(r"\d+")
_MARKER = re.compile(
    r"(?:\d{1,3}(?:\.\d{1,3})*\s?[.)/]|\d{1,3}(?:\.\d{1,3})+\s|[a-zđ]\s?[.)]\s|[IVXL]{1,6}\s?[.)\-–]|[A-Z]\s?[.)]\s|[-–—+*•●○▪■]\s?"
    r"|(?:Điều|Phần|Chương|Mục|PHẦN|CHƯƠNG|MỤC|ĐIỀU)\s+(?:\d|[IVX]|thứ))"
)
_TERMINAL = re.compile(r"[.;:!?…][\"”’»)\]]*$|/[.\-]*$")
_FOOTNOTE = re.compile(r"(?:\[?\d{1,2}\]?|\*)\s?\S")
_ENDS_WITH_HYPHEN = re.compile(r"\w[-\u2010\u2011]$")
_BREAK_HYPHENS = "\u00ad\x02\ufffe"


def compose(pages: Sequence[PageLines]) -> Composed:
    """Joins wrapped lines (with a space; without one after a hyphen that belongs to the word) and pages.

    A running head or page number inside a paragraph that goes on over the page is put after that paragraph, as a line
    of its own, and told in `hidden`.
    """
    furniture = _furniture(pages)
    margins = _margins(pages, furniture)
    out = _Output()
    last: Line | None = None  # of the text, furniture aside
    for at, page in enumerate(pages):
        out.page(page)
        body = [line for n, line in enumerate(page.lines) if (at, n) not in furniture]
        notes = _footnotes(body, margins[at], page)
        rights = _cell_rights(page.lines, margins[at])
        across = True  # the first line of the text may go on from the page before
        for n, line in enumerate(page.lines):
            if (at, n) in furniture:
                out.aside(line.text, hidden=True)
                continue
            if id(line) in notes:
                out.aside(line.text, hidden=False)
                continue
            before = margins[at - 1 if across and at else at]
            if last is not None and _continues(last, line, before, margins[at], rights[n - 1], across):
                out.join(line.text)
            else:
                out.begin(line.text)
            last, across = line, False
    return out.done()


class _Output:
    """The text so far, and what waits for the end of the paragraph."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._paragraph = ""
        self._waiting: list[tuple[str, bool]] = []
        self._hidden: list[Hidden] = []
        self._pages: list[tuple[int, float | None, int | None]] = []  # start None until the page's first word is put

    def page(self, page: PageLines) -> None:
        self._pages.append((page.number, page.confidence, None))

    def begin(self, text: str) -> None:
        self._flush()
        self._paragraph = text
        self._started(self._size)

    def join(self, text: str) -> None:
        if self._paragraph.endswith(tuple(_BREAK_HYPHENS)):
            self._paragraph = self._paragraph[:-1]
        elif not _ENDS_WITH_HYPHEN.search(self._paragraph) or not text[:1].isalnum():
            self._paragraph += " "
        self._started(self._size + len(self._paragraph))
        self._paragraph += text

    def aside(self, text: str, hidden: bool) -> None:
        self._waiting.append((text, hidden))

    def done(self) -> Composed:
        self._flush()
        text = "".join(self._parts)
        size = len(text)
        pages = tuple(
            Page(number=number, start=size if start is None else start, confidence=confidence)
            for number, confidence, start in self._pages
        )
        return Composed(text, tuple(self._hidden), pages)

    def _started(self, at: int) -> None:
        for n in range(len(self._pages) - 1, -1, -1):
            number, confidence, start = self._pages[n]
            if start is not None:
                break
            self._pages[n] = (number, confidence, at)

    def _flush(self) -> None:
        if self._paragraph:
            self._put(self._paragraph + "\n")
            self._paragraph = ""
        for text, hidden in self._waiting:
            start = self._size
            self._put(text + "\n")
            if hidden:
                self._hidden.append(Hidden(start=start, end=self._size, kind=HiddenKind.FURNITURE))
        self._waiting.clear()

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._size += len(text)


def _continues(a: Line, b: Line, a_margins: _Margins, b_margins: _Margins, cell_right: float, across: bool) -> bool:
    """Whether line `b` goes on with the paragraph of line `a`, in a cell that ends at `cell_right` where it is narrow;
    `across` when a page ends between them."""
    em = a_margins.size
    ended = bool(_TERMINAL.search(a.text))
    small_start = b.text[:1].islower() and not _MARKER.match(b.text)
    marked = bool(_MARKER.match(b.text))
    if abs(a.size - b.size) > 0.35 * max(a.size, b.size):
        return False
    if not across:
        if b.top <= a.top or b.top - a.bottom > 1.3 * em:
            return False
        if ended and b.top - a.top > 1.2 * a_margins.pitch and b.top - a.top - a_margins.pitch > 0.15 * em:
            return False
    a_in, b_in = a.left - a_margins.left, b.left - b_margins.left
    if not marked and not across and _ENDS_WITH_HYPHEN.search(a.text) and b.text[:1].isalnum():
        return True
    if marked and ended and not (a_margins.indented and b_in < 0.5 * em):
        return False
    column = a_margins.right - a_margins.left
    if a.width < 0.5 * column:  # a cell or a heading: its width is that of its longest line
        full = cell_right - a.right < _first_word(b) + 0.5 * em
        if across or marked or not full or a.text.isupper() or b.text.isupper():
            return False
        return (small_start and abs(a.left - b.left) < em) or (not ended and abs(a.left - b.left) < 0.2 * em)
    centred = a_in > em and abs(a_in - (a_margins.right - a.right)) < em
    free = column - a.width if centred else a_margins.right - a.right
    if free > _first_word(b) + 0.5 * em:  # the next word would have fitted: the paragraph is over
        return False
    if small_start:
        return True
    if centred and abs(b_in - (b_margins.right - b.right)) < em:
        return False  # two lines of a heading
    if marked and b_in > 0.8 * em:
        return False
    if b_in > 0.8 * em and not ended and abs(a_in - b_in) < 0.5 * em and not across:
        return True  # an indented block
    if b_in > 0.8 * em:
        return not across and b_in > a_in + 0.5 * em and bool(_MARKER.match(a.text))
    # At the left edge: goes on, unless paragraphs of this document begin there and this one is over.
    return not (ended and a_in < 0.8 * em and b_in < 0.8 * em and across)


def _first_word(line: Line) -> float:
    """About the width of the line's first word and the space before it."""
    return (len(line.text.split(maxsplit=1)[0]) + 1) * line.width / max(1, len(line.text))


def _cell_rights(lines: Sequence[Line], margins: _Margins) -> list[float]:
    """For each line the right edge of the cell it stands in: that of the longest of the short lines that follow one
    another from the same left edge. Lines as wide as the text column have the column's edge."""
    rights = [margins.right] * len(lines)
    narrow = 0.5 * (margins.right - margins.left)
    start = 0
    while start < len(lines):
        end = start + 1
        if lines[start].width < narrow:
            while end < len(lines) and _same_cell(lines[end - 1], lines[end], narrow):
                end += 1
            if end - start > 2:  # two lines prove no column
                right = max(line.right for line in lines[start:end])
                rights[start:end] = [right] * (end - start)
        start = end
    return rights


def _same_cell(a: Line, b: Line, narrow: float) -> bool:
    return b.width < narrow and abs(a.left - b.left) < a.size and 0 < b.top - a.top < 2.5 * a.size


def _footnotes(body: Sequence[Line], margins: _Margins, page: PageLines) -> set[int]:
    """Lines at the foot of the page in smaller letters: notes, which do not interrupt the paragraph above them."""
    notes: list[Line] = []
    for line in reversed(body):
        if line.size > 0.9 * margins.size or line.top < 0.4 * page.height:
            break
        notes.append(line)
    if notes and _FOOTNOTE.match(notes[-1].text) and len(notes) < len(body):
        return {id(line) for line in notes}
    return set()


def _margins(pages: Sequence[PageLines], furniture: set[tuple[int, int]]) -> list[_Margins]:
    """The text column of each page; a page with few long lines takes the document's."""
    own: list[_Margins | None] = []
    for at, page in enumerate(pages):
        lines = [line for n, line in enumerate(page.lines) if (at, n) not in furniture]
        own.append(_page_margins(lines, page))
    known = [m for m in own if m is not None]
    if known:
        indented = _paragraphs_indented(pages, own)
        usual = _Margins(
            left=statistics.median(m.left for m in known),
            right=statistics.median(m.right for m in known),
            pitch=statistics.median(m.pitch for m in known),
            size=statistics.median(m.size for m in known),
            indented=indented,
        )
        return [replace(m, indented=indented) if m else usual for m in own]
    return [_rough_margins(page) for page in pages]


def _paragraphs_indented(pages: Sequence[PageLines], margins: Sequence[_Margins | None]) -> bool:
    """Whether numbered paragraphs begin to the right of the lines that follow them, nearly all of them."""
    steps = [
        (line.left - m.left) / m.size
        for page, m in zip(pages, margins, strict=True)
        if m is not None
        for line in page.lines
        if line.width > 0.5 * (m.right - m.left) and _MARKER.match(line.text)
    ]
    return len(steps) >= 3 and sum(step > 0.8 for step in steps) >= 0.75 * len(steps)


def _page_margins(lines: Sequence[Line], page: PageLines) -> _Margins | None:
    long = [line for line in lines if line.width > 0.5 * page.width]
    if len(long) < 4:
        return None
    size = statistics.median(line.size for line in long)
    rights = sorted(line.right for line in long)
    lefts = sorted(line.left for line in long)
    steps = [b.top - a.top for a, b in itertools.pairwise(lines) if 0 < b.top - a.top < 3 * size]
    return _Margins(
        left=lefts[len(lefts) // 10],
        right=rights[min(len(rights) - 1, len(rights) * 9 // 10)],
        pitch=_common(steps, size) if steps else 1.2 * size,
        size=size,
    )


def _rough_margins(page: PageLines) -> _Margins:
    lines = page.lines
    size = statistics.median(line.size for line in lines) if lines else page.height / 60
    left = min((line.left for line in lines), default=0.1 * page.width)
    right = max((line.right for line in lines), default=0.9 * page.width)
    # A page of a few short lines tells nothing of its column; an A4 page's text is some 70 % of it.
    return _Margins(left, max(right, left + 0.7 * page.width), 1.2 * size, size)


def _common(steps: Sequence[float], size: float) -> float:
    """The most usual distance, to a twentieth of the letters' height."""
    unit = size / 20
    counts = Counter(round(step / unit) for step in steps)
    best = max(counts, key=lambda k: counts[k - 1] + counts[k] + counts[k + 1])
    return best * unit


def _furniture(pages: Sequence[PageLines]) -> set[tuple[int, int]]:
    """(index of page, index of line) of page numbers and of heads and feet that come back on several pages."""
    edge: dict[tuple[int, int], str] = {}
    by_text: dict[tuple[str, bool], set[int]] = defaultdict(set)
    for at, page in enumerate(pages):
        for n, line in enumerate(page.lines):
            high = line.bottom < _EDGE * page.height
            low = line.top > (1 - _EDGE) * page.height
            if high or low:
                text = _DIGITS.sub("#", " ".join(line.text.split())).casefold()
                edge[at, n] = text
                by_text[text, high].add(at)
    found = _page_numbers(pages, edge)
    for (at, n), text in edge.items():
        page, line = pages[at], pages[at].lines[n]
        high = line.bottom < _EDGE * page.height
        inside = any(
            (other.bottom < line.top if high else other.top > line.bottom) and (at, m) not in edge
            for m, other in enumerate(page.lines)
        )
        again = len(by_text[text, high])
        # The first page's head may be the letterhead; a text that stands on two pages of many is chance.
        if not inside and (again >= 3 or (again == 2 and len(pages) <= 3 and at > 0)) and any(map(str.isalpha, text)):
            found.add((at, n))
    return found


def _page_numbers(pages: Sequence[PageLines], edge: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Numbers alone at a page's edge that count the pages: equal to the page, or off by what most others are off."""
    values: dict[tuple[int, int], int] = {}
    for at, n in edge:
        line = pages[at].lines[n]
        number = _PAGE_NUMBER.fullmatch(line.text)
        if number and _outermost(line, pages[at]):
            values[at, n] = int(number.group(1))
    offsets = Counter(value - pages[at].number for (at, _), value in values.items())
    usual = {off for off, times in offsets.items() if off == 0 or (times >= 3 and times > len(pages) / 3)}
    found = {key for key, value in values.items() if value - pages[key[0]].number in usual}
    # A number misread by recognition stands where the others stand.
    places = [pages[at].lines[n] for at, n in found]
    for at, n in edge:
        line = pages[at].lines[n]
        if (at, n) not in found and len(line.text) <= 3 and _outermost(line, pages[at]):
            alike = sum(abs(p.left - line.left) < line.size and abs(p.top - line.top) < line.size for p in places)
            if alike >= 2:
                found.add((at, n))
    return found


def _outermost(line: Line, page: PageLines) -> bool:
    """The first or last line of the page, with nothing beside it: not a number in a table or a letterhead."""
    middle = (line.top + line.bottom) / 2
    others = [other for other in page.lines if other is not line]
    if any(other.top < middle < other.bottom for other in others):
        return False
    return all(other.top > middle for other in others) or all(other.bottom < middle for other in others)
