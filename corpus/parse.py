"""From a file to directives: the whole way, and never a refusal for form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from corpus.extract import extract
from corpus.extract.extracted import Extracted, clean_text, merge_hidden
from corpus.furniture import Extent, cut_page_titles, find_furniture
from corpus.heading import Heading, read_heading
from corpus.letterhead import find_letterhead, take_apart
from corpus.lines import Line, markup_spans, split_lines
from corpus.model import Clause, Directive, Hidden, HiddenKind, Paragraph, Trust, Warning
from corpus.paragraphs import paragraphs
from corpus.quotes import mark_quotations
from corpus.references import find_references
from corpus.structure import Marker, read_tree
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
    markup = list(markup_spans(lines[extent.start : extent.end]))
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
    hidden = merge_hidden([*extracted.hidden, *markup, *_page_furniture(lines, clauses, body)])
    own = heading.number
    apart = {own, *(stamp.number for stamp in heading.copies)}
    references = find_references(text, apart, _offset(lines, extent.start), _offset(lines, extent.end))
    trust = Trust.SCAN if extracted.scanned and heading.trust is not Trust.REPORT else heading.trust
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
    parts = [("", zones.body, zones.tail)]
    parts += [(f"{a.label}/", a.first + 1, a.end) for a in zones.attachments]
    for prefix, first, end in parts:
        marks = read_tree(lines[first:end])
        if not marks:
            continue
        stop = _body_end(text, lines, marks[-1].line, end)
        starts = [m.start for m in marks] + [stop]
        for n, mark in enumerate(marks):
            path = prefix + mark.path
            whole = n + 1
            while whole < len(marks) and marks[whole].path.startswith(mark.path + "."):
                whole += 1
            clauses.append(
                Clause(
                    path=path,
                    start=mark.start,
                    end=_trimmed(text, mark.start, starts[n + 1]),
                    whole_end=_trimmed(text, mark.start, starts[whole]),
                )
            )
            all_marks.append(mark)
            if mark.gap:
                warnings.append(Warning(code="clause_gap", line=lines[mark.line].row, detail=path))
    return clauses, all_marks, warnings


# A sentence, or the words that lead into a list: no heading.
_LEADS_IN = re.compile(r"(?:[.;,…”\"]|(?:sau(?: đây)?|gồm|là|định|như|cụ thể|.{90}):)$")
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
        heading = " ".join(" ".join(words).split())
        if words and more and ended and size <= _HEADING_LENGTH and not _LEADS_IN.search(heading):
            clause = clause.model_copy(update={"heading": heading.rstrip(" :")})
        out.append(clause)
    return out


def _new_sentence(above: str, part: str, line: Line, before: Line) -> bool:
    """Does a wrapped heading end above this line?"""
    if above[-1] in ".:;" or part[0] in "-+•":
        return True
    return part[0].isupper() and (len(above) < 45 or (before.bold and not line.bold and not part[0].islower()))


def _body_end(text: str, lines: Sequence[Line], last: int, end: int) -> int:
    """Where the last clause stops: before the closing paragraphs, or at the end of the part."""
    for n in range(last + 1, end):
        line = lines[n]
        if line.text and not line.furniture and is_closing(line):
            before = next((lines[k] for k in range(n - 1, last, -1) if not lines[k].furniture), None)
            if before is None or not before.text or before.text[-1] in '.;:!?”"/' or before.end == before.start:
                return line.start
    return _offset(lines, end) if end < len(lines) else len(text)


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start + 1 and (text[end - 1].isspace() or text[end - 1] in "*#|_"):
        end -= 1
    return max(end, start + 1)


def _offset(lines: Sequence[Line], n: int) -> int:
    if n < len(lines):
        return lines[n].start
    return lines[-1].end if lines else 0


def _page_furniture(lines: Sequence[Line], clauses: Sequence[Clause], body: Sequence[Paragraph]) -> list[Hidden]:
    """The furniture that stands inside a clause or a paragraph: a quote is shown without it."""
    spans = sorted([(c.start, c.whole_end) for c in clauses] + [(p.start, p.end) for p in body])
    out: list[Hidden] = []
    reach, k = -1, 0
    for line in lines:
        if not line.furniture or line.end <= line.start:
            continue
        while k < len(spans) and spans[k][0] < line.start:
            reach = max(reach, spans[k][1])
            k += 1
        if line.start < reach:
            out.append(Hidden(start=line.start, end=min(line.end + 1, lines[-1].end), kind=HiddenKind.FURNITURE))
    return out


def _missing(heading: Heading) -> list[Warning]:
    if heading.report:
        return []
    return [
        Warning(code=f"no_{name}") for name in ("number", "type", "date", "issuer") if getattr(heading, name) is None
    ]


__all__ = ["READER_VERSION", "Extent", "parse_file", "parse_string", "parse_text"]
