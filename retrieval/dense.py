"""Vectors and the FAISS indexes over them, one a segment: exact while exact is fast, approximate beyond."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]

_FAISS: Any = faiss  # its own stubs know neither selectors nor parameters

# From this many vectors on, a segment is searched by cells (inverted lists). Below, every vector is compared, in half
# precision: the same neighbours as in single (measured), at half the memory and time.
CELLS_FROM = 300_000
PROBED = 16  # one cell of so many is looked into
ONE_BY_ONE = 8_192  # a filter that leaves no more than this is compared vector by vector
TRAINED_ON = 40  # vectors a cell
_ADDED_AT_ONCE = 50_000  # vectors: a merge needs no more memory than this at a time


class DenseIndex:
    """Inner product over the unit vectors of one segment: ids are the numbers of its passages."""

    def __init__(self, index: Any) -> None:
        self.index = index

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """From float32 vectors, (n, dimension), unit length; ids 0 to n - 1."""
        return cls._of(len(vectors), vectors.shape[1], lambda at: vectors[at])

    @classmethod
    def merge(cls, parts: Sequence[tuple[DenseIndex, NDArray[np.bool_]]]) -> DenseIndex:
        """One index of the marked vectors, numbered anew in order."""
        places = [(part, np.flatnonzero(marks)) for part, marks in parts]
        starts = np.cumsum([0, *(len(p) for _, p in places)])

        def get(at: Ids) -> Vectors:
            cuts = np.searchsorted(at, starts).tolist()
            found = [part.vectors(here[at[cuts[n] : cuts[n + 1]] - starts[n]]) for n, (part, here) in enumerate(places)]
            return np.concatenate(found)

        return cls._of(int(starts[-1]), parts[0][0].dimension, get)

    @classmethod
    def _of(cls, n: int, dimension: int, get: Callable[[Ids], Vectors]) -> DenseIndex:
        inner: Any
        if n < CELLS_FROM:
            inner = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
            inner.train(np.zeros((1, dimension), np.float32))
        else:
            cells = int(4 * n**0.5)
            coarse: Any = faiss.IndexFlatIP(dimension)
            inner = faiss.IndexIVFScalarQuantizer(
                coarse, dimension, cells, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
            )
            inner.own_fields = True
            coarse.this.disown()
            sample = np.random.default_rng(0).choice(n, min(n, TRAINED_ON * cells), replace=False)
            inner.train(np.ascontiguousarray(get(np.sort(sample)), dtype=np.float32))
            inner.make_direct_map()
        for start in range(0, n, _ADDED_AT_ONCE):
            block = get(np.arange(start, min(n, start + _ADDED_AT_ONCE)))
            inner.add(np.ascontiguousarray(block, dtype=np.float32))
        return cls(inner)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Memory-mapped. RuntimeError when FAISS cannot read it."""
        return cls(_FAISS.read_index(str(path), _FAISS.IO_FLAG_MMAP_IFC))

    def save(self, path: Path) -> None:
        faiss.write_index(self.index, str(path))

    @property
    def size(self) -> int:
        return int(self.index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self.index.d)

    @property
    def _cells(self) -> int:
        return int(getattr(self.index, "nlist", 0))

    def search(self, queries: Vectors, top: int, allowed: NDArray[np.bool_] | None = None) -> tuple[Floats, Ids]:
        """Similarities and ids of the nearest, each (len(queries), at most top), best first; of those `allowed` (a
        mark for every id) alone. Few are compared one by one, so a narrow filter finds exactly what it should."""
        data = np.ascontiguousarray(queries, dtype=np.float32)
        if not self.size:
            return np.zeros((len(data), 0), np.float32), np.zeros((len(data), 0), np.int64)
        if allowed is None:
            scores, ids = self.index.search(data, min(top, self.size), params=self._parameters(None, 1.0))
            return scores, ids
        chosen = np.flatnonzero(allowed)
        if len(chosen) <= ONE_BY_ONE:
            found = data @ self.vectors(chosen).T
            order = np.argsort(-found, axis=1, kind="stable")[:, :top]
            return np.take_along_axis(found, order, axis=1), chosen[order]
        bits = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
        parameters = self._parameters(selector, len(chosen) / self.size)
        scores, ids = self.index.search(data, min(top, len(chosen)), params=parameters)
        return scores, ids

    def _parameters(self, selector: Any, share: float) -> Any:
        """The narrower the filter, the more cells are looked into: the nearest that pass may lie in any of them."""
        if not self._cells:
            return _FAISS.SearchParameters(sel=selector)
        probed = self._cells if share < 0.3 else min(self._cells, int(self._cells / PROBED / share) + 1)
        return _FAISS.SearchParametersIVF(sel=selector, nprobe=probed)

    def vectors(self, ids: Sequence[int] | Ids) -> Vectors:
        """The vectors of these ids, (len(ids), dimension)."""
        if len(ids) == 0:
            return np.zeros((0, self.dimension), np.float32)
        found: Vectors = self.index.reconstruct_batch(np.asarray(ids, dtype=np.int64))
        return found


@dataclass
class Dense:
    """Several segments' vectors as one: ids are counted through them."""

    segments: tuple[DenseIndex, ...]
    dimension: int

    @cached_property
    def bases(self) -> Ids:
        return np.cumsum([0, *(s.size for s in self.segments)])

    @property
    def size(self) -> int:
        return int(self.bases[-1])

    def search(self, queries: Vectors, top: int, allowed: NDArray[np.bool_] | None = None) -> tuple[Floats, Ids]:
        """As `DenseIndex.search`; where fewer than `top` are found the row ends in id -1."""
        scores, ids = [np.zeros((len(queries), 0), np.float32)], [np.zeros((len(queries), 0), np.int64)]
        for n, s in enumerate(self.segments):
            here = None if allowed is None else allowed[self.bases[n] : self.bases[n + 1]]
            if here is not None and not here.any():
                continue
            found, near = s.search(queries, top, here)
            scores.append(found)
            ids.append(np.where(near >= 0, near + self.bases[n], -1))
        if len(scores) == 2:
            return scores[1], ids[1]
        score, id = np.concatenate(scores, axis=1), np.concatenate(ids, axis=1)
        order = np.argsort(-score, axis=1, kind="stable")[:, :top]
        return np.take_along_axis(score, order, axis=1), np.take_along_axis(id, order, axis=1)

    def vectors(self, ids: Ids) -> Vectors:
        """The vectors of these ascending ids, (len(ids), dimension)."""
        cuts = np.searchsorted(ids, self.bases).tolist()
        parts = [s.vectors(ids[cuts[n] : cuts[n + 1]] - self.bases[n]) for n, s in enumerate(self.segments)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), np.float32)
