"""Three answerers and a poller on one PostgreSQL, and SIGKILL at random moments for all of them and for the server."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path

from bot.database import INBOX
from bot.inbox import look
from corpus.database.postgres import Postgres
from corpus.library import LIBRARY, Library
from tests.chaos.calls import Question, most_within
from tests.chaos.cluster_life import ENDED
from tests.chaos.kills import UNSURE, Kill, judge, unsure
from tests.chaos.kills import Result as Killed
from tests.chaos.lives import Lives
from tests.fakes.bot_api import BotApiServer, User
from tests.fakes.engine import conclusion
from tests.fakes.postgres import Postgres as Server

PARTS = ("answer", "answer", "answer", "poll")
CHATS = 200
LIFE = 2.0  # seconds on average between two kills of a worker
DOWN = 0.5  # seconds at most the server stays away
SEARCH = 0.05  # seconds at most
ANSWER = 0.03  # seconds at most that Telegram takes to answer a call
RATE = 20.0  # questions a second at most: Telegram takes thirty calls
WITHIN = 180.0  # seconds for the last answers


@dataclass
class Result(Killed):
    """What became of the questions."""

    server_kills: int = 0
    ended: int = 0  # lives that ended by themselves: the server was away when they began
    waiting: int = 0  # left in the inbox
    most_in_a_second: int = 0  # calls to chats, as the server counts them
    median: float = 0.0  # seconds from the question to its answer
    p95: float = 0.0


async def kill_the_cluster(folder: Path, kills: int, server_kills: int, questions: int, seed: int) -> Result:
    """At least so many kills, and as many as the questions take."""
    chance = random.Random(seed)
    result = Result("cluster", seed, server_kills=server_kills, questions=questions)
    postgres = Server()
    began = time.monotonic()
    try:
        database = postgres.url(postgres.make())
        library = Library(Postgres(database, LIBRARY))
        library.put(conclusion())
        library.close()
        inbox = Postgres(database, INBOX)
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(BotApiServer())
            server.pause = lambda: chance.random() * ANSWER
            workers = _Workers(folder, server, database)
            stack.push_async_callback(asyncio.to_thread, workers.close)
            await asyncio.to_thread(workers.begin)
            people = [server.user(f"Người {n}") for n in range(CHATS)]
            asked: dict[Question, float] = {}
            rate = min(RATE, questions / max(1.0, kills * LIFE))
            asking = asyncio.create_task(_ask(server, people, questions, rate, chance, asked))
            killed: list[Kill] = []
            at = _spread(kills, server_kills, chance)
            while len(killed) < kills or not asking.done():
                await asyncio.sleep(chance.random() * 2 * LIFE)
                killed.append(await asyncio.to_thread(workers.kill_one, chance, inbox))
                for _ in range(at[len(killed)]):
                    await asyncio.to_thread(postgres.kill)
                    await asyncio.sleep(chance.random() * DOWN)
                    await asyncio.to_thread(postgres.start)
            await asking
            await _last_answers(server, asked)
        result.ended = workers.ended
        # What a life had answered and not put away when it was killed, another takes over once its time is up.
        until = time.monotonic() + WITHIN
        while True:
            result.waiting, aside = await asyncio.to_thread(look, inbox)
            if not result.waiting or time.monotonic() > until:
                break
            await asyncio.sleep(0.5)
        result.aside = len(aside)
        inbox.close()
    finally:
        postgres.close()
    result.kills, result.seconds = len(killed), time.monotonic() - began
    _judge(server, asked, killed, result)
    return result


class _Workers:
    """The processes; one that is killed begins anew at once."""

    def __init__(self, folder: Path, server: BotApiServer, database: str) -> None:
        self._stack = ExitStack()
        self._lives, self._logs = list[Lives](), list[Path]()
        for n, part in enumerate(PARTS):
            home = folder / f"{n}"
            home.mkdir(parents=True)
            told = {"url": server.url, "token": server.token, "database": database, "home": str(home)}
            own = {"part": part, "seconds": SEARCH, "settings": {"questions_per_minute": 0}}
            self._logs.append(home / "log.txt")
            self._lives.append(Lives("tests.chaos.cluster_life", json.dumps(told | own), self._logs[-1]))

    def begin(self) -> None:
        for lives in self._lives:
            self._stack.enter_context(lives)
        self._pids = [lives.begin() for lives in self._lives]

    def close(self) -> None:
        self._stack.close()

    @property
    def ended(self) -> int:
        """Lives that ended by themselves."""
        return sum(log.read_text().count(ENDED) for log in self._logs)

    def kill_one(self, chance: random.Random, inbox: Postgres) -> Kill:
        n = chance.randrange(len(self._lives))
        self._lives[n].kill()
        # What a life has begun nobody else goes on with before its time is over.
        kill = Kill(str(self._pids[n]), time.monotonic(), unsure(inbox.rows(UNSURE)))
        self._pids[n] = self._lives[n].begin()
        return kill


def _spread(kills: int, server_kills: int, chance: random.Random) -> Counter[int]:
    """After which kills of a worker the server is killed, and how often."""
    return Counter(chance.randint(1, kills) for _ in range(server_kills))


async def _ask(
    server: BotApiServer,
    people: list[User],
    questions: int,
    rate: float,
    chance: random.Random,
    asked: dict[Question, float],
) -> None:
    """Questions at random moments, spread over the time the kills take."""
    for n in range(questions):
        person = people[chance.randrange(len(people))]
        message = server.say(person, f"câu hỏi thứ {n}")
        asked[person.id, message.id] = time.monotonic()
        await asyncio.sleep(chance.expovariate(rate))


async def _last_answers(server: BotApiServer, asked: dict[Question, float]) -> None:
    within = time.monotonic() + WITHIN
    while time.monotonic() < within:
        if asked.keys() <= {(m.chat_id, m.reply_to) for m in server._sent}:
            break
        await asyncio.sleep(0.5)
    await asyncio.sleep(3)  # for what may come twice


def _judge(server: BotApiServer, asked: dict[Question, float], killed: Sequence[Kill], result: Result) -> None:
    found = judge(server, asked, killed, result)
    took = sorted(calls[0].at - asked[q] for q, calls in found.items() if q in asked)
    if took:
        result.median, result.p95 = took[len(took) // 2], took[int(0.95 * (len(took) - 1))]
    result.most_in_a_second = most_within(sorted(c.at for c in server.called("sendMessage")), 1.0)
