"""Many chats asking at once: none lost, Telegram's limits kept, and how long an answer takes to reach the API."""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.bot_life import home_with_a_document
from tests.chaos.calls import answered, most_within
from tests.chaos.lives import Lives
from tests.fakes.bot_api import BotApiServer

SEARCH = 0.02  # seconds at most


@dataclass
class Result:
    seconds: float
    rate: float
    chats: int
    groups: int
    asked: int = 0
    lost: int = 0
    twice: int = 0
    median: float = 0.0  # seconds from the question to the call that answers it
    p95: float = 0.0
    most_overall: int = 0  # calls to chats in any second, as the server counts them
    most_in_a_chat: int = 0  # in any five seconds, private
    most_in_a_group: int = 0  # in any minute


async def load(home: Path, seconds: float, rate: float = 30.0, chats: int = 200, groups: int = 10) -> Result:
    """`rate` questions a second in turn from `chats` chats, of which `groups` are groups."""
    result = Result(seconds, rate, chats, groups)
    home_with_a_document(home)
    async with BotApiServer() as server:
        argument = {"home": str(home), "url": server.url, "token": server.token, "seconds": SEARCH, "settings": {}}
        people = [server.user(f"Người {n}") for n in range(chats)]
        rooms = [server.group(f"Tổ {n}", people[n]) for n in range(groups)]
        asked: dict[tuple[int, int], float] = {}
        with Lives("tests.chaos.bot_life", json.dumps(argument), home / "log.txt") as lives:
            await asyncio.to_thread(lives.begin)
            warm = server.say(people[0], "khởi động")
            await server.wait_for_message(people[0], within=60)
            began = time.monotonic()
            n = 0
            while time.monotonic() - began < seconds:
                k = n % chats
                if k < groups:
                    message = server.say(rooms[k], f"/hoi câu {n}", by=people[k])
                else:
                    message = server.say(people[k], f"câu {n}")
                asked[message.chat_id, message.id] = time.monotonic()
                n += 1
                await asyncio.sleep(max(0.0, began + n / rate - time.monotonic()))
            await _wait_for_the_rest(server, len(asked) + 1)
    sent = [c for c in server.called("sendMessage") if c.result]
    found = answered(server)
    found.pop((warm.chat_id, warm.id), None)
    took = sorted(calls[0].at - asked[q] for q, calls in found.items() if q in asked)
    result.asked, result.lost = len(asked), len(asked.keys() - found.keys())
    result.twice = sum(len(calls) - 1 for calls in found.values())
    result.median, result.p95 = statistics.median(took), took[int(0.95 * (len(took) - 1))]
    result.most_overall = most_within([c.at for c in server.calls if "chat_id" in c.params], 1.0)
    for chat, times in _by_chat(sent).items():
        if chat > 0:
            result.most_in_a_chat = max(result.most_in_a_chat, most_within(times, 5.0))
        else:
            result.most_in_a_group = max(result.most_in_a_group, most_within(times, 60.0))
    return result


async def _wait_for_the_rest(server: BotApiServer, most: int) -> None:
    """Until so many messages were sent, or none for a while."""
    before = -1
    while before < len(server._sent) < most:
        before = len(server._sent)
        with contextlib.suppress(TimeoutError):
            # Looked at after every call: counting answers by question here would hold the server up.
            await server.wait_until(lambda: len(server._sent) >= most, within=30)


def _by_chat(calls: list[object]) -> dict[int, list[float]]:
    found = defaultdict(list)
    for c in calls:
        found[c.result["chat"]["id"]].append(c.at)  # type: ignore[attr-defined]
    return found
