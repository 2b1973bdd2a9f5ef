"""`make chaos`: breaks the program in every way it promises to withstand, and prints what came of it.

`python -m tests.chaos [--seed N] [--share X] [PART...]`: parts are kills, library, index, faults, load, access and
mutated; `--share` makes each smaller (0.1: a tenth). Ends with 1 when a promise was not kept.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as with_seed
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos import faults, index_flips, kills, library_kills, load, mutated
from tests.chaos.access import AccessMachine

SHARED = Path(__file__).parents[3] / "shared" / "directives"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--share", type=float, default=1.0)
    given = parser.parse_args()
    logging.basicConfig(level=logging.CRITICAL)
    print(f"seed {given.seed}", flush=True)
    kept = True
    for name, part in PARTS.items():
        if given.parts and name not in given.parts:
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="trichdan-chaos-") as folder:
            good, said = part(Path(folder), given.seed, given.share)
        kept &= good
        print(f"{'kept' if good else 'BROKEN'}  {name} ({time.monotonic() - began:.0f} s): {said}", flush=True)
    return 0 if kept else 1


def _kills(folder: Path, seed: int, share: float) -> tuple[bool, str]:
    good, said = True, []
    for mode in ("polling", "webhook"):
        count, questions = max(3, int(100 * share)), max(30, int(1000 * share))
        r = asyncio.run(kills.kill_the_bot(folder / mode, mode, count, questions, seed))
        good &= r.lost == r.wrong == r.unexplained == 0
        said.append(str(r))
    return good, "; ".join(said)


def _library(folder: Path, seed: int, share: float) -> tuple[bool, str]:
    r = library_kills.kill_the_library(folder / "home", max(5, int(100 * share)), seed)
    return r.neither == r.broken == r.wrong == 0 and r.quotes > 0, str(r)


def _index(folder: Path, seed: int, share: float) -> tuple[bool, str]:
    r = index_flips.flip_index(folder, max(5, int(300 * share)), seed)
    return r.unnoticed == r.wrong == 0 and r.rebuilt > 0, str(r)


def _faults(folder: Path, seed: int, share: float) -> tuple[bool, str]:
    rows = asyncio.run(faults.table(folder))
    lines = [f"\n    {r.fault:24} {r.method:14} {r.outcome}, {r.answers} answers to {r.questions}" for r in rows]
    return all(r.kept for r in rows), "".join(lines)


def _load(folder: Path, seed: int, share: float) -> tuple[bool, str]:
    r = asyncio.run(load.load(folder / "home", max(10.0, 300 * share)))
    kept = r.most_overall <= 30 and r.most_in_a_group <= 20 and r.most_in_a_chat <= 10
    return kept and r.lost == r.twice == 0, str(r)


def _access(folder: Path, seed: int, share: float) -> tuple[bool, str]:
    walks, steps = max(3, int(100 * share)), 40
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
        return False, f"{type(e).__name__} at {where}: {e}\n    {taken}"
    return True, f"{walks} walks of up to {steps} steps"


def _mutated(folder: Path, seed: int, share: float) -> tuple[bool, str]:
    r = mutated.read_mutated(max(100, int(10_000 * share)), seed, SHARED if SHARED.is_dir() else None)
    return r.crashed == r.slow == 0, str(r)


PARTS: dict[str, Callable[[Path, int, float], tuple[bool, str]]] = {
    "kills": _kills,
    "library": _library,
    "index": _index,
    "faults": _faults,
    "load": _load,
    "access": _access,
    "mutated": _mutated,
}

if __name__ == "__main__":
    sys.exit(main())
