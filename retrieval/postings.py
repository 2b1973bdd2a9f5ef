"""Postings of a segment: which groups a syllable, or a pair of neighbouring ones, stands in, and what it says there.

A term is one number: `(first + 1) << 32 | second + 1`, `second + 1` being 0 for a single syllable; syllables are
numbers of the segment's vocabulary. Occurrences are counted in fifths, so that a context word (2) is a fraction of an
own one (5).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

OWN, CONTEXT = 5, 2  # fifths of an occurrence
STEPS = 255  # of an impact
_AT_ONCE = 8_000_000  # entries sorted together: bounds the memory of a build

Codes = NDArray[np.uint64]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Postings:
    """`codes` sorted; code i stands in `groups[starts[i]:starts[i + 1]]` (ascending), `impacts` beside it: what
    BM25 makes of how often it stands there, before the idf, in 255ths. They choose candidates; scores come from the
    tokens. `folded` are the codes without marks, sorted, and `folded_at` where each of them is in `codes`."""

    codes: Codes
    starts: NDArray[np.int64]
    groups: Ints
    impacts: NDArray[np.uint8]
    folded: Codes
    folded_at: Ints

    def find(self, code: int) -> int:
        """Where `code` is, -1 when it is in no text."""
        at = int(self.codes.searchsorted(np.uint64(code)))
        return at if at < len(self.codes) and int(self.codes[at]) == code else -1

    def size(self, at: int) -> int:
        """In how many texts the code stands that is at `at`."""
        return int(self.starts[at + 1]) - int(self.starts[at])

    def find_all(self, codes: Codes) -> NDArray[np.int64]:
        """int64, (len(codes),): as `find` for each of them."""
        if not len(self.codes):
            return np.full(codes.shape, -1)
        at = np.minimum(self.codes.searchsorted(codes), len(self.codes) - 1)
        return np.where(self.codes[at] == codes, at, -1)

    def find_folded(self, code: int) -> list[int]:
        """Where the codes are that come to this one without marks."""
        first, last = self.folded.searchsorted(np.array([code, code + 1], dtype=np.uint64)).tolist()
        return list(map(int, self.folded_at[first:last]))


def code(first: int, second: int = -1) -> int:
    return (first + 1) << 32 | (second + 1)


def codes(first: NDArray[np.int64], second: NDArray[np.int64]) -> Codes:
    """As `code`, of each with the one beside it."""
    return ((first + 1) << 32 | (second + 1)).astype(np.uint64)


def build(
    tokens: Ints,
    lengths: NDArray[np.int64],
    groups: Ints,
    units: NDArray[np.uint8],
    fold_of: Ints,
    vocabulary: int,
    norm: NDArray[np.float32],
) -> Postings:
    """Counts runs of tokens: run i is `lengths[i]` tokens of group `groups[i]`, each worth `units[i]` fifths. Pairs
    do not cross from one run to the next. `norm` is BM25's for the length of each group."""
    run = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    group, worth = groups[run], units[run]
    second = np.zeros(len(tokens), dtype=np.uint64)
    together = np.flatnonzero(run[1:] == run[:-1]) if len(run) else np.zeros(0, np.int64)
    second[together] = tokens[together + 1].astype(np.uint64) + np.uint64(1)
    bits = max(int(len(groups) and groups.max()), 1).bit_length() + 1  # the last tells own from context
    parts = []
    for low, high in _ranges(tokens, vocabulary):
        here = np.flatnonzero((tokens >= low) & (tokens < high))
        parts.append(_count(tokens[here], second[here], group[here], worth[here], low, vocabulary, bits))
    codes, sizes, found, counts = (np.concatenate(x) for x in zip(*parts, strict=True))
    firsts, seconds = codes >> np.uint64(32), codes & np.uint64(0xFFFFFFFF)
    plain = np.concatenate([np.zeros(1, np.uint64), fold_of.astype(np.uint64) + np.uint64(1)])
    folded = plain[firsts] << np.uint64(32) | plain[seconds]
    order = np.argsort(folded, kind="stable")
    return Postings(
        codes=codes,
        starts=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
        groups=found,
        impacts=np.rint(STEPS * counts / (counts + OWN * norm[found])).astype(np.uint8),
        folded=folded[order],
        folded_at=order.astype(np.int32),
    )


def _ranges(tokens: Ints, vocabulary: int) -> list[tuple[int, int]]:
    """The vocabulary in stretches of not many more tokens than `_AT_ONCE`."""
    total = np.cumsum(np.bincount(tokens, minlength=vocabulary)) if len(tokens) else np.zeros(1, np.int64)
    cuts = np.searchsorted(total, np.arange(_AT_ONCE, max(int(total[-1]), 1), _AT_ONCE)) + 1
    edges = [0, *dict.fromkeys(cuts.tolist()), max(vocabulary, 1)]
    return [(a, b) for a, b in pairwise(edges) if a < b]


def _count(
    tokens: Ints, second: Codes, group: Ints, worth: NDArray[np.uint8], low: int, vocabulary: int, bits: int
) -> tuple[Codes, NDArray[np.int64], Ints, NDArray[np.float32]]:
    """(codes, groups of each, groups, fifths) of tokens from `low` on. Everything that is sorted is one number, which
    is many times faster than sorting by several."""
    width = (vocabulary + 1).bit_length()
    first = (tokens - low).astype(np.uint64) << np.uint64(width)
    rest = group.astype(np.uint64) << np.uint64(1) | (worth == CONTEXT)
    pairs = second > 0
    keys = np.concatenate(
        [first << np.uint64(bits) | rest, (first[pairs] | second[pairs]) << np.uint64(bits) | rest[pairs]]
    )
    keys.sort()
    amount = np.where(keys & np.uint64(1), CONTEXT, OWN).astype(np.int64)
    place = keys >> np.uint64(1)
    new = np.flatnonzero(np.concatenate([[True], place[1:] != place[:-1]])) if len(place) else np.zeros(0, np.int64)
    counts = np.add.reduceat(amount, new) if len(new) else np.zeros(0, np.int64)
    place = place[new]
    term = place >> np.uint64(bits - 1)
    begins = np.flatnonzero(np.concatenate([[True], term[1:] != term[:-1]])) if len(term) else np.zeros(0, np.int64)
    sizes = np.diff(np.concatenate([begins, [len(term)]]))
    term = term[begins]
    mask = np.uint64((1 << width) - 1)
    codes = ((term >> np.uint64(width)) + np.uint64(low + 1)) << np.uint64(32) | (term & mask)
    found = (place & np.uint64((1 << (bits - 1)) - 1)).astype(np.int32)
    return codes, sizes, found, counts.astype(np.float32)
