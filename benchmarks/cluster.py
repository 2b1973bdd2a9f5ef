"""`make demo-cluster`: a cluster on one machine, and what it does beside one process with SQLite.

    python -m benchmarks.cluster [--library DB] [--index DIR] [--home DIR] [--questions FILE] [--answerers 3]
        [--alone 100] [--poured 300] [--rounds 3] [--results]

Starts PostgreSQL out of a wheel, Bot API servers of the tests, and real `trichdan bot` processes: one with SQLite, one
with PostgreSQL, and a poller with answerers. All of them are there at once and are asked in turn, so that whatever else
the machine does meets them alike: one question after the other, and then as many as they can take. Without `--library`
it is the starter library; `--home` then holds nothing that is needed. Telegram takes 30 messages a second and no more,
which would be all there is to see: here that limit alone is lifted, for all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from benchmarks import answer, questions, results
from bot.copying import copy
from bot.home import open_home
from bot.settings import Settings
from corpus.library import Library
from embeddings.machine import cores
from tests.chaos.calls import answered
from tests.fakes.bot_api import BotApiServer, User
from tests.fakes.postgres import Postgres

ROOT = Path(__file__).resolve().parent.parent
CHATS = 200
WARM = 30  # questions at once, so that whoever searches is there
START = 120.0  # seconds a process may take to be ready
WITHIN = 300.0  # seconds for all answers
REST = 0.1  # seconds after an answer, for what is noted of it
WORDS = 10  # of a question that is made of the library's own
# `trichdan` as it is but for one limit, which the servers here do not have.
UNLIMITED = "from bot import pace; pace.OVERALL = (1000, 1.0); from bot.cli import main; main()"


@dataclass
class Side:
    """One way to run the bot, with a Telegram of its own."""

    name: str
    server: BotApiServer
    people: Sequence[User]
    alone: list[float] = field(default_factory=list)  # seconds from the update to the call that answers it
    poured: list[float] = field(default_factory=list)  # seconds a round took
    asked: int = 0  # in all rounds

    @property
    def rate(self) -> float:
        """Questions a second."""
        return self.asked / sum(self.poured)

    async def ask(self, person: User, text: str) -> float:
        """Seconds until it is answered."""
        began, message = time.monotonic(), self.server.say(person, text)
        await self.server.wait_for_message(person, where=lambda m: m.reply_to == message.id, within=WITHIN)
        return answered(self.server)[person.id, message.id][0].at - began

    async def pour(self, texts: Sequence[str]) -> float:
        """Seconds until all are answered that come at once, from as many chats as there are."""
        before, began = len(self.server._sent), time.monotonic()
        for n, text in enumerate(texts):
            self.server.say(self.people[n % len(self.people)], text)
        await self.server.wait_until(lambda: len(self.server._sent) >= before + len(texts), within=WITHIN)
        return time.monotonic() - began


@dataclass(frozen=True)
class Size:
    """How many questions: one after another, at once in a round, and how many rounds."""

    alone: int
    poured: int
    rounds: int
    answerers: int


class Bots:
    """Processes of the bot; they end with the block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: list[tuple[subprocess.Popen[bytes], socket.socket, Path]] = []

    def __enter__(self) -> Bots:
        return self

    def __exit__(self, *exc: object) -> None:
        for process, _, _ in self._all:
            process.send_signal(signal.SIGTERM)
        for process, told, _ in self._all:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            told.close()

    def begin(self, home: Path, server: BotApiServer, url: str | None, processes: int, *only: str) -> None:
        """Starts `trichdan bot`, all of it or one part."""
        name = str(len(self._all))
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)  # as systemd would be told that it is ready
        told.bind(str(self._folder / f"{name}.ready"))
        told.settimeout(0.2)
        env = {k: v for k, v in os.environ.items() if not k.startswith("TRICHDAN_")} | {
            "PYTHONPATH": str(ROOT),
            "NOTIFY_SOCKET": str(self._folder / f"{name}.ready"),
            "TRICHDAN_TOKEN": server.token,
            "TRICHDAN_API_URL": server.url,
            "TRICHDAN_DATABASE_URL": url or "",
            "TRICHDAN_HEALTH_PORT": "0",
            "TRICHDAN_PROCESSES": str(processes),
            "TRICHDAN_QUESTIONS_PER_MINUTE": "0",
        }
        command = [sys.executable, "-c", UNLIMITED, "bot", *only, "--home", str(home)]
        log = self._folder / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=home, env=env, stdout=out, stderr=out)
        self._all.append((process, told, log))

    def ready(self) -> None:
        """Returns when all of them are."""
        until = time.monotonic() + START
        for process, told, log in self._all:
            said = b""
            while b"READY=1" not in said:
                with contextlib.suppress(TimeoutError):
                    said = told.recv(4096)
                if process.poll() is not None or time.monotonic() > until:
                    last = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                    raise RuntimeError(f"a bot is not ready ({process.poll()})\n{last}")


