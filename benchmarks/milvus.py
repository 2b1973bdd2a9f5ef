"""Vectors in a Milvus server beside FAISS in files: the same questions to both, one after another, in turn.

    python -m benchmarks.milvus DATA [--home .bench] [--library DB] [--index DIR] [--most N] [--results]

Needs the server's wheel: `pip install --no-deps milvus==2.3.5`. At the end it is killed in the middle of questions, and
started again. Works on a copy of the library.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr

from benchmarks import answer, copying, options, results
from bot.home import Home, open_home
from bot.settings import Settings
from corpus.access import PUBLIC
from corpus.database import AwayError
from retrieval.answer import Answer
from tests.fakes.milvus import Milvus

VIEW = frozenset({PUBLIC})
WARM = 20  # questions before any is timed
AFTER_KILL = 300.0  # seconds


def ask(home: Home, question: str) -> tuple[float, Answer]:
    began = time.perf_counter()
    found = home.engine.ask(question, view=VIEW)
    return time.perf_counter() - began, found.model_copy(update={"library_version": 0, "question_read": {}})


def killed(server: Milvus, home: Home, questions: Sequence[str], expected: Sequence[Answer]) -> str:
    """What a kill in the middle does: refused, wrong, and seconds until all is as it was."""
    refused = wrong = 0
    server.kill()
    for question, answer_ in zip(questions[:5], expected, strict=False):
        try:
            wrong += ask(home, question)[1] != answer_
        except AwayError:
            refused += 1
    began = time.monotonic()
    server.start()
    back = None
    while back is None and time.monotonic() - began < AFTER_KILL:
        try:
            back = [ask(home, q)[1] for q in questions] == list(expected)
        except AwayError:
            time.sleep(0.5)
    seconds, how_many = time.monotonic() - began, "all" if back else "NOT all"
    return (
        f"Killed (SIGKILL) and asked 5 questions: {refused} refused as away, {wrong} other answers. Started again:"
        f" {seconds:.0f} s until it answers, {how_many} of {len(questions)} as before."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    options.add_library(parser)
    parser.add_argument("--most", type=int, default=300, help="questions of a set")
    parser.add_argument("--results", action="store_true")
    args = parser.parse_args()
    note, server = results.machine(), Milvus()
    try:
        with tempfile.TemporaryDirectory(dir=args.home, prefix="milvus-") as scratch:
            places = [Path(scratch) / name for name in ("files", "milvus")]
            for place in places:
                place.mkdir()
                answer.copy(*options.library(args), args.home, place)
            files = Settings(home=places[0], database_url=None, vectors=None, _env_file=None)  # type: ignore[call-arg]
            shared = files.model_copy(update={"home": places[1], "vectors": SecretStr(server.url)})
            homes = [open_home(s, starter=False) for s in (files, shared)]
            homes[0].engine.warm(VIEW)
            began = time.monotonic()
            homes[1].engine.warm(VIEW)
            built = time.monotonic() - began
            lines = [
                f"{note}; {len(homes[0].library.documents())} documents, {homes[0].engine.snapshot.size:,} passages;"
                f" Milvus 2.3.5 on the same machine, its index built in {built:.0f} s.",
                "",
                "| questions | same first passage | same whole answer | FAISS p50 / p95, ms | Milvus p50 / p95, ms |",
                "| --- | --: | --: | --: | --: |",
            ]
            for name, texts in copying.sets(args.data, args.most).items():
                for home in homes:
                    for text in texts[:WARM]:
                        ask(home, text)
                found = [[ask(home, text) for home in homes] for text in texts]
                first = sum(a.passages[:1] == b.passages[:1] or _place(a) == _place(b) for (_, a), (_, b) in found)
                same = sum(a == b for (_, a), (_, b) in found)
                times = [results.percentiles([f[n][0] for f in found], 50, 95) for n in range(2)]
                lines.append(f"| {name} | {first} of {len(texts)} | {same} | {times[0]} | {times[1]} |")
                print(lines[-1], flush=True)
            sample = texts[:20]
            lines += ["", killed(server, homes[1], sample, [ask(homes[1], t)[1] for t in sample])]
            for home in homes:
                home.library.close()
    finally:
        server.close()
    print("", *lines, sep="\n")
    if args.results:
        results.write("milvus", "Vectors in Milvus", lines)


def _place(a: Answer) -> tuple[object, ...]:
    """Where the first passage stands, whatever its score."""
    return (a.passages[0].citation.document_id, a.passages[0].start, a.passages[0].end) if a.passages else (a.status,)


if __name__ == "__main__":
    main()
