"""A question's slots as matrices: what every alternative weighs, so that many texts are scored in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.terms import Slot, Term
from retrieval.word_segment import WordSegment, spread

K1 = 0.9
B = 0.75
CONTEXT_WEIGHT = 0.4  # of an own occurrence (BM25F); postings.OWN and postings.CONTEXT say the same in fifths

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Weighed:
    """The terms of some slots, `idf` beside them; `weights[t, a]` is what term t adds to alternative a, and slot i has
    the alternatives from `first[i]` on."""

    slots: tuple[Slot, ...]
    terms: tuple[Term, ...]
    idf: Floats
    weights: Floats
    first: NDArray[np.int64]

    @classmethod
    def of(cls, slots: Sequence[Slot], idf: dict[Term, float]) -> Weighed:
        """`idf` of each term that is found anywhere; others are left out, and so are slots none of whose terms is."""
        kept = tuple(s for s in slots if any(t in idf for a in s.alternatives for t in a.terms))
        terms = {t: n for n, t in enumerate(dict.fromkeys(t for t in _terms(kept) if t in idf))}
        columns = [a for s in kept for a in s.alternatives]
        weights = np.zeros((len(terms), len(columns)), dtype=np.float32)
        for n, a in enumerate(columns):
            for t in a.terms:
                if t in terms:
                    weights[terms[t], n] += a.weight
        first = np.cumsum([0, *(len(s.alternatives) for s in kept)])[:-1]
        return cls(kept, tuple(terms), np.array([idf[t] for t in terms], dtype=np.float32), weights, first)

    def impacts(self, frequencies: Floats, lengths: Floats, average: float) -> Floats:
        """BM25 of every term in every text, (texts, terms)."""
        norm = np.asarray(K1 * (1 - B + B * lengths / max(average, 1.0)), np.float32)
        made: Floats = frequencies / (frequencies + norm[:, None]) * self.idf
        return made

    def slot_scores(self, impacts: Floats) -> Floats:
        """(texts, slots): of each slot the better alternative."""
        if not len(self.first):
            return np.zeros((len(impacts), 0), dtype=np.float32)
        best: Floats = np.maximum.reduceat(impacts @ self.weights, self.first, axis=1)
        return best

    def frequencies(self, segment: WordSegment, passages: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """How often each term stands in these passages of `segment`, and above them: twice (passages, terms)."""
        marks = _Marks(self, segment)
        own = marks.count(segment.tokens, segment.own[passages], segment.own[passages + 1])
        used, which = np.unique(segment.context_of[passages], return_inverse=True)
        above = marks.count(segment.context_tokens, segment.context[used], segment.context[used + 1])
        return own, above[which]

    @cached_property
    def _words(self) -> _Lookup:
        return _Lookup([(t.words, n) for n, t in enumerate(self.terms) if t.family[0] != "f"])

    @cached_property
    def _folds(self) -> _Lookup:
        return _Lookup([(t.words, n) for n, t in enumerate(self.terms) if t.family[0] == "f"])


class _Lookup:
    """Terms by the words they are made of: words are numbered from 1; `single[k]` and `pair[j, k]` are terms or -1."""

    def __init__(self, terms: Sequence[tuple[tuple[str, ...], int]]) -> None:
        self.words = {w: k for k, w in enumerate(dict.fromkeys(w for words, _ in terms for w in words), 1)}
        self.single = np.full(len(self.words) + 1, -1, dtype=np.int64)
        self.pair = np.full((len(self.words) + 1, len(self.words) + 1), -1, dtype=np.int64)
        for words, n in terms:
            at = tuple(self.words[w] for w in words)
            if len(at) == 1:
                self.single[at] = n
            else:
                self.pair[at] = n


class _Marks:
    """Which tokens of a segment are words of the question."""

    def __init__(self, weighed: Weighed, segment: WordSegment) -> None:
        self.terms = len(weighed.terms)
        self.tables: list[tuple[NDArray[np.int32], _Lookup]] = []
        if weighed._words.words:
            self.tables.append((_numbered(weighed._words.words, segment.ids, len(segment.vocabulary)), weighed._words))
        if weighed._folds.words:
            by_fold = _numbered(weighed._folds.words, segment.fold_ids, len(segment.folds))
            self.tables.append((by_fold[segment.fold_of], weighed._folds))

    def count(self, tokens: NDArray[np.int32], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Floats:
        places, sizes = spread(starts, ends)
        here, row = tokens[places], np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
        found = []
        for numbers, lookup in self.tables:
            k = numbers[here]
            at = np.flatnonzero(k)
            term = lookup.single[k[at]]
            found.append((row[at] * self.terms + term)[term >= 0])
            # Two words of the question side by side, in one text.
            next_to = at[:-1][(at[1:] == at[:-1] + 1) & (row[at[1:]] == row[at[:-1]])]
            term = lookup.pair[k[next_to], k[next_to + 1]]
            found.append((row[next_to] * self.terms + term)[term >= 0])
        cells = len(sizes) * self.terms
        flat = np.concatenate(found) if found else np.zeros(0, np.int64)
        return np.bincount(flat, minlength=cells).astype(np.float32).reshape(len(sizes), self.terms)


def _numbered(words: dict[str, int], ids: dict[str, int], size: int) -> NDArray[np.int32]:
    table = np.zeros(size, dtype=np.int32)
    for word, number in words.items():
        at = ids.get(word)
        if at is not None:
            table[at] = number
    return table


def _terms(slots: Sequence[Slot]) -> list[Term]:
    return [t for s in slots for a in s.alternatives for t in a.terms]
