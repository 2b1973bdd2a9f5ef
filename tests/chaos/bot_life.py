"""One life of the bot under chaos: the real program over a scripted engine, with searches that take a moment."""

from __future__ import annotations

import json
import logging
import os
import random
import sys
import time
from pathlib import Path

from bot.run import run_bot
from corpus.library import Library
from retrieval.answer import Answer, Status
from tests.bot.conftest import settings_for
from tests.fakes.engine import ScriptedEngine, conclusion, passage

WORDS = "2.2. Mở lối thoát nạn thứ hai ở nhà ở kết hợp kinh doanh."


class SlowEngine(ScriptedEngine):
    """Answers every question with one clause, after up to `seconds`."""

    def __init__(self, library: Library, seconds: float) -> None:
        super().__init__()
        self._passage, self._seconds = passage(library, "mau.txt", WORDS, clause="2.2"), seconds

    def ask(self, question: str, *args: object, **kwargs: object) -> Answer:
        time.sleep(random.random() * self._seconds)
        return Answer(question=question, status=Status.ANSWERED, passages=(self._passage,))


class Server:
    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token


def home_with_a_document(home: Path) -> None:
    library = Library(home / "library.db")
    library.put(conclusion())
    library.close()


def _jump(clock: Path) -> None:
    """From now on the wall clock of this process is off by the seconds that stand in a file; the monotonic one is as it
    was, as on a machine whose clock is put right."""
    right = time.time
    time.time = lambda: right() + float(clock.read_text())


def live(argument: str) -> None:
    given = json.loads(argument)
    if "clock" in given:
        _jump(Path(given["clock"]))
    random.seed()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    home = Path(given["home"])
    library = Library(home / "library.db")
    server = Server(f"{given['url']}/{os.getpid()}", given["token"])
    settings = settings_for(server, home, **given["settings"])  # type: ignore[arg-type]
    run_bot(settings, SlowEngine(library, given["seconds"]), library)
