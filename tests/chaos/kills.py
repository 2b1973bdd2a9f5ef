"""SIGKILL at random moments under load: every question is answered, and what is answered twice is counted."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.bot_life import WORDS, home_with_a_document
from tests.chaos.lives import Lives
from tests.fakes.bot_api import BotApiServer, User

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
    wrong: int = 0  # answers with other words than the document's
    twice: int = 0  # answers beyond the first
    unexplained: int = 0  # of those, where no kill followed the first answer at once
    out_of_order: int = 0
    longest: float = 0.0  # seconds from the first of two answers to the kill
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


async def kill_the_bot(home: Path, mode: str, kills: int, questions: int, seed: int) -> Result:
    """`mode`: "polling" or "webhook"."""
    chance = random.Random(seed)
    result = Result(mode, seed)
    home_with_a_document(home)
    began = time.monotonic()
    async with BotApiServer() as server:
        server.pause = lambda: chance.random() * ANSWER
        settings: dict[str, object] = {}
        if mode == "webhook":
            port = free_port()
            settings = {"webhook_url": f"http://127.0.0.1:{port}", "webhook_port": port, "webhook_secret": "bi-mat"}
        argument = json.dumps(
            {"home": str(home), "url": server.url, "token": server.token, "settings": settings, "seconds": SEARCH}
        )
        people = [server.user(f"Người {n}") for n in range(CHATS)]
        asked: dict[tuple[int, int], float] = {}
        asking = asyncio.create_task(_ask(server, people, questions, kills, chance, asked))
        killed: list[float] = []
        with Lives("tests.chaos.bot_life", argument, home / "log.txt") as lives:
            while len(killed) < kills or not asking.done():
                await asyncio.to_thread(lives.begin)
                await asyncio.sleep(0.02 + chance.random() * LIFE)
                killed.append(time.monotonic())
                await asyncio.to_thread(lives.kill)
            await asyncio.to_thread(lives.begin)
            await asking
            within = time.monotonic() + 180
            while len(_answers(server)) < len(asked) and time.monotonic() < within:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
            await asyncio.sleep(3)  # for what may come twice
    result.kills, result.questions, result.seconds = len(killed), len(asked), time.monotonic() - began
    _judge(server, asked, killed, result)
    return result


async def _ask(
    server: BotApiServer,
    people: list[User],
    questions: int,
    kills: int,
    chance: random.Random,
    asked: dict[tuple[int, int], float],
) -> None:
    """Questions at random moments, spread over the time the kills take."""
    rate = max(RATE, questions / max(1.0, kills * (LIFE / 2 + 0.4)))
    for n in range(questions):
        person = people[chance.randrange(len(people))]
        message = server.say(person, f"câu hỏi thứ {n}")
        asked[person.id, message.id] = time.monotonic()
        await asyncio.sleep(chance.expovariate(rate))


def _answers(server: BotApiServer) -> Counter[tuple[int, int]]:
    return Counter((m.chat_id, m.reply_to) for m in server._sent if m.reply_to is not None)


def _judge(server: BotApiServer, asked: dict[tuple[int, int], float], killed: list[float], result: Result) -> None:
    when: dict[tuple[int, int], list[float]] = {}
    order: dict[int, list[int]] = {}
    for call in server.called("sendMessage"):
        if not call.result:
            continue
        chat, to = call.result["chat"]["id"], call.result["reply_to_message"]["message_id"]
        if (chat, to) not in when:
            order.setdefault(chat, []).append(to)
        when.setdefault((chat, to), []).append(call.at)
        result.wrong += WORDS not in call.result["text"]
    result.lost = sum(q not in when for q in asked)
    result.out_of_order = sum(ids != sorted(ids) for ids in order.values())
    for times in when.values():
        for first in times[:-1]:
            result.twice += 1
            # The call's answer was lost only when the process was killed before it could note it.
            after = min((k - first for k in killed if k >= first), default=float("inf"))
            result.longest = max(result.longest, after)
            result.unexplained += after > ANSWER + 0.5
