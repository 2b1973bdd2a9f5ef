"""SIGKILL while documents are added, replaced and removed and the index is brought up to date, joined and built anew:
the library is one of the two states, and the index as it was left answers as one that was built at leisure."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from corpus.library import Library
from retrieval.engine import Engine
from tests.chaos.library_life import SUBJECTS, WORK, after, encoder_of, state, step
from tests.chaos.lives import Lives

LIFE = 1.5  # seconds at most, of a life that ends anywhere
LONGEST = 20.0  # seconds, of one that ends where it was aimed at


@dataclass
class Result:
    seed: int
    kills: int = 0
    steps: int = 0
    neither: int = 0  # states that were neither the one before a step nor the one after it
    broken: int = 0  # times the library or the index could not be opened
    quotes: int = 0
    wrong: int = 0  # quotes that the library does not say, and best answers of an index made anew that are not found
    rebuilt: int = 0  # times the index that was left was not gone on from
    during: Counter[str] = field(default_factory=Counter)  # kills by what was going on
    seconds: float = 0.0


def kill_the_library(home: Path, kills: int, seed: int) -> Result:
    """`kills` lives of random length over one data folder."""
    chance, result = random.Random(seed), Result(seed)
    began = time.monotonic()
    done = home / "done.txt"
    home.mkdir(parents=True, exist_ok=True)
    known: dict[str, str] = {}
    reached = 0
    with Lives("tests.chaos.library_life", json.dumps({"home": str(home), "seed": seed}), home / "log.txt") as lives:
        for n in range(kills):
            work = (None, *WORK)[n % (len(WORK) + 1)]
            (home / "aim.json").write_text(json.dumps({"work": work, "seed": chance.randrange(1 << 30)}))
            lives.begin()
            if work is None:
                time.sleep(0.02 + chance.random() * LIFE)
                lives.kill()
            else:
                lives.end(LONGEST)
            result.kills += 1
            result.during[(home / "work.txt").read_text().strip() or "between"] += 1
            now = len(done.read_bytes()) if done.exists() else 0
            for k in range(reached, now):
                known = after(known, step(seed, k))
            reached = now
            library = Library(home / "library.db")
            try:
                # Killed after the change and before it was noted: the next life takes the step again.
                if state(library) not in (known, after(known, step(seed, reached))):
                    result.neither += 1
                library.check()
                _ask(library, home, result)
            except Exception as e:
                result.broken += 1
                with (home / "log.txt").open("a") as f:
                    f.write(f"after kill {n}: {e!r}\n")
            finally:
                library.close()
    result.steps, result.seconds = reached, time.monotonic() - began
    return result


def _ask(library: Library, home: Path, result: Result) -> None:
    """Asks, on a copy of the index as it was left: the next life finds what this one left."""
    encoder, left, anew = encoder_of(home), home / "left", home / "anew"
    if (home / "index").exists():
        shutil.copytree(home / "index", left)
    try:
        engine, other = Engine(library, encoder, left), Engine(library, encoder, anew)
        result.rebuilt += engine.rebuilt_because is not None
        for subject in SUBJECTS:
            asked = f"các đơn vị thực hiện {subject} thế nào?"
            found = engine.ask(asked, 3, always=True)
            best = other.ask(asked, 3, always=True).passages[:1]
            # What was removed counts a little until parts are joined: the order of near ones may differ.
            result.wrong += not {p.citation for p in best} <= {p.citation for p in found.passages}
            for p in found.passages:
                result.quotes += 1
                text = library.text(p.citation.document_id)
                result.wrong += text is None or text[p.start : p.end] != p.quote
    finally:
        shutil.rmtree(left, ignore_errors=True)
        shutil.rmtree(anew, ignore_errors=True)
