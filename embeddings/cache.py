"""Remembers vectors: passages on disk, questions in memory. The same text is never encoded twice."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder, Vectors
from embeddings.vector_file import KEY_BYTES, VectorFile

log = logging.getLogger(__name__)

_ENCODED_AT_ONCE = 512  # then they are kept: what an interrupted run has done is not lost
_QUERIES_KEPT = 1024


class CachedEncoder:
    """An `Encoder` that keeps what another one made. Thread-safe, and safe with other processes on the same folder.

    Vectors are kept as they are, in float32: float16 would halve the disk (1.5 kB a passage), but reading 100,000 back
    would take 1 s instead of 0.3 s, and an index would depend on whether its vectors were read or just made. A cache
    that cannot be read or written costs time, never an answer.
    """

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        """Keeps vectors in `folder`, one file an encoder, made when it is not there; a damaged file is begun anew."""
        self._encoder = encoder
        self._queries: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()
        tag = hashlib.sha256(encoder.name.encode()).hexdigest()[:48]
        self._path = folder / f"{tag[:16]}.vectors"
        self._file: VectorFile | None = None
        try:
            self._file = VectorFile(self._path, tag, encoder.dimension)
        except OSError as e:
            log.warning("%s: vectors cannot be cached (%s)", self._path, e)

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """float32, (n, dimension), unit length. The last 1024 questions are remembered."""
        found: dict[str, NDArray[np.float32]] = {}
        with self._lock:
            for text in texts:
                if text in self._queries:
                    self._queries.move_to_end(text)
                    found[text] = self._queries[text]
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            found |= zip(missing, self._encoder.encode_queries(missing), strict=True)
            with self._lock:
                # Copies: a row of the result would keep all of it in memory.
                self._queries |= {text: found[text].copy() for text in missing}
                while len(self._queries) > _QUERIES_KEPT:
                    self._queries.popitem(last=False)
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return np.stack([found[text] for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """float32, (n, dimension), unit length."""
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:KEY_BYTES] for text in texts]
        here, vectors = self._get(keys)
        # One place for every text that is missing, however often it occurs.
        places: dict[bytes, list[int]] = {}
        for i in np.flatnonzero(~here).tolist():
            places.setdefault(keys[i], []).append(i)
        missing = list(places)
        for start in range(0, len(missing), _ENCODED_AT_ONCE):
            part = missing[start : start + _ENCODED_AT_ONCE]
            new = self._encoder.encode_passages([texts[places[key][0]] for key in part])
            for key, vector in zip(part, new, strict=True):
                vectors[places[key]] = vector
            self._put(part, new)
        return vectors

    def _get(self, keys: list[bytes]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        if self._file is not None:
            try:
                return self._file.get(keys)
            except (OSError, ValueError) as e:
                log.warning("%s: cached vectors cannot be read (%s); encoding again", self._path, e)
        return np.zeros(len(keys), np.bool_), np.zeros((len(keys), self.dimension), np.float32)

    def _put(self, keys: list[bytes], vectors: Vectors) -> None:
        if self._file is None:
            return
        try:
            self._file.put(keys, vectors)
        except OSError as e:
            log.warning("%s: vectors cannot be kept (%s)", self._path, e)
