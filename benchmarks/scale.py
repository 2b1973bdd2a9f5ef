"""Ten thousand, a hundred thousand, a million passages: what an answer costs, what it needs, and what it misses.

    python -m benchmarks.scale DATA [--home .bench] [--library DB] [--sizes 10000 100000] [--surplus 0]

Real passages first (`--library`, a library with the documents of DATA), then `benchmarks/surplus.py`'s. Libraries and
indexes are built once, kept in `home/scale/`, and measured in a process of their own. Questions are real ones, none of
them asked twice in a row of the table.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import questions, results
from benchmarks.surplus import Surplus
from corpus.library import Library
from embeddings.cache import CachedEncoder
from embeddings.encoder import Vectors
from embeddings.shipped import load_encoder
from retrieval import segment as segments
from retrieval.dense import FAISS
from retrieval.engine import Engine
from retrieval.index import IndexFolder
from retrieval.question.reading import Reading, read_question
from retrieval.rank import search
from retrieval.snapshot import Live, Snapshot
from retrieval.units import units
from retrieval.words import Ids

PIECE = 50_000  # surplus passages made at a time
ASKED = 500  # then memory is read
TIMED, EXACT, EXACT_WORDS = 200, 100, 40  # questions
TOP, BEST = 10, 100
TIE = 2e-4  # of a cosine: duplicates tie
SHARES = (0.5, 0.1, 0.01, 0.001)
DEEP = 20_000  # groups that all postings find: the best by words are surely among them

Marks = NDArray[np.bool_]


def build(folder: Path, passages: int, given: Library, encoder: CachedEncoder, seed: int) -> dict[str, float]:
    """Makes library and index of so many passages in `folder`; how many seconds each took."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    library = Library(folder / "l.db")
    infos = given.documents()
    size = n = 0
    for i in np.random.default_rng(seed).permutation(len(infos)).tolist():
        directive = given.get(infos[i].id)
        if directive is not None and size < passages:
            library.put(directive)
            size += sum(1 for _ in units(directive))
            n += 1
    began = time.perf_counter()
    engine = Engine(library, encoder, folder / "index")
    while engine.compact():
        pass
    took = {"real": n, "real_passages": engine.snapshot.size, "index": time.perf_counter() - began}
    if size >= passages:
        return took | {"merged": 0.0}
    live = [(x.segment, x.dropped) for x in engine.snapshot.live]
    parts = [live[0][0] if len(live) == 1 else segments.merge(live, FAISS)]
    surplus = Surplus(parts[0], library, seed)
    while (size := sum(p.size for p in parts)) < passages:
        parts.append(surplus.segment(len(parts), min(PIECE, passages - size), library))
        print(f"{size:,} passages", end="\r", file=sys.stderr)
    began = time.perf_counter()
    index = IndexFolder(folder / "index", library, encoder, engine.lexicon, FAISS)
    merged = segments.save(segments.merge([(p, frozenset()) for p in parts], FAISS), index.parent, encoder, FAISS)
    index._publish(library.version, [Live(merged)])
    return took | {"merged": time.perf_counter() - began}


def measure(folder: Path, home: Path, texts: Sequence[str]) -> dict[str, Any]:
    """The figures of one library, in a process that has done nothing else."""
    began = time.perf_counter()
    encoder = load_encoder(home)
    loaded = time.perf_counter() - began
    engine = Engine(Library(folder / "l.db"), encoder, folder / "index")
    engine.warm(None)
    out: dict[str, Any] = {"opened": time.perf_counter() - began - loaded}
    s = engine.snapshot
    out |= {"passages": s.size, "documents": len(s.documents), "segments": len(s.live)}
    times, cpu = [], []
    for text in texts[:ASKED]:
        a, b = time.perf_counter(), time.thread_time()
        engine.ask(text)
        times.append(time.perf_counter() - a)
        cpu.append(time.thread_time() - b)
    out["answer"], out["answer_cpu"] = times[20:], cpu[20:]
    out["resident"] = results.resident()
    fresh = texts[ASKED:]
    read = [read_question(t, engine.lexicon, s.language, s.words) for t in fresh]
    read = [r for r in read if r.note is None and r.slots][:TIMED]
    vectors = [encoder.encode_queries(list(r.texts)) for r in read]
    out["search"], out["search_cpu"] = searching(s, read, vectors, s.alive)
    out["dense"] = timed(lambda n: s.dense.search(vectors[n], 100, s.alive), len(read))
    out["words"] = timed(lambda n: s.words.candidates(s.words.weigh(read[n].slots), s.alive), len(read))
    queries = np.stack([v[0] for v in vectors[:EXACT]])
    filters = masks(s)
    for (name, mask), best in zip(filters.items(), exact(s, queries, list(filters.values())), strict=True):
        # As a question does it: the best of many more.
        found = s.dense.search(queries, BEST, mask)[0][:, :TOP]
        hits = [(row >= b[-1] - TIE).sum() / len(b) for row, b in zip(found, best, strict=True)]
        row = {
            "recall": float(np.mean(hits)),
            "least": float(np.min(hits)),
            "search": searching(s, read[:60], vectors, mask)[0],
        }
        out.setdefault("filters", {})[name] = row
    out["candidates"] = candidates_recall(s, read[:EXACT_WORDS])
    return out


