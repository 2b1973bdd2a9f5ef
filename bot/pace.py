"""How fast calls may go out: in all, to a private chat, to a group. In memory, or in the database that processes share.

A call arrives at Telegram at some time between its beginning and its end: its place is another's so long after its end.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from telegram.error import RetryAfter

from corpus.database import Database
from corpus.errors import LibraryError

log = logging.getLogger(__name__)

OVERALL = (30, 1.0)
PRIVATE = (5, 1.0)  # one a second, after a short burst
GROUP = (20, 60.0)
CHATS = 5000  # whose last seconds are remembered
LOST = 20.0  # seconds after its beginning in which a call of a process that is gone has arrived, or never will
AWAY = 1.0  # seconds until a database that is away is asked again

ChatId = int | str


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds until one may ask again; `all`: not for this chat alone."""

    seconds: float
    all: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A call that goes now. `chat` is None where it takes no place of its chat's."""

    number: int
    chat: ChatId | None


class Pace(Protocol):
    async def begin(self, chat: ChatId) -> Place | Wait:
        """A call to this chat goes now, or is to wait."""

    async def begin_if_idle(self, chat: ChatId) -> Place | None:
        """As `begin`, for a call that is not worth anybody's waiting: None where it would come near a limit. It counts
        in all, and not as a message to the chat."""

    async def end(self, place: Place) -> None:
        """The call is through, or will not be."""

    async def hold(self, chat: ChatId, seconds: float) -> None:
        """Telegram asks the chat to wait. Who asked waits by itself; this is for others."""


class Window:
    """At most `most` in any `seconds`, by the clock of whoever is called."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._under_way = 0
        self._ends: deque[float] = deque()

    def wait(self) -> float:
        """Seconds until one more may go, or may be asked about again."""
        if self._taken < self._most:
            return 0.0
        # A call that is under way keeps its place so long at least.
        return self._ends[0] + self._seconds - self._clock() if self._ends else self._seconds

    def begin(self) -> None:
        """One goes now."""
        self._under_way += 1

    def end(self) -> None:
        """One is through, or will not be."""
        self._under_way -= 1
        self._ends.append(self._clock())

    @property
    def half_empty(self) -> bool:
        """At most half of what may go has gone."""
        return self._taken <= self._most // 2

    @property
    def idle(self) -> bool:
        return self._taken == 0

    @property
    def _taken(self) -> int:
        now = self._clock()
        while self._ends and self._ends[0] + self._seconds <= now:
            self._ends.popleft()
        return self._under_way + len(self._ends)


class Bucket:
    """One every `seconds`, and up to `most` at once after a rest; one after another. As in a `Window`, each counts from
    its end."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._rest = (most - 1) * seconds
        self._due = clock()  # when the next would go if every one kept its distance

    def wait(self) -> float:
        """Seconds until one more may go."""
        return max(0.0, self._due - self._rest - self._clock())

    def begin(self) -> None:
        """One goes now."""

    def end(self) -> None:
        """One is through, or will not be."""
        self._due = max(self._due, self._clock()) + self._seconds

    @property
    def idle(self) -> bool:
        return self._due <= self._clock()


class OwnPace:
    """For a process that is the only one."""

    def __init__(self) -> None:
        self._overall = Window(*OVERALL)
        self._chats: OrderedDict[ChatId, Window | Bucket] = OrderedDict()

    async def begin(self, chat: ChatId) -> Place | Wait:
        at = self._chat(chat)
        if wait := at.wait():
            return Wait(wait)
        if wait := self._overall.wait():
            return Wait(wait, all=True)
        at.begin()
        self._overall.begin()
        return Place(0, chat)

    async def begin_if_idle(self, chat: ChatId) -> Place | None:
        if self._chat(chat).wait() or not self._overall.half_empty:
            return None
        self._overall.begin()
        return Place(0, None)

    async def end(self, place: Place) -> None:
        if place.chat is not None:
            self._chat(place.chat).end()
        self._overall.end()

    async def hold(self, chat: ChatId, seconds: float) -> None:
        """The chat's next call waits for the one that was refused."""

    def _chat(self, chat: ChatId) -> Window | Bucket:
        at = self._chats.get(chat)
        if at is None:
            at = self._chats[chat] = Window(*GROUP) if is_group(chat) else Bucket(*PRIVATE)
        self._chats.move_to_end(chat)
        while len(self._chats) > CHATS and next(iter(self._chats.values())).idle:
            self._chats.popitem(last=False)
        return at


class SharedPace:
    """For processes that share a database: by its clock, each call in one statement (bot/schema/inbox/postgres/).

    While the database is away nothing goes out. The places of a process that is gone are free after LOST seconds.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, chat: ChatId) -> Place | Wait:
        return await self._ask(chat, OVERALL[0], True)

    async def begin_if_idle(self, chat: ChatId) -> Place | None:
        found = await self._ask(chat, OVERALL[0] // 2 + 1, False)
        return found if isinstance(found, Place) else None

    async def end(self, place: Place) -> None:
        await self._say("SELECT end_call(?, ?)", place.number, PRIVATE[1])

    async def hold(self, chat: ChatId, seconds: float) -> None:
        await self._say("SELECT hold_calls(?, ?)", str(chat), seconds)

    async def _say(self, sql: str, *values: object) -> None:
        try:
            await asyncio.to_thread(self._database.rows, sql, *values)
        except LibraryError as e:
            log.warning("%s; calls may have to wait a little longer", e)

    async def _ask(self, chat: ChatId, most: int, counts: bool) -> Place | Wait:
        group = is_group(chat)
        in_chat, seconds = GROUP if group else PRIVATE
        limits = (most, OVERALL[1], in_chat, seconds, LOST)
        sql = "SELECT * FROM begin_call(?, ?, ?, ?, ?, ?, ?, ?)"
        try:
            [(number, wait, all_)] = await asyncio.to_thread(
                self._database.rows, sql, str(chat), group, counts, *limits
            )
        except LibraryError as e:
            log.warning("%s; nothing is sent meanwhile", e)
            return Wait(AWAY, all=True)
        return Wait(wait, all_) if number is None else Place(number, chat if counts else None)


def asked_to_wait(error: RetryAfter) -> float:
    """Seconds; python-telegram-bot is on its way from numbers to spans of time."""
    after = error.retry_after
    return float(after) if isinstance(after, (int, float)) else after.total_seconds()


def is_group(chat: ChatId) -> bool:
    """A group, supergroup or channel."""
    return isinstance(chat, str) or chat < 0
