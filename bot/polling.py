"""Polling that confirms an update only when it is kept, survives what it is sent, and tells when it is over.

python-telegram-bot's own loop confirms updates that are only in memory, asks for ever for a batch with one update in it
that it cannot read, and stops without a word when the token is refused.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Sequence
from typing import Any

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from bot.inbox import InboxError
from bot.pace import asked_to_wait
from bot.readable import readable
from bot.worker import Worker

log = logging.getLogger(__name__)

LONG = 25  # seconds Telegram holds a poll that has nothing to give
STUCK = 20.0  # seconds more, after which the connection is taken for dead
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0


class PollingRequest(HTTPXRequest):
    """The connection getUpdates goes through. Updates that cannot be read are left as their bare ids, and noted."""

    def __init__(self) -> None:
        super().__init__(connection_pool_size=1)
        self.last_success: float | None = None  # time.monotonic() of the last answered poll
        self.unreadable: dict[int, str] = {}  # update id: the kind of error

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, payload = await super().do_request(*args, **kwargs)
        if status == 200:
            payload, unreadable = readable(payload)
            self.unreadable.update(unreadable)
            self.last_success = time.monotonic()
        return status, payload


class Poller:
    """Asks for updates for ever. InvalidToken when Telegram does not know the token (any more)."""

    def __init__(self, bot: Bot, request: PollingRequest, worker: Worker, allowed: Sequence[str]) -> None:
        self._bot, self._request, self._worker, self._allowed = bot, request, worker, allowed
        self._offset: int | None = None

    async def run(self) -> None:
        """Until it is cancelled. Every failure but a refused token passes, after a pause that grows."""
        wait = FIRST_WAIT
        while True:
            try:
                async with asyncio.timeout(LONG + STUCK):
                    updates = await self._ask(LONG)
                await self._keep(updates)
            except InvalidToken:
                raise
            except RetryAfter as e:
                await asyncio.sleep(asked_to_wait(e))
            except (TelegramError, TimeoutError, OSError, InboxError) as e:
                if isinstance(e, TimeoutError):
                    await self._reconnect()
                if not isinstance(e, TimedOut):
                    log.warning("polling: %s", _said(e))
                    await asyncio.sleep(wait * (0.5 + random.random()))
                    wait = min(LONGEST_WAIT, wait * 2)
            else:
                wait = FIRST_WAIT

    async def confirm(self) -> None:
        """Tells Telegram what is kept, so that it is not offered again. That it cannot is no harm."""
        if self._offset is not None:
            try:
                async with asyncio.timeout(2):
                    await self._bot.get_updates(offset=self._offset, limit=1, timeout=0, allowed_updates=self._allowed)
            except (TelegramError, TimeoutError) as e:
                log.info("the last updates could not be confirmed: %s", _said(e))

    async def _ask(self, seconds: int) -> tuple[Update, ...]:
        return await self._bot.get_updates(
            offset=self._offset, timeout=seconds, allowed_updates=self._allowed, read_timeout=seconds + STUCK / 2
        )

    async def _keep(self, updates: Sequence[Update]) -> None:
        for id, reason in self._request.unreadable.items():
            await self._worker.refuse(id, f"unreadable: {reason}")
        self._request.unreadable.clear()
        if updates:
            await self._worker.take(updates)
            self._offset = updates[-1].update_id + 1

    async def _reconnect(self) -> None:
        """A connection that gives nothing back is thrown away."""
        log.warning("polling: no answer for %.0f s; connecting anew", LONG + STUCK)
        await self._request.shutdown()
        await self._request.initialize()


def _said(error: BaseException) -> str:
    if isinstance(error, Conflict):
        return f"{error.message}: does another program use this bot's token?"
    return error.message if isinstance(error, TelegramError) else str(error) or type(error).__name__
