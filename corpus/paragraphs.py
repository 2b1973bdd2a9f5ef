"""Paragraphs, each in its part of the document."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final

from pydantic import TypeAdapter

from corpus.furniture import Extent, is_ruler
from corpus.heading import Heading
from corpus.lines import Line
from corpus.model import Clause, Paragraph, Part
from corpus.zones import Zones

_BULLET = re.compile(r"[-–—+•*·▪]\s|[(\[]?(?:[ivx]{1,4}|\d{1,2}|[a-zđ])[)\]]\s")
_BARE_MARKER = 8  # characters; "Điều 12."
_STOPS = (".", ";", ":", "!", "?", "…", "./.", "”", '"')


def paragraphs(
    text: str,
    lines: Sequence[Line],
    zones: Zones,
    extent: Extent,
    heading: Heading,
    clauses: Sequence[Clause],
) -> list[Paragraph]:
    """Every visible line in exactly one paragraph, in reading order."""
    starts = [c.start for c in clauses]
    by_start = {c.start: c for c in clauses}
    blocks: list[tuple[int, int, int, int]] = []  # source start, end, first line, last line
    previous: Line | None = None
    gap = False
    interrupted: tuple[Line, int] | None = None  # the last line of text above page furniture, and its block
    width = _wrap_width(lines[extent.start : extent.end])
    spaced = _spaced(lines[extent.start : extent.end])
    for line in lines:
        if not line.text:
            gap = True
            continue
        begin = line.first
        skip = extent.prefix if line.index == 0 and extent.prefix else 0
        if skip:
            blocks.append((line.first, line.at(len(line.text[:skip].rstrip())), 0, 0))
            if skip >= len(line.text):
                continue
            begin = line.at(skip)
            previous = None
        if line.furniture:
            if previous is not None and not previous.furniture and blocks:
                interrupted = (previous, len(blocks) - 1)
        elif interrupted is not None:
            above, block = interrupted
            interrupted = None
            if _goes_on(above, line) and line.first not in by_start:
                a, _, first, _ = blocks[block]
                blocks[block:] = [(a, line.last, first, line.index)]
                previous, gap = line, False
                continue
        if previous is None or (
            not _goes_on(previous, line) if gap else _breaks(previous, line, width, by_start, spaced)
        ):
            blocks.append((begin, line.last, line.index, line.index))
        else:
            a, _, first, _ = blocks[-1]
            blocks[-1] = (a, line.last, first, line.index)
        previous, gap = line, False
    # A clause may begin inside a line (glued to the preamble): cut there.
    cut: list[tuple[int, int, int, int]] = []
    for a, b, first, last in blocks:
        at = a
        for s in starts[bisect_right(starts, a) : bisect_right(starts, b - 1)]:
            if s > at:
                cut.append((at, _rstrip(text, at, s), first, last))
                at = s
        cut.append((at, b, first, last))
    out: list[dict[str, object]] = []
    reading_last = _innermost(clauses)
    note_from = _behind_signature(lines, zones)
    last_clause = max((c.start for c in clauses if "/" not in c.path), default=0)
    number = 0
    for n, (a, b, first, _) in enumerate(cut):
        if a >= b:
            continue
        clause = reading_last(a)
        begin_of_clauses = clauses[0].start if clauses else None
        part = _part(lines, zones, extent, heading, first, clause, begin_of_clauses, last_clause, note_from, a)
        if a == (lines[0].first if lines else 0) and extent.prefix and n == 0:
            part = Part.FURNITURE
        count = None
        if part is _BODY:
            if heading.type == "Tin" and _caption(lines, text, cut, n):
                part = Part.NOTE
            else:
                number += 1
                count = number
        path = clause.path if clause and part is _CLAUSE else None
        out.append({"start": a, "end": b, "part": part, "clause": path, "number": count})
    return _PARAGRAPHS.validate_python(out)


# Names of their own: these are asked for once a paragraph, and an attribute of an enumeration is dear.
_CLAUSE: Final = Part.CLAUSE
_BODY: Final = Part.BODY
_PARAGRAPHS = TypeAdapter(list[Paragraph])


def _behind_signature(lines: Sequence[Line], zones: Zones) -> int:
    """The line where footnotes, a translation or a form begin below the signature block; behind all when none do."""
    if zones.signature is None and zones.recipients is None:
        return len(lines)
    first = max(zones.signature or 0, zones.recipients or 0)
    signed_last = zones.signature == first
    for n in range(first + 1, zones.after):
        text = lines[n].text
        if re.match(r"\[\d{1,3}\]", text) or (
            signed_last and len(text) > 45 and not lines[n].capitals and not _BULLET.match(text)
        ):
            return n
    return len(lines)


def _innermost(clauses: Sequence[Clause]) -> Callable[[int], Clause | None]:
    """A function from an offset to the innermost clause that holds it."""
    starts = [c.start for c in clauses]

    def find(offset: int) -> Clause | None:
        n = bisect_right(starts, offset) - 1
        while n >= 0:
            if clauses[n].end > offset:
                return clauses[n]
            if clauses[n].whole_end <= offset and "." not in clauses[n].path:
                return None
            n -= 1
        return None

    return find


def _part(
    lines: Sequence[Line],
    zones: Zones,
    extent: Extent,
    heading: Heading,
    n: int,
    clause: Clause | None,
    first_clause: int | None,
    last_clause: int,
    note_from: int,
    offset: int,
) -> Part:
    if lines[n].furniture or (clause is None and is_ruler(lines[n])):
        return Part.FURNITURE
    if n in heading.stamp_lines:
        return Part.STAMP
    if clause is not None:
        return _CLAUSE
    if heading.report:
        return Part.HEADING if n in heading.title_lines or _heads_section(lines[n], heading) else Part.BODY
    for a in zones.attachments:
        if a.first <= n < a.end:
            return Part.NOTE
    if note_from <= n < zones.after:
        return Part.NOTE
    if zones.recipients is not None and n >= zones.recipients:
        if zones.signature is not None and zones.signature > zones.recipients and n >= zones.signature:
            return Part.SIGNATURE
        return Part.RECIPIENTS
    if zones.signature is not None and n >= zones.signature:
        return Part.SIGNATURE
    if n < zones.body or n in heading.title_lines:
        if zones.type_line is None and not heading.title_lines:
            return Part.BODY if first_clause is None else Part.PREAMBLE
        if n <= max(heading.title_lines, default=n) or n < zones.body:
            return Part.HEADING
    if first_clause is None:
        return Part.BODY
    if offset < first_clause:
        return Part.PREAMBLE
    # Between two clauses only a chapter's heading belongs to none.
    return Part.HEADING if offset < last_clause else Part.CLOSING


def _heads_section(line: Line, heading: Heading) -> bool:
    """A heading inside a report: marked as one, a question in bold, or the title over again."""
    if line.heading or (line.bold and len(line.text) < 250 and line.text.endswith("?")):
        return True
    return heading.title is not None and len(line.text) < 300 and line.text.startswith(heading.title)


def _breaks(previous: Line, line: Line, width: int, by_start: dict[int, Clause], spaced: bool) -> bool:
    if line.furniture != previous.furniture or line.heading or previous.heading or line.quoted != previous.quoted:
        return True
    if line.first in by_start or _BULLET.match(line.text):
        return True
    if previous.first in by_start and len(previous.text) <= _BARE_MARKER:
        return False  # a marker alone on its line, its words below
    ended = previous.text.endswith(_STOPS)
    opens = line.text[0].isupper() or not line.text[0].isalnum() or line.text[0].isdigit()
    if ended and opens:
        return True
    if width == 0:
        return True
    # Where empty lines part the paragraphs a short line is only a short line.
    if not spaced and len(previous.text) < 0.6 * width and opens:
        return True
    if spaced and previous.bold != line.bold and opens:
        return True
    return len(previous.text) < width and previous.capitals != line.capitals


def _goes_on(previous: Line, line: Line) -> bool:
    """Does a paragraph go on behind an empty line? A page's end puts one in the middle of a sentence."""
    return (
        len(previous.text) > 40
        and previous.text[-1].isalpha()
        and line.text[0].islower()
        and len(line.text) > 30
        and not _BULLET.match(line.text)
        and previous.furniture == line.furniture
    )


def _spaced(lines: Sequence[Line]) -> bool:
    """Do empty lines (and not only table cells' borders) part the paragraphs?"""
    empty = len([line for line in lines if line.start == line.end])
    return empty > 0.2 * len([line for line in lines if line.text])


def _wrap_width(lines: Sequence[Line]) -> int:
    """Where lines are wrapped, in characters; 0 when a line is a paragraph."""
    lengths = sorted([size for line in lines if (size := len(line.text)) > 20])
    if len(lengths) < 8:
        return 0
    high = lengths[int(len(lengths) * 0.9)]
    return high if high <= 130 else 0


def _caption(lines: Sequence[Line], text: str, blocks: Sequence[tuple[int, int, int, int]], n: int) -> bool:
    """A picture's caption: a short line without a full stop, or one set apart by more than one empty line."""
    a, b, _, last = blocks[n]
    if b - a > 120:
        return False
    words = text[a:b].rstrip()
    if _BULLET.match(words) or words[0] in "(-+•":
        return False
    if not words.endswith((".", "!", "?", ":", ";", "./.", "…")):
        return True
    after = blocks[n + 1][2] - last if n + 1 < len(blocks) else 1
    return after > 3


def _rstrip(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end
