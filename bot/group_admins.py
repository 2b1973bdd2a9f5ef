"""Who administers a group: asked of Telegram, remembered for a short time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from telegram import Bot, Chat, Message
from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest, Forbidden, TelegramError

REMEMBERED = 600.0  # seconds
MOST = 10_000
_ADMINS = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)
_GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


class GroupAdmins:
    """One for a running bot. Not for several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[tuple[int, int], tuple[float, bool]] = {}

    async def has(self, bot: Bot, chat: int, person: int) -> bool:
        """Is this person an administrator of the chat? What Telegram does not tell is no."""
        known = self._known.get((chat, person))
        if known and known[0] > self._clock():
            return known[1]
        status = await _status(bot, chat, person)
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[chat, person] = (self._clock() + REMEMBERED, status in _ADMINS)
        return status in _ADMINS

    async def wrote(self, message: Message) -> bool:
        """Did an administrator of its group write this message? Anonymous ones write as the group itself."""
        if message.sender_chat:
            return message.sender_chat.id == message.chat_id
        person = message.from_user
        return person is not None and await self.has(message.get_bot(), message.chat_id, person.id)


async def is_member(bot: Bot, chat: int, person: int) -> bool:
    """Is this person in the chat now? What Telegram does not tell is no."""
    return await _status(bot, chat, person) not in (None, *_GONE)


async def hears_all(bot: Bot, chat: int) -> bool:
    """Do all messages of this group reach the bot? Privacy mode may have been changed since the bot was started."""
    with contextlib.suppress(TelegramError):
        await bot.get_me()
    return bool(bot.can_read_all_group_messages) or await _status(bot, chat, bot.id) in _ADMINS


async def _status(bot: Bot, chat: int, person: int) -> str | None:
    try:
        return str((await bot.get_chat_member(chat, person)).status)
    except (BadRequest, Forbidden):
        return None


def is_group(chat: Chat | None) -> bool:
    return chat is not None and chat.type in (Chat.GROUP, Chat.SUPERGROUP)
