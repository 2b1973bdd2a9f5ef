"""Vectors and the FAISS indexes over them, one a segment: exact while exact is fast, approximate beyond."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from retrieval.neighbours import Floats, Ids, Kept, Marks, Place

_FAISS: Any = faiss  # its own stubs know neither selectors nor parameters

# The vectors are kept in half precision, which finds the same neighbours as single (measured). From ROUGH_FROM on only
# the nearest cells are looked into, where vectors are compared by codes of 4 bits for two numbers (product
# quantisation with fast scan, of what sets a vector apart from its cell), and the best of those in half precision.
ROUGH_FROM = 10_000
CELLS = 4  # times the square root of how many vectors there are
PROBED = 5  # one cell of so many is looked into: .97 of the ten nearest of real questions at 134,000
PROBED_MOST = 256  # cells; at a million (mixed vectors) as many find all that 500 do
ONE_BY_ONE = 2_048  # a filter that leaves no more than this is compared vector by vector (0.2 ms a thousand)
REFINED = 4  # times as many as are asked for are compared again
TRAINED_ON = 40  # vectors a cell
ROUNDS = 10  # of the clustering; more find nothing more
_ADDED_AT_ONCE = 50_000  # vectors: a merge needs no more memory than this at a time
_EXACT, _ROUGH = "exact.faiss", "rough.faiss"


class DenseIndex:
    """Inner product over the unit vectors of one segment: ids are the numbers of its passages."""

    def __init__(self, exact: Any, rough: Any | None) -> None:
        self._exact = exact
        self._rough = rough

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """From float32 vectors, (n, dimension), unit length; ids 0 to n - 1."""
        return cls._of(len(vectors), vectors.shape[1], lambda at: vectors[at])

    @classmethod
    def merge(cls, parts: Sequence[tuple[DenseIndex, Marks]]) -> DenseIndex:
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
        exact: Any = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        exact.train(np.zeros((1, dimension), np.float32))
        for start in range(0, n, _ADDED_AT_ONCE):
            block = get(np.arange(start, min(n, start + _ADDED_AT_ONCE)))
            exact.add(np.ascontiguousarray(block, dtype=np.float32))
        made = cls(exact, None)
        if n >= ROUGH_FROM:
            made._rough = made._coded()
        return made

    def _coded(self) -> Any:
        """The vectors in cells, as codes."""
        n, dimension = self.size, self.dimension
        coarse: Any = faiss.IndexFlatIP(dimension)
        parts = dimension // 2 if dimension % 2 == 0 else dimension
        coded: Any = _FAISS.IndexIVFPQFastScan(
            coarse, dimension, int(CELLS * n**0.5), parts, 4, faiss.METRIC_INNER_PRODUCT
        )
        coded.own_fields = True
        coarse.this.disown()
        coded.by_residual = True
        coded.cp.niter = ROUNDS
        coded.cp.min_points_per_centroid = 1  # fewer are no reason to warn an operator
        sample = np.random.default_rng(0).choice(n, min(n, TRAINED_ON * coded.nlist), replace=False)
        coded.train(self.vectors(np.sort(sample)))
        for start in range(0, n, _ADDED_AT_ONCE):
            coded.add(self.vectors(np.arange(start, min(n, start + _ADDED_AT_ONCE))))
        return coded

    @classmethod
    def load(cls, folder: Path) -> DenseIndex:
        """Memory-mapped, from where `save` put it. RuntimeError when FAISS cannot read it."""
        exact, rough = (
            _FAISS.read_index(str(folder / name), _FAISS.IO_FLAG_MMAP_IFC) if (folder / name).exists() else None
            for name in (_EXACT, _ROUGH)
        )
        made = cls(exact, rough)
        if exact is None or (rough is not None and (rough.ntotal, rough.d) != (made.size, made.dimension)):
            raise RuntimeError(f"{folder}: vectors are missing")
        return made

    def save(self, folder: Path) -> dict[str, Path]:
        """Writes its files into `folder`; their paths by name."""
        faiss.write_index(self._exact, str(folder / _EXACT))
        if self._rough is None:
            return {_EXACT: folder / _EXACT}
        faiss.write_index(self._rough, str(folder / _ROUGH))
        return {name: folder / name for name in (_EXACT, _ROUGH)}

    @property
    def size(self) -> int:
        return int(self._exact.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._exact.d)

    def search(self, queries: Vectors, top: int, allowed: Marks | None = None) -> tuple[Floats, Ids]:
        """As `Neighbours.search`."""
        # A question needs one core; those that come together share the cores. FAISS's own threads would wait for each
        # other on a busy machine.
        _FAISS.omp_set_num_threads(1)
        data = np.ascontiguousarray(queries, dtype=np.float32)
        if not self.size:
            return np.zeros((len(data), 0), np.float32), np.zeros((len(data), 0), np.int64)
        selector, share, among = None, 1.0, self.size
        if allowed is not None:
            chosen = np.flatnonzero(allowed)
            among, share = len(chosen), len(chosen) / self.size
            if among <= ONE_BY_ONE:
                return best(data @ self.vectors(chosen).T, np.broadcast_to(chosen, (len(data), among)), top)
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
        if self._rough is None:
            found = self._exact.search(data, min(top, among), params=_FAISS.SearchParameters(sel=selector))
            return found[0], found[1]
        _, near = self._rough.search(
            data, min(REFINED * top, among), params=_parameters(self._rough.nlist, selector, share)
        )
        ids = np.unique(near[near >= 0])
        if not len(ids):  # a vector of a model that is no number is near nothing
            return np.full(near.shape, -1.0, np.float32), near
        exact = data @ self.vectors(ids).T
        places = np.searchsorted(ids, near)
        scores = np.take_along_axis(exact, np.minimum(places, len(ids) - 1), axis=1)
        return best(np.where(near >= 0, scores, -2.0), near, top)

    def vectors(self, ids: Sequence[int] | Ids) -> Vectors:
        """The vectors of these ids, (len(ids), dimension)."""
        found: Vectors = self._halves[np.asarray(ids, dtype=np.int64)].astype(np.float32)
        return found

    @cached_property
    def _halves(self) -> NDArray[np.float16]:
        """What the index holds, as an array; twice as fast to take from."""
        if not self.size:
            return np.zeros((0, self.dimension), np.float16)
        held = _FAISS.rev_swig_ptr(self._exact.codes.data(), self.size * self.dimension * 2)
        halves: NDArray[np.float16] = held.view(np.float16).reshape(self.size, self.dimension)
        halves.flags.writeable = False
        return halves


def _parameters(cells: int, selector: Any, share: float) -> Any:
    """The narrower the filter, the more cells are looked into: the nearest that pass may lie in any of them."""
    whole = min(cells / PROBED, PROBED_MOST)
    probed = cells if share < 0.3 else min(cells, int(whole / share) + 1)
    return _FAISS.SearchParametersIVF(sel=selector, nprobe=probed)


def best(scores: Floats, ids: Ids, top: int) -> tuple[Floats, Ids]:
    """The first `top` of each row; both (rows, candidates)."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(ids, order, axis=1)


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

    def search(self, queries: Vectors, top: int, allowed: Marks | None = None) -> tuple[Floats, Ids]:
        """As `Neighbours.search`."""
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
        return best(np.concatenate(scores, axis=1), np.concatenate(ids, axis=1), top)

    def vectors(self, ids: Ids) -> Vectors:
        """As `Neighbours.vectors`."""
        cuts = np.searchsorted(ids, self.bases).tolist()
        parts = [s.vectors(ids[cuts[n] : cuts[n + 1]] - self.bases[n]) for n, s in enumerate(self.segments)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), np.float32)


class Faiss:
    """Vectors are kept in the files of their segments."""

    name = "faiss"

    def build(self, vectors: Vectors, place: Place) -> DenseIndex:
        return DenseIndex.build(vectors)

    def load(self, folder: Path, place: Place) -> DenseIndex:
        return DenseIndex.load(folder)

    def merge(self, parts: Sequence[tuple[Kept, Marks]]) -> DenseIndex:
        return DenseIndex.merge([(_own(part), marks) for part, marks in parts])

    def together(self, parts: Sequence[Kept], dimension: int) -> Dense:
        return Dense(tuple(map(_own, parts)), dimension)

    def missing(self, documents: Mapping[str, int]) -> set[str]:
        return set()

    def forget(self, documents: Iterable[str]) -> None:
        """They go with their segments."""


def _own(part: Kept) -> DenseIndex:
    assert isinstance(part, DenseIndex)
    return part


FAISS = Faiss()
