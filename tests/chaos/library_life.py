"""One life of a program that adds, replaces and removes documents and brings the index up to date, step by step."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

from corpus.library import Library
from corpus.model import Directive
from corpus.parse import parse_string
from retrieval.engine import Engine
from tests.retrieval.samples import WordEncoder

FILES = 6
STEPS = 100_000
SUBJECTS = ("phòng cháy", "tiền ăn trưa", "cứu hộ", "nước sạch", "giao thông", "trồng rừng")


@dataclass(frozen=True)
class Step:
    """What happens to one file: another version of it is put in, or it is removed."""

    file: str
    directive: Directive | None


def step(seed: int, n: int) -> Step:
    """Step `n` is always the same."""
    chance = random.Random(f"{seed} {n}")
    k = chance.randrange(FILES)
    file = f"van-ban-{k}.txt"
    if chance.random() < 0.25:
        return Step(file, None)
    clauses = [
        f"{c}. Các đơn vị thực hiện {SUBJECTS[k]} đợt {chance.randrange(1000)} theo phân công số {c}."
        for c in range(1, 3 + chance.randrange(4))
    ]
    text = (
        f"TỈNH ỦY BÌNH AN\n*\nSố {k + 1}-KL/TU\n\nBình An, ngày 5 tháng 5 năm 2024\n\nKẾT LUẬN\nvề {SUBJECTS[k]}\n\n"
        + "\n\n".join(clauses)
        + "\n\nT/M BAN THƯỜNG VỤ\nNguyễn Văn A\n"
    )
    return Step(file, parse_string(text, file))


def state(library: Library) -> dict[str, str]:
    """File names and texts."""
    return {d.file: str(library.text(d.id)) for d in library.documents()}


def after(before: dict[str, str], taken: Step) -> dict[str, str]:
    """The state a step leads to."""
    rest = {f: t for f, t in before.items() if f != taken.file}
    return rest if taken.directive is None else rest | {taken.file: taken.directive.text}


def take(library: Library, taken: Step) -> None:
    if taken.directive is None:
        for d in library.documents():
            if d.file == taken.file:
                library.remove(d.id)
    else:
        library.put(taken.directive)


def live(argument: str) -> None:
    given = json.loads(argument)
    home, seed = Path(given["home"]), int(given["seed"])
    library = Library(home / "library.db")
    engine: Engine | None = None
    done = home / "done.txt"
    first = len(done.read_bytes()) if done.exists() else 0
    for n in range(first, STEPS):
        take(library, step(seed, n))
        with done.open("ab") as f:
            f.write(b".")
        # Opened after the first change: a life that is too short for both still changes something.
        engine = engine or Engine(library, WordEncoder(), home / "index")
        engine.refresh()
        engine.compact()
