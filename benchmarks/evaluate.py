"""Figures of the ranking, one table: every set with its questions as typed and without their marks, the parts beside
the whole, and plain BM25 beside all of them.

    python -m benchmarks.evaluate DATA [--home DIR] [--every N] [--only NAME ...]

DATA holds `benchmarks/*` (BEIR form) and, where they are, `golden/` and `truth/` with `score.py`. Writes between the
marks in `benchmarks/RESULTS.md`. `--every 8` takes each eighth question of sets of more than a thousand.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import results
from corpus.library import Library
from corpus.parse import parse_file
from embeddings.cache import CachedEncoder
from embeddings.encoder import Encoder
from embeddings.shipped import load_encoder
from retrieval import evaluate as ev
from retrieval.answer import Answer
from retrieval.engine import Engine
from retrieval.terms import Alternative, Slot, Term
from retrieval.tokens import fold, syllables

COLUMNS = ev.MEASURES

Line = dict[str, Any]
"""What `score.py` takes: `answered`, `passages`."""


def plain_slots(question: str) -> list[Slot]:
    """Every syllable as it stands: what BM25 is in most tutorials."""
    return [Slot((Alternative((Term("s", (w,)),)),)) for w in syllables(question)]


def beir(folder: Path, encoder: Encoder, every: int) -> list[tuple[str, Mapping[str, float]]]:
    """(what was run, measures) for one set."""
    qrels = ev.read_qrels(folder / "qrels.tsv")
    texts = {i: t for i, t in ev.read_queries(folder / "queries.jsonl").items() if i in qrels}
    if len(texts) > 1000:
        texts = dict(list(texts.items())[::every])
        qrels = {i: qrels[i] for i in texts}
    c = ev.load_collection(folder, encoder)
    bare = {i: fold(t) for i, t in texts.items()}
    started = time.perf_counter()
    whole = ev.make_run(c, texts, encoder)
    took = (time.perf_counter() - started) / max(len(texts), 1) * 1000
    return [
        ("plain BM25, whole documents", ev.measure(qrels, ev.word_run(c, texts, plain_slots))),
        ("words alone", ev.measure(qrels, ev.make_run(c, texts, encoder, 0.0))),
        ("vectors alone", ev.measure(qrels, ev.make_run(c, texts, encoder, 1.0))),
        (f"**both** ({took:.0f} ms a question)", ev.measure(qrels, whole)),
        ("both, questions without marks", ev.measure(qrels, ev.make_run(c, bare, encoder))),
    ]


def line_of(answer: Answer) -> Line:
    """An answer as `score.py` reads it."""
    passages = [
        {"file": p.citation.file, "document": p.citation.number, "clause": p.citation.clause, "quote": p.quote}
        for p in answer.passages
    ]
    return {"answered": answer.status.value == "answered", "passages": passages}


def asked(ask: Callable[[str], Line], questions: Path, sources: Path, scorer: Path, scratch: Path) -> dict[str, Any]:
    """The figures of `score.py` for a question file, with the time an answer took (ms)."""
    rows = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    times = []
    with (scratch / "answers.jsonl").open("w", encoding="utf-8") as out:
        for q in rows:
            started = time.perf_counter()
            line = ask(q["question"])
            times.append((time.perf_counter() - started) * 1000)
            out.write(json.dumps({"id": q["id"], **line}, ensure_ascii=False) + "\n")
    command = [sys.executable, str(scorer), str(scratch / "answers.jsonl"), "--json", str(scratch / "figures.json")]
    command += ["--questions", str(questions), "--seeds", str(sources)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    figures: dict[str, Any] = json.loads((scratch / "figures.json").read_text(encoding="utf-8"))["figures"]["ALL"]
    times.sort()
    return {**figures, "p50": times[len(times) // 2], "p95": times[int(len(times) * 0.95)]}


def library_of(files: Iterable[Path], path: Path) -> Library:
    """The files, read into a library that is kept from run to run."""
    library = Library(path)
    have = {d.file for d in library.documents()}
    for file in files:
        if file.name not in have:
            for directive in parse_file(file):
                library.put(directive)
    return library


def table(rows: Iterable[tuple[str, str, Mapping[str, float]]]) -> list[str]:
    out = ["| set | run | " + " | ".join(COLUMNS) + " |", "| --- | --- |" + " --- |" * len(COLUMNS)]
    for name, run, m in rows:
        out.append(f"| {name} | {run} | " + " | ".join(f"{m[c]:.3f}" for c in COLUMNS) + " |")
    return out


def golden_table(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    names = ("n", "hit@1", "hit@3", "cite", "verb", "refused", "false+", "p50", "p95")
    out = ["| questions | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for name, m in rows:
        out.append(f"| {name} | " + " | ".join("–" if m[n] is None else f"{m[n]:.4g}" for n in names) + " |")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--home", type=Path, default=results.HOME)
    parser.add_argument("--every", type=int, default=8)
    parser.add_argument("--only", nargs="*", help="names of sets; `golden` and `library` are the question files")
    args = parser.parse_args()
    args.home.mkdir(parents=True, exist_ok=True)
    encoder = CachedEncoder(load_encoder(args.home), args.home / "vectors")
    chosen = set(args.only or [])
    rows: list[tuple[str, str, Mapping[str, float]]] = []
    for folder in sorted((args.data / "benchmarks").glob("*/")):
        if not chosen or folder.name in chosen:
            rows += [(folder.name, run, m) for run, m in beir(folder, encoder, args.every)]
            print(*table(rows[-5:]), sep="\n", flush=True)
    scorer = args.data / "golden" / "score.py"
    answers: list[tuple[str, Mapping[str, Any]]] = []
    for name, questions, sources in (
        ("golden", args.data / "golden" / "dev.jsonl", args.data / "seeds"),
        ("library", args.data / "truth" / "questions.jsonl", args.data / "directives"),
    ):
        if (not chosen or name in chosen) and scorer.is_file() and questions.is_file():
            home = args.home / name
            library = library_of(sorted(p for p in sources.iterdir() if p.suffix in (".txt", ".md")), home / "l.db")
            engine = Engine(library, encoder, home / "index")
            label = f"{name}, {len(engine.snapshot.documents)} documents"
            figures = asked(lambda q, ask=engine.ask: line_of(ask(q)), questions, sources, scorer, home)
            answers.append((label, figures))
            print(*golden_table(answers[-1:]), sep="\n", flush=True)
    note = f"Encoder `{encoder.name}`; {results.machine()}. Of sets above a thousand questions: each {args.every}th."
    results.write("evaluate", "Retrieval", [note, "", *golden_table(answers), "", *table(rows)])


if __name__ == "__main__":
    main()
