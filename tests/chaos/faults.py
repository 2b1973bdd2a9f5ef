"""Every way in which the Bot API may fail, on the calls that matter: each passes or ends with a clear line."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import outbox, polling
from bot.errors import BotError
from bot.run import serve
from corpus.library import Library
from tests.bot.conftest import settings_for
from tests.chaos.bot_life import WORDS, SlowEngine, home_with_a_document
from tests.chaos.kills import free_port
from tests.chaos.lives import Lives
from tests.fakes.bot_api import BotApiServer

ENDS = "ends with a clear line"
PASSES = "passes"
# What is done to the next call, by name. `after`: the call took effect, and its answer did not arrive.
FAULTS: dict[str, tuple[str, Any]] = {
    "401": ("fail", (401, "Unauthorized")),
    "404": ("fail", (404, "Not Found")),
    "409": ("fail", (409, "Conflict: terminated by other getUpdates request")),
    "429 with retry_after": ("fail", (429, "Too Many Requests: retry after 1", 1)),
    "429 without retry_after": ("fail", (429, "Too Many Requests")),
    "500": ("fail", (500, "Internal Server Error")),
    "502 as HTML": ("break", "html"),
    "reset before": ("break", "before"),
    "reset after": ("break", "after"),
    "stall": ("break", "stall"),
    "garbage": ("break", "garbage"),
}
ON = ("getUpdates", "sendMessage", "getMe", "deleteWebhook")
NOTED = 2.0  # seconds after which an answer is surely noted as sent
HOUR = 3600.0
CLOCKS = {"clock 6 h ahead": 6 * HOUR, "clock 6 h back": -6 * HOUR, "clock 40 days ahead": 960 * HOUR}


@dataclass
class Row:
    fault: str
    method: str
    outcome: str  # PASSES, ENDS, or what went wrong
    questions: int
    answers: int
    lost: int

    @property
    def kept(self) -> bool:
        """Passed or ended well, and nothing was said twice but where the answer to the call did not arrive."""
        twice = self.method == "sendMessage" and self.fault in ("reset after", "garbage")
        return self.outcome in (PASSES, ENDS) and self.answers <= self.questions + twice


async def table(folder: Path) -> list[Row]:
    """Each fault on each method, three questions around it; and the clock that jumps."""
    outbox.FIRST_WAIT = polling.FIRST_WAIT = 0.05
    rows = []
    for n, (name, (kind, what)) in enumerate(FAULTS.items()):
        for method in ON:
            rows.append(await _try(folder / f"{n}-{method}", name, method, kind, what))
    for n, (name, seconds) in enumerate(CLOCKS.items()):
        for mode in ("polling", "webhook"):
            rows.append(await jump(folder / f"clock-{n}-{mode}", name, mode, seconds))
    return rows


async def _try(home: Path, name: str, method: str, kind: str, what: Any) -> Row:
    home_with_a_document(home)
    asked = set()
    ended = False
    async with BotApiServer() as server:
        an = server.user("An")
        for n in range(3):
            if n == 1:
                if kind == "fail":
                    status, said, *after = what
                    server.fail(method, status, said, **({"retry_after": after[0]} if after else {}))
                else:
                    server.break_next(method, what, 6.0 if what == "stall" else 0.0)
            asked.add(server.say(an, f"câu {n}").id)
            ended |= await _live(server, home, len(asked))
        answers = [c.result for c in server.called("sendMessage") if c.result]
        told = {a["reply_to_message"]["message_id"] for a in answers if WORDS in a["text"]}
    lost = len(asked - told)
    outcome = "questions are lost" if lost else ENDS if ended else PASSES
    return Row(name, method, outcome, len(asked), len(answers), lost)


async def jump(home: Path, name: str, mode: str, seconds: float) -> Row:
    """The clock jumps while the bot runs, and back again; in between the bot is killed once. Two chats ask, one of them
    in a group, where the limit is longest."""
    home_with_a_document(home)
    clock = home / "clock.txt"
    clock.write_text("0")
    asked: set[int] = set()
    outcome = PASSES
    async with BotApiServer() as server:
        settings: dict[str, Any] = {}
        if mode == "webhook":
            port = free_port()
            settings = {"webhook_url": f"http://127.0.0.1:{port}", "webhook_port": port, "webhook_secret": "bi-mat"}
        argument = {"home": str(home), "url": server.url, "token": server.token, "seconds": 0.0, "settings": settings}
        an = server.user("An")
        group = server.group("Tổ", an)
        with Lives("tests.chaos.bot_life", json.dumps(argument | {"clock": str(clock)}), home / "log.txt") as lives:
            await asyncio.to_thread(lives.begin)
            for n, now in enumerate((0.0, seconds, seconds, 0.0)):
                # In one step: the bot reads it all the time.
                (home / "next.txt").write_text(f"{now}")
                (home / "next.txt").replace(clock)
                if n == 2:
                    await asyncio.sleep(NOTED)
                    await asyncio.to_thread(lives.kill)
                    await asyncio.to_thread(lives.begin)
                asked.add(server.say(an, f"câu {n}").id)
                asked.add(server.say(group, f"/hoi câu {n}", by=an).id)
                try:
                    await server.wait_until(lambda: _told(server) >= len(asked), 30)
                except TimeoutError:
                    outcome = "questions wait too long"
        answers = [c.result for c in server.called("sendMessage") if c.result]
    lost = len(asked - {a["reply_to_message"]["message_id"] for a in answers if WORDS in a["text"]})
    return Row(name, mode, "questions are lost" if lost else outcome, len(asked), len(answers), lost)


async def _live(server: BotApiServer, home: Path, questions: int) -> bool:
    """Lives until so many are answered; started again where it ended. True when it ended by itself, with a BotError."""
    ended = False
    for _ in range(3):
        library, stop = Library(home / "library.db"), asyncio.Event()
        life = asyncio.create_task(serve(settings_for(server, home), SlowEngine(library, 0.0), library, stop))
        answered = asyncio.create_task(server.wait_until(lambda: _told(server) >= questions, 30))
        await asyncio.wait({life, answered}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        try:
            await life
        except BotError:
            ended = True
        finally:
            library.close()
        answered.cancel()
        await asyncio.gather(answered, return_exceptions=True)
        if _told(server) >= questions:
            break
    return ended


def _told(server: BotApiServer) -> int:
    return len({c.result["reply_to_message"]["message_id"] for c in server.called("sendMessage") if c.result})