async def measure(folder: Path, home: Path, texts: Sequence[str], size: Size) -> list[Side]:
    """Everything on the data folder `home`, in which the index is."""
    server = Postgres(durable=True)
    try:
        first = server.make()
        source = Settings(home=home, database_url=None, _env_file=None)  # type: ignore[call-arg]
        shared = source.model_copy(update={"database_url": SecretStr(server.url(first))})
        done = await asyncio.to_thread(copy, source, shared, lambda *_: None)
        say(f"PostgreSQL runs; {done.documents} documents are in it")
        second = server.make(template=first)
        async with AsyncExitStack() as stack:
            apis = [await stack.enter_async_context(BotApiServer()) for _ in range(3)]
            bots = stack.enter_context(Bots(folder))
            # On cores that all of them share, an answerer searches in one process: together they are enough.
            each = max(1, cores() // size.answerers)
            bots.begin(home, apis[0], None, cores())
            bots.begin(own(folder, home), apis[1], server.url(first), cores())
            bots.begin(own(folder, home), apis[2], server.url(second), 1, "--only", "poll")
            for _ in range(size.answerers):
                bots.begin(own(folder, home), apis[2], server.url(second), each, "--only", "answer")
            await asyncio.to_thread(bots.ready)
            names = ("one process, SQLite", "one process, PostgreSQL", f"1 poller and {size.answerers} answerers")
            sides = [
                Side(name, api, [api.user(f"Người {n}") for n in range(CHATS)])
                for name, api in zip(names, apis, strict=True)
            ]
            say(f"{3 + size.answerers} bots run, each ready: " + "; ".join(names))
            await _ask(sides, texts, size)
        for side in sides:
            assert all(len(times) == 1 for times in answered(side.server).values()), "a question was answered twice"
            assert all(c.result for c in side.server.called("sendMessage")), "an answer was refused"
        return sides
    finally:
        server.close()


async def _ask(sides: Sequence[Side], texts: Sequence[str], size: Size) -> None:
    left = iter(texts)
    warm = [next(left) for _ in range(WARM)]
    for side in sides:
        await side.pour(warm)
        await side.pour(warm)
    for n in range(size.alone):
        text = next(left)
        for k in range(len(sides)):
            side = sides[(n + k) % len(sides)]
            side.alone.append(await side.ask(side.people[n % CHATS], text))
            await asyncio.sleep(REST)
    for side in sides:
        say(f"{side.name}: one question after another, {results.percentiles(side.alone, 50, 95)} ms (median / p95)")
    for n in range(size.rounds):
        poured = [next(left) for _ in range(size.poured)]
        for k in range(len(sides)):
            side = sides[(n + k) % len(sides)]
            side.poured.append(await side.pour(poured))
            side.asked += size.poured
            say(f"{side.name}: {size.poured} questions at once, {size.poured / side.poured[-1]:.1f} a second")


def own(folder: Path, home: Path) -> Path:
    """A data folder like `home`, for another process: segments are never written to, so they are linked."""
    made = Path(tempfile.mkdtemp(dir=folder))
    shutil.copytree(home / "index", made / "index", copy_function=os.link, ignore=shutil.ignore_patterns(".lock"))
    for name in ("models", "vectors"):
        (made / name).symlink_to((home / name).absolute())
    return made


def of_its_words(library: Library, count: int, seed: int = 0) -> list[str]:
    """Different questions of words that stand together in its documents."""
    chance, found = random.Random(seed), dict[str, None]()
    texts = [d.text.split() for _, d in library.directives()]
    while len(found) < count:
        words = chance.choice(texts)
        at = chance.randrange(max(1, len(words) - WORDS))
        found[f"{' '.join(words[at : at + WORDS])} {len(found)}?"] = None
    return list(found)


def table(sides: Sequence[Side], size: Size) -> list[str]:
    """What came of it."""
    lines = [
        "| | one after another, p50 / p95, ms | added to the median, ms | at once: questions a second | each round |",
        "| --- | --: | --: | --: | --- |",
    ]
    median = statistics.median(sides[0].alone)
    for side in sides:
        added = 1000 * (statistics.median(side.alone) - median)
        rounds = ", ".join(f"{size.poured / seconds:.1f}" for seconds in side.poured)
        more = "" if side is sides[0] else f"{added:+.1f}"
        lines.append(
            f"| {side.name} | {results.percentiles(side.alone, 50, 95)} | {more} | **{side.rate:.1f}** | {rounds} |"
        )
    return lines


def say(words: str) -> None:
    print(words, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--index", type=Path, help="of that library")
    parser.add_argument("--home", type=Path, default=results.HOME, help="holds the model and vectors of that library")
    parser.add_argument("--questions", type=Path, help="a file or folder of them; else they are made of its words")
    parser.add_argument("--answerers", type=int, default=3)
    parser.add_argument("--alone", type=int, default=100)
    parser.add_argument("--poured", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", action="store_true")
    args = parser.parse_args()
    size = Size(args.alone, args.poured, args.rounds, args.answerers)
    note, wanted = results.machine(), WARM + size.alone + size.rounds * size.poured
    scratch = args.home if args.library else None
    with tempfile.TemporaryDirectory(dir=scratch, prefix="cluster-") as folder, contextlib.ExitStack() as stack:
        home = Path(folder) / "home"
        home.mkdir()
        if args.library:
            answer.copy(args.library, args.index or args.library.parent / "index", args.home, home)
        opened = open_home(Settings(home=home, database_url=None, _env_file=None))  # type: ignore[call-arg]
        stack.callback(opened.library.close)
        engine = opened.engine
        engine.compact()
        library = f"{len(engine.snapshot.documents)} documents, {engine.snapshot.size:,} passages"
        texts = questions.read(args.questions) if args.questions else of_its_words(opened.library, wanted)
        assert len(texts) >= wanted, f"{wanted} different questions are needed"
        stack.close()
        say(f"The library: {library}")
        sides = asyncio.run(measure(Path(folder), home, texts, size))
    lines = [
        f"{note}; {library}; PostgreSQL, the servers that stand for Telegram and all bots on this one machine.",
        f"{size.alone} questions one after another, then {size.rounds} times {size.poured} at once, all different, the"
        " three in turn. From the update's being there to the call that answers it. Telegram's limit of 30 messages a"
        " second is lifted for all of them.",
        "",
        *table(sides, size),
    ]
    print("", *lines, sep="\n")
    if args.results:
        kind = ("cluster-library", ", a library given") if args.library else ("cluster", "")
        results.write(kind[0], f"One machine as a cluster{kind[1]}", lines)


if __name__ == "__main__":
    main()
