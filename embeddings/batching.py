"""Questions that arrive together are encoded together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder, Vectors

_GATHER = 0.005  # seconds that a question may wait for others
_MOST = 64  # questions in one batch


class BatchingEncoder:
    """An `Encoder` for many threads at once. A question that comes alone is not kept waiting; one that has several
    wordings brings them all.

    The first thread that asks leads. When nobody else is at it, it encodes at once. While a batch is on its way, those
    that come gather; the first of them leads the next batch, and where several have come it waits up to 5 ms for more
    before it begins.
    """

    def __init__(self, encoder: Encoder, gather: float = _GATHER, most: int = _MOST) -> None:
        self._encoder = encoder
        self._gather = gather
        self._most = most
        self._changed = threading.Condition()
        self._waiting: list[tuple[str, Future[NDArray[np.float32]]]] = []
        self._busy = False  # a batch is being encoded

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """float32, (n, dimension), unit length. Not batched: they come in numbers."""
        return self._encoder.encode_passages(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """float32, (n, dimension), unit length."""
        if not 0 < len(texts) <= self._most:
            return self._encoder.encode_queries(texts)
        mine: list[tuple[str, Future[NDArray[np.float32]]]] = [(text, Future()) for text in texts]
        with self._changed:
            leads = not self._waiting
            self._waiting += mine
            self._changed.notify_all()
            if leads and self._busy:
                self._changed.wait_for(lambda: not self._busy)
                if len(self._waiting) > len(mine):
                    self._changed.wait_for(lambda: len(self._waiting) >= self._most, self._gather)
            if leads:
                batch, self._waiting = self._waiting, []
                self._busy = True
        if leads:
            self._lead(batch)
        return np.stack([future.result() for _, future in mine])

    def _lead(self, batch: list[tuple[str, Future[NDArray[np.float32]]]]) -> None:
        try:
            for start in range(0, len(batch), self._most):
                part = batch[start : start + self._most]
                vectors = self._encoder.encode_queries([text for text, _ in part])
                for (_, future), vector in zip(part, vectors, strict=True):
                    future.set_result(vector)
        except BaseException as e:
            for _, future in batch:
                if not future.done():
                    future.set_exception(e)
        finally:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
