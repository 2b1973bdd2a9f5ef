"""From a file to directives: the whole way, and never a refusal for form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter

from corpus.extract import extract
from corpus.extract.extracted import Extracted, clean_text
from corpus.furniture import Extent, cut_page_titles, find_furniture, is_ruler
from corpus.heading import Heading, read_heading
from corpus.letterhead import find_letterhead, take_apart
from corpus.lines import Line, markup_spans, split_lines
from corpus.markers import Level
from corpus.model import Clause, Directive, Hidden, HiddenKind, Paragraph, Trust, Warning
from corpus.paragraphs import paragraphs
from corpus.quotes import mark_quotations
from corpus.references import find_references
from corpus.structure import Marker, read_tree
from corpus.text import Span
from corpus.zones import Zones, find_zones, is_closing

READER_VERSION = 1  # grows when the same bytes would be read otherwise


def parse_file(path: Path) -> list[Directive]:
    """The directives in a file; several for an archive. UnreadableError when there is no text to be had."""
    return [parse_text(extracted) for extracted in extract(path)]


def parse_string(text: str, file: str = "text.txt") -> Directive:
    """A directive from text at hand: for tests and for text that comes from no file."""
    return parse_text(
        Extracted(file, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), clean_text(text))
    )


def parse_text(extracted: Extracted) -> Directive:
    """Reads one document's text. Whatever has text becomes a directive, at worst of paragraphs with warnings."""
    text = extracted.text
    lines, _ = cut_page_titles(split_lines(text))
    extent = find_furniture(lines)
    markup = markup_spans(lines[extent.start : extent.end])
    added = 0
    if not extent.article:
        lines, added = take_apart(lines, extent.start, extent.end)
    extent = replace(extent, end=extent.end + added)
    letterhead = find_letterhead(lines, extent.start, extent.end)
    mark_quotations(lines)
    zones = find_zones(lines, extent.start, extent.end, letterhead.end)
    clauses, marks, warnings = _clauses(text, lines, zones)
    table = range(extent.table, extent.start)
    heading = read_heading(text, lines, zones, letterhead, len(clauses), extent.month, table, extent.article)
    if heading.report:
        clauses, marks, warnings = [], [], []
    clauses = _with_headings(text, lines, clauses, marks)
    body = paragraphs(text, lines, zones, extent, heading, clauses)
    hidden = _merged(extracted.hidden, markup, _page_furniture(lines, clauses, body))
    own = heading.number
    apart: set[str | None] = {own, *(stamp.number for stamp in heading.copies)}
    references = find_references(text, apart, _offset(lines, extent.start), _offset(lines, extent.end))
    trust = Trust.SCAN if (extracted.scanned or extent.scanned) and heading.trust is not Trust.REPORT else heading.trust
    return Directive(
        file=extracted.file,
        sha256=extracted.sha256,
        text=text,
        trust=trust,
        number=own,
        type=heading.type,
        issuer=heading.issuer,
        date=heading.date,
        month=heading.month,
        title=heading.title or extracted.title,
        signer=heading.signer,
        received=tuple(heading.received),
        copies=tuple(heading.copies),
        references=references,
        clauses=tuple(clauses),
        paragraphs=tuple(body),
        hidden=hidden,
        pages=extracted.pages,
        warnings=(*extracted.warnings, *warnings, *_missing(heading)),
    )


