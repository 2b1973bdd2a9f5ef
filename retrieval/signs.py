"""What speaks for and against the first passages being an answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from retrieval.kinds import kind_shown
from retrieval.question.reading import Reading
from retrieval.question.syllable import is_syllable
from retrieval.quote import Wanted
from retrieval.rank import Pool
from retrieval.snapshot import Snapshot
from retrieval.terms import Slot
from retrieval.tokens import fold
from retrieval.words import Words

EVERYDAY = 0.35


def slot_worth(index: Words, slot: Slot) -> float:
    """The idf of a slot in the way it is said most often; a word the library has nowhere is worth most."""
    count = max((min(index.count(t) for t in a.terms) for a in slot.alternatives if a.terms), default=0)
    idf = float(np.log1p((index.size - count + 0.5) / (count + 0.5)))
    return idf if count else idf * worth_if_missing(slot)


def worth_if_missing(slot: Slot) -> float:
    """A name or a foreign word that the library has nowhere tells that it has no answer; an everyday word hardly."""
    words = [w for t in slot.alternatives[0].terms for w in t.words]
    return 1.0 if slot.name or any(not w.isalpha() or not is_syllable(fold(w)) for w in words) else EVERYDAY


def wanted_of(s: Snapshot, r: Reading, skip: frozenset[int] = frozenset()) -> Wanted:
    """The slots that carry meaning, with their worth in this library."""
    slots = tuple(r.slots[i] for i in r.content if i not in skip)
    return Wanted(slots, tuple(slot_worth(s.words, x) for x in slots), r.wants)


def signs_of(s: Snapshot, r: Reading, pool: Pool, order: Any, wanted: Wanted, shown: list[str]) -> dict[str, float]:
    """The signs that `retrieval/decide.py` weighs. `shown`: the first quotes as a reader sees them, best first."""
    met = [wanted.met(t) for t in shown[:3]]
    covered = [wanted.score(m) for m in met] or [0.0]
    total = max(sum(wanted.worth), 1e-9)
    unknown = sum(
        w
        for slot, w in zip(wanted.slots, wanted.worth, strict=True)
        if all(any(s.words.count(t) == 0 for t in a.terms) for a in slot.alternatives)
    )
    first = order[0]
    kinds = [k for k in r.wants if k in ("amount", "time")]
    return {
        "coverage": covered[0],
        "best_coverage": max(covered),
        "cosine": float((pool.cosines[first] - 0.8) / 0.1),
        "best_cosine": float((pool.cosines.max() - 0.8) / 0.1),
        "unknown": unknown / total,
        "kind_missing": float(bool(kinds) and not any(kind_shown(k, shown[0]) for k in kinds)) if shown else 0.0,
    }
