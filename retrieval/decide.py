"""Is it an answer at all? A logistic function of a few signs, fitted by `retrieval/calibrate.py`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from retrieval.answer import Status

SIGNS = ("coverage", "best_coverage", "cosine", "best_cosine", "unknown", "kind_missing")


@dataclass(frozen=True)
class Decision:
    """Weights of the signs, and the two limits of the probability: `answered` above one, `none` below the other."""

    encoder: str
    bias: float
    weights: Mapping[str, float]
    answered: float
    related: float

    def probability(self, signs: Mapping[str, float]) -> float:
        """That the first passage answers the question, 0 to 1."""
        z = self.bias + sum(self.weights.get(name, 0.0) * value for name, value in signs.items())
        return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, z))))

    def status(self, probability: float, *, named: bool = False) -> Status:
        """The outcome. `named`: the question names its document, so a passage of it is an answer unless far off."""
        if probability >= self.answered or (named and probability >= self.related):
            return Status.ANSWERED
        return Status.RELATED if probability >= self.related else Status.NONE


def load_decision(encoder: str, extra: Path | None = None) -> Decision:
    """The fitted decision: the operator's for this encoder when there is one, else the shipped one."""
    for text in _texts(extra):
        raw = json.loads(text)
        decision = Decision(raw["encoder"], raw["bias"], raw["weights"], raw["answered"], raw["related"])
        if decision.encoder == encoder or text is _shipped():
            return decision
    return decision


def _shipped() -> str:
    return (resources.files("retrieval") / "fitted" / "decision.json").read_text(encoding="utf-8")


def _texts(extra: Path | None) -> list[str]:
    out = []
    if extra is not None and extra.is_file():
        out.append(extra.read_text(encoding="utf-8"))
    return [*out, _shipped()]
