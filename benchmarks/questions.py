"""Questions to time with: those of the question files, and those of the labelled sets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np


def read(data: Path, seed: int = 0) -> list[str]:
    """All distinct questions under `data`, shuffled: `golden/dev.jsonl`, `truth/questions.jsonl`, ALQAC's queries.
    A file is read as it is: lines with a `question` or a `text`."""
    if data.is_file():
        files = [data]
    else:
        files = [data / "golden" / "dev.jsonl", data / "truth" / "questions.jsonl"]
        files += sorted(data.glob("benchmarks/alqac*/queries.jsonl"))
    found: dict[str, None] = {}
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                row = json.loads(line)
                found[str(row.get("question") or row["text"])] = None
    texts = list(found)
    return [texts[i] for i in np.random.default_rng(seed).permutation(len(texts))]
