"""Vectors and the FAISS index over them: exact while exact is fast, approximate beyond."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors

Ids = NDArray[np.int64]

_FAISS: Any = faiss

# Sizes at which the index changes: exact floats, exact halves (the same neighbours at half the memory and time), cells.
HALF_FROM = 10_000
CELLS_FROM = 300_000
PROBED = 16  # one cell of so many is looked into
ONE_BY_ONE = 8_192


class DenseIndex:
    """Inner product over unit vectors: ids are the numbers of the passages."""

    def __init__(self, index: Any) -> None:
        self.index = index  # its own stubs know neither selectors nor what an index wraps

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """From float32 vectors, (n, dimension), unit length; ids 0 to n - 1."""
        n, dimension = vectors.shape
        data = np.ascontiguousarray(vectors, dtype=np.float32)
        inner: Any
        if n < HALF_FROM:
            inner = faiss.IndexFlatIP(dimension)
        elif n < CELLS_FROM:
            inner = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
            inner.train(data[:1])
        else:
            cells = int(4 * n**0.5)
            coarse: Any = faiss.IndexFlatIP(dimension)
            inner = faiss.IndexIVFScalarQuantizer(
                coarse, dimension, cells, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
            )
            inner.own_fields = True
            coarse.this.disown()
            sample = np.random.default_rng(0).choice(n, min(n, 40 * cells), replace=False)
            inner.train(data[np.sort(sample)])
            inner.nprobe = max(1, cells // PROBED)
            inner.make_direct_map()
        index = faiss.IndexIDMap2(inner)
        index.add_with_ids(data, np.arange(n, dtype=np.int64))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        return cls(faiss.read_index(str(path)))

    def save(self, path: Path) -> None:
        faiss.write_index(self.index, str(path))

    @property
    def size(self) -> int:
        return int(self.index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self.index.d)

    def search(
        self, queries: Vectors, top: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], Ids]:
        """Similarities and ids of the nearest, each (len(queries), at most top), best first; of those `allowed` (a
        mark for every id) alone. Few are compared one by one, so a narrow filter finds exactly what it should."""
        if not self.size:
            return np.zeros((len(queries), 0), np.float32), np.zeros((len(queries), 0), np.int64)
        data = np.ascontiguousarray(queries, dtype=np.float32)
        if allowed is None:
            scores, ids = self.index.search(data, min(top, self.size))
            return scores, ids
        chosen = np.flatnonzero(allowed)
        if len(chosen) <= ONE_BY_ONE:
            found = data @ self.vectors(chosen).T
            order = np.argsort(-found, axis=1, kind="stable")[:, :top]
            return np.take_along_axis(found, order, axis=1), chosen[order]
        bits = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
        cells = getattr(faiss.downcast_index(self.index.index), "nlist", 0)
        # Every cell is looked into: with a filter the nearest that pass may lie in any of them.
        params = (
            _FAISS.SearchParametersIVF(sel=selector, nprobe=cells) if cells else _FAISS.SearchParameters(sel=selector)
        )
        scores, ids = self.index.search(data, min(top, len(chosen)), params=params)
        return scores, ids

    def vectors(self, ids: Sequence[int] | Ids) -> Vectors:
        """The vectors of these ids, (len(ids), dimension)."""
        if len(ids) == 0:
            return np.zeros((0, self.dimension), np.float32)
        found: Vectors = self.index.reconstruct_batch(np.asarray(ids, dtype=np.int64))
        return found
