"""A message that says how long something has been going on, while it goes on."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from telegram import Message
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.group_admins import is_group
from bot.render import Screen
from bot.send import edit

TICK, TICK_IN_GROUPS = 4.0, 20.0  # seconds between two edits; a group has few to spare


@asynccontextmanager
async def waiting(bot: ExtBot[None], message: Message, say: Callable[[int], Screen]) -> AsyncIterator[None]:
    """Puts `say(seconds)` into a message of the bot's now and then. What is over soon is not commented on."""
    begin = time.monotonic()

    async def tick() -> None:
        while True:
            await asyncio.sleep(TICK_IN_GROUPS if is_group(message.chat) else TICK)
            with contextlib.suppress(TelegramError):
                await edit(bot, message.chat_id, message.message_id, say(round(time.monotonic() - begin)))

    task = asyncio.create_task(tick())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
