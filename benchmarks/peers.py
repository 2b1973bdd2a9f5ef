"""Other engines beside TrichDan, in one run: the same passages, the same model, the same questions.

    python -m benchmarks.peers DATA [--home .bench] [--library DB] [--index DIR] [--every 4] [--only NAME ...]

- `txtai` hybrid (BM25 and vectors), as it comes;
- sentence-transformers, a flat FAISS index and rank-bm25, fused by rank, as most tutorials do it;
- rank-bm25 alone.
What isn't installed (`pip install txtai rank-bm25`) is left out. Passages are TrichDan's, and so are their vectors,
which keeps the run short; each peer encodes questions with the shipped model through sentence-transformers. A peer's
answer is its best passages whole, and it has no way to say that there is none.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from benchmarks import options, results
from benchmarks.evaluate import Line, asked, library_of, line_of
from corpus.library import Library
from corpus.text import normalize
from embeddings.cache import CachedEncoder
from embeddings.encoder import Encoder, Vectors
from embeddings.shipped import load_encoder
from retrieval import evaluate as ev
from retrieval.engine import Engine
from retrieval.units import units

FUSED = 60  # of reciprocal rank fusion, as everybody has it
DEPTH = 100
SHOWN = 3
SCORES = ("hit@1", "hit@3", "p50", "p95")
RANKS = ("P@1", "nDCG@10", "p50", "p95")
_PASSAGE, _QUERY = "passage: ", "query: "

Search = Callable[[str, int], list[int]]
"""The numbers of the best passages for a question, best first."""
Row = tuple[str, str, dict[str, Any]]
"""Set, engine, figures."""


def txtai_hybrid(texts: Sequence[str], vectors: Vectors, model: Encoder) -> Search:
    from txtai import Embeddings

    known = dict(zip(texts, vectors, strict=True))

    def transform(batch: list[str]) -> Vectors:
        if all(t.startswith(_PASSAGE) for t in batch):
            return np.stack([known[t.removeprefix(_PASSAGE)] for t in batch])
        return model.encode_queries([t.removeprefix(_QUERY) for t in batch])

    engine = Embeddings(
        method="external",
        transform=transform,
        instructions={"data": _PASSAGE, "query": _QUERY},
        hybrid=True,
    )
    engine.index((n, text, None) for n, text in enumerate(texts))
    return lambda question, top: [int(n) for n, _ in engine.search(question, top)]


def tutorial(texts: Sequence[str], vectors: Vectors, model: Encoder) -> Search:
    words = _bm25(texts)
    index: Any = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)

    def search(question: str, top: int) -> list[int]:
        _, near = index.search(model.encode_queries([question]), DEPTH)
        scores: dict[int, float] = {}
        for ranking in (near[0].tolist(), _best(words.get_scores(question.lower().split()), DEPTH)):
            for rank, n in enumerate(ranking, 1):
                scores[n] = scores.get(n, 0.0) + 1 / (FUSED + rank)
        return sorted((n for n in scores if n >= 0), key=lambda n: -scores[n])[:top]

    return search


def bm25_alone(texts: Sequence[str], vectors: Vectors, model: Encoder) -> Search:
    words = _bm25(texts)
    return lambda question, top: _best(words.get_scores(question.lower().split()), top)


def _bm25(texts: Sequence[str]) -> Any:
    from rank_bm25 import BM25Okapi

    return BM25Okapi([t.lower().split() for t in texts])


def _best(scores: Any, top: int) -> list[int]:
    top = min(top, len(scores))
    best = np.argpartition(-scores, top - 1)[:top]
    return [int(n) for n in best[np.argsort(-scores[best], kind="stable")]]


PEERS: dict[str, tuple[tuple[str, ...], Callable[[Sequence[str], Vectors, Encoder], Search]]] = {
    "txtai hybrid": (("txtai",), txtai_hybrid),
    "sentence-transformers + FAISS + rank-bm25": (("rank_bm25",), tutorial),
    "rank-bm25 alone": (("rank_bm25",), bm25_alone),
}


def files(
    name: str,
    library: Library,
    index: Path,
    encoder: CachedEncoder,
    raw: Encoder,
    model: Encoder,
    score: Mapping[str, Path],
) -> list[Row]:
    """(set, engine, figures of `score.py` and times) on a question file about a library."""
    engine = Engine(library, encoder, index)
    engine.warm(None)
    engine.encoder = raw  # no question is remembered
    rows: list[Row] = [(name, "**TrichDan**", asked(lambda q: line_of(engine.ask(q)), **score))]
    texts, lines, ids = [], [], []
    for d in sorted(engine.snapshot.documents, key=lambda d: d.first):
        directive = library.get(d.info.id)
        assert directive is not None
        for n, u in enumerate(units(directive), d.first):
            ids.append(n)
            texts.append(u.text)
            quote = directive.text[u.start : u.end]
            lines.append({"file": d.info.file, "document": d.info.number, "clause": u.clause, "quote": quote})
    vectors = engine.snapshot.dense.vectors(np.array(ids))
    for label, make in installed():
        search = make(texts, vectors, model)
        search(texts[0], SHOWN)

        def answer(question: str, search: Search = search) -> Line:
            return {"answered": True, "passages": [lines[n] for n in search(question, SHOWN)]}

        rows.append((name, label, asked(answer, **score)))
    return rows


def beir(folder: Path, encoder: CachedEncoder, raw: Encoder, model: Encoder, every: int) -> list[Row]:
    """The same on a labelled set, by its documents' best passages."""
    qrels = ev.read_qrels(folder / "qrels.tsv")
    questions = {i: t for i, t in ev.read_queries(folder / "queries.jsonl").items() if i in qrels}
    questions = dict(list(questions.items())[::every])
    qrels = {i: qrels[i] for i in questions}
    c = ev.load_collection(folder, encoder)
    texts = passages_of(folder)

    def run(rank: Callable[[str], dict[str, float]]) -> dict[str, Any]:
        found, times = {}, []
        for i, text in questions.items():
            began = time.perf_counter()
            found[i] = rank(text)
            times.append(1000 * (time.perf_counter() - began))
        return {**ev.measure(qrels, found), "p50": np.percentile(times, 50), "p95": np.percentile(times, 95)}

    def own(text: str) -> dict[str, float]:
        return ev.make_run(c, {"": text}, raw)[""]

    rows: list[Row] = [(folder.name, "**TrichDan**", run(own))]
    vectors = encoder.encode_passages(texts)
    for label, make in installed():
        search = make(texts, vectors, model)

        def rank(text: str, search: Search = search) -> dict[str, float]:
            out: dict[str, float] = {}
            for place, n in enumerate(search(text, DEPTH)):
                out.setdefault(c.ids[int(c.owner[n])], 1.0 / (place + 1))
            return out

        rows.append((folder.name, label, run(rank)))
    return rows


