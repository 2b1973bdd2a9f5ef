"""A directive cut into the passages that are searched: each a slice of the text, inside one clause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from corpus.model import Clause, Directive, Paragraph, Part
from corpus.text import sentences

# A small encoder loses the one sentence that answers in anything much longer; shorter ones say too little alone.
MOST = 420
JOIN_BELOW = 160
CONTEXT_MOST = 160
LEAD_MOST = 120

_BLOCKS = frozenset({Part.HEADING, Part.SIGNATURE, Part.RECIPIENTS, Part.STAMP})


@dataclass(frozen=True)
class Unit:
    """`text[start:end]` of a directive. `whole` is the clause or paragraph it may be quoted from."""

    start: int
    end: int
    part: Part
    clause: str | None
    number: int | None  # đoạn n, of a document without clauses
    text: str  # as a reader sees it
    subject: str  # what the document is about
    lead: str  # the headings above it


def units(directive: Directive) -> list[Unit]:
    """The passages of a document in reading order; the page's own furniture is left out."""
    subject = subject_of(directive)
    clauses = {c.path: c for c in directive.clauses}
    leads: dict[str | None, str] = {None: ""}
    out = []
    for start, end, first in _runs(directive):
        text = " ".join(directive.shown(start, end).split())
        if not any(c.isalnum() for c in text):
            continue
        if first.clause not in leads:
            leads[first.clause] = _lead(directive, clauses, first.clause)
        own = "" if first.part in _BLOCKS else leads[first.clause]
        out.append(Unit(start, end, first.part, first.clause, first.number, text, subject, own))
    return out


def subject_of(directive: Directive) -> str:
    """Type, number, issuer and subject on one line: what every passage of the document is about."""
    head = " ".join(filter(None, (directive.type, directive.number, directive.issuer)))
    title = directive.title or ""
    return _cut(title if head and title.startswith(directive.type or "\0") else f"{head} {title}".strip(), CONTEXT_MOST)


def _runs(directive: Directive) -> Iterator[tuple[int, int, Paragraph]]:
    """Neighbouring paragraphs of one clause and part, joined while short, cut at sentences while long."""
    held: list[Paragraph] = []
    for p in directive.paragraphs:
        if p.part is Part.FURNITURE:
            continue
        if held and _join(directive, held, p):
            held.append(p)
            continue
        yield from _cut_long(directive, held)
        held = [p]
    yield from _cut_long(directive, held)


def _join(directive: Directive, held: list[Paragraph], p: Paragraph) -> bool:
    first, last = held[0], held[-1]
    if p.part is not first.part or p.clause != first.clause:
        return False
    gap = directive.shown(last.end, p.start)
    if any(c.isalnum() for c in gap):
        return False  # furniture stands between them: a quote must not run over it
    if first.part in _BLOCKS:
        return p.end - first.start <= 2 * MOST
    if p.number is not None:
        return False  # each paragraph of a report is cited by its own number
    if p.end - first.start > MOST:
        return False
    # A page or a narrow column cuts sentences in two; what belongs together is found and quoted together.
    return last.end - first.start < JOIN_BELOW or unfinished(directive, last)


def unfinished(directive: Directive, p: Paragraph) -> bool:
    """True when the paragraph stops in the middle of a sentence, or announces what follows."""
    shown = directive.shown(p.start, p.end).rstrip(' \n\t*_"”’)')
    return bool(shown) and shown[-1] not in ".;!?…"


def _cut_long(directive: Directive, held: list[Paragraph]) -> Iterator[tuple[int, int, Paragraph]]:
    if not held:
        return
    start, end, first = held[0].start, held[-1].end, held[0]
    if end - start <= MOST * 1.4 or first.part in _BLOCKS:
        yield start, end, first
        return
    spans = sentences(directive.text, start, end) or [(start, end)]
    at = 0
    while at < len(spans):
        last = at
        while last + 1 < len(spans) and spans[last + 1][1] - spans[at][0] <= MOST:
            last += 1
        yield spans[at][0], spans[last][1], first
        at = last + 1


def _lead(directive: Directive, clauses: dict[str, Clause], path: str | None) -> str:
    """Headings of the clauses above and of the clause itself; their first words where there is no heading."""
    out: list[str] = []
    above = path
    while above:
        clause = clauses.get(above)
        if clause is not None:
            if clause.heading:
                out.append(_cut(clause.heading, LEAD_MOST))
            elif above != path:
                out.append(_cut(" ".join(directive.shown(clause.start, clause.end).split()), LEAD_MOST))
        above = above.rpartition(".")[0]
    return " ".join(reversed(out))


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0]
