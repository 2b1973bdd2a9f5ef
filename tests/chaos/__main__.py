"""`make chaos`: breaks the program in every way it promises to withstand, and prints what came of it.

`python -m tests.chaos [--seed N] [--share X] [--results] [PART...]`: parts are kills, cluster, library, index, faults,
load, changes, access and mutated; `--share` makes each smaller (0.1: a tenth); `--results` puts the figures into
benchmarks/RESULTS.md. Ends with 1 when a promise was not kept.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as with_seed
from hypothesis.stateful import run_state_machine_as_test

from benchmarks import results
from tests.chaos import changes, cluster, faults, index_flips, kills, library_kills, load, mutated
from tests.chaos.access import AccessMachine
from tests.fakes.postgres import Postgres

SHARED = Path(__file__).parents[3] / "shared" / "directives"

TWICE = (
    "answers posted twice; of those, no kill of who sent it came between Telegram's taking it and the note of it;"
    " at most so long between the two, s"
)

WRONG = "quotes not of a version that stood; not found though it stood; other words; questions lost; answered twice"

Figures = list[tuple[str, str]]  # what, and how many


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--results", action="store_true")
    given = parser.parse_args()
    logging.basicConfig(level=logging.CRITICAL)
    print(f"seed {given.seed}", flush=True)
    kept = True
    for name, part in PARTS.items():
        if given.parts and name not in given.parts:
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="trichdan-chaos-") as folder:
            good, figures = part(Path(folder), given.seed, given.share)
        kept &= good
        seconds = time.monotonic() - began
        print(f"{'kept' if good else 'BROKEN'}  {name} ({seconds:.0f} s)", flush=True)
        print("\n".join(f"    {what}: {figure}" for what, figure in figures), flush=True)
        if given.results:
            verdict = f"**{name}**: {'kept' if good else 'BROKEN'}; seed {given.seed}, {seconds:.0f} s"
            rows = [f"| {what} | {figure} |" for what, figure in figures]
            results.write(
                f"chaos-{name}", "Chaos", [f"{verdict}. {results.machine()}", "", "| | |", "| --- | --- |", *rows]
            )
    return 0 if kept else 1


def _kills(folder: Path, seed: int, share: float) -> tuple[bool, Figures]:
    good, figures = True, Figures()
    for mode in ("polling", "webhook"):
        count, questions = max(3, int(100 * share)), max(30, int(1000 * share))
        r = asyncio.run(kills.kill_the_bot(folder / mode, mode, count, questions, seed))
        good &= r.lost == r.aside == r.wrong == r.unexplained == 0
        figures += [
            (f"{mode}: kills; questions", f"{r.kills}; {r.questions}"),
            (
                f"{mode}: questions lost; given up; with other words than the document's",
                f"{r.lost}; {r.aside}; {r.wrong}",
            ),
            (f"{mode}: {TWICE}", f"{r.twice}; {r.unexplained}; {r.longest:.2f}"),
            (f"{mode}: chats answered out of order", f"{r.out_of_order}"),
        ]
    return good, figures


def _cluster(folder: Path, seed: int, share: float) -> tuple[bool, Figures]:
    sizes = (max(3, int(100 * share)), max(1, int(10 * share)), max(30, int(2000 * share)))
    r = asyncio.run(cluster.kill_the_cluster(folder, *sizes, seed))
    good = r.lost == r.waiting == r.aside == r.wrong == r.unexplained == r.out_of_order == 0
    return good and r.most_in_a_second <= 30, [
        (
            "3 answerers, 1 poller: kills of them; ends by themselves; kills of the server; questions",
            f"{r.kills}; {r.ended}; {r.server_kills}; {r.questions}",
        ),
        ("questions lost; left waiting; given up; wrong", f"{r.lost}; {r.waiting}; {r.aside}; {r.wrong}"),
        (TWICE, f"{r.twice}; {r.unexplained}; {r.longest:.2f}"),
        ("chats answered out of order", f"{r.out_of_order}"),
        ("most calls in any second", f"{r.most_in_a_second}"),
        ("question to answer, median; p95, s", f"{r.median:.2f}; {r.p95:.2f}"),
    ]


def _library(folder: Path, seed: int, share: float) -> tuple[bool, Figures]:
    r = library_kills.kill_the_library(folder / "home", max(5, int(100 * share)), seed)
    return r.neither == r.broken == r.wrong == 0 and r.quotes > 0, [
        ("kills; changes of the library", f"{r.kills}; {r.steps}"),
        ("kills during", ", ".join(f"{work} {n}" for work, n in r.during.most_common())),
        ("neither the one state nor the other; not to be opened", f"{r.neither}; {r.broken}"),
        ("quotes on the index as it was left; wrong", f"{r.quotes}; {r.wrong}"),
        ("indexes that were not gone on from", f"{r.rebuilt}"),
    ]


def _index(folder: Path, seed: int, share: float) -> tuple[bool, Figures]:
    r = index_flips.flip_index(folder, max(5, int(300 * share)), seed)
    return r.unnoticed == r.wrong == 0 and r.rebuilt > 0, [
        ("files; flipped bits and cuts", f"{r.files}; {r.damages}"),
        ("unnoticed", f"{r.unnoticed}"),
        ("opened by the whole engine: rebuilt; wrong answers", f"{r.rebuilt}; {r.wrong}"),
    ]


def _faults(folder: Path, seed: int, share: float) -> tuple[bool, Figures]:
    rows = asyncio.run(faults.table(folder))
    figures = []
    for fault, same in groupby(rows, lambda r: r.fault):
        on = list(same)
        outcomes = "; ".join(f"{r.method} {r.outcome}" for r in on)
        figures.append((fault, f"{outcomes}; {sum(r.answers for r in on)} answers to {sum(r.questions for r in on)}"))
    return all(r.kept for r in rows), figures


def _load(folder: Path, seed: int, share: float) -> tuple[bool, Figures]:
    r = asyncio.run(load.load(folder / "home", max(10.0, 300 * share)))
    kept = r.most_overall <= 30 and r.most_in_a_group <= 20 and r.most_in_a_chat <= 10
    return kept and r.lost == r.twice == 0, [
        ("seconds; questions a second; chats, of them groups", f"{r.seconds:.0f}; {r.rate:.0f}; {r.chats}, {r.groups}"),
        ("questions; lost; answered twice", f"{r.asked}; {r.lost}; {r.twice}"),
        ("question to the call that answers it, median; p95, s", f"{r.median:.2f}; {r.p95:.2f}"),
        ("most calls in any second", f"{r.most_overall}"),
        ("most to a private chat in 5 s; to a group in a minute", f"{r.most_in_a_chat}; {r.most_in_a_group}"),
    ]


def _changes(folder: Path, seed: int, share: float) -> tuple[bool, Figures]:
    good, figures = True, Figures()
    for name, rate, seconds in (("files", 50, 60), ("PostgreSQL", 50, 60), ("files", 10, 60), ("PostgreSQL", 10, 60)):
        home = folder / f"{name}-{rate}"
        home.mkdir()
        postgres = Postgres() if name == "PostgreSQL" else None
        try:
            database = postgres.url(postgres.make()) if postgres else ""
            r = asyncio.run(changes.change_and_ask(home, max(5.0, seconds * share), seed, rate, database))
        finally:
            if postgres:
                postgres.close()
        good &= r.lost == r.twice == r.wrong == r.errors == r.missed == 0 and r.quotes > 0
        at = f"{name}, {rate} a second"
        figures += [
            (f"{at}: questions; changes; quotes", f"{r.asked}; {r.changes}; {r.quotes}"),
            (f"{at}: {WRONG}", f"{r.wrong}; {r.missed}; {r.errors}; {r.lost}; {r.twice}"),
            (f"{at}: question to answer, median; p95, s", f"{r.median:.2f}; {r.p95:.2f}"),
            (f"{at}: a version's end to an answer that quotes it, at most, s", f"{r.late:.2f}"),
            (
                f"{at}: changes asked about; how long after one a question still missed it, median; worst, s",
                f"{len(r.behind)}; {statistics.median(r.behind or [0]):.2f}; {max(r.behind, default=0):.2f}",
            ),
            *([(f"{at}: the first", r.bad)] if r.bad else []),
        ]
    return good, figures


def _access(folder: Path, seed: int, share: float) -> tuple[bool, Figures]:
    walks, steps = max(3, int(50 * share)), 40
    chosen = settings(
        max_examples=walks,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # a walk of real bots is not made shorter in any reasonable time
        report_multiple_bugs=False,  # the first is enough
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(with_seed(seed)(AccessMachine), settings=chosen)
    except Exception as e:
        frames = traceback.extract_tb(e.__traceback__)
        where = [f"{f.name} {f.lineno}" for f in frames if f.filename.endswith("access.py")]
        taken = "\n    ".join(n for n in getattr(e, "__notes__", []) if "nothing_is_refused" not in n)
        return False, [(f"{type(e).__name__} at {where}", f"{e}\n    {taken}")]
    return True, [("walks; steps of each at most; leaks", f"{walks}; {steps}; 0")]


def _mutated(folder: Path, seed: int, share: float) -> tuple[bool, Figures]:
    r = mutated.read_mutated(max(100, int(10_000 * share)), seed, SHARED if SHARED.is_dir() else None)
    return r.crashed == r.slow == 0, [
        ("files; read; refused", f"{r.files}; {r.read}; {r.refused}"),
        (f"crashed; longer than {mutated.SLOW:.0f} s; the longest, s", f"{r.crashed}; {r.slow}; {r.slowest:.1f}"),
        *([("the first", r.bad)] if r.bad else []),
    ]


PARTS: dict[str, Callable[[Path, int, float], tuple[bool, Figures]]] = {
    "kills": _kills,
    "cluster": _cluster,
    "library": _library,
    "index": _index,
    "faults": _faults,
    "load": _load,
    "changes": _changes,
    "access": _access,
    "mutated": _mutated,
}

if __name__ == "__main__":
    sys.exit(main())
