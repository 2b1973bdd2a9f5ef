"""A file of vectors by key, that only grows.

A header, then records of one size: a key of 16 bytes and `dimension` float32. Appending is one write under a lock, so
processes share the file; a record that a crash cut short is dropped by the next writer, and a reader never sees it.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 16
_MAGIC = b"TDVC\x01\x00\x00\x00"
_HEADER = struct.Struct("<8sII48s")  # magic and form, dimension, unused, sha256 of the name in hex (first 48)
_LENGTH_ERROR = 0.01  # a vector further from unit length than this was never written by us


class VectorFile:
    """Unit vectors on disk. Thread-safe, and safe with other processes on the same file."""

    def __init__(self, path: Path, tag: str, dimension: int) -> None:
        """Opens or makes the file. `tag` (48 hex digits) says whose vectors these are; a file that is damaged or of
        another tag is begun anew. OSError when it cannot be read and written."""
        self._record = np.dtype([("key", f"V{KEY_BYTES}"), ("vector", "<f4", (dimension,))])
        self._header = _HEADER.pack(_MAGIC, dimension, 0, tag.encode("ascii"))
        self._lock = threading.Lock()
        self._places: dict[bytes, int] = {}
        self._seen = 0  # records that are in _places
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        with self._alone():
            if os.pread(self._file, _HEADER.size, 0) != self._header:
                os.ftruncate(self._file, 0)
                os.pwrite(self._file, self._header, 0)

    def get(self, keys: Sequence[bytes]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Which of `keys` are here, bool (n,), and their vectors, float32 (n, dimension), undefined where not."""
        with self._lock:
            records = self._refresh()
            places = np.array([self._places.get(key, -1) for key in keys], np.int64)
        here = places >= 0
        vectors = np.zeros((len(keys), self._record["vector"].shape[0]), np.float32)
        if here.any():
            vectors[here] = records["vector"][places[here]]
            # Zeros that a crash of the machine left, or a flipped bit: not here after all.
            here &= np.abs(np.einsum("ij,ij->i", vectors, vectors) - 1) < _LENGTH_ERROR
        return here, vectors

    def put(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Appends. A key that is here already is replaced. OSError when the disk is full."""
        new = np.empty(len(keys), self._record)
        new["key"] = np.frombuffer(b"".join(keys), f"V{KEY_BYTES}")
        new["vector"] = vectors
        with self._lock, self._alone():
            end = _HEADER.size + self._count() * self._record.itemsize
            os.ftruncate(self._file, end)
            data = memoryview(new.tobytes())
            while data:
                written = os.pwrite(self._file, data, end)
                data, end = data[written:], end + written

    def close(self) -> None:
        os.close(self._file)

    def _refresh(self) -> NDArray[np.void]:
        """All records, with those that anybody has appended since."""
        count = self._count()
        if count < self._seen:  # somebody began it anew
            self._places, self._seen = {}, 0
        if count == 0:
            return np.empty(0, self._record)
        with os.fdopen(os.dup(self._file), "rb") as file:
            records: NDArray[np.void] = np.memmap(file, self._record, "r", offset=_HEADER.size, shape=(count,))
        fresh = records["key"][self._seen :].tolist()
        self._places |= zip(fresh, range(self._seen, count), strict=True)
        self._seen = count
        return records

    def _count(self) -> int:
        return max(0, os.fstat(self._file).st_size - _HEADER.size) // self._record.itemsize

    @contextmanager
    def _alone(self) -> Iterator[None]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