def passages_of(folder: Path) -> list[str]:
    """The passages of `ev.load_collection`, in its order."""
    out = []
    for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        out += ev.cut(normalize(str(row["text"]))) or [normalize(str(row.get("title") or ""))]
    return out


def installed() -> list[tuple[str, Callable[[Sequence[str], Vectors, Encoder], Search]]]:
    return [(label, make) for label, (needs, make) in PEERS.items() if all(find_spec(n) for n in needs)]


def table(rows: Sequence[Row], measures: Sequence[str]) -> list[str]:
    out = ["| set | engine | " + " | ".join(measures) + " |", "| --- | --- |" + " --: |" * len(measures)]
    for name, label, m in rows:
        shown = [f"{m[k]:.3f}" if k in ev.MEASURES else f"{m[k]:.1f}" for k in measures]
        out.append(f"| {name} | {label} | " + " | ".join(shown) + " |")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    options.add_library(parser)
    parser.add_argument("--every", type=int, default=4, help="of the labelled set's questions each so many-th")
    parser.add_argument("--only", nargs="*", help="golden, library, alqac2022")
    args = parser.parse_args()
    chosen = set(args.only or ["golden", "library", "alqac2022"])
    raw = load_encoder(args.home)
    encoder = CachedEncoder(raw, args.home / "vectors")
    model = load_encoder(args.home, precision="fp32")
    note = (
        f"{results.machine()}. Vectors of passages: `{raw.name}`; the peers' questions: the shipped model in float32"
        " through sentence-transformers. Times are in ms, of one question after the other."
    )
    scorer = args.data / "golden" / "score.py"
    asked_of: list[Row] = []
    ranked: list[Row] = []
    for name, questions, sources in (
        ("golden", args.data / "golden" / "dev.jsonl", args.data / "seeds"),
        ("library", args.data / "truth" / "questions.jsonl", args.data / "directives"),
    ):
        if name not in chosen or not (scorer.is_file() and questions.is_file()):
            continue
        home = args.home / name
        home.mkdir(parents=True, exist_ok=True)
        own = name == "library"
        path, index = (args.library if own else None) or home / "l.db", (args.index if own else None) or home / "index"
        library = library_of(sorted(p for p in sources.iterdir() if p.suffix in (".txt", ".md")), path)
        score = {"questions": questions, "sources": sources, "scorer": scorer, "scratch": home}
        asked_of += files(name, library, index, encoder, raw, model, score)
        print(*table(asked_of, SCORES), sep="\n", flush=True)
    if "alqac2022" in chosen:
        ranked = beir(args.data / "benchmarks" / "alqac2022", encoder, raw, model, args.every)
        print(*table(ranked, RANKS), sep="\n", flush=True)
    lines = [note, ""]
    if asked_of:
        lines += [*table(asked_of, SCORES), ""]
    if ranked:
        lines += table(ranked, RANKS)
    results.write("peers", "Beside others", lines)


if __name__ == "__main__":
    main()
