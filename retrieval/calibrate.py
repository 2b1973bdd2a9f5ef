"""Fits the decision (`retrieval/decide.py`) on a question file, cross-validated; what is kept is a few numbers.

A question file is JSON lines `{"id", "question", "answers": [{"file", "evidence"}, ...]}`; no answers means that the
library has none. A question whose answer is not among the first three passages teaches nothing and is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.text import one_line
from retrieval.answer import Answer
from retrieval.decide import SIGNS, Decision
from retrieval.engine import Engine

FOLDS = 5
RIDGE = 0.5
# What is asked of a decision: at most this share refused, and wrongly answered. The limit splits the difference.
REFUSED, WRONG = 0.04, 0.17
NEED = 0.6

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One question's signs, and whether its answer was found."""

    id: str
    signs: Mapping[str, float]
    label: bool
    weight: float = 1.0


@dataclass(frozen=True)
class Fit:
    """A fitted decision, and what it does on questions it has not seen (out of fold)."""

    decision: Decision
    questions: int
    refused: float
    wrong: float


def calibrate(questions: Path, engine: Engine, out: Path | None = None) -> Fit:
    """Fits on `questions` put to `engine`; writes `out` (`HOME/decision.json`) when it is given. ValueError when the
    file holds too few questions of either sort."""
    rows = list(collect(_read(questions), engine))
    fit = fit_rows(rows, engine.encoder.name)
    if out is not None:
        save(fit.decision, out)
    return fit


def collect(questions: Iterable[Mapping[str, Any]], engine: Engine) -> Iterable[Row]:
    """The signs of every question that comes to a search; lookups and greetings are decided without them."""
    for q in questions:
        answer = engine.ask(q["question"])
        signs = answer.question_read.get("signs")
        if signs is None:
            continue
        if q.get("answers"):
            # A refused question shows no passages, so its quotes are asked for whatever the outcome.
            if not _hit(engine.ask(q["question"], always=True), q["answers"]):
                continue
            yield Row(q["id"], signs, True, q.get("weight", 1.0))
        else:
            yield Row(q["id"], signs, False, q.get("weight", 1.0))


def fit_rows(rows: Sequence[Row], encoder: str) -> Fit:
    """Ridge logistic regression; limits from probabilities out of fold."""
    y = np.array([r.label for r in rows], dtype=np.float64)
    if min(y.sum(), len(y) - y.sum()) < FOLDS:
        raise ValueError("too few questions with or without an answer to fit a decision")
    x = np.array([[r.signs.get(s, 0.0) for s in SIGNS] for r in rows])
    w = np.array([r.weight for r in rows])
    # Both sorts count alike, however many there are of each.
    w = np.where(y > 0, w / w[y > 0].sum(), w / w[y == 0].sum()) * len(y) / 2
    fold = np.array([_fold(r.id) for r in rows])
    unseen = np.zeros(len(y))
    for k in range(FOLDS):
        train = fold != k
        if (fold == k).any():
            bias, weights = _logistic(x[train], y[train], w[train])
            unseen[fold == k] = _sigmoid(bias + x[fold == k] @ weights)
    answered = _limit(unseen, y, w)
    bias, weights = _logistic(x, y, w)
    named = {s: round(float(v), 4) for s, v in zip(SIGNS, weights, strict=True)}
    decision = Decision(encoder, round(float(bias), 4), named, round(answered, 3), round(answered * 0.25, 3))
    refused = float((w * (unseen < answered) * y).sum() / (w * y).sum())
    wrong = float((w * (unseen >= answered) * (1 - y)).sum() / (w * (1 - y)).sum())
    return Fit(decision, len(rows), refused, wrong)


def save(decision: Decision, path: Path) -> None:
    """Writes the numbers as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".new")
    aside.write_text(
        json.dumps(
            {
                "encoder": decision.encoder,
                "bias": decision.bias,
                "weights": dict(decision.weights),
                "answered": decision.answered,
                "related": decision.related,
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )
    aside.replace(path)


def _limit(p: Floats, y: Floats, w: Floats) -> float:
    """The probability above which to answer: least of (refused over what is allowed, wrong over what is allowed)."""
    best, found = float("inf"), 0.5
    for limit in np.linspace(0.1, 0.9, 81):
        refused = float((w * (p < limit) * y).sum() / (w * y).sum())
        wrong = float((w * (p >= limit) * (1 - y)).sum() / (w * (1 - y)).sum())
        cost = max(refused / REFUSED, wrong / WRONG)
        if cost < best - 1e-9:
            best, found = cost, float(limit)
    return found


def _logistic(x: Floats, y: Floats, w: Floats) -> tuple[float, Floats]:
    """Newton's method on the weighted log likelihood with a ridge on all but the bias."""
    a = np.hstack([np.ones((len(x), 1)), x])
    b = np.zeros(a.shape[1])
    ridge = np.diag([1e-6, *([RIDGE] * x.shape[1])])
    for _ in range(50):
        p = _sigmoid(a @ b)
        gradient = a.T @ (w * (p - y)) + ridge @ b
        hessian = (a * (w * p * (1 - p))[:, None]).T @ a + ridge
        step = np.linalg.solve(hessian, gradient)
        b -= step
        if float(np.abs(step).max()) < 1e-8:
            break
    return float(b[0]), b[1:]


def _sigmoid(z: Floats) -> Floats:
    p: Floats = 1.0 / (1.0 + np.exp(-np.clip(z, -40, 40)))
    return p


def _fold(id: str) -> int:
    return sum(id.encode()) % FOLDS


def _hit(answer: Answer, wanted: Sequence[Mapping[str, str]]) -> bool:
    for p in answer.passages[:3]:
        quote = one_line(p.quote)
        for a in wanted:
            evidence = one_line(a["evidence"])
            if a["file"] == p.citation.file and (evidence in quote or _share(evidence, quote) >= NEED):
                return True
    return False


def _share(evidence: str, quote: str) -> float:
    words, said = evidence.split(), set(quote.split())
    return sum(w in said for w in words) / max(len(words), 1)


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
