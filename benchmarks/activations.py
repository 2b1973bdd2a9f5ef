"""Measures how large each channel becomes before each product of the shipped model, for embeddings/activations.npy.

    python -m benchmarks.activations [HOME]

Runs sentence-transformers in float32 over the starter library. The file is written again only when the model changes:
every vector made so far depends on it.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.folder import PASSAGE_PROMPT, QUERY_PROMPT
from embeddings.graph import ACTIVATIONS_FILE
from embeddings.shipped import as_sentence_transformer

SHORTEST, LONGEST = 20, 2000  # characters of a paragraph
LONGEST_QUESTION = 90
ROOM = 1.1  # another library may have larger values


def main() -> None:
    import torch

    with tempfile.TemporaryDirectory() as folder:
        model = as_sentence_transformer(Path(sys.argv[1] if len(sys.argv) > 1 else folder))
    inner: Any = model[0]
    layers = inner.auto_model.encoder.layer
    largest: dict[tuple[int, int], torch.Tensor] = {}

    def watch(key: tuple[int, int]) -> Callable[[Any, Any], None]:
        def look(module: Any, inputs: Any) -> None:
            peak = inputs[0].abs().flatten(0, 1).amax(0)
            largest[key] = torch.maximum(largest[key], peak) if key in largest else peak

        return look

    for n, layer in enumerate(layers):
        products = (
            layer.attention.self.query,
            layer.attention.output.dense,
            layer.intermediate.dense,
            layer.output.dense,
        )
        for k, product in enumerate(products):
            product.register_forward_pre_hook(watch((n, k)))
    for text in texts():
        model.encode([text], show_progress_bar=False)  # one at a time: padding has values too
    rows = [torch.cat([largest[n, k] for k in range(4)]).numpy() * ROOM for n in range(len(layers))]
    np.save(str(files("embeddings").joinpath(ACTIVATIONS_FILE)), np.stack(rows).astype(np.float16), allow_pickle=False)


def texts() -> list[str]:
    """Paragraphs as passages and short sentences as questions."""
    out = []
    for source in sorted(files("corpus").joinpath("starter").iterdir(), key=lambda f: f.name):
        if source.name.endswith(".txt"):
            whole = source.read_text(encoding="utf-8")
            paragraphs = [p.strip() for p in whole.split("\n")]
            out += [PASSAGE_PROMPT + p for p in paragraphs if SHORTEST <= len(p) <= LONGEST]
            sentences = [s.strip() for s in re.split(r"[.;\n]", whole)]
            out += [QUERY_PROMPT + s for s in sentences if SHORTEST <= len(s) <= LONGEST_QUESTION]
    return out


if __name__ == "__main__":
    main()
