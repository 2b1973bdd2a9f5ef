"""Any sentence-transformers model, through torch."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import unicodedata
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embeddings.encoder import EncoderError, Vectors
from embeddings.machine import cores

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_HUB_TIMEOUT = 10.0  # seconds
# A model may call its prompts either way.
_QUERY_NAMES = ("query",)
_PASSAGE_NAMES = ("passage", "document")


class TorchEncoder:
    """A `SentenceTransformer` as an `Encoder`, with the prompts it names query and passage (or document)."""

    def __init__(self, model: SentenceTransformer, label: str) -> None:
        dimension = model.get_embedding_dimension()
        if dimension is None:
            raise EncoderError(
                f"{label}: this model has no fixed dimension; set TRICHDAN_MODEL to a sentence embedding model",
                code="model_not_loaded",
                path=label,
                reason="no dimension",
            )
        self._model = model
        self._dimension = int(dimension)
        self._query = _prompt(model, _QUERY_NAMES)
        self._passage = _prompt(model, _PASSAGE_NAMES)
        self._name = f"{label}@{_digest(model, self._query, self._passage)}/fp32"
        # Tokenizers keep state (truncation, padding) that two threads must not set at once.
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """float32, (n, dimension), unit length."""
        return self._encode(self._query, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """float32, (n, dimension), unit length."""
        return self._encode(self._passage, texts)

    def _encode(self, prompt: str, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self._dimension), np.float32)
        whole = [unicodedata.normalize("NFC", text) for text in texts]
        with self._lock:
            vectors = self._model.encode(
                whole, prompt=prompt, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
            )
        return np.asarray(vectors, np.float32)


def load_model(place: str) -> SentenceTransformer:
    """A model by path or hub id, on the CPU. EncoderError when it is not there or cannot be loaded."""
    local = Path(place).expanduser()
    is_path = local.exists() or place.startswith(("/", "./", "../", "~"))
    if is_path and not local.is_dir():
        raise _not_found(place, "there is no such folder")
    if not is_path and not _is_cached(place):
        _reach(place)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as noise

    noise.set_verbosity_error()  # type: ignore[no-untyped-call]
    noise.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    torch.set_num_threads(cores())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = SentenceTransformer(
                str(local) if is_path else place, device="cpu", local_files_only=is_path or _is_cached(place)
            )
    except Exception as e:  # hub, file and configuration errors have no common base
        raise _not_found(place, str(e).strip().split("\n")[0] or type(e).__name__) from e
    return model.eval()


def _is_cached(place: str) -> bool:
    """Whether the hub's own cache has the model: then nothing is asked of the network."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return isinstance(try_to_load_from_cache(place, "config.json"), str)
    except HFValidationError as e:
        raise _not_found(place, "that is neither a folder nor a hub id") from e


def _reach(place: str) -> None:
    """One question to the hub, so that a wrong name fails in seconds and not after a minute of trying again."""
    from huggingface_hub import HfApi

    try:
        HfApi().model_info(place, timeout=_HUB_TIMEOUT)
    except Exception as e:  # httpx, hub and operating system errors have no common base
        raise _not_found(place, str(e).strip().split("\n")[0] or type(e).__name__) from e


def _not_found(place: str, reason: str) -> EncoderError:
    return EncoderError(
        f"{place}: the model cannot be found or loaded ({reason}); set TRICHDAN_MODEL to the folder of a"
        " sentence-transformers model or to a hub id that can be reached, or leave it empty for the one that ships",
        code="model_not_found",
        model=place,
        reason=reason,
    )


def _prompt(model: SentenceTransformer, names: Sequence[str]) -> str:
    prompts = model.prompts or {}
    return next((prompts[name] or "" for name in names if prompts.get(name)), "")


def _digest(model: SentenceTransformer, *prompts: str) -> str:
    """12 hex digits of everything that decides a vector: weights, prompts, longest text."""
    import torch

    whole = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        whole.update(name.encode())
        # As bytes: numpy has no bfloat16.
        whole.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    whole.update(repr((prompts, model.max_seq_length)).encode())
    return whole.hexdigest()[:12]
