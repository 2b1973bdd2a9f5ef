"""Measures of the ranking on a folder in BEIR form, with the very code that ranks for the `Engine`.

A document of the folder is cut into passages as a directive is; a document scores what its best passage scores.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.text import normalize, sentences
from embeddings.encoder import Encoder, Vectors
from retrieval.dense import Dense, DenseIndex
from retrieval.lexicon import Lexicon, load_lexicon
from retrieval.question.reading import Reading, read_question
from retrieval.question.spelling import Language
from retrieval.rank import DENSE_WEIGHT, search
from retrieval.terms import Slot
from retrieval.units import MOST
from retrieval.vectors import encode_units, silent
from retrieval.word_segment import WordSegment
from retrieval.words import Words

MEASURES = ("nDCG@10", "RR@10", "P@1", "R@10", "R@100")
DEPTH = 100
_POOL = 200

Run = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Collection:
    """A BEIR folder made searchable."""

    ids: tuple[str, ...]
    owner: NDArray[np.int32]  # passage → document
    words: Words
    dense: Dense
    language: Language
    lexicon: Lexicon


def evaluate(
    folder: Path, encoder: Encoder, run_path: Path | None = None, queries: Path | None = None
) -> dict[str, float]:
    """The measures over the folder's questions; `run_path` gets a TREC run of the first 100, `queries` takes the place
    of `queries.jsonl`. OSError or ValueError when the folder is not in BEIR form."""
    qrels = read_qrels(folder / "qrels.tsv")
    texts = {i: t for i, t in read_queries(queries or folder / "queries.jsonl").items() if i in qrels}
    run = make_run(load_collection(folder, encoder), texts, encoder)
    if run_path is not None:
        write_run(run, run_path)
    return measure(qrels, run)


def load_collection(folder: Path, encoder: Encoder) -> Collection:
    """Reads `corpus.jsonl` (lines of id, title, text), cuts it into passages and indexes them."""
    ids: list[str] = []
    passages: list[tuple[str, str, str]] = []
    owner: list[int] = []
    for row in _lines(folder / "corpus.jsonl"):
        title, text = normalize(str(row.get("title") or "")), normalize(str(row["text"]))
        for passage in cut(text) or [title]:
            passages.append((passage, title, ""))
            owner.append(len(ids))
        ids.append(str(row.get("id", row.get("_id"))))
    lexicon = load_lexicon()
    segment = WordSegment.build((text, title, n) for (text, title, _), n in zip(passages, owner, strict=True))
    words = Words((segment,))
    return Collection(
        ids=tuple(ids),
        owner=np.array(owner, dtype=np.int32),
        words=words,
        dense=Dense((DenseIndex.build(encode_units(passages, encoder, silent)),), encoder.dimension),
        language=Language(words, lexicon.phrases(), lexicon.openings),
        lexicon=lexicon,
    )


def cut(text: str) -> list[str]:
    """Runs of whole sentences of at most `MOST` characters, as passages of a directive are."""
    spans = sentences(text)
    out, at = [], 0
    while at < len(spans):
        last = at
        while last + 1 < len(spans) and spans[last + 1][1] - spans[at][0] <= MOST:
            last += 1
        out.append(text[spans[at][0] : spans[last][1]])
        at = last + 1
    return out


def make_run(c: Collection, queries: Mapping[str, str], encoder: Encoder, dense_weight: float = DENSE_WEIGHT) -> Run:
    """Scores of the best 100 documents for every question; `dense_weight` 0 is words alone, 1 vectors alone."""
    run: Run = {}
    for id, text in queries.items():
        reading = read_question(text, c.lexicon, c.language, c.words)
        vectors = encoder.encode_queries(list(reading.texts) or [text])
        run[id] = rank_documents(c, reading, vectors, dense_weight)
    return run


def rank_documents(
    c: Collection, reading: Reading, vectors: Vectors, dense_weight: float = DENSE_WEIGHT
) -> dict[str, float]:
    """Documents by the best of their passages, the first 100."""
    pool = search(
        c.words, c.dense, c.words.weigh(reading.slots), lambda: vectors, pool=_POOL, dense_weight=dense_weight
    )
    best: dict[str, float] = {}
    for passage, score in zip(pool.ids, pool.fused, strict=True):
        id = c.ids[int(c.owner[passage])]
        if score > best.get(id, -1.0):
            best[id] = float(score)
    return dict(sorted(best.items(), key=lambda kv: -kv[1])[:DEPTH])


def word_run(c: Collection, queries: Mapping[str, str], slots: Callable[[str], Sequence[Slot]]) -> Run:
    """Plain BM25 over whole documents: the floor that the rest is measured against."""
    run: Run = {}
    for id, text in queries.items():
        scores = c.words.group_scores(c.words.weigh(slots(text)))
        top = np.argsort(-scores, kind="stable")[:DEPTH]
        run[id] = {c.ids[i]: float(scores[i]) for i in top if scores[i] > 0}
    return run


def measure(qrels: Mapping[str, Mapping[str, int]], run: Run) -> dict[str, float]:
    """`MEASURES` by ir-measures."""
    import ir_measures

    wanted = [ir_measures.parse_measure(m) for m in MEASURES]
    found = ir_measures.calc_aggregate(wanted, dict(qrels), run)
    return {str(m): float(found[m]) for m in wanted}


def write_run(run: Run, path: Path) -> None:
    """TREC form: question Q0 document rank score name."""
    with path.open("w", encoding="utf-8") as out:
        for q, scores in run.items():
            for rank, (d, score) in enumerate(scores.items(), 1):
                out.write(f"{q} Q0 {d} {rank} {score:.6f} trichdan\n")


def read_queries(path: Path) -> dict[str, str]:
    """id → text."""
    return {str(r.get("id", r.get("_id"))): str(r["text"]) for r in _lines(path)}


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """question → document → relevance, those above nought."""
    out: dict[str, dict[str, int]] = {}
    for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        fields = line.split("\t")
        if len(fields) != 3:
            raise ValueError(f"{path}: line {n} is not question, document and relevance parted by tabs")
        if not fields[2].strip().lstrip("-").isdigit():
            continue  # the heading
        if int(fields[2]) > 0:
            out.setdefault(fields[0], {})[fields[1]] = int(fields[2])
    return out


def _lines(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
