"""Any sentence-transformers model, through torch: in half precision where the processor multiplies in it.

The name says in which precision: vectors of the two are alike (cosine FAITHFUL or more) but not the same, so a data
folder that moves to a machine of the other sort encodes again rather than mixing them.
"""

from __future__ import annotations

import copy
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

log = logging.getLogger(__name__)

FAITHFUL = 0.995  # least cosine of a text's vector to the one in single precision
_PROBE = (
    "Chủ tịch Ủy ban nhân dân xã chịu trách nhiệm thực hiện.",
    "ai lam truong ban",
    "Who signed the directive on flood control, and when?",
    "Điều 5. Mức hỗ trợ là 1.500.000 đồng/người/tháng, kể từ ngày 01/7/2024 đến hết ngày 31/12/2025.",
    "a",
)
_HUB_TIMEOUT = 10.0  # seconds
# A model may call its prompts either way.
_QUERY_NAMES = ("query",)
_PASSAGE_NAMES = ("passage", "document")


class TorchEncoder:
    """A `SentenceTransformer` as an `Encoder`, with the prompts it names query and passage (or document)."""

    def __init__(self, model: SentenceTransformer, label: str, *, half: bool = False) -> None:
        """`half`: bfloat16, unless that changes the vectors of a few texts too much."""
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
        digest = _digest(model, self._query, self._passage)
        halved = _halved(model) if half else None
        self._model = halved or model
        self._name = f"{label}@{digest}/{'bf16' if halved else 'fp32'}"
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
            return _vectors(self._model, whole, prompt)


def _vectors(model: SentenceTransformer, texts: Sequence[str], prompt: str | None = None) -> Vectors:
    """float32, unit length: what a model in half precision calls so is some thousandths off."""
    found = model.encode(list(texts), prompt=prompt, convert_to_numpy=True, show_progress_bar=False)
    vectors = np.asarray(found, np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-9))
    return vectors


def _halved(model: SentenceTransformer) -> SentenceTransformer | None:
    """A copy in bfloat16, None when it is not faithful (or cannot be made)."""
    import torch

    try:
        halved = copy.deepcopy(model).to(dtype=torch.bfloat16)
        cosines = np.einsum("ij,ij->i", _vectors(model, _PROBE), _vectors(halved, _PROBE))
    except (RuntimeError, NotImplementedError, TypeError) as e:
        log.info("half precision cannot be used: %s", e)
        return None
    if float(cosines.min()) < FAITHFUL:
        log.info("half precision is not faithful (cosine %.4f); single is used", float(cosines.min()))
        return None
    return halved


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
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as noise
    except ImportError as e:
        raise EncoderError(
            f"{place}: a model of one's own needs torch and sentence-transformers, which are not installed ({e})",
            code="model_needs_torch",
            model=place,
        ) from e

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
        # A head that no sentence vector goes through; where a model comes without one, it is drawn anew at every load.
        if ".pooler." in name:
            continue
        whole.update(name.encode())
        # As bytes: numpy has no bfloat16.
        whole.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    whole.update(repr((prompts, model.max_seq_length)).encode())
    return whole.hexdigest()[:12]
