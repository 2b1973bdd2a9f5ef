"""The word index: BM25 over syllables and pairs of neighbouring syllables, with and without their marks.

Everything is an array, so an index of any size is memory-mapped; impacts are computed when it is built. Context words
(subject, heading) count as a fraction of an occurrence (BM25F). Searching takes weighted alternatives: a word of the
question and what it may also be called are one slot, and the better of them counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.tokens import fold, syllables

Family = Literal["s", "p", "fs", "fp"]
FAMILIES: tuple[Family, ...] = ("s", "p", "fs", "fp")

K1 = 0.9
B = 0.75
CONTEXT_WEIGHT = 0.4
_MOST_HELD = 200_000

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Postings:
    """One family of terms: `keys` sorted; term i is in `docs[starts[i]:starts[i + 1]]` with `impacts` beside it."""

    keys: NDArray[np.int64]
    starts: NDArray[np.int64]
    docs: Ints
    impacts: NDArray[np.float16]

    def find(self, key: int) -> tuple[int, int]:
        at = int(self.keys.searchsorted(key))
        if at < len(self.keys) and self.keys[at] == key:
            return int(self.starts[at]), int(self.starts[at + 1])
        return 0, 0


@dataclass(frozen=True)
class Term:
    """A syllable, or two neighbouring ones, as they stand (marks) or folded."""

    family: Family
    words: tuple[str, ...]


@dataclass(frozen=True)
class Alternative:
    """One way to say a slot: the terms it consists of, and how much a match counts."""

    terms: tuple[Term, ...]
    weight: float = 1.0
    trust: float = 1.0  # how surely it says the same: what an answer may rest on


@dataclass(frozen=True)
class Slot:
    """A word or phrase of the question; the best alternative counts."""

    alternatives: tuple[Alternative, ...]
    name: bool = False  # written with a capital inside a sentence


class WordIndex:
    """BM25 (Lucene's idf) over `size` texts."""

    def __init__(self, vocabulary: Sequence[str], postings: dict[Family, Postings], size: int) -> None:
        self.vocabulary = list(vocabulary)
        self.ids = {w: i for i, w in enumerate(self.vocabulary)}
        folded = [fold(w) for w in self.vocabulary]
        self.folded_ids = {w: i for i, w in enumerate(dict.fromkeys(folded))}
        self.postings = postings
        self.size = size
        self._places: dict[Term, tuple[int, int]] = {}

    @classmethod
    def build(cls, texts: Iterable[tuple[str, str]]) -> WordIndex:
        """From (own text, context) pairs. The order gives the numbers."""
        ids: dict[str, int] = {}
        flat: list[int] = []
        owner_lengths: list[int] = []
        context_flags: list[bool] = []
        n = 0
        for own, context in texts:
            for part, is_context in ((own, False), (context, True)):
                tokens = syllables(part)
                flat.extend(ids.setdefault(t, len(ids)) for t in tokens)
                owner_lengths.append(len(tokens))
                context_flags.append(is_context)
            n += 1
        vocabulary = list(ids)
        folded = [fold(w) for w in vocabulary]
        folded_ids = {w: i for i, w in enumerate(dict.fromkeys(folded))}
        to_folded = np.array([folded_ids[w] for w in folded] or [0], dtype=np.int64)

        words = np.array(flat, dtype=np.int64)
        lengths = np.array(owner_lengths, dtype=np.int64)
        segment = np.repeat(np.arange(len(lengths)), lengths)
        doc = segment // 2
        weight = np.where(np.array(context_flags, dtype=bool)[segment], CONTEXT_WEIGHT, 1.0).astype(np.float32)
        size = np.zeros(n, dtype=np.float32)
        np.add.at(size, doc, weight)
        norm = K1 * (1 - B + B * size / max(float(size.mean()) if n else 1.0, 1.0))

        together = segment[1:] == segment[:-1]
        pair_doc, pair_weight = doc[1:][together], weight[1:][together]
        first, second = words[:-1][together], words[1:][together]
        made = {
            "s": _postings(words, doc, weight, norm, n),
            "p": _postings((first << 32) | second, pair_doc, pair_weight, norm, n),
            "fs": _postings(to_folded[words] if len(words) else words, doc, weight, norm, n),
            "fp": _postings((to_folded[first] << 32) | to_folded[second], pair_doc, pair_weight, norm, n)
            if len(first)
            else _postings(first, pair_doc, pair_weight, norm, n),
        }
        postings: dict[Family, Postings] = {f: made[f] for f in FAMILIES}
        return cls(vocabulary, postings, n)

    def key(self, term: Term) -> int | None:
        """The number a term goes by in its family; None when a syllable of it is in no text."""
        ids = self.folded_ids if term.family[0] == "f" else self.ids
        found = [ids.get(w) for w in term.words]
        if any(i is None for i in found):
            return None
        key = 0
        for i in found:
            key = (key << 32) | int(i or 0)
        return key

    def count(self, term: Term) -> int:
        """In how many texts the term stands."""
        start, end = self._place(term)
        return end - start

    def scores(self, slots: Sequence[Slot]) -> Floats:
        """float32, (size,): the sum over the slots of the best alternative's impact."""
        total = np.zeros(self.size, dtype=np.float32)
        for slot in slots:
            if len(slot.alternatives) == 1:
                self._add(total, slot.alternatives[0])
                continue
            best: Floats | None = None
            for alternative in slot.alternatives:
                one = np.zeros(self.size, dtype=np.float32)
                if self._add(one, alternative):
                    best = one if best is None else np.maximum(best, one, out=best)
            if best is not None:
                total += best
        return total

    def local(self, slots: Sequence[Slot], first: int, last: int) -> Floats:
        """float32, (last - first,), at most 1: how much each of these neighbouring texts says of the slots, by what is
        rare among them. Within one document its own subject says nothing; what sets one clause apart does."""
        n = last - first
        total = np.zeros(n, dtype=np.float32)
        for slot in slots:
            best = np.zeros(n, dtype=np.float32)
            for alternative in slot.alternatives:
                one = np.zeros(n, dtype=np.float32)
                for term in alternative.terms:
                    start, end = self._place(term)
                    p = self.postings[term.family]
                    if start == end:
                        continue
                    docs = p.docs[start:end]
                    lo, hi = (start + docs.searchsorted((first, last))).tolist()
                    if hi > lo:
                        one[p.docs[lo:hi] - first] += p.impacts[lo:hi].astype(np.float32) * alternative.weight
                np.maximum(best, one, out=best)
            top = float(best.max(initial=0.0))
            if top > 0:
                count = int((best > 0.3 * top).sum())
                total += best / top * np.float32(np.log1p((n - count + 0.5) / (count + 0.5)))
        top = float(total.max(initial=0.0))
        return total / top if top > 0 else total

    def _place(self, term: Term) -> tuple[int, int]:
        """Where a term's postings are; remembered, for a question asks for the same ones several times."""
        held = self._places.get(term)
        if held is None:
            key = self.key(term)
            held = (0, 0) if key is None else self.postings[term.family].find(key)
            if len(self._places) > _MOST_HELD:
                self._places.clear()
            self._places[term] = held
        return held

    def _add(self, total: Floats, alternative: Alternative) -> bool:
        found = False
        for term in alternative.terms:
            start, end = self._place(term)
            if end > start:
                p = self.postings[term.family]
                # A text stands once in a term's postings, so a plain indexed add is right.
                total[p.docs[start:end]] += p.impacts[start:end].astype(np.float32) * alternative.weight
                found = True
        return found


def _postings(terms: NDArray[np.int64], docs: NDArray[np.int64], weights: Floats, norm: Floats, n: int) -> Postings:
    if not len(terms):
        empty = np.zeros(0, dtype=np.int64)
        return Postings(empty, np.zeros(1, np.int64), empty.astype(np.int32), empty.astype(np.float16))
    # The texts come in order, so a stable sort of the terms alone keeps them so.
    order = np.argsort(terms, kind="stable")
    t, d, w = terms[order], docs[order], weights[order]
    new = np.flatnonzero(np.r_[True, (t[1:] != t[:-1]) | (d[1:] != d[:-1])])
    tf = np.add.reduceat(w, new)
    t, d = t[new], d[new]
    starts = np.flatnonzero(np.r_[True, t[1:] != t[:-1]])
    frequency = np.diff(np.r_[starts, len(t)])
    idf = np.log1p((n - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
    impact = np.repeat(idf, frequency) * tf / (tf + norm[d])
    return Postings(
        keys=t[starts],
        starts=np.r_[starts, len(t)].astype(np.int64),
        docs=d.astype(np.int32),
        impacts=impact.astype(np.float16),
    )
