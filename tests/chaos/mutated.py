"""Documents with bytes changed, cut, doubled and swapped: read or refused, in time, and every offset valid."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.errors import UnreadableError
from corpus.parse import parse_file
from tests.corpus.extract import makers

STARTER = Path(__file__).parents[2] / "corpus" / "starter"
SLOW = 5.0  # seconds
TOGETHER = 50  # files a task
PACKED = 10  # one file in so many is docx, pdf, html or zip


@dataclass
class Result:
    seed: int
    files: int = 0
    read: int = 0
    refused: int = 0
    crashed: int = 0  # any other error
    slow: int = 0
    slowest: float = 0.0
    bad: str = ""  # the first that crashed or was slow: kind, number, error
    seconds: float = 0.0


def read_mutated(count: int, seed: int, folder: Path | None = None, jobs: int | None = None) -> Result:
    """`folder`: more documents to change, besides the starter library."""
    result, began = Result(seed), time.monotonic()
    sources = [p for place in filter(None, (STARTER, folder)) for p in sorted(place.iterdir()) if _is_text(p)]
    tasks = [(seed, first, min(TOGETHER, count - first), sources) for first in range(0, count, TOGETHER)]
    with ProcessPoolExecutor(jobs or os.cpu_count()) as pool:
        for part in pool.map(_some, tasks):
            for n, outcome, seconds in part:
                result.files += 1
                result.slowest = max(result.slowest, seconds)
                result.slow += seconds > SLOW
                if outcome == "read":
                    result.read += 1
                elif outcome == "refused":
                    result.refused += 1
                else:
                    result.crashed += 1
                if not result.bad and (outcome not in ("read", "refused") or seconds > SLOW):
                    result.bad = f"file {n}: {outcome}, {seconds:.1f} s"
    result.seconds = time.monotonic() - began
    return result


def _is_text(path: Path) -> bool:
    return path.suffix in (".txt", ".md") and path.stat().st_size < 200_000


def _some(task: tuple[int, int, int, Sequence[Path]]) -> list[tuple[int, str, float]]:
    seed, first, count, sources = task
    found = []
    with TemporaryDirectory() as folder:
        for n in range(first, first + count):
            chance = random.Random(f"{seed} {n}")
            suffix, raw = _original(n, chance, sources)
            path = Path(folder) / f"{n}{suffix}"
            path.write_bytes(_changed(raw, chance))
            began = time.monotonic()
            try:
                for d in parse_file(path):
                    d.model_validate(d.model_dump())  # offsets inside the text, in order
                    for c in d.clauses:
                        d.shown(c.start, c.whole_end)
                outcome = "read"
            except UnreadableError:
                outcome = "refused"
            except Exception as e:
                outcome = repr(e)[:200]
            found.append((n, outcome, time.monotonic() - began))
            path.unlink()
    return found


def _original(n: int, chance: random.Random, sources: Sequence[Path]) -> tuple[str, bytes]:
    path = chance.choice(sources)
    raw = path.read_bytes()
    if n % PACKED:
        return path.suffix, raw
    text = raw.decode("utf-8", "replace")[:20_000]
    match chance.randrange(4):
        case 0:
            return ".docx", makers.docx(
                "".join(makers.paragraph(line) for line in text.split("\n") if line.isprintable())
            )
        case 1:
            lines = text.split("\n")[:60]
            return ".pdf", makers.pdf([makers.wrapped(" ".join(lines), 750)])
        case 2:
            return ".html", f"<html><body><p>{'</p><p>'.join(text.split(chr(10)))}</p></body></html>".encode()
        case _:
            return ".zip", makers.zipped({"a.txt": text, "b/c.txt": raw})


def _changed(raw: bytes, chance: random.Random) -> bytes:
    data = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        if not data:
            break
        at, long = chance.randrange(len(data)), chance.choice((1, 1, 2, 8, 200, 3000))
        match chance.randrange(6):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                del data[at : at + long]
            case 2:
                data[at:at] = data[at : at + long]
            case 3:
                data[at : at + long] = chance.randbytes(min(long, len(data) - at))
            case 4:
                del data[at:]
            case _:
                other = chance.randrange(len(data))
                data[at : at + long], data[other : other + long] = data[other : other + long], data[at : at + long]
    return bytes(data)
