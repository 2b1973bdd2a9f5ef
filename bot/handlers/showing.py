"""A screen to a chat, and what it shows remembered: a reply to the message asks about that document."""

from __future__ import annotations

from telegram import Message
from telegram.ext import ExtBot

from bot.desk import Desk
from bot.question import GROUPS
from bot.render import Screen, folded
from bot.send import edit, reply


async def show(message: Message, screen: Screen, desk: Desk) -> Message:
    """Sends the screen as a reply to `message`; in a group its quotes are folded."""
    sent = await reply(message, folded(screen) if message.chat.type in GROUPS else screen)
    if screen.document:
        await desk.run(desk.memory.point, message.chat_id, sent.message_id, screen.document)
    return sent


async def turn(bot: ExtBot[None], chat_id: int, message_id: int, screen: Screen, desk: Desk) -> bool:
    """Puts the screen in place of a message of the bot's; False when that cannot be done."""
    if not await edit(bot, chat_id, message_id, screen):
        return False
    await desk.run(desk.memory.point, chat_id, message_id, screen.document)
    return True
