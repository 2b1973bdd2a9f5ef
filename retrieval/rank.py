"""Candidates and their order: word search and vectors brought to one scale, then a few more signs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from retrieval.dense import DenseIndex
from retrieval.words import Slot, WordIndex

POOL = 100
GROUP_WEIGHT = 1.0
DENSE_WEIGHT = 0.4
REWORDED = 0.01

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Pool:
    """What both searches found: `ids` unordered, everything else beside it."""

    ids: NDArray[np.int64]
    words: Floats  # BM25 of the passage and, in part, of its clause
    cosines: Floats
    fused: Floats
    lexical: Floats  # of every passage
    queries: Vectors
    floor: float

    def with_ids(self, more: NDArray[np.int64], dense: DenseIndex) -> Pool:
        """The same pool with other passages in it too, on the same scale."""
        ids = np.union1d(self.ids, more).astype(np.int64)
        cosines = _nearest(dense.vectors(ids) @ self.queries.T)
        words = self.lexical[ids]
        return replace(self, ids=ids, words=words, cosines=cosines, fused=fuse(words, cosines, self.floor))


def search(
    words: WordIndex,
    groups: WordIndex,
    group_of: NDArray[np.int32],
    dense: DenseIndex,
    slots: tuple[Slot, ...],
    queries: Vectors,
    *,
    pool: int = POOL,
    dense_weight: float = DENSE_WEIGHT,
    allowed: NDArray[np.bool_] | None = None,
) -> Pool:
    """The passages that words or vectors find, with a fused score in [0, 1] or so."""
    lexical = words.scores(slots)
    if len(lexical):
        lexical = lexical + GROUP_WEIGHT * groups.scores(slots)[group_of]
    if allowed is not None:
        lexical = np.where(allowed, lexical, 0.0)
    n = len(lexical)
    k = min(pool, n)
    best = np.argpartition(-lexical, k - 1)[:k] if k else np.zeros(0, np.int64)
    best = best[lexical[best] > 0]
    found_cosines, near = dense.search(queries, pool, allowed)
    ids = np.unique(np.concatenate([best, near.ravel()])).astype(np.int64)
    ids = ids[ids >= 0]
    cosines = _nearest(dense.vectors(ids) @ queries.T)
    found = lexical[ids]
    # The floor is what the hundredth neighbour has; in a small library the one in the middle.
    among = n if allowed is None else int(allowed.sum())
    deep = min(pool, max(among // 2, 1), found_cosines.shape[1])
    floor = float(found_cosines[0, deep - 1]) if deep else 0.0
    return Pool(ids, found, cosines, fuse(found, cosines, floor, dense_weight), lexical, queries, floor)


def _nearest(cosines: Floats) -> Floats:
    """The best of the question's wordings; the question itself is believed a little more than its rewording."""
    if not cosines.size:
        return np.zeros(len(cosines), np.float32)
    best: Floats = np.maximum(cosines[:, 0], (cosines[:, 1:] - REWORDED).max(axis=1, initial=-1.0))
    return best


def fuse(words: Floats, cosines: Floats, floor: float, dense_weight: float = DENSE_WEIGHT) -> Floats:
    """Both on one scale: shares of the best word score, and of the spread of the cosines."""
    if not len(words):
        return words
    top = float(words.max())
    w = words / top if top > 0 else words
    d = np.clip((cosines - floor) / max(float(cosines.max()) - floor, 0.02), 0.0, 1.0)
    fused: Floats = ((1 - dense_weight) * w + dense_weight * d).astype(np.float32)
    return fused
