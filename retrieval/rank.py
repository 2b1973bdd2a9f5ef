"""Candidates and their order: word search and vectors brought to one scale, then a few more signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from retrieval.neighbours import Floats, Ids, Neighbours
from retrieval.weighing import Weighed
from retrieval.words import Words

POOL = 100
DENSE_WEIGHT = 0.4
REWORDED = 0.01


@dataclass(frozen=True)
class Pool:
    """What both searches found: `ids` ascending, everything else beside it."""

    ids: Ids
    words: Floats  # BM25 of the passage and of its clause
    cosines: Floats
    fused: Floats
    weighed: Weighed
    queries: Vectors
    floor: float

    def with_ids(self, more: Ids, words: Words, dense: Neighbours) -> Pool:
        """The same pool with other passages in it too, on the same scale."""
        new = np.setdiff1d(more, self.ids)
        ids, lexical = _together(self.ids, self.words, new, words.score(self.weighed, new))
        _, cosines = _together(self.ids, self.cosines, new, _nearest(dense.vectors(new) @ self.queries.T))
        return replace(self, ids=ids, words=lexical, cosines=cosines, fused=fuse(lexical, cosines, self.floor))


def search(
    words: Words,
    dense: Neighbours,
    weighed: Weighed,
    encoded: Callable[[], Vectors],
    *,
    pool: int = POOL,
    dense_weight: float = DENSE_WEIGHT,
    allowed: NDArray[np.bool_] | None = None,
) -> Pool:
    """The passages that words or vectors find, with a fused score in [0, 1] or so. `encoded` gives the question's
    wordings; it is asked late, so that they can be encoded meanwhile."""
    said = words.candidates(weighed, allowed)
    lexical = words.score(weighed, said)
    queries = encoded()
    # The question itself finds neighbours, its rewording weighs them: searched for too, it changed no figure.
    found_cosines, near = dense.search(queries[:1], pool, allowed)
    near = np.unique(near[near >= 0]).astype(np.int64)
    new = np.setdiff1d(near, said, assume_unique=True)
    ids, lexical = _together(said, lexical, new, words.score(weighed, new))
    # The first `pool` by words, and all that the vectors found.
    kept = np.isin(ids, near, assume_unique=True)
    best = np.argpartition(-lexical, pool - 1)[:pool] if len(ids) > pool else np.arange(len(ids))
    kept[best[lexical[best] > 0]] = True
    ids, lexical = ids[kept], lexical[kept]
    cosines = _nearest(dense.vectors(ids) @ queries.T)
    # The floor is what the hundredth neighbour has; in a small library the one in the middle.
    among = dense.size if allowed is None else int(allowed.sum())
    deep = min(pool, max(among // 2, 1), int((found_cosines[:1] > -1.0).sum()))
    floor = float(found_cosines[0, deep - 1]) if deep else 0.0
    return Pool(ids, lexical, cosines, fuse(lexical, cosines, floor, dense_weight), weighed, queries, floor)


def _together(ids: Ids, values: Floats, more: Ids, others: Floats) -> tuple[Ids, Floats]:
    """Two sets of passages, none in both, as one: ids ascending, their values beside them."""
    ids = np.concatenate([ids, more])
    order = np.argsort(ids)
    both: Floats = np.concatenate([values, others])[order]
    return ids[order], both


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
