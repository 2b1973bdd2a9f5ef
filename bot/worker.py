"""From an update to its end: on disk first, then to the handlers, chat by chat, then done or set aside."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Coroutine, Sequence
from typing import Any

from telegram import Update
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError
from telegram.ext import Application

from bot import metrics
from bot.handling import CURRENT, Handling
from bot.inbox import Inbox, InboxError, Incoming
from bot.outbox import Outbox, StoppingError
from bot.processor import ChatByChat
from corpus.database import AwayError

log = logging.getLogger(__name__)

TRIES = 3  # attempts before an update is set aside
PAUSES = (0.2, 1.0)  # seconds between them
SUSPECT = 2  # ends of the program, while an update was among those being dealt with, before it is dealt with alone
CRASHES = 4  # ends of the program, while it was dealt with alone, before it is set aside
ALONE = 60.0  # seconds an update that may be what ended the program is dealt with alone
AT_ONCE = 2000  # updates in memory; more wait at Telegram
GRACE = 30.0  # seconds for what is being answered when the bot stops
NO_DISK = 5.0  # seconds before the disk, or the database, is tried again


class Worker:
    """Deals with updates. `take` returns when they are on disk: only then may Telegram be told that they arrived."""

    def __init__(self, application: Application[Any, Any, Any, Any, Any, Any], inbox: Inbox, outbox: Outbox) -> None:
        self._application, self._inbox, self._outbox = application, inbox, outbox
        self._turns = ChatByChat()
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._stopping = False

    async def take(self, updates: Sequence[Update]) -> None:
        """Keeps updates and begins with those that are new. InboxError when the disk does not take them."""
        for u in updates:
            metrics.UPDATES.labels(kind_of(u)).inc()
        # What is typed for inline mode is over within seconds: after a crash nobody waits for it.
        kept = [u for u in updates if u.inline_query is None]
        new = {i.id for i in await self._inbox.keep([_incoming(u) for u in kept])} if kept else set()
        metrics.AGAIN.inc(len(kept) - len(new))
        now = time.time()
        for u in updates:
            if u.inline_query is not None:
                self._spawn(self._application.process_update(u))
            elif u.update_id in new:
                await self._start(u, now)

    async def refuse(self, id: int, reason: str) -> None:
        """An update that cannot be read is set aside."""
        metrics.OUTCOMES.labels("aside").inc()
        await self._inbox.set_aside(id, reason)

    async def replay(self) -> int:
        """Begins with what an earlier life of the program left; how many that are. Comes before any `take`.

        What was begun twice without coming to a reply may be what ended the program: such updates go one after another,
        alone. Only what was alone when the program ended, time and again, is set aside: a machine that is switched off
        again and again has nothing to do with any of them.
        """
        waiting = await self._inbox.waiting()
        suspects = [w for w in waiting if w.tries >= SUSPECT]
        for w in suspects:
            if w.tries >= SUSPECT + CRASHES:
                log.error("update %s has ended the program %s times and is set aside", w.id, w.tries)
                await self.refuse(w.id, "the program ended while dealing with it")
            elif update := await self._read(w.id, w.body):
                await asyncio.wait({self._spawn(self._in_turn(update, w.at))}, timeout=ALONE)
        for w in waiting:
            if w.tries < SUSPECT and (update := await self._read(w.id, w.body)):
                self._spawn(self._in_turn(update, w.at))
        return len(waiting)

    async def stop(self) -> None:
        """Finishes what is being answered; the rest waits on disk for the next start."""
        self._stopping = True
        self._outbox.stop()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE)
        for task in self._tasks:
            task.cancel()

    @property
    def waiting(self) -> int:
        """Updates that are begun or wait for their turn."""
        return len(self._tasks)

    @property
    def calls(self) -> int:
        """Calls of the Bot API that are not through."""
        return self._outbox.waiting

    async def refused(self) -> None:
        """Returns when Telegram does not know the token any more."""
        await self._outbox.refused.wait()

    async def _start(self, update: Update, at: float) -> None:
        await self._room.acquire()
        self._spawn(self._in_turn(update, at)).add_done_callback(lambda _: self._room.release())

    async def _in_turn(self, update: Update, at: float) -> None:
        await self._turns.process_update(update, self._deal(update, at))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _deal(self, update: Update, at: float) -> None:
        attempt = 1
        while not self._stopping:
            try:
                handling = await self._attempt(update, last=attempt >= TRIES)
                if handling.beside is not None:
                    self._spawn(self._finish(handling, at))
                    return
                if await self._settled(handling):
                    metrics.ANSWERED_IN.observe(time.time() - at)
                    return
                await asyncio.sleep(PAUSES[min(attempt, len(PAUSES)) - 1])
                attempt += 1
            except (InboxError, AwayError) as e:
                log.error("%s; again in %.0f s", e, NO_DISK)
                await asyncio.sleep(NO_DISK)

    async def _finish(self, handling: Handling, at: float) -> None:
        """Waits for what goes on beside the chat's next updates. It is not begun again but by the next start."""
        assert handling.beside is not None
        await asyncio.wait({handling.beside})
        handling.last = True
        while True:
            try:
                await self._settled(handling)
            except InboxError as e:
                log.error("%s; again in %.0f s", e, NO_DISK)
                await asyncio.sleep(NO_DISK)
            else:
                metrics.ANSWERED_IN.observe(time.time() - at)
                return

    async def _attempt(self, update: Update, last: bool) -> Handling:
        id = update.update_id
        await self._inbox.begin(id)
        handling = Handling(id, last=last)
        token = CURRENT.set(handling)
        try:
            await self._application.process_update(update)
        finally:
            CURRENT.reset(token)
        return handling

    async def _settled(self, handling: Handling) -> bool:
        """True when there is nothing more to do (now)."""
        id, error = handling.update_id, handling.error
        if isinstance(error, (StoppingError, InvalidToken)):
            return True  # it stays on disk, for the next start
        if isinstance(error, (InboxError, AwayError)):
            raise error
        if error is None or isinstance(error, TelegramError):
            reason = _reason(error)
            metrics.OUTCOMES.labels(reason or "done").inc()
            await self._inbox.end(id, reason)
            return True
        if not handling.last:
            return False
        await self.refuse(id, type(error).__name__)
        return True

    async def _read(self, id: int, body: str) -> Update | None:
        try:
            return Update.de_json(json.loads(body), self._application.bot)
        except Exception as e:
            log.error("update %s cannot be read (%s) and is set aside", id, type(e).__name__)
            await self.refuse(id, f"unreadable: {type(e).__name__}")
            return None


def kind_of(update: Update) -> str:
    """`message`, `callback_query`, …; `other` for what is none of those taken."""
    for kind in ("message", "edited_message", "callback_query", "inline_query"):
        if getattr(update, kind) is not None:
            return kind
    return "other"


def _incoming(update: Update) -> Incoming:
    chat, person = update.effective_chat, update.effective_user
    return Incoming(update.update_id, chat.id if chat else None, person.id if person else None, update.to_json())


def _reason(error: BaseException | None) -> str | None:
    if error is None:
        return None
    if isinstance(error, Forbidden):
        return "forbidden"
    return "refused" if isinstance(error, BadRequest) else "no answer from Telegram"
