"""What a change of the library costs: one document more, one less, and a folder that is there already."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from corpus.ingest import ingest
from corpus.library import Library
from embeddings.cache import CachedEncoder
from embeddings.encoder import Encoder
from retrieval.engine import Engine
from retrieval.units import units

ROUNDS = 5


def one(engine: Engine, encoder: Encoder) -> dict[str, float]:
    """Seconds until a document is no longer found, and is found again: medians over documents of middling size. Its
    vectors are known; `encode` is what they take when they are not, `encoder` being one that remembers nothing."""
    library = engine.library
    by_size = sorted(engine.snapshot.documents, key=lambda d: d.last - d.first)
    middle = len(by_size) // 2
    chosen = by_size[max(0, middle - ROUNDS // 2) :][:ROUNDS]
    times: dict[str, list[float]] = {"remove": [], "add": [], "encode": [], "passages": []}
    for d in chosen:
        directive = library.get(d.info.id)
        assert directive is not None
        texts = [x for u in units(directive) for x in (u.text, u.subject, u.lead) if x]
        times["passages"].append(float(d.last - d.first))
        marks = [time.perf_counter()]
        encoder.encode_passages(list(dict.fromkeys(texts)))
        marks.append(time.perf_counter())
        library.remove(d.info.id)
        engine.refresh()
        marks.append(time.perf_counter())
        library.put(directive)
        engine.refresh()
        marks.append(time.perf_counter())
        for name, took in zip(("encode", "remove", "add"), np.diff(marks).tolist(), strict=True):
            times[name].append(took)
    return {k: statistics.median(v) for k, v in times.items()}


def folder(files: Sequence[Path], encoder: Encoder) -> tuple[float, float]:
    """Seconds to read, keep, encode and index files for the first time, and once more."""
    with tempfile.TemporaryDirectory() as scratch:
        library = Library(Path(scratch, "library.db"))
        cached = CachedEncoder(encoder, Path(scratch, "vectors"))
        began = time.perf_counter()
        for _ in ingest(library, files):
            pass
        engine = Engine(library, cached, Path(scratch, "index"))
        first = time.perf_counter() - began
        began = time.perf_counter()
        for _ in ingest(library, files):
            pass
        engine.refresh()
        return first, time.perf_counter() - began