def searching(
    s: Snapshot, read: Sequence[Reading], vectors: Sequence[Vectors], allowed: Marks | None
) -> tuple[list[float], list[float]]:
    """Seconds of word and vector search together, by the clock and of the processor."""
    times, cpu = [], []
    for r, v in zip(read, vectors, strict=False):
        a, b = time.perf_counter(), time.thread_time()
        search(s.words, s.dense, s.words.weigh(r.slots), lambda v=v: v, allowed=allowed)
        times.append(time.perf_counter() - a)
        cpu.append(time.thread_time() - b)
    return times, cpu


def timed(call: Callable[[int], object], n: int) -> list[float]:
    out = []
    for i in range(n):
        a = time.perf_counter()
        call(i)
        out.append(time.perf_counter() - a)
    return out


def masks(s: Snapshot) -> dict[str, Marks | None]:
    """No filter, and filters that keep a share of the passages: whole documents at random, or one stretch."""
    out: dict[str, Marks | None] = {"none": None}
    rng = np.random.default_rng(0)
    for share in SHARES:
        wanted = int(s.size * share)
        scattered = np.zeros(s.size, dtype=np.bool_)
        for n in rng.permutation(len(s.documents)):
            d = s.documents[n]
            if scattered.sum() >= wanted:
                break
            scattered[d.first : d.last] = True
        start = int(rng.integers(s.size - wanted))
        stretch = np.zeros(s.size, dtype=np.bool_)
        stretch[start : start + wanted] = True
        out[f"{share:.1%}, documents"], out[f"{share:.1%}, stretch"] = scattered, stretch
    return out


def exact(s: Snapshot, queries: Vectors, allowed: Sequence[Marks | None]) -> list[NDArray[np.float32]]:
    """The ten highest cosines of each question among the passages of each filter, (questions, ten), best first."""
    best = [np.full((len(queries), 0), -2.0, np.float32) for _ in allowed]
    for start in range(0, s.size, 50_000):
        ids = np.arange(start, min(s.size, start + 50_000))
        cosines = queries @ s.dense.vectors(ids).T
        for n, mask in enumerate(allowed):
            here = cosines if mask is None else cosines[:, mask[ids]]
            both = np.concatenate([best[n], here], axis=1)
            best[n] = -np.sort(-np.partition(both, -TOP, axis=1)[:, -TOP:]) if both.shape[1] > TOP else both
    return [-np.sort(-b, axis=1) for b in best]


def candidates_recall(s: Snapshot, read: Sequence[Reading]) -> dict[str, float]:
    """Of the best hundred passages by words (all postings read), the share that the candidates hold; and whether the
    very best is there. Those of the same score stand for each other."""
    found, first = [], []
    for r in read:
        weighed = s.words.weigh(r.slots)
        ids = s.words.candidates(weighed, s.alive)
        scores = -np.sort(-s.words.score(weighed, ids))[:BEST]
        every = passages_of(s, s.words.group_scores(weighed))
        best = -np.sort(-s.words.score(weighed, every))[:BEST]
        best = best[best > 0]
        found.append(float(np.mean(scores[: len(best)] >= best[-1] - 1e-4)) if len(best) else 1.0)
        first.append(not len(best) or scores[0] >= best[0] - 1e-4)
    return {"recall": float(np.mean(found)), "first": float(np.mean(first))}


def passages_of(s: Snapshot, scores: NDArray[np.float32]) -> Ids:
    best = np.argpartition(-scores, DEEP)[:DEEP] if len(scores) > DEEP else np.arange(len(scores))
    marks = np.zeros(len(scores), dtype=np.bool_)
    marks[best] = True
    at, kept = 0, []
    for w in s.words.segments:
        kept.append(marks[at : at + w.groups][w.group_of])
        at += w.groups
    return np.flatnonzero(np.concatenate(kept))


