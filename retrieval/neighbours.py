"""What searching asks of vectors, wherever they are kept: in FAISS indexes on this machine, or in Milvus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]
Marks = NDArray[np.bool_]


class Neighbours(Protocol):
    """The unit vectors of some passages, numbered from 0."""

    @property
    def size(self) -> int:
        """Passages."""

    @property
    def dimension(self) -> int: ...

    def search(self, queries: Vectors, top: int, allowed: Marks | None = None) -> tuple[Floats, Ids]:
        """Similarities (inner products) and ids of the nearest, each (len(queries), at most top), best first; of those
        `allowed` (a mark for every id) alone. Where fewer than `top` are found a row ends in id -1. Few are compared
        one by one, so a narrow filter finds exactly what it should."""

    def vectors(self, ids: Ids) -> Vectors:
        """The vectors of these ascending ids, (len(ids), dimension)."""


@dataclass(frozen=True)
class Place:
    """Whose vectors they are: a segment's documents, each by a name that no other document or version of it has, with
    how many passages it has, in the order of the passages."""

    collection: str
    documents: tuple[tuple[str, int], ...]


class Kept(Protocol):
    """The vectors of one segment, numbered from 0."""

    @property
    def size(self) -> int:
        """Passages."""

    @property
    def dimension(self) -> int: ...

    def vectors(self, ids: Ids) -> Vectors:
        """As `Neighbours.vectors`."""

    def save(self, folder: Path) -> dict[str, Path]:
        """Writes its files into `folder`; their paths by name."""


class Keeper(Protocol):
    """Where vectors are kept."""

    name: str
    """Tells one keeper from another: what one has kept, another does not know."""

    def build(self, vectors: Vectors, place: Place) -> Kept:
        """Keeps float32 vectors, (n, dimension), unit length."""

    def load(self, folder: Path, place: Place) -> Kept:
        """What `save` has written, memory-mapped. RuntimeError when it cannot be read."""

    def merge(self, parts: Sequence[tuple[Kept, Marks]]) -> Kept:
        """One part of the marked vectors, numbered anew in order."""

    def together(self, parts: Sequence[Kept], dimension: int) -> Neighbours:
        """Several parts as one: ids are counted through them."""

    def missing(self, documents: Mapping[str, int]) -> set[str]:
        """Which of these documents (with how many passages each has) are not kept (any more)."""

    def forget(self, documents: Iterable[str]) -> None:
        """Throws away the vectors of these documents, which have left."""