def _clauses(text: str, lines: Sequence[Line], zones: Zones) -> tuple[list[Clause], list[Marker], list[Warning]]:
    clauses: list[Clause] = []
    all_marks: list[Marker] = []
    warnings: list[Warning] = []
    seen: set[str] = set()
    parts = [("", zones.body, zones.tail)]
    parts += [(f"{a.label}/", a.first + 1, a.end) for a in zones.attachments]
    for prefix, first, end in parts:
        marks = [m for m in read_tree(lines[first:end], repeats=not prefix) if prefix + m.path not in seen]
        if not marks:
            continue
        # Where what stands before each marker ends; a chapter's heading above an Điều belongs to no clause.
        stops = [_chapter_above(lines, mark) if mark.level is Level.ARTICLE else mark.start for mark in marks]
        stops.append(_body_end(text, lines, marks, end))
        for n, mark in enumerate(marks):
            path = prefix + mark.path
            if path in seen:
                continue
            seen.add(path)
            whole = n + 1
            while whole < len(marks) and marks[whole].path.startswith(mark.path + "."):
                whole += 1
            clauses.append(
                Clause(
                    path=path,
                    start=mark.start,
                    end=_trimmed(text, mark.start, stops[n + 1]),
                    whole_end=_trimmed(text, mark.start, stops[whole]),
                )
            )
            all_marks.append(mark)
            if mark.gap:
                warnings.append(Warning(code="clause_gap", line=lines[mark.line].row, detail=path))
            if path.endswith(")"):
                warnings.append(Warning(code="clause_repeated", line=lines[mark.line].row, detail=path))
    return clauses, all_marks, warnings


_CHAPTER = re.compile(
    r"(?:chuong|tieu muc|muc|phan)\s*(?:thu\s+[a-z]+|[ivxlc]+\b|\d{1,2}\b|[a-d]\b)?\s*[.:–-]?", re.IGNORECASE
)
_CHAPTER_LINES = 8  # visible lines a chapter's and a section's heading take together at most


def _chapter_above(lines: Sequence[Line], mark: Marker) -> int:
    """Where the headings of Chương, Mục and Phần above an Điều begin; the Điều itself when there are none."""
    start, shown = mark.start, 0
    for n in range(mark.line - 1, max(-1, mark.line - 30), -1):
        line = lines[n]
        if not line.text or line.furniture:
            continue
        shown += 1
        if shown > _CHAPTER_LINES or len(line.text) > 160:
            break
        numbered = _CHAPTER.match(line.folded)
        roman = line.capitals and re.match(r"[IVX]+\s?[.–-]", line.text)
        if (numbered and numbered.end() > 4 and line.text[0] in "CMPT") or roman:
            start = line.first
        elif line.text[-1] in ".;:" or not (line.capitals or line.bold or len(line.text) < 60):
            break
    return start


# A sentence, or the words that lead into a list: no heading.
_LEADS_IN = re.compile(r"(?:[.;,…”\"]|(?:sau(?: đây)?|gồm|là|định|như|cụ thể|.{90}):)$")
_ENDS_SENTENCE = '.;,…”":'  # the last characters of all that `_LEADS_IN` finds
_HEADING_LENGTH = 240  # characters; a longer first paragraph is text


def _with_headings(
    text: str, lines: Sequence[Line], clauses: Sequence[Clause], marks: Sequence[Marker]
) -> list[Clause]:
    """Gives each clause its own heading: a first paragraph that is no sentence ("Điều 3. Hiệu lực thi hành")."""
    out = []
    for clause, mark in zip(clauses, marks, strict=True):
        words: list[str] = []
        size, ended = 0, False
        for n in range(mark.line, min(mark.line + 6, len(lines))):
            line = lines[n]
            if line.start >= clause.end or (words and not line.text):
                ended = True
                break
            part = line.text if line.start > mark.body else line.text[line.index_of(mark.body) :].strip()
            if line.furniture or not part:
                continue
            if words and _new_sentence(words[-1], part, line, lines[n - 1]):
                ended = True
                break
            words.append(part)
            size += len(part)
            if size > _HEADING_LENGTH:
                break
        more = clause.whole_end > clause.end or clause.end - mark.body > size + 2
        heading = " ".join(" ".join(words).split()) if more and ended and size <= _HEADING_LENGTH else ""
        if heading and not (heading[-1] in _ENDS_SENTENCE and _LEADS_IN.search(heading)):
            clause = Clause(
                path=clause.path,
                start=clause.start,
                end=clause.end,
                whole_end=clause.whole_end,
                heading=heading.rstrip(" :"),
            )
        out.append(clause)
    return out


