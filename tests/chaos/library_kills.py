"""SIGKILL while documents are added, replaced and removed: the library is one of the two states, the index follows."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from pathlib import Path

from corpus.library import Library
from retrieval.engine import Engine
from tests.chaos.library_life import SUBJECTS, after, state, step
from tests.chaos.lives import Lives
from tests.retrieval.samples import WordEncoder

LIFE = 1.5  # seconds at most
CHECK_QUOTES = 5  # kills between looks at the quotes: opening the index takes a while


@dataclass
class Result:
    seed: int
    kills: int = 0
    steps: int = 0
    neither: int = 0  # states that were neither the one before a step nor the one after it
    broken: int = 0  # times the library or the index could not be opened
    quotes: int = 0
    wrong: int = 0  # quotes that the library does not say
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
            lives.begin()
            time.sleep(0.02 + chance.random() * LIFE)
            lives.kill()
            result.kills += 1
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
                if n % CHECK_QUOTES == 0:
                    _quotes(library, home, result)
            except Exception as e:
                result.broken += 1
                with (home / "log.txt").open("a") as f:
                    f.write(f"after kill {n}: {e!r}\n")
            finally:
                library.close()
    result.steps, result.seconds = reached, time.monotonic() - began
    return result


def _quotes(library: Library, home: Path, result: Result) -> None:
    """Asks, on the index as it was left, and compares every quote with the library."""
    engine = Engine(library, WordEncoder(), home / "index")
    for subject in SUBJECTS:
        for p in engine.ask(f"các đơn vị thực hiện {subject} thế nào?", 3, always=True).passages:
            result.quotes += 1
            text = library.text(p.citation.document_id)
            result.wrong += text is None or text[p.start : p.end] != p.quote
