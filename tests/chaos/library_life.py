"""One life of a program that adds, replaces and removes documents, brings the index up to date, joins its parts and
builds it anew, step by step; and ends itself by SIGKILL in the very middle of one of these."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpus.library import Library
from corpus.model import Directive
from corpus.parse import parse_string
from retrieval import index, store
from retrieval.engine import Engine
from tests.retrieval.samples import WordEncoder

FILES = 6
STEPS = 100_000
ANEW = 5  # steps between two builds of the whole index
CHANGES = ("add", "replace", "remove")
WORK = (*CHANGES, "refresh", "compact", "rebuild")  # what may be aimed at
TOUCHES = ("open", "os.", "shutil.", "tempfile.")  # audit events: something is done to a file
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


def kind(before: dict[str, str], taken: Step) -> str:
    """Which of CHANGES a step is; "nothing" where there is nothing to remove."""
    if taken.directive is None:
        return "remove" if taken.file in before else "nothing"
    return "replace" if taken.file in before else "add"


def encoder_of(home: Path) -> WordEncoder:
    """The encoder the index was built with last."""
    state = store.current(home / "index")
    return WordEncoder(state["encoder"]) if isinstance(state, dict) else WordEncoder()


class Aim:
    """Where a life ends: in one of WORK, at the `n`-th touch of a file there, or some time after it has begun."""

    def __init__(self, home: Path, work: str | None, seed: int) -> None:
        self._chance = random.Random(seed)
        self._work = work
        self._touches = self._chance.randrange(1, 60) if work not in CHANGES and self._chance.random() < 0.7 else 0
        self._now = ""
        self._told = os.open(home / "work.txt", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        if self._touches:
            sys.addaudithook(self._touched)

    @contextmanager
    def at(self, work: str) -> Iterator[None]:
        """Meanwhile the life is at this work."""
        self._tell(work)
        try:
            if work == self._work and not self._touches:
                threading.Thread(target=self._later, args=(self._chance.random() ** 2 * 0.03,), daemon=True).start()
            yield
        finally:
            self._tell("")

    def _tell(self, work: str) -> None:
        self._now = work
        os.pwrite(self._told, f"{work:10}".encode(), 0)

    def _later(self, seconds: float) -> None:
        threading.Event().wait(seconds)
        if self._now == self._work:
            os.kill(os.getpid(), signal.SIGKILL)

    def _touched(self, event: str, _: object) -> None:
        if self._now == self._work and event.startswith(TOUCHES):
            self._touches -= 1
            if self._touches == 0:
                os.kill(os.getpid(), signal.SIGKILL)


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
    index.SMALL, index.DOCUMENTS_AT_ONCE = 12, 2  # several parts, in a small library too
    aim = Aim(home, **json.loads((home / "aim.json").read_text()))
    library = Library(home / "library.db")
    engine: Engine | None = None
    done = home / "done.txt"
    first = len(done.read_bytes()) if done.exists() else 0
    for n in range(first, STEPS):
        taken, before = step(seed, n), state(library)
        with aim.at(kind(before, taken)):
            take(library, taken)
        with done.open("ab") as f:
            f.write(b".")
        # Opened after the first change: a life that is too short for both still changes something.
        encoder = WordEncoder(f"words-{n // ANEW}")
        if engine is None or encoder.name != encoder_of(home).name:
            with aim.at("open" if encoder.name == encoder_of(home).name else "rebuild"):
                engine = Engine(library, encoder, home / "index")
        with aim.at("refresh"):
            engine.refresh()
        with aim.at("compact"):
            engine.compact()
