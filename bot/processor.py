"""Updates of one chat one after another, of different chats at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any
from weakref import WeakValueDictionary

from telegram import Update
from telegram.ext import BaseUpdateProcessor

CONCURRENT = 64
WAITING = 100_000


class ChatByChat(BaseUpdateProcessor):
    """Keeps the order within a chat: an edit is not handled before the question it changes.

    At most `concurrent` updates are worked on. Those that wait for their chat's turn do not count: a flood in one chat
    holds up that chat alone.
    """

    def __init__(self, concurrent: int = CONCURRENT) -> None:
        super().__init__(WAITING)
        self._working = asyncio.Semaphore(concurrent)
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        key = _key(update)
        if key is None:
            async with self._working:
                await coroutine
            return
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        async with lock, self._working:
            await coroutine

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to free."""


def _key(update: object) -> int | None:
    if not isinstance(update, Update):
        return None
    if update.effective_chat:
        return update.effective_chat.id
    return update.effective_user.id if update.effective_user else None
