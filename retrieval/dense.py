"""Vectors and the FAISS index over them: exact while exact is fast, approximate beyond."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors

Ids = NDArray[np.int64]


class DenseIndex:
    """Inner product over unit vectors: ids are the numbers of the passages."""

    def __init__(self, index: faiss.Index) -> None:
        self.index = index

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """From float32 vectors, (n, dimension), unit length; ids 0 to n - 1."""
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), np.arange(len(vectors), dtype=np.int64))
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

    def search(self, queries: Vectors, top: int) -> tuple[NDArray[np.float32], Ids]:
        """Similarities and ids of the nearest, each (len(queries), at most top), best first."""
        if not self.size:
            return np.zeros((len(queries), 0), np.float32), np.zeros((len(queries), 0), np.int64)
        scores, ids = self.index.search(np.ascontiguousarray(queries, dtype=np.float32), min(top, self.size))
        return scores, ids

    def vectors(self, ids: Sequence[int] | Ids) -> Vectors:
        """The vectors of these ids, (len(ids), dimension)."""
        if len(ids) == 0:
            return np.zeros((0, self.dimension), np.float32)
        found: Vectors = self.index.reconstruct_batch(np.asarray(ids, dtype=np.int64))
        return found
