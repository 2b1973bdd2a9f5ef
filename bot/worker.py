"""From an update to its end: kept first, then to the handlers, chat by chat, then done or set aside.

The inbox is everybody's: whichever worker holds a chat deals with what waits there, one update after another, and
holds it only for a time (`Inbox.claim`). With files there is one worker, and it holds every chat.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

from telegram import Update
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError
from telegram.ext import Application

from bot import metrics
from bot.handling import CURRENT, Handling
from bot.inbox import NEWS, Inbox, InboxError, Incoming, Waiting
from bot.outbox import Outbox, StoppingError
from bot.turnstile import Turnstile
from corpus.database import AwayError

log = logging.getLogger(__name__)

TRIES = 3  # attempts before an update is set aside
PAUSES = (0.2, 1.0)  # seconds between them
SUSPECT = 2  # ends of the program, while an update was among those being dealt with, before it is dealt with alone
CRASHES = 4  # ends of the program, while it was dealt with alone, before it is set aside
ALONE = 60.0  # seconds an update that may be what ended the program is dealt with alone
CHATS = 64  # a worker holds at once; others wait, here or for another worker
AT_A_TIME = 8  # chats taken before others get their turn to take some
LEASE = 10.0  # seconds a chat is a worker's after it was last heard of
RENEW = 2.5  # seconds between two signs of life
LOOK = 2.0  # seconds after which the inbox is looked into, where nothing was heard
GRACE = 30.0  # seconds for what is being answered when the bot stops
NO_DISK = 5.0  # seconds before the disk, or the database, is tried again


class Worker:
    """Takes updates in, and deals with those that wait, its own and others'. `take` returns when they are kept: only
    then may Telegram be told that they arrived."""

    def __init__(
        self, application: Application[Any, Any, Any, Any, Any, Any], inbox: Inbox, outbox: Outbox, name: str = "one"
    ) -> None:
        """`name`: a worker that comes again under the same name takes over what its earlier life held."""
        self._application, self._inbox, self._outbox, self._name = application, inbox, outbox, name
        self._tasks: set[asyncio.Task[None]] = set()
        self._chats: dict[int, asyncio.Task[None]] = {}  # those it holds
        self._in_hand: set[int] = set()  # updates that are begun here, or wait for their turn here
        self._turnstile = Turnstile()
        self._loops: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()
        self._bell = asyncio.Event()
        self._stopping = False
        self._renewed = time.monotonic()

    async def take(self, updates: Sequence[Update]) -> None:
        """Keeps updates. InboxError when the disk does not take them."""
        for u in updates:
            metrics.UPDATES.labels(kind_of(u)).inc()
        # What is typed for inline mode is over within seconds: after a crash nobody waits for it. So it is not kept,
        # and whoever gets it answers it.
        kept = [u for u in updates if u.inline_query is None]
        new = await self._inbox.keep([_incoming(u) for u in kept]) if kept else []
        metrics.AGAIN.inc(len(kept) - len(new))
        for u in updates:
            if u.inline_query is not None:
                self._spawn(self._application.process_update(u))
        if new:
            self._ring()

    async def refuse(self, id: int, reason: str) -> None:
        """An update that cannot be read is set aside."""
        metrics.OUTCOMES.labels("aside").inc()
        await self._inbox.set_aside(id, reason)

    async def begin(self) -> None:
        """From now on it deals with what waits; what an earlier run left comes first. InboxError."""
        await self._inbox.release(self._name)
        self._renewed = time.monotonic()
        loop = asyncio.get_running_loop()

        def heard(topic: str) -> None:
            if topic not in ("", NEWS):
                return
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._ring)

        self._inbox.listen(heard)
        self._loops = [asyncio.create_task(w) for w in (self._claim(), self._renew())]

    async def stop(self) -> None:
        """Finishes what is being answered; the rest waits for the next start, or for another worker."""
        self._stopping = True
        self._ring()
        self._outbox.stop()
        for claiming in self._loops[:1]:
            claiming.cancel()
            await asyncio.wait({claiming})
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE)
        for task in (*self._tasks, *self._loops):
            task.cancel()
        if self._loops:
            with suppress(InboxError):
                await self._inbox.release(self._name)

    @property
    def waiting(self) -> int:
        """Updates that are begun, or wait for their turn, in the chats it holds."""
        return len(self._in_hand)

    @property
    def calls(self) -> int:
        """Calls of the Bot API that are not through."""
        return self._outbox.waiting

    @property
    def cut_off(self) -> float:
        """Seconds since it last could tell the inbox that it lives; 0 where it need not."""
        return time.monotonic() - self._renewed if self._loops else 0.0

    async def refused(self) -> None:
        """Returns when Telegram does not know the token any more."""
        await self._outbox.refused.wait()

    async def _claim(self) -> None:
        """Takes chats, while there are any and there is room."""
        while not self._stopping:
            self._news.clear()
            try:
                if not self._sure():
                    # The database was away, for others too: they get the time to say what they hold.
                    await asyncio.sleep(RENEW)
                while (room := CHATS - len(self._chats)) > 0 and not self._stopping:
                    wanted = min(AT_A_TIME, room)
                    claimed = await self._inbox.claim(self._name, wanted, LEASE)
                    for c in claimed:
                        self._serve(c.chat, c.updates)
                    if len(claimed) < wanted:
                        break  # there are no more, or others are taking them
            except Exception as e:
                _complain(e)
                await asyncio.sleep(NO_DISK)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK)

    async def _renew(self) -> None:
        """Keeps what it holds, and lets go of what another has taken."""
        while True:
            await asyncio.sleep(RENEW)
            try:
                began = time.monotonic()
                held = await self._inbox.renew(self._name, LEASE)
                self._renewed = began
            except Exception as e:
                _complain(e)
                continue
            for chat, task in list(self._chats.items()):
                if chat not in held:
                    log.warning("a chat went to another worker")
                    task.cancel()
            if not self._stopping:
                for chat in held - self._chats.keys():
                    self._serve(chat, ())  # a group that became another

    def _serve(self, chat: int, updates: Sequence[Waiting]) -> None:
        if chat not in self._chats:
            self._chats[chat] = task = self._spawn(self._chat(chat, updates))
            task.add_done_callback(lambda _: self._left(chat, task))

    def _left(self, chat: int, task: asyncio.Task[None]) -> None:
        if self._chats.get(chat) is task:
            del self._chats[chat]
        self._ring()

    async def _chat(self, chat: int, updates: Sequence[Waiting]) -> None:
        """Deals with what waits in a chat, and what comes meanwhile, until nothing does."""
        while not self._stopping:
            fresh = [w for w in updates if w.id not in self._in_hand]
            self._in_hand.update(w.id for w in fresh)
            try:
                for w in fresh:
                    if await self._one(w):
                        fresh = [f for f in fresh if f is not w]  # it goes on beside, and is let go of there
            finally:
                self._in_hand.difference_update(w.id for w in fresh)
            if updates and not fresh and all(w.id in self._in_hand for w in updates):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._bell.wait(), LOOK)
            try:
                updates = await self._inbox.more(self._name, chat)
            except (InboxError, AwayError) as e:
                _complain(e)
                await asyncio.sleep(NO_DISK)
                continue
            if not updates:
                return

    async def _one(self, w: Waiting) -> bool:
        """True where the update is not through, and goes on beside the chat's next.

        What was begun twice without coming to a reply may be what ended the program: such an update is dealt with
        alone. Only what was alone when the program ended, time and again, is set aside: a machine that is switched off
        again and again has nothing to do with any of them.
        """
        if self._stopping:
            return False
        if w.tries >= SUSPECT + CRASHES:
            log.error("update %s has ended the program %s times and is set aside", w.id, w.tries)
            await self._patiently(self.refuse(w.id, "the program ended while dealing with it"))
            return False
        try:
            update = Update.de_json(json.loads(w.body), self._application.bot)
        except Exception as e:
            log.error("update %s cannot be read (%s) and is set aside", w.id, type(e).__name__)
            await self._patiently(self.refuse(w.id, f"unreadable: {type(e).__name__}"))
            return False
        if w.tries < SUSPECT:
            async with self._turnstile.among():
                return await self._deal(update, w.at)
        async with self._turnstile.alone(ALONE):
            dealing = asyncio.create_task(self._deal(update, w.at))
            await asyncio.wait({dealing}, timeout=ALONE)
        return await dealing

    async def _patiently(self, work: Coroutine[Any, Any, None]) -> None:
        with suppress(InboxError):  # it is found again
            await work

    async def _deal(self, update: Update, at: float) -> bool:
        """As `_one`."""
        attempt = 1
        while not self._stopping:
            try:
                handling = await self._attempt(update, last=attempt >= TRIES)
                if handling is None:
                    return False
                if handling.beside is not None:
                    self._spawn(self._finish(handling, at))
                    return True
                if await self._settled(handling):
                    metrics.ANSWERED_IN.observe(time.time() - at)
                    return False
                await asyncio.sleep(PAUSES[min(attempt, len(PAUSES)) - 1])
                attempt += 1
            except (InboxError, AwayError) as e:
                _complain(e)
                await asyncio.sleep(NO_DISK)
        return False

    async def _finish(self, handling: Handling, at: float) -> None:
        """Waits for what goes on beside the chat's next updates. It is not begun again but by the next start."""
        assert handling.beside is not None
        try:
            await asyncio.wait({handling.beside})
            handling.last = True
            while True:
                try:
                    await self._settled(handling)
                except (InboxError, AwayError) as e:
                    _complain(e)
                    await asyncio.sleep(NO_DISK)
                else:
                    metrics.ANSWERED_IN.observe(time.time() - at)
                    return
        finally:
            self._in_hand.discard(handling.update_id)
            self._ring()

    async def _attempt(self, update: Update, last: bool) -> Handling | None:
        """None where the update is not this worker's (any more)."""
        id = update.update_id
        if not await self._inbox.begin(id, self._name):
            return None
        handling = Handling(id, worker=self._name, sure=self._sure, last=last)
        token = CURRENT.set(handling)
        try:
            await self._application.process_update(update)
        finally:
            CURRENT.reset(token)
        return handling

    async def _settled(self, handling: Handling) -> bool:
        """True when there is nothing more to do (now)."""
        id, error = handling.update_id, handling.error
        if isinstance(error, StoppingError):
            return True  # it stays, for the next start or for who holds the chat now
        if isinstance(error, InvalidToken):
            await asyncio.wait({asyncio.create_task(self._outbox.refused.wait())}, timeout=NO_DISK)
            return True  # as above
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

    def _sure(self) -> bool:
        """Nobody else takes a chat that it holds for as long as a call lasts."""
        return self.cut_off < LEASE / 2

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _ring(self) -> None:
        """Something may have come, or there is room again."""
        self._news.set()
        self._bell.set()
        self._bell = asyncio.Event()


def kind_of(update: Update) -> str:
    """`message`, `callback_query`, …; `other` for what is none of those taken."""
    for kind in ("message", "edited_message", "callback_query", "inline_query"):
        if getattr(update, kind) is not None:
            return kind
    return "other"


def _complain(e: Exception) -> None:
    if isinstance(e, InboxError | AwayError):
        log.error("%s; again in a few seconds", e)
    else:
        log.exception("the inbox could not be looked into")


def _incoming(update: Update) -> Incoming:
    chat, person = update.effective_chat, update.effective_user
    # What belongs to no chat keeps its order with what else the person does.
    where = chat or person
    return Incoming(update.update_id, where.id if where else None, person.id if person else None, update.to_json())


def _reason(error: BaseException | None) -> str | None:
    if error is None:
        return None
    if isinstance(error, Forbidden):
        return "forbidden"
    return "refused" if isinstance(error, BadRequest) else "no answer from Telegram"
