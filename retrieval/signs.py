"""What speaks for and against the first passage being an answer."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from retrieval.question.reading import Reading
from retrieval.rank import Pool
from retrieval.snapshot import Snapshot
from retrieval.words import Slot, WordIndex


def matched(index: WordIndex, slot: Slot, passage: int) -> float:
    """How well a slot is met in one text: the best alternative's share of its own terms, times its weight."""
    best = 0.0
    for a in slot.alternatives:
        singles = [t for t in a.terms if len(t.words) == 1] or list(a.terms)
        hit = sum(index.has(t, passage) for t in singles) / max(len(singles), 1)
        best = max(best, hit * min(1.0, a.weight + 0.2))
    return best


def slot_weight(index: WordIndex, slot: Slot) -> float:
    """What a slot is worth: the idf of its rarest way to be said; a word the library has nowhere weighs most."""
    count = max((min(index.count(t) for t in a.terms) for a in slot.alternatives if a.terms), default=0)
    return float(np.log1p((index.size - count + 0.5) / (count + 0.5)))


def signs_of(s: Snapshot, r: Reading, pool: Pool, order: Any) -> dict[str, float]:
    """The signs that `retrieval/decide.py` weighs."""
    slots = [r.slots[i] for i in r.content]
    weights = np.array([slot_weight(s.words, x) for x in slots] or [1.0])
    top = [int(pool.ids[n]) for n in order[:3]]
    coverage = 0.0
    for i in top[:3]:
        got = np.array([matched(s.words, x, i) for x in slots] or [0.0])
        coverage = max(coverage, float((got * weights).sum() / weights.sum()))
    unknown = [all(s.words.count(t) == 0 for a in x.alternatives for t in a.terms) for x in slots]
    first = order[0]
    return {
        "coverage": coverage,
        "cosine": float((pool.cosines[first] - 0.8) / 0.1),
        "margin": float(pool.fused[first] - pool.fused[order[min(5, len(order) - 1)]]),
        "unknown": float((np.array(unknown or [False]) * weights).sum() / weights.sum()),
        "unanswered_kind": _unanswered(s, r, top),
    }


_DIGIT = re.compile(r"\d")


def _unanswered(s: Snapshot, r: Reading, top: list[int]) -> float:
    return 0.0
