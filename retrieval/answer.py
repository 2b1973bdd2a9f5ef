"""What comes back from a question: data only. Words for people are made in bot/."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any, Self

from pydantic import Field

from corpus.library import DocumentInfo
from corpus.model import Directive, Frozen, Part, Trust


class Status(StrEnum):
    ANSWERED = "answered"
    RELATED = "related"  # nearest, but it may not answer
    NONE = "none"
    CHOOSE = "choose"  # several documents fit what was asked for


class Citation(Frozen):
    """Every field a citation is made of; bot/citation.py turns it into words."""

    document_id: str
    file: str
    number: str | None
    type: str | None
    issuer: str | None
    date: dt.date | None
    month: str | None
    title: str | None
    clause: str | None  # canonical path
    paragraph: int | None  # đoạn n, in a document without clauses
    part: Part
    page: int | None = None
    trust: Trust = Trust.OFFICIAL

    @classmethod
    def of(
        cls,
        source: DocumentInfo | Directive,
        document_id: str,
        *,
        part: Part,
        clause: str | None = None,
        paragraph: int | None = None,
        page: int | None = None,
    ) -> Self:
        """The citation of a place in a document."""
        return cls(
            document_id=document_id,
            file=source.file,
            number=source.number,
            type=source.type,
            issuer=source.issuer,
            date=source.date,
            month=source.month,
            title=source.name if isinstance(source, Directive) else source.title,
            clause=clause,
            paragraph=paragraph,
            part=part,
            page=page,
            trust=source.trust,
        )


class Passage(Frozen):
    """A quote: `text[start:end]` of the document named in the citation, checked against the library."""

    citation: Citation
    quote: str  # text[start:end], nothing changed
    shown: str  # the same without hidden stretches (mark-up, page furniture)
    start: int
    end: int
    emphasis: tuple[int, int] | None  # the sentence that answers, offsets into `shown`
    score: float


class Note(Frozen):
    """Something to say beside (or instead of) a quote. `code` names a message in bot/messages; `params` fill it.

    no_document (number, mentioned: list of [document, clause]) · no_clause (number, clause, clauses: list of paths) ·
    greeting · thanks · who · empty · too_long · not_a_question · below (nearest only) · corrected (read as …)
    """

    code: str
    params: dict[str, Any] = Field(default_factory=dict)


class Choice(Frozen):
    """One of several documents that fit."""

    document_id: str
    file: str
    number: str | None
    type: str | None
    issuer: str | None
    date: dt.date | None
    title: str | None

    @classmethod
    def of(cls, info: DocumentInfo) -> Self:
        """The choice of this document."""
        return cls(
            document_id=info.id,
            file=info.file,
            number=info.number,
            type=info.type,
            issuer=info.issuer,
            date=info.date,
            title=info.title,
        )


class Answer(Frozen):
    question: str
    status: Status
    passages: tuple[Passage, ...] = ()
    note: Note | None = None
    choices: tuple[Choice, ...] = ()
    question_read: dict[str, Any] = Field(default_factory=dict)  # each step of understanding, for --json
    library_version: int = 0