def table(rows: Sequence[dict[str, Any]]) -> list[str]:
    def line(name: str, of: Callable[[dict[str, Any]], str]) -> str:
        return f"| {name} | " + " | ".join(of(r) for r in rows) + " |"

    first = rows[0]
    growth = [np.median(r["answer"]) / np.median(first["answer"]) for r in rows]
    out = [
        line("passages", lambda r: f"{r['passages']:,}"),
        "| --- |" + " --: |" * len(rows),
        line("documents (real ones)", lambda r: f"{r['documents']:,} ({r['built']['real']:,})"),
        line("index of the real ones built, vectors known, s", lambda r: f"{r['built']['index']:.0f}"),
        line("all merged into one segment and written, s", lambda r: f"{r['built']['merged']:.0f}"),
        line("library / index on disk, MB", lambda r: f"{r['library_mb']:.0f} / {r['index_mb']:.0f}"),
        line("index opened and made ready, s", lambda r: f"{r['opened']:.1f}"),
        line(f"memory after {ASKED} questions, MB (not mapped)", lambda r: "{:.0f} ({:.0f})".format(*r["resident"])),
        line("question to answer, p50 / p95, ms", lambda r: results.percentiles(r["answer"], 50, 95)),
        line("… processor time of the asking thread", lambda r: results.percentiles(r["answer_cpu"], 50, 95)),
        line("… p50, times the first", lambda r: f"{growth[rows.index(r)]:.2f}"),
        line("search part, p50 / p95, ms", lambda r: results.percentiles(r["search"], 50, 95)),
        line("… processor time", lambda r: results.percentiles(r["search_cpu"], 50, 95)),
        line("… vectors alone", lambda r: results.percentiles(r["dense"], 50, 95)),
        line("… candidates by words alone", lambda r: results.percentiles(r["words"], 50, 95)),
        line(f"best {BEST} by words among the candidates", lambda r: f"{r['candidates']['recall']:.3f}"),
        line("… the very best", lambda r: f"{r['candidates']['first']:.3f}"),
        "",
        f"Filters: recall@{TOP} of vectors against all of them compared (worst question); p50 / p95 of the search, ms.",
        "",
        line("kept", lambda r: f"{r['passages']:,}"),
        "| --- |" + " --: |" * len(rows),
    ]
    for name in first["filters"]:
        out.append(line(name, lambda r, name=name: filtered(r["filters"][name])))  # type: ignore[misc]
    return out


def filtered(row: dict[str, Any]) -> str:
    return f"{row['recall']:.3f} ({row['least']:.1f}); {results.percentiles(row['search'], 50, 95)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--home", type=Path, default=results.HOME)
    parser.add_argument("--library", type=Path, help="default: home/library/l.db")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--surplus", type=int, default=0, help="seed of the surplus documents")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(measure(args.measure, args.home, questions.read(args.data))))
        return
    rows = []
    encoder = CachedEncoder(load_encoder(args.home), args.home / "vectors")
    for size in args.sizes:
        folder = args.home / "scale" / f"{size}-{args.surplus}-{encoder.name.rpartition('/')[2]}"
        facts = folder / "built.json"
        if not facts.is_file():
            real = Library(args.library or args.home / "library" / "l.db")
            built = build(folder, size, real, encoder, args.surplus)
            facts.write_text(json.dumps(built), encoding="utf-8")
        command = [sys.executable, "-m", "benchmarks.scale", str(args.data), "--home", str(args.home)]
        done = subprocess.run([*command, "--measure", str(folder)], check=True, stdout=subprocess.PIPE)
        row = json.loads(done.stdout)
        row |= {"built": json.loads(facts.read_text(encoding="utf-8"))}
        row |= {"library_mb": results.megabytes(folder / "l.db"), "index_mb": results.megabytes(folder / "index")}
        rows.append(row)
        print(*table([row]), sep="\n", flush=True)
    note = (
        f"{results.machine()}; encoder `{encoder.name}`. What is not real is recombined: documents like the real ones,"
        " in every passage as many sentences as a real one has, drawn at random from all of the real library (seed"
        f" {args.surplus}); a passage's vector is mixed of those of the two passages that its first and last sentence"
        " come from."
    )
    results.write("scale", "As the library grows", [note, "", *table(rows)])


if __name__ == "__main__":
    main()
