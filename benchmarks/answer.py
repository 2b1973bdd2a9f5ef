"""Question to answer, without Telegram: how long, how many at once, from a cold start, and while the library changes.

    python -m benchmarks.answer QUESTIONS [--many QUESTIONS] [--home .bench] [--library DB] [--index DIR] [--folder DIR]
        [--files N]

QUESTIONS is a file of questions, or a folder of them; `--many` those that are asked together: more than a process
remembers, so that each is encoded. Works on a copy of library and index; vectors of passages come
from `home/vectors`, those of questions are always made anew. `--folder` holds documents: so many of them are added
for the first time and once more.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import cycle
from pathlib import Path

import numpy as np

from benchmarks import adding, options, questions, results, start
from bot.desk import Asks
from bot.searchers import Searcher, Searchers
from corpus.library import Library
from embeddings.batching import BatchingEncoder
from embeddings.cache import CachedEncoder
from embeddings.encoder import Encoder, Vectors
from embeddings.machine import cores
from embeddings.shipped import load_encoder
from retrieval.engine import Engine

ONE_BY_ONE = 300
ASKERS = (1, 8, 64)
ASKED_FOR = 6.0  # seconds of each


class Unremembered:
    """Passages from the cache, questions always encoded; how long that took a thread is kept for it."""

    def __init__(self, cached: CachedEncoder, encoder: Encoder) -> None:
        self._cached, self._encoder = cached, encoder
        self.name, self.dimension = encoder.name, encoder.dimension
        self.last = 0.0

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """As the cache does."""
        return self._cached.encode_passages(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As the encoder does."""
        began = time.perf_counter()
        out = self._encoder.encode_queries(texts)
        self.last = time.perf_counter() - began
        return out


def one_by_one(engine: Engine, encoder: Unremembered, texts: Sequence[str]) -> dict[str, list[float]]:
    """Seconds of each whole answer, of the encoder in it, and of the encoder for the question alone."""
    out: dict[str, list[float]] = {"whole": [], "cpu": [], "inside": [], "alone": []}
    for text in texts[:10]:
        engine.ask(text)
    for n, text in enumerate(texts[10:]):
        for step in ("alone", "whole") if n % 2 else ("whole", "alone"):
            if step == "alone":
                encoder.encode_queries([text])
                out["alone"].append(encoder.last)
                continue
            encoder.last = 0.0
            began, cpu = time.perf_counter(), time.thread_time()
            engine.ask(text)
            out["whole"].append(time.perf_counter() - began)
            out["cpu"].append(time.thread_time() - cpu)
            out["inside"].append(encoder.last)
    return out


def at_once(engine: Asks, texts: Iterator[str], askers: int) -> tuple[float, list[float]]:
    """Answers a second, and the seconds each took, with so many threads that ask one question after the other."""
    times: list[float] = []
    began = time.perf_counter()
    end = began + ASKED_FOR

    def run() -> None:
        while time.perf_counter() < end:
            asked = time.perf_counter()
            engine.ask(next(texts))
            times.append(time.perf_counter() - asked)

    threads = [threading.Thread(target=run) for _ in range(askers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return len(times) / (time.perf_counter() - began), times


def copy(library: Path, index: Path, home: Path, to: Path) -> None:
    """A data folder of its own: segments are never written to, so they are linked; models and vectors are shared."""
    with closing(sqlite3.connect(library)) as source, closing(sqlite3.connect(to / "library.db")) as target:
        source.backup(target)
    if index.is_dir():
        shutil.copytree(index, to / "index", copy_function=os.link, ignore=shutil.ignore_patterns(".lock"))
    for name in ("models", "vectors"):
        (home / name).mkdir(exist_ok=True)
        (to / name).symlink_to((home / name).absolute())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--many", type=Path)
    options.add_library(parser)
    parser.add_argument("--folder", type=Path, help="documents to add for the first time and again")
    parser.add_argument("--files", type=int, default=20)
    args = parser.parse_args()
    texts = questions.read(args.questions)
    note = results.machine()
    with tempfile.TemporaryDirectory(dir=args.home, prefix="answer-") as scratch:
        home = Path(scratch)
        copy(*options.library(args), args.home, home)
        raw = load_encoder(home)
        encoder = Unremembered(CachedEncoder(raw, home / "vectors"), raw)
        engine = Engine(Library(home / "library.db"), encoder, home / "index")
        engine.compact()
        engine.warm(None)
        one = one_by_one(engine, encoder, texts[:ONE_BY_ONE])
        # As the bot has it: questions that come together are searched for in several processes.
        engine.encoder = BatchingEncoder(encoder)
        searchers = Searchers(engine, lambda: Searcher(home), cores())
        together = cycle(questions.read(args.many) if args.many else texts)
        at_once(searchers, together, max(ASKERS))  # by then all of them are there
        many = [(n, *at_once(searchers, together, n)) for n in ASKERS]
        searchers.close()
        resident = results.resident()
        index = results.megabytes(home / "index")
        disk = results.megabytes(home / "library.db"), index, engine.snapshot.size * (16 + 4 * raw.dimension) / 1e6
        change = adding.one(engine, raw)
        size = f"{len(engine.snapshot.documents)} documents, {engine.snapshot.size:,} passages"
        cold = start.ask(home, texts[0]), start.bot(home)
    whole, alone = np.array(one["whole"]), np.array(one["alone"])
    lines = [
        f"{note}; encoder `{raw.name}`; {size}; {len(whole)} different questions, none encoded before.",
        "",
        "| | |",
        "| --- | --: |",
        f"| question to answer, p50 / p95 / p99, ms | {results.percentiles(whole.tolist(), 50, 95, 99)} |",
        f"| … processor time of the asking thread | {results.percentiles(one['cpu'], 50, 95, 99)} |",
        f"| … encoding in it | {results.percentiles(one['inside'], 50, 95, 99)} |",
        f"| the encoder for the question alone | {results.percentiles(alone.tolist(), 50, 95, 99)} |",
        f"| whole answer, times the encoder alone (median) | {np.median(whole / alone):.2f} |",
    ]
    for n, rate, times in many:
        ratio = f", {rate / many[0][1]:.1f} times one" if n > 1 else ""
        lines.append(
            f"| {n} at once: answers a second{ratio}; p95, ms | {rate:.0f}; {results.percentiles(times, 95)} |"
        )
    lines += [
        f"| `trichdan ask`, the whole process, s | {cold[0]:.2f} |",
        f"| `trichdan bot` until it asks for updates, s | {cold[1]:.2f} |",
        f"| one document more ({change['passages']:.0f} passages), searchable after, s | {change['add']:.2f} |",
        f"| … encoding it, beforehand, s | {change['encode']:.2f} |",
        f"| one document less, s | {change['remove']:.2f} |",
        f"| memory after these questions, MB (not mapped) | {resident[0]:.0f} ({resident[1]:.0f}) |",
        "| library / index / vectors (at most) on disk, MB | {:.0f} / {:.0f} / {:.0f} |".format(*disk),
    ]
    if args.folder:
        files = sorted(p for p in args.folder.iterdir() if p.is_file())[: args.files]
        first, again = adding.folder(files, raw)
        lines.append(f"| {len(files)} files for the first time, s | {first:.1f} |")
        lines.append(f"| the same, unchanged, s (share) | {again:.2f} ({again / first:.1%}) |")
    print(*lines, sep="\n")
    results.write("answer", "Question to answer", lines)


if __name__ == "__main__":
    main()
