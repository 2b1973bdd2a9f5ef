"""What became of a document, as far as who asks may know: the newer documents that replace, end or amend it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.catalogue import Catalogue
from corpus.effects import Effect, Statement, find_effects
from corpus.library import DocumentInfo, Documents, number_key
from corpus.validity import Validity, identity

MOST = 20  # documents read for one list of proposals


@dataclass(frozen=True, slots=True)
class Newer:
    """`info` does this to the document in question."""

    effect: Effect
    info: DocumentInfo


Standing = Callable[[str], Sequence[Newer]]
"""What became of the document with this id."""


def unmarked(_: str) -> Sequence[Newer]:
    """Nothing is known of any."""
    return ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """`new` says in its own words, at `statement`, what it does to `old`; nobody has confirmed it."""

    old: DocumentInfo
    new: DocumentInfo
    statement: Statement


def newer(info: DocumentInfo, validity: Validity, catalogue: Catalogue) -> list[Newer]:
    """A mark by a document that is not in the catalogue is as if it were not there. Reads the library."""
    return _latest_first(Newer(m.effect, other) for m in validity.of(info) for other in catalogue.identified(m.new)[:1])


def older(info: DocumentInfo, validity: Validity, catalogue: Catalogue) -> list[Newer]:
    """The same the other way: what this document does to others."""
    return _latest_first(Newer(m.effect, other) for m in validity.by(info) for other in catalogue.identified(m.old)[:1])


def _latest_first(found: Iterable[Newer]) -> list[Newer]:
    """In an order that does not tell when somebody confirmed what."""
    ordered = sorted(found, key=lambda n: n.info.id)
    return sorted(ordered, key=lambda n: n.info.date or dt.date.min, reverse=True)


def proposals(info: DocumentInfo, library: Documents, validity: Validity, catalogue: Catalogue) -> list[Proposal]:
    """What this document says of others, and what others say of it, as far as it is not confirmed yet. Reads the
    library."""
    found: list[Proposal] = []
    d = library.get(info.id)
    for s in find_effects(d) if d else ():
        found += [Proposal(old, info, s) for old in catalogue.numbered(s.number)]
    if info.number:
        seen = {i.id for i in catalogue.documents}
        naming = [i for i, _ in library.mentions(info.number) if i.id in seen][:MOST]
        for other in naming:
            text = library.get(other.id)
            for s in find_effects(text) if text else ():
                if number_key(s.number) == number_key(info.number):
                    found.append(Proposal(info, other, s))
    return [p for p in found if p.old.id != p.new.id and _in_order(p) and not _marked(p, validity)][:MOST]


def _in_order(p: Proposal) -> bool:
    return p.old.date is None or p.new.date is None or p.old.date <= p.new.date


def _marked(p: Proposal, validity: Validity) -> bool:
    return any(m.new == identity(p.new) for m in validity.of(p.old))
