"""The shipped model through ONNX Runtime: no torch, no transformers, ready in a fraction of a second."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime

from embeddings.encoder import EncoderError, Vectors
from embeddings.folder import PASSAGE_PROMPT, QUERY_PROMPT
from embeddings.graph_names import GRAPH_FILE, IDS, VECTORS
from embeddings.machine import cores
from embeddings.unigram import Unigram

# Tokens in one run. Short texts together use the processor better; beyond this activations leave the cache.
_TOKENS_AT_ONCE = 256


class OnnxEncoder:
    """Unit vectors from a graph with the inputs and the output of embeddings/graph.py. Thread-safe."""

    def __init__(self, folder: Path, tokenizer: Unigram, name: str) -> None:
        """EncoderError when ONNX Runtime cannot load what is in `folder`."""
        self._tokenizer = tokenizer
        self._name = name
        self._session = _session(folder)
        self._pool = ThreadPoolExecutor(cores(), "encode")
        self._dimension = int(self._session.get_outputs()[0].shape[-1])

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

        def fill(group: list[int]) -> None:
            tokens = np.array([ids[i] for i in group], np.int64)
            (out[group],) = self._session.run([VECTORS], {IDS: tokens})

        if len(groups) == 1:
            fill(groups[0])
        else:
            list(self._pool.map(fill, groups))
        return out


def _session(folder: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # A core a run: one session for questions and passages. Two cores a question were up to a quarter faster on a busy
    # machine, for the memory of a second session.
    options.intra_op_num_threads = 1
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
    """Groups of positions to encode together: of one length, the longest first."""
    group: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if group and (lengths[i] != lengths[group[0]] or (len(group) + 1) * lengths[i] > _TOKENS_AT_ONCE):
            yield group
            group = []
        group.append(i)
    if group:
        yield group