def _new_sentence(above: str, part: str, line: Line, before: Line) -> bool:
    """Does a wrapped heading end above this line?"""
    if above[-1] in ".:;" or part[0] in "-+•":
        return True
    return part[0].isupper() and (len(above) < 45 or (before.bold and not line.bold and not part[0].islower()))


# A footnote's text, below the last clause.
_FOOTNOTE = re.compile(r"\[\d{1,3}\]\s*\S")


def _body_end(text: str, lines: Sequence[Line], marks: Sequence[Marker], end: int) -> int:
    """Where the last clause stops: before the closing paragraphs or the footnotes, or at the end of the part."""
    last = marks[-1]
    articles = any(mark.level is Level.ARTICLE for mark in marks)
    has_text = lines[last.line].text[-1:] in (".", ";") or len(lines[last.line].text) > 120
    before: Line | None = lines[last.line]
    for n in range(last.line + 1, end):
        line = lines[n]
        if line.furniture or is_ruler(line):
            continue
        if not line.text:
            continue
        if _FOOTNOTE.match(line.text):
            return _above(lines, n, last.line)
        ended = before is None or before.text[-1:] in '.;:!?”"/' or lines[n - 1].text == ""
        if ended and has_text and is_closing(" ".join(t.folded for t in lines[n : min(n + 4, end)]), articles):
            return _above(lines, n, last.line)
        has_text = has_text or last.body < line.start
        before = line
    return _above(lines, end, last.line) if end < len(lines) else len(text)


def _above(lines: Sequence[Line], n: int, last: int) -> int:
    """Where line `n` begins, with the rulers and empty lines above it."""
    while n - 1 > last and (not lines[n - 1].text or lines[n - 1].furniture or is_ruler(lines[n - 1])):
        n -= 1
    return lines[n].start


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start + 1 and (text[end - 1].isspace() or text[end - 1] in "*#|_"):
        end -= 1
    return max(end, start + 1)


def _offset(lines: Sequence[Line], n: int) -> int:
    if n < len(lines):
        return lines[n].start
    return lines[-1].end if lines else 0


def _page_furniture(lines: Sequence[Line], clauses: Sequence[Clause], body: Sequence[Paragraph]) -> list[Span]:
    """The furniture that stands inside a clause or a paragraph: a quote is shown without it."""
    spans = sorted([(c.start, c.whole_end) for c in clauses] + [(p.start, p.end) for p in body])
    out: list[Span] = []
    reach, k = -1, 0
    for line in lines:
        if not line.furniture or line.end <= line.start:
            continue
        while k < len(spans) and spans[k][0] < line.start:
            reach = max(reach, spans[k][1])
            k += 1
        if line.start < reach:
            out.append((line.start, min(line.end + 1, lines[-1].end)))
    return out


_HIDDEN = TypeAdapter(tuple[Hidden, ...])


def _merged(extracted: Sequence[Hidden], markup: Sequence[Span], furniture: Sequence[Span]) -> tuple[Hidden, ...]:
    """Sorted, without overlaps, as `merge_hidden` does it; thousands of spans are checked in one go."""
    spans = [(h.start, -h.end, 0, h.kind) for h in extracted]
    spans += [(start, -end, 1, HiddenKind.MARKUP) for start, end in markup]
    spans += [(start, -end, 2, HiddenKind.FURNITURE) for start, end in furniture]
    spans.sort()
    out: list[dict[str, object]] = []
    reach = 0
    for start, minus_end, _, kind in spans:
        start = max(start, reach)
        if start < -minus_end:
            reach = -minus_end
            out.append({"start": start, "end": reach, "kind": kind})
    return _HIDDEN.validate_python(out)


def _missing(heading: Heading) -> list[Warning]:
    if heading.report:
        return []
    return [
        Warning(code=f"no_{name}") for name in ("number", "type", "date", "issuer") if getattr(heading, name) is None
    ]


__all__ = ["READER_VERSION", "Extent", "parse_file", "parse_string", "parse_text"]
