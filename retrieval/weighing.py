"""A question's slots as matrices: what every alternative weighs, so that many texts are scored in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.terms import Slot, Term
from retrieval.word_segment import WordSegment, length_norm, spread

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Weighed:
    """The terms of some slots, `idf` beside them. Alternative a is the sum of `terms[parts[i]] * weights[i]` for i from
    `alternatives[a]` up to the next; slot s is the best of the alternatives from `first[s]` up to the next."""

    slots: tuple[Slot, ...]
    terms: tuple[Term, ...]
    idf: Floats
    parts: NDArray[np.int64]
    weights: Floats
    alternatives: NDArray[np.int64]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, slots: Sequence[Slot], idf: Mapping[Term, float]) -> Weighed:
        """`idf` of each term that is found anywhere; what holds none of these is left out."""
        terms: dict[Term, int] = {}
        kept: list[Slot] = []
        parts: list[int] = []
        weights: list[float] = []
        alternatives: list[int] = []
        first: list[int] = []
        for s in slots:
            begun = len(alternatives)
            for a in s.alternatives:
                known = [t for t in a.terms if t in idf]
                if known:
                    alternatives.append(len(parts))
                    parts += [terms.setdefault(t, len(terms)) for t in known]
                    weights += [a.weight] * len(known)
            if len(alternatives) > begun:
                kept.append(s)
                first.append(begun)
        return cls(
            tuple(kept),
            tuple(terms),
            np.array([idf[t] for t in terms], dtype=np.float32),
            np.array(parts, dtype=np.int64),
            np.array(weights, dtype=np.float32),
            np.array(alternatives, dtype=np.int64),
            np.array(first, dtype=np.int64),
        )

    def impacts(self, frequencies: Floats, lengths: Floats, average: float) -> Floats:
        """BM25 of every term in every text, (terms, texts)."""
        made: Floats = frequencies / (frequencies + length_norm(lengths, average))
        made *= self.idf[:, None]
        return made

    def slot_scores(self, impacts: Floats) -> Floats:
        """(slots, texts): of each slot the better alternative."""
        sums, choices = self._steps
        (_, parts, weights), *further = sums
        said: Floats = impacts[parts]
        said *= weights
        for longer, parts, weights in further:
            said[longer] += impacts[parts] * weights
        (_, first), *others = choices
        best: Floats = said[first]
        for more, other in others:
            best[more] = np.maximum(best[more], said[other])
        return best

    @cached_property
    def _steps(self) -> tuple[list[tuple[Ids, Ids, Floats]], list[tuple[Ids, Ids]]]:
        """For n = 0, 1, …: which alternatives have an n-th part, which that is, what it weighs; and which slots have an
        n-th alternative, and which that is. numpy takes few long steps faster than many short ones."""
        sums = [(a, p, self.weights[p][:, None]) for a, p in _nth(self.alternatives, len(self.parts))]
        return [(a, self.parts[p], w) for a, p, w in sums], _nth(self.first, len(self.alternatives))

    def frequencies(self, segment: WordSegment, passages: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """How often each term stands in these passages of `segment`, and above them: twice (terms, passages)."""
        marks = self._marks.get(id(segment))
        if marks is None:
            marks = self._marks[id(segment)] = _Marks(self, segment)
        own = marks.count(segment.tokens, segment.own[passages], segment.own[passages + 1])
        used, which = np.unique(segment.context_of[passages], return_inverse=True)
        above = marks.count(segment.context_tokens, segment.context[used], segment.context[used + 1])
        return own, above[:, which]

    @cached_property
    def _marks(self) -> dict[int, _Marks]:
        """By segment; a question is asked on one snapshot, whose segments stay."""
        return {}

    @cached_property
    def _words(self) -> _Lookup:
        return _Lookup([(t.words, n) for n, t in enumerate(self.terms) if t.family[0] != "f"])

    @cached_property
    def _folds(self) -> _Lookup:
        return _Lookup([(t.words, n) for n, t in enumerate(self.terms) if t.family[0] == "f"])


def _nth(starts: Ids, end: int) -> list[tuple[Ids, Ids]]:
    """Of groups that lie one after another: for n = 0, 1, … which have an n-th member, and where it is."""
    sizes = np.diff(np.append(starts, end))
    have = [np.flatnonzero(sizes > n) for n in range(int(sizes.max(initial=1)))]
    return [(rows, starts[rows] + n) for n, rows in enumerate(have)]


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
        self.asked = np.zeros(len(segment.vocabulary), dtype=np.bool_)
        for numbers, _ in self.tables:
            self.asked |= numbers > 0

    def count(self, tokens: NDArray[np.int32], starts: Ids, ends: Ids) -> Floats:
        places, sizes = spread(starts, ends)
        here = tokens[places]
        at = np.flatnonzero(self.asked[here])
        here, row = here[at], np.repeat(np.arange(len(sizes)), sizes)[at]
        # Two words of the question side by side, in one text.
        left = np.flatnonzero((at[1:] == at[:-1] + 1) & (row[1:] == row[:-1]))
        found = []
        for numbers, lookup in self.tables:
            k = numbers[here]
            for term, where in ((lookup.single[k], row), (lookup.pair[k[left], k[left + 1]], row[left])):
                found.append((term * len(sizes) + where)[term >= 0])
        flat = np.concatenate(found) if found else np.zeros(0, np.int64)
        shape = (self.terms, len(sizes))
        return np.bincount(flat, minlength=shape[0] * shape[1]).astype(np.float32).reshape(shape)


def _numbered(words: dict[str, int], ids: dict[str, int], size: int) -> NDArray[np.int32]:
    table = np.zeros(size, dtype=np.int32)
    for word, number in words.items():
        at = ids.get(word)
        if at is not None:
            table[at] = number
    return table
