"""The outbox: every call goes out within Telegram's limits, in its chat's order, until it is through or cannot be.

Limits (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this): about one message a second to
a chat, 20 a minute to a group, about 30 a second over all. Where Telegram asks a chat to wait, that chat alone waits.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from bot import metrics
from bot.handling import CURRENT, Handling
from bot.inbox import Inbox, InboxError, Posted
from bot.pace import CHATS, OwnPace, Pace, Place, Wait, asked_to_wait

log = logging.getLogger(__name__)

PATIENCE = 3600.0  # seconds before a call that Telegram does not take is given up
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
AGAIN = 1.0  # seconds before it is looked again whether the chat is this worker's, or what was sent is noted again
REFUSALS = 3  # of the token one after another, before it is believed
# Calls that are no message to a chat are not made again, but for these, and not for long.
SHORT = {"answerCallbackQuery": 10.0, "getFile": 30.0}
TALK = ("send", "edit", "copy", "forward", "delete", "pin", "unpin")

Call = Callable[..., Coroutine[Any, Any, Any]]


class StoppingError(TelegramError):
    """The bot stops: the call was not made, and its update waits for the next start."""


@dataclass
class _Chat:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class Outbox(BaseRateLimiter[None]):
    """Between python-telegram-bot and Telegram. `inbox`: where what was posted is noted; `migrated` is told of a group
    that got another id; `pace`: how fast it goes, where other processes send too."""

    def __init__(
        self,
        inbox: Inbox | None = None,
        migrated: Callable[[int, int], Awaitable[None]] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._inbox, self._migrated = inbox, migrated
        self._pace = pace or OwnPace()
        self._gate = asyncio.Lock()
        self._chats: OrderedDict[int | str, _Chat] = OrderedDict()
        self._moved: dict[int | str, int] = {}
        self._stopping = asyncio.Event()
        self._refusals = 0
        self.refused = asyncio.Event()  # Telegram does not know the token any more
        self.waiting = 0  # calls that are not through yet

    async def initialize(self) -> None:
        self._stopping.clear()

    async def shutdown(self) -> None:
        self.stop()

    def stop(self) -> None:
        """From now on nothing waits: what would have to is left to the next start."""
        self._stopping.set()

    async def process_request(
        self,
        callback: Call,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,
    ) -> Any:
        handling = CURRENT.get()

        async def call() -> Any:
            return await callback(*args, **kwargs)

        self.waiting += 1
        try:
            chat = data.get("chat_id")
            if chat is None or not endpoint.startswith(TALK):
                return await self._persist(call, endpoint, data, patience=SHORT.get(endpoint, 0.0))
            if endpoint == "sendChatAction":
                return await self._if_idle(call, chat)
            if self._inbox is None or handling is None or not endpoint.startswith(("send", "copy", "forward")):
                return await self._in_turn(call, endpoint, data, None)
            return await self._post(call, endpoint, data, handling, self._inbox)
        finally:
            self.waiting -= 1

    async def _post(
        self, call: Callable[[], Awaitable[Any]], endpoint: str, data: dict[str, Any], handling: Handling, inbox: Inbox
    ) -> Any:
        """Sends a message once: a message that an earlier attempt is known to have sent is not sent again."""
        n = handling.posts
        handling.posts += 1
        known = await inbox.post(handling.update_id, n, handling.worker)
        if known == Posted.LOST:
            raise StoppingError("another worker has the chat")
        if known not in (Posted.NEW, Posted.UNSURE):
            metrics.POSTS.labels("known").inc()
            return json.loads(known)
        if known == Posted.UNSURE:
            # The program ended between the call and its answer: whether it was posted cannot be known.
            metrics.POSTS.labels("unsure").inc()
        record = _Record()

        async def call_and_note() -> Any:
            # Before anything else is waited for: what is not noted is sent again by who comes after a crash.
            result = await call()
            await _note(inbox, handling.update_id, n, result)
            return result

        try:
            return await self._in_turn(call_and_note, endpoint, data, record)
        except TelegramError:
            if not record.unsure and known == Posted.NEW:
                await inbox.unposted(handling.update_id, n)
            raise

    async def _if_idle(self, call: Callable[[], Awaitable[Any]], chat: int | str) -> Any:
        """Says "typing" where that takes no message's place."""
        if self._chat(chat).turn.locked():
            return True
        place = await self._pace.begin_if_idle(chat)
        if place is None:
            return True
        try:
            return await call()
        finally:
            await self._pace.end(place)

    async def _in_turn(
        self, call: Callable[[], Awaitable[Any]], endpoint: str, data: dict[str, Any], record: _Record | None
    ) -> Any:
        chat = data["chat_id"] = self._moved.get(data["chat_id"], data["chat_id"])
        at = self._chat(chat)
        at.waiting += 1
        try:
            async with at.turn:
                return await self._persist(call, endpoint, data, record, paced=True)
        finally:
            at.waiting -= 1

    async def _persist(
        self,
        call: Callable[[], Awaitable[Any]],
        endpoint: str,
        data: dict[str, Any],
        record: _Record | None = None,
        patience: float = PATIENCE,
        *,
        paced: bool = False,
    ) -> Any:
        """Calls until Telegram takes it, refuses it, or patience ends."""
        give_up = time.monotonic() + patience
        wait = FIRST_WAIT
        while True:
            try:
                result = await (self._paced(call, data["chat_id"]) if paced else call())
            except StoppingError:
                raise
            except RetryAfter as e:
                _count("retry_after")
                pause = asked_to_wait(e) * (1 + 0.1 * random.random())
                error: TelegramError = e
                if paced:
                    await self._pace.hold(data["chat_id"], asked_to_wait(e))
            except ChatMigrated as e:
                _count("migrated")
                await self._follow(data, e.new_chat_id)
                continue
            except (BadRequest, Forbidden) as e:
                if _eased(data, e):
                    _count("eased")
                    continue
                _count("forbidden" if isinstance(e, Forbidden) else "refused")
                raise
            except TelegramError as e:
                # No answer, or none that says what became of it.
                if isinstance(e, InvalidToken):
                    _count("token")
                    self._refusals += 1
                    if self._refusals >= REFUSALS:
                        self.refused.set()
                elif "Too Many Requests" in e.message:
                    _count("retry_after")
                elif _never_left(e):
                    _count("unreachable")
                else:
                    _count("unanswered")
                    if record is not None:
                        record.unsure = True
                        metrics.POSTS.labels("unsure").inc()
                pause = wait * (0.5 + random.random())
                wait = min(LONGEST_WAIT, wait * 2)
                error = e
            else:
                _count("ok")
                self._refusals = 0
                return result
            if time.monotonic() + pause > give_up:
                raise error
            log.warning("%s: Telegram: %s; again in %.1f s", endpoint, error.message, pause)
            await self._rest(pause)

    async def _paced(self, call: Callable[[], Awaitable[Any]], chat: int | str) -> Any:
        handling = CURRENT.get()
        while True:
            while isinstance(place := await self._place(chat), Wait):
                await self._rest(place.seconds)
            try:
                if handling is None or handling.sure():
                    return await call()
            finally:
                await self._pace.end(place)
            # It was held up, and another may answer by now. It is cancelled, or the chat is its own again.
            await self._rest(AGAIN)

    async def _place(self, chat: int | str) -> Place | Wait:
        """A place, or how long this chat is to wait."""
        # First come, first served: nobody is passed over while others are quicker.
        async with self._gate:
            while isinstance(found := await self._pace.begin(chat), Wait) and found.all:
                await self._rest(found.seconds)
            return found

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
        raise StoppingError("the bot stops")

    async def _follow(self, data: dict[str, Any], new: int) -> None:
        """A group became a supergroup: its messages count anew, so there is nothing to reply to."""
        old = data["chat_id"]
        self._moved[old] = data["chat_id"] = new
        data.pop("reply_parameters", None)
        log.info("a group became a supergroup and is answered there")
        if self._migrated is not None and isinstance(old, int):
            await self._migrated(old, new)

    def _chat(self, chat: int | str) -> _Chat:
        at = self._chats.setdefault(chat, _Chat())
        self._chats.move_to_end(chat)
        while len(self._chats) > CHATS and not next(iter(self._chats.values())).waiting:
            self._chats.popitem(last=False)
        return at


@dataclass
class _Record:
    unsure: bool = False  # a call was made whose outcome is not known


async def _note(inbox: Inbox, id: int, n: int, result: Any) -> None:
    """Notes what was sent, however long the database is away: who gave up would send it again."""
    while True:
        try:
            return await inbox.posted(id, n, result)
        except InboxError as e:
            log.error("%s; what was sent is noted as soon as it can be", e)
            await asyncio.sleep(AGAIN)


def _eased(data: dict[str, Any], error: TelegramError) -> bool:
    """Takes away what Telegram stumbles over: a message replied to, or a topic, that is gone."""
    said = error.message.lower()
    if "replied" in said and data.pop("reply_parameters", None) is not None:
        return True
    return "thread not found" in said and data.pop("message_thread_id", None) is not None


def _never_left(error: TelegramError) -> bool:
    cause = error.__cause__
    return isinstance(cause, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))


def _count(result: str) -> None:
    metrics.CALLS.labels(result).inc()
