"""What a document is, once it has been read: frozen models that cross from `corpus` to everybody else.

Every offset is a character offset into `Directive.text`, half-open: `text[start:end]`.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from enum import StrEnum
from itertools import islice
from typing import Self, TypeVar, cast, dataclass_transform

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.dataclasses import dataclass

NAME_MOST = 200  # characters of a name taken from the body


class Frozen(BaseModel):
    """Immutable, and refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def frozen(cls: type[T]) -> type[T]:
    """Makes of a class what `Frozen` makes, for what a document has hundreds of: in a quarter of the memory."""
    return cast(type[T], dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))(cls))


class Trust(StrEnum):
    """How far a reader may rely on the words: the mark shown beside every quote."""

    OFFICIAL = "official"  # the text of the directive itself
    COPY = "copy"  # a certified copy (SAO LỤC) of it
    SCAN = "scan"  # read by optical character recognition
    REPORT = "report"  # a press or web report about it


class Part(StrEnum):
    """Where in a document a paragraph stands."""

    HEADING = "heading"  # letterhead, number, place and date, type, subject
    PREAMBLE = "preamble"  # căn cứ …, the meeting, who attended
    CLAUSE = "clause"  # inside a numbered clause
    BODY = "body"  # a paragraph of a document that has no numbered clause
    CLOSING = "closing"  # about the whole document, after the last clause
    SIGNATURE = "signature"
    RECIPIENTS = "recipients"  # Nơi nhận
    STAMP = "stamp"  # incoming stamp, certified-copy block
    NOTE = "note"  # footnotes, attachments' unnumbered text, captions
    FURNITURE = "furniture"  # the web site's or page's own; never quoted


class HiddenKind(StrEnum):
    MARKUP = "markup"  # ** # <u> | inside the words
    FURNITURE = "furniture"  # a page number or footer in the middle of a clause
    BREAK = "break"  # a hyphenation or line break that is not the author's


@frozen
class Hidden:
    """A stretch of the text that is dropped when a quote is shown clean, and kept when it is verified."""

    start: int
    end: int
    kind: HiddenKind


@frozen
class Clause:
    """A numbered clause. `text[start:end]` is its own text from its marker up to the next marker (its first
    sub-clause included as a marker); `text[start:whole_end]` also holds its sub-clauses."""

    path: str  # canonical, see corpus/paths.py
    start: int
    end: int
    whole_end: int
    heading: str | None = None  # the clause's own heading where it has one ("Điều 3. Hiệu lực thi hành")


@frozen
class Paragraph:
    """One paragraph, in reading order. Paragraphs do not overlap."""

    start: int
    end: int
    part: Part
    clause: str | None = None  # path of the innermost clause it stands in
    number: int | None = None  # đoạn n, counted over the BODY paragraphs of a document without clauses


@frozen
class Stamp:
    """An incoming stamp (ĐẾN) or a certified copy (SAO LỤC): a number that is not the document's own."""

    number: str | None
    date: dt.date | None
    by: str | None


@frozen
class Reference:
    """Another document (and clause of it) named in the text."""

    number: str  # canonical
    start: int
    end: int
    clause: str | None = None


@frozen
class Page:
    """Page `number` (from 1) of a PDF or scan begins at `start`. `confidence` is OCR's, 0 to 1, None for real text."""

    number: int
    start: int
    confidence: float | None = None


@frozen
class Warning:
    """Something a careful operator wants to know. `code` names a message, `line` is 1-based in the extracted text."""

    code: str
    line: int | None = None
    detail: str = ""


class Directive(Frozen):
    """A document as read. `text` is as extracted: NFC, line ends ``\\n``; nothing is removed from it."""

    file: str  # base name of the source
    sha256: str  # of the source's bytes, hex
    text: str
    trust: Trust
    number: str | None = None  # canonical, see corpus/numbers.py
    type: str | None = None  # "Kết luận", "Chỉ thị", …; "Tin" for a report
    issuer: str | None = None
    date: dt.date | None = None
    month: str | None = None  # "2021-06" when only the month is known
    title: str | None = None  # the subject, as printed, on one line
    signer: str | None = None
    received: tuple[Stamp, ...] = ()
    copies: tuple[Stamp, ...] = ()
    references: tuple[Reference, ...] = ()
    clauses: tuple[Clause, ...] = ()  # in reading order
    paragraphs: tuple[Paragraph, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    pages: tuple[Page, ...] = ()
    warnings: tuple[Warning, ...] = ()

    @model_validator(mode="after")
    def _offsets_hold(self) -> Self:
        size, last = len(self.text), 0
        for p in self.paragraphs:
            if not last <= p.start < p.end <= size:
                raise ValueError(f"paragraph {p.start}:{p.end} overlaps, is empty or outside the text")
            last = p.end
        for c in self.clauses:
            if not 0 <= c.start < c.end <= c.whole_end <= size:
                raise ValueError(f"clause {c.path} {c.start}:{c.end}:{c.whole_end} is outside the text")
        last = 0
        for h in self.hidden:
            if not last <= h.start < h.end <= size:
                raise ValueError(f"hidden {h.start}:{h.end} overlaps or is outside the text")
            last = h.end
        return self

    @property
    def name(self) -> str | None:
        """What to call it: the subject, or the first line of its body when it has none (a report without a heading)."""
        if self.title:
            return self.title
        body = next((p for p in self.paragraphs if p.part in (Part.BODY, Part.PREAMBLE, Part.CLAUSE)), None)
        return " ".join(self.shown(body.start, body.end).split())[:NAME_MOST] if body else None

    def shown(self, start: int, end: int) -> str:
        """`text[start:end]` as a reader sees it: without the hidden stretches."""
        out, at = [], start
        # Hidden stretches are in order and do not overlap (see above): only those between start and end are looked at.
        for h in islice(self.hidden, bisect_right(self.hidden, start, key=lambda h: h.end), None):
            if h.start >= end:
                break
            out.append(self.text[at : max(at, h.start)])
            at = max(at, min(h.end, end))
        out.append(self.text[at:end])
        return "".join(out)
