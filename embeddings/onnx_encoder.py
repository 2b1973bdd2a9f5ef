"""The shipped model through ONNX Runtime: no torch, no transformers, ready in a fraction of a second."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from embeddings.encoder import EncoderError, Vectors
from embeddings.folder import PASSAGE_PROMPT, QUERY_PROMPT
from embeddings.graph_names import GRAPH_FILE, IDS, MASK, VECTORS
from embeddings.machine import cores
from embeddings.unigram import Unigram

# Tokens in one run: beyond this activations leave the cache, and a passage takes up to a quarter longer.
_TOKENS_AT_ONCE = 256
# A text is padded to the longest of its run; one that would be more than a quarter padding starts a run of its own.
_LEAST_FILLED = 0.75


class OnnxEncoder:
    """Unit vectors from a graph with the inputs and the output of embeddings/graph.py. Thread-safe."""

    def __init__(self, folder: Path, tokenizer: Unigram, name: str) -> None:
        """EncoderError when ONNX Runtime cannot load what is in `folder`."""
        self._folder = folder
        self._tokenizer = tokenizer
        self._name = name
        self._cores = cores()
        # All cores for one question; a core a run when there are many, which wastes nothing on waiting for each other.
        self._together = _session(folder, self._cores)
        self._lock = threading.Lock()
        self._dimension = int(self._together.get_outputs()[0].shape[-1])

    @cached_property
    def _apart(self) -> onnxruntime.InferenceSession:
        return _session(self._folder, 1)

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """float32, (n, dimension), unit length."""
        return self._encode(QUERY_PROMPT, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """float32, (n, dimension), unit length."""
        return self._encode(PASSAGE_PROMPT, texts)

    def _encode(self, prompt: str, texts: Sequence[str]) -> Vectors:
        ids = [self._tokenizer.encode(prompt + unicodedata.normalize("NFC", text)) for text in texts]
        out = np.empty((len(ids), self._dimension), np.float32)
        groups = list(runs([len(i) for i in ids]))
        if len(groups) == 1 or self._cores == 1:
            for group in groups:
                out[group] = self._run(self._together, [ids[i] for i in group])
            return out
        with self._lock:
            session = self._apart

        def fill(group: list[int]) -> None:
            out[group] = self._run(session, [ids[i] for i in group])

        with ThreadPoolExecutor(self._cores, "encode") as pool:
            list(pool.map(fill, groups))
        return out

    def _run(self, session: onnxruntime.InferenceSession, ids: list[list[int]]) -> NDArray[np.float32]:
        shape = (len(ids), max(map(len, ids)))
        tokens = np.full(shape, self._tokenizer.pad, np.int64)
        mask = np.zeros(shape, np.int64)
        for row, text in enumerate(ids):
            tokens[row, : len(text)] = text
            mask[row, : len(text)] = 1
        (vectors,) = session.run([VECTORS], {IDS: tokens, MASK: mask})
        return np.asarray(vectors, np.float32)


def _session(folder: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only
    try:
        return onnxruntime.InferenceSession(str(folder / GRAPH_FILE), options, providers=["CPUExecutionProvider"])
    except Exception as e:  # its own exceptions have no common base
        raise EncoderError(
            f"{folder}: ONNX Runtime cannot load the model ({e})",
            code="model_not_loaded",
            path=str(folder),
            reason=str(e),
        ) from e


def runs(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Groups of positions to encode together: like lengths, little padding, the longest first."""
    group: list[int] = []
    widest = filled = 0
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        size = (len(group) + 1) * widest
        if group and (size > _TOKENS_AT_ONCE or filled + lengths[i] < _LEAST_FILLED * size):
            yield group
            group = []
        if not group:
            widest, filled = lengths[i], 0
        group.append(i)
        filled += lengths[i]
    if group:
        yield group
