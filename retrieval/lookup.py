"""Exact lookups: which documents a question's number, date, stamp or copy means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from corpus.numbers import DocumentNumber
from corpus.text import fold
from retrieval.lexicon import Lexicon
from retrieval.question.numbers import NumberAsk, Role, code, plain_serial
from retrieval.question.reading import Reading
from retrieval.segment import Document
from retrieval.snapshot import NumberAt, Snapshot


@dataclass(frozen=True)
class Found:
    """What a number was found as. `mentions`: (document, start, end) where it is only referred to."""

    ask: NumberAsk
    documents: tuple[Document, ...] = ()
    role: Role = Role.OWN
    mentions: tuple[tuple[Document, int, int], ...] = ()


def find(ask: NumberAsk, snapshot: Snapshot, reading: Reading, lexicon: Lexicon) -> Found:
    """The documents whose own number, stamp or copy it is; else where it is mentioned. Never a near number."""
    documents = snapshot.documents
    known = snapshot.numbers.get(ask.serial, [])
    if ask.role in (Role.OWN, Role.ANY):
        own = [n.document for n in known if n.own and _fits(ask, n, n.document.info.type)]
        if own:
            return Found(ask, tuple(_narrow(own, ask, reading, lexicon)))
    if ask.role in (Role.RECEIVED, Role.ANY):
        got = [d for d in documents if any(_is(n, ask) for n, _ in d.received)]
        if got:
            return Found(ask, tuple(got), Role.RECEIVED)
    if ask.role in (Role.COPY, Role.ANY):
        got = [d for d in documents if any(_is(n, ask) for n, _ in d.copies)]
        if got:
            return Found(ask, tuple(got), Role.COPY)
    mentions = tuple((n.document, n.start, n.end) for n in known if not n.own and _fits(ask, n, None))
    return Found(ask, mentions=mentions)


def _fits(ask: NumberAsk, at: NumberAt, type: str | None) -> bool:
    try:
        return ask.fits(DocumentNumber.parse(at.number), type)
    except ValueError:
        return False


def _is(number: str | None, ask: NumberAsk) -> bool:
    if not number:
        return False
    try:
        parsed = DocumentNumber.parse(number)
    except ValueError:
        return plain_serial(number.strip()) == ask.serial
    if ask.serial != plain_serial(parsed.serial):
        return False
    return ask.body is None or ask.body in (code(parsed.symbol), code(parsed.body))


def _narrow(documents: Sequence[Document], ask: NumberAsk, reading: Reading, lexicon: Lexicon) -> list[Document]:
    """Of several with the number, those that the rest of the question fits: date, year, issuer."""
    kept = list(documents)
    f = reading.filters
    tests: list[Callable[[Document], bool | None]] = [
        lambda d: d.info.date in f.dates if f.dates and f.dated else None,
        lambda d: bool(d.info.date and d.info.date.year in f.years) if f.years else None,
        lambda d: bool(d.info.date and f"{d.info.date:%Y-%m}" in f.months) if f.months else None,
        lambda d: any(name in fold(d.info.issuer or "") for name in f.issuers) if f.issuers and d.info.issuer else None,
    ]
    for test in tests:
        if len(kept) > 1:
            fitting = [d for d in kept if test(d)]
            kept = fitting or kept
    return kept
