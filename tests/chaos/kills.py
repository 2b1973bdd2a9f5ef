"""SIGKILL at random moments under load: every question is answered, and what is answered twice is counted."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.inbox import look_into
from bot.settings import Settings
from tests.chaos.bot_life import WORDS, home_with_a_document
from tests.chaos.calls import Question, answered
from tests.chaos.lives import Lives
from tests.fakes.bot_api import BotApiServer, Call, User

CHATS = 60
LIFE = 2.0  # seconds at most
SEARCH = 0.05  # seconds at most
ANSWER = 0.03  # seconds at most that Telegram takes to answer a call
RATE = 12.0  # questions a second


@dataclass
class Result:
    """What became of the questions."""

    mode: str
    seed: int
    kills: int = 0
    questions: int = 0
    lost: int = 0  # without an answer
    aside: int = 0  # given up by the bot
    wrong: int = 0  # answers with other words than the document's
    twice: int = 0  # answers beyond the first
    unexplained: int = 0  # of those, where no kill of who had sent it came before Telegram's answer was noted
    longest: float = 0.0  # seconds from Telegram's taking an answer to such a kill
    out_of_order: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Kill:
    """The end of a life. `unsure`: the questions whose answer was then sent, or begun to be, and not noted as sent."""

    life: str
    at: float
    unsure: frozenset[Question]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


async def kill_the_bot(home: Path, mode: str, kills: int, questions: int, seed: int) -> Result:
    """`mode`: "polling" or "webhook". At least so many kills, and as many as the questions take."""
    chance = random.Random(seed)
    result = Result(mode, seed)
    home_with_a_document(home)
    began = time.monotonic()
    async with BotApiServer() as server:
        server.pause = lambda: chance.random() * ANSWER
        settings: dict[str, object] = {"questions_per_minute": 0}
        if mode == "webhook":
            port = free_port()
            settings |= {"webhook_url": f"http://127.0.0.1:{port}", "webhook_port": port, "webhook_secret": "bi-mat"}
        argument = json.dumps(
            {"home": str(home), "url": server.url, "token": server.token, "settings": settings, "seconds": SEARCH}
        )
        people = [server.user(f"Người {n}") for n in range(CHATS)]
        asked: set[tuple[int, int]] = set()
        asking = asyncio.create_task(_ask(server, people, questions, kills, chance, asked))
        killed: list[Kill] = []
        with Lives("tests.chaos.bot_life", argument, home / "log.txt") as lives:
            while len(killed) < kills or not asking.done():
                life = await asyncio.to_thread(lives.begin)
                await asyncio.sleep(0.02 + chance.random() * LIFE)
                await asyncio.to_thread(lives.kill)
                killed.append(Kill(str(life), time.monotonic(), _unsure(home / "inbox.db")))
            await asyncio.to_thread(lives.begin)
            await asking
            within = time.monotonic() + 180
            while len(_answers(server)) < len(asked) and time.monotonic() < within:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
            await asyncio.sleep(3)  # for what may come twice
        result.aside = len(look_into(Settings(home=home, _env_file=None))[1])
    result.kills, result.questions, result.seconds = len(killed), len(asked), time.monotonic() - began
    judge(server, asked, killed, result)
    return result


async def _ask(
    server: BotApiServer,
    people: list[User],
    questions: int,
    kills: int,
    chance: random.Random,
    asked: set[tuple[int, int]],
) -> None:
    """Questions at random moments, spread over the time the kills take."""
    rate = max(RATE, questions / max(1.0, kills * (LIFE / 2 + 0.4)))
    for n in range(questions):
        person = people[chance.randrange(len(people))]
        message = server.say(person, f"câu hỏi thứ {n}")
        asked.add((person.id, message.id))
        await asyncio.sleep(chance.expovariate(rate))


def _answers(server: BotApiServer) -> Counter[tuple[int, int]]:
    return Counter((m.chat_id, m.reply_to) for m in server._sent if m.reply_to is not None)


def _unsure(inbox: Path) -> frozenset[Question]:
    with closing(sqlite3.connect(inbox)) as db:
        if db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'posted'").fetchone()[0] == 0:
            return frozenset()  # killed before it was made
        return unsure(db.execute(UNSURE).fetchall())


UNSURE = "SELECT body FROM incoming JOIN posted USING (id) WHERE result IS NULL AND body IS NOT NULL"


def unsure(rows: Iterable[tuple[Any, ...]]) -> frozenset[Question]:
    """What UNSURE finds in an inbox: the questions whose answer was sent, or begun to be, and not noted as sent."""
    messages = [json.loads(body)["message"] for (body,) in rows]
    return frozenset((m["chat"]["id"], m["message_id"]) for m in messages)


def judge(
    server: BotApiServer, asked: Collection[Question], kills: Iterable[Kill], result: Result
) -> dict[Question, list[Call]]:
    """Fills `result` in, but for what only the inbox tells; the answers of each question."""
    found = answered(server)
    order: dict[int, list[int]] = {}
    for chat, to in found:
        order.setdefault(chat, []).append(to)
    result.wrong = sum(WORDS not in c.result["text"] for c in server.called("sendMessage") if c.result)
    result.lost = sum(q not in found for q in asked)
    result.out_of_order = sum(ids != sorted(ids) for ids in order.values())
    by_life = {k.life: k for k in kills}
    for question, calls in found.items():
        for first, again in pairwise(calls):
            result.twice += 1
            kill = by_life.get(first.by)
            if kill and kill.at <= again.at and question in kill.unsure:  # the call may have been on its way
                result.longest = max(result.longest, kill.at - first.at)
            else:
                result.unexplained += 1
    return found
