"""Other documents (and clauses of them) named in a text."""

from __future__ import annotations

import re
from collections.abc import Set
from functools import lru_cache

from corpus.model import Reference
from corpus.numbers import DocumentNumber, find_numbers

# "điểm a khoản 2 Điều 5 Nghị quyết số …": the clause stands before the document it is of.
_CLAUSE = re.compile(
    r"(?:điểm\s+(?P<letter>[a-zđ])\s*,?\s*)?(?:khoản\s+(?P<number>\d{1,3})\s*,?\s*)?điều\s+(?P<article>\d{1,3}[a-zđ]?)\s*,?\s*"
    r"(?:(?:của|tại|trong)\s+)?(?:[^\W\d][^.;:()\d]{0,80}?)?$",
    re.IGNORECASE,
)
_LOOK_BACK = 140  # characters: the longest name of a law between its Điều and its number met in 726 documents


@lru_cache(maxsize=4096)
def _key(number: str) -> str:
    return DocumentNumber.parse(number).key


def find_references(text: str, apart: Set[str | None], start: int = 0, end: int | None = None) -> tuple[Reference, ...]:
    """Every document number in `text[start:end]` but those `apart` (its own, its copies'), with the clause of it."""
    out = []
    keys = {_key(number) for number in apart if number}
    for number, at, stop in find_numbers(text, start, end):
        if _key(number) in keys:
            continue
        out.append(Reference(number=number, start=at, end=stop, clause=_clause_before(text, at)))
    return tuple(out)


def _clause_before(text: str, at: int) -> str | None:
    before = text[max(0, at - _LOOK_BACK) : at]
    if "iều" not in before and "IỀU" not in before:
        return None
    m = _CLAUSE.search(before)
    if m is None:
        return None
    path = f"Điều {m['article']}"
    for label in (m["number"], m["letter"]):
        if label:
            path += f".{label.lower()}"
    return path
