"""A bot over a library of its own, the people and groups that use it, and the documents they are tried with."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from bot import pace
from bot.run import serve
from corpus.library import Library
from corpus.model import Directive, Trust
from corpus.parse import parse_string
from corpus.validity import Validity
from retrieval import index
from retrieval.engine import Engine
from tests.bot.conftest import settings_for
from tests.fakes.bot_api import BotApiServer, Call, Chat, Message, User
from tests.retrieval.samples import WordEncoder

T = TypeVar("T")
PEOPLE = 3  # who may be let in; the first administers the library. One more is the stranger
SUBJECTS = ("phòng cháy", "tiền ăn trưa", "nước sạch", "trồng rừng")
SHARED = (1, 2, 3)  # numbers that several documents may have
OWN = 100  # and above: numbers of one document each
NOBODY = 500  # and above: numbers of none
TALK = {"sendMessage", "sendPhoto", "editMessageText", "answerCallbackQuery", "answerInlineQuery"}
MEMORY = Path("/dev/shm")
_DATE = "ngày 5 tháng 5 năm 2024"


def number_of(n: int) -> str:
    return f"{n}-KL/TU"


def text(n: int, subject: str, number: int, names: int | None, effect: bool) -> tuple[str, tuple[str, ...]]:
    """A document with words of its own, in its title, its place and its clauses; and those words. `names`: the number
    of another that it names; `effect`: it says that it replaces that one."""
    title, place, secret = (f"{stem}{_letters(n)}" for stem in ("zuq", "xow", "wyj"))
    citing = f" theo Kết luận số {number_of(names)} {_DATE}" if names else ""
    ends = f"\n\n3. Kết luận này thay thế Kết luận số {number_of(names)} {_DATE}." if names and effect else ""
    said = (
        f"TỈNH ỦY {place.upper()}\n*\nSố {number_of(number)}\n\n{place}, {_DATE}\n\nKẾT LUẬN\n"
        f"về {subject} {title}\n\n1. Các đơn vị ở {place} thực hiện {subject}{citing}.\n\n"
        f"2. Mức hỗ trợ {subject} là {secret} đồng.{ends}\n\nT/M BAN THƯỜNG VỤ\nNguyễn Văn A\n"
    )
    own = (number_of(number),) if number >= OWN else ()
    return said, (title, place, secret, *own)


def document(n: int, said: str, report: bool) -> Directive:
    """What `text` says, read; `report`: by somebody else, without a number of its own."""
    d = parse_string(said, f"zuq{_letters(n)}.txt")
    return d.model_copy(update={"trust": Trust.REPORT, "number": None}) if report else d


def _letters(n: int) -> str:
    return "".join("bcdfghklmn"[int(d)] + "ao"[int(d) % 2] for d in f"{n:03}")


def limits_lifted() -> None:
    """How fast messages may go is not what is tried here. And what was removed is gone at once, so that two libraries
    with the same documents answer alike whatever they once held."""
    pace.PRIVATE = pace.GROUP = pace.OVERALL = (100_000, 1.0)
    index.GONE = 0.0


class World:
    """A bot over its own library, with the same people and groups in each world."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self.runner = runner
        self.home = Path(tempfile.mkdtemp(prefix="trichdan-access-", dir=MEMORY if MEMORY.is_dir() else None))
        self.server = BotApiServer()
        self.library = Library(self.home / "library.db")
        self.validity = Validity(self.library.database)
        self.engine = Engine(self.library, WordEncoder(), self.home / "index")
        self.last: dict[tuple[int, int], Message] = {}  # by chat and person: what the bot said to them last
        self.run(self._begin())

    async def _begin(self) -> None:
        await self.server.__aenter__()
        self.stop = asyncio.Event()
        self.people = [self.server.user(f"Người {n}") for n in range(PEOPLE + 1)]
        self.room = self.server.group("Phòng", *self.people[:2], admins=(self.people[0],))
        self.street = self.server.group("Phố", self.people[0], self.people[-1])
        settings = settings_for(self.server, self.home, questions_per_minute=0, admins=str(self.people[0].id))
        self.life = asyncio.create_task(serve(settings, self.engine, self.library, self.stop))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def say(self, where: User | Chat, by: User, words: str, reply: bool = False) -> list[Call]:
        """Says something (in reply to what the bot said last) and waits for the answer; every call of the bot's
        meanwhile that somebody reads."""

        async def go() -> None:
            self.server.say(where, words, by=by, reply_to=self.last.get((where.id, by.id)) if reply else None)
            answer = await self.server.wait_for_message(within=30)
            self.last[answer.chat_id, by.id] = answer

        return self._calls(go)

    def press(self, where: User | Chat, by: User, data: str) -> list[Call]:
        """Presses a button of what the bot said last, whether there is one with this data or not."""
        last = self.last.get((where.id, by.id))
        if last is None:
            return []

        async def go() -> None:
            press = self.server.press_data(last, data, by=by)
            await asyncio.wait_for(press.answer, 30)
            self.last[where.id, by.id] = self.server.message(last)

        return self._calls(go)

    def inline(self, by: User, words: str) -> list[Call]:
        async def go() -> None:
            await asyncio.wait_for(self.server.inline(by, words), 30)

        return self._calls(go)

    def send(self, where: User | Chat, by: User, said: str, name: str) -> list[Call]:
        """Sends a file and waits for the draft."""

        async def go() -> None:
            caption = {} if isinstance(where, User) else {"caption": "/them"}
            self.server.send_file(where, said.encode(), name, by=by, **caption)
            progress = await self.server.wait_for_message(within=30)
            await self.server.wait_until(lambda: "⏳" not in self.server.message(progress).text, within=30)
            self.last[where.id, by.id] = self.server.message(progress)

        return self._calls(go)

    def migrate(self) -> tuple[int, int]:
        """The room gets another id; both."""
        old = self.room

        async def go() -> None:
            self.room = self.server.migrate(old)
            self.server.post(old, by=self.people[0], migrate_to_chat_id=self.room.id)
            # The answer to the next message comes when the one before has been dealt with.
            self.server.say(old, "/vanban", by=self.people[0])
            await self.server.wait_for_message(self.room, within=30)

        self._calls(go)
        return old.id, self.room.id

    def fresh(self) -> None:
        self.engine.refresh()
        self.engine.compact()

    def _calls(self, go: Callable[[], Coroutine[Any, Any, None]]) -> list[Call]:
        first = len(self.server.calls)
        # Pictures that came with a press are nobody's answer.
        self.server._taken |= {(m.chat_id, m.id) for m in self.server._sent}
        self.run(go())
        return [c for c in self.server.calls[first:] if c.method in TALK]

    def close(self) -> None:
        self.stop.set()
        self.run(asyncio.wait_for(self.life, 30))
        self.run(self.server.__aexit__())
        self.library.close()
        shutil.rmtree(self.home)


def read(call: Call) -> tuple[str, Any]:
    """A call without what differs between two servers: whose message it is."""
    own = ("chat_id", "message_id", "reply_parameters", "callback_query_id", "inline_query_id")
    return call.method, {k: v for k, v in call.params.items() if k not in own}


def carried(calls: list[Call]) -> tuple[set[str], set[str]]:
    """What buttons carry, and where links lead, in these calls."""
    buttons = {
        b["callback_data"]
        for c in calls
        for row in (c.params.get("reply_markup") or {}).get("inline_keyboard", ())
        for b in row
        if "callback_data" in b
    }
    links = {w for c in calls for w in re.findall(r"start=([\w-]+)", str(c.params.get("text", "")))}
    return buttons, links
