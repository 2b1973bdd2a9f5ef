"""/start and /help, and a polite line for what the bot cannot read."""

from __future__ import annotations

from telegram import Update
from telegram.ext import CommandHandler, ContextTypes, MessageHandler, filters

from bot import deeplink
from bot.desk import desk_of
from bot.group_admins import hears_all
from bot.handlers.browse import open_place
from bot.messages import html
from bot.question import GROUPS
from bot.render import Screen
from bot.send import reply

NEW = filters.UpdateType.MESSAGE


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Opens the place a link leads to; else says what the bot does and how to ask, for the kind of chat."""
    message, place = update.message, deeplink.read(" ".join(context.args or ()))
    if message is not None and place is not None:
        await open_place(message, place, desk_of(context))
        return
    if message is not None and message.chat.type in GROUPS:
        heard = await hears_all(context.bot, message.chat_id)
        await _say(update, context, "start.group", "start.hears" if heard else "start.deaf")
        return
    person, desk = update.effective_user, desk_of(context)
    admin = person is not None and await desk.run(desk.roles.is_admin, person.id)
    await _say(update, context, "start.private", *(("start.admin",) if admin else ()))


async def help(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """How to ask and how to read an answer."""
    await _say(update, context, "help.private")


async def unknown_command(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """In private, a command that does not exist gets a hint; in groups it may be another bot's."""
    await _say(update, context, "help.unknown_command")


async def only_text(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """In private, a photo or a sticker gets one line."""
    await _say(update, context, "help.only_text")


async def _say(update: Update, context: ContextTypes.DEFAULT_TYPE, *keys: str) -> None:
    message = update.message
    if message is None:
        return
    lang = desk_of(context).language(message.chat, message.from_user)
    await reply(message, Screen("".join(html(lang, key, username=context.bot.username) for key in keys)))


HANDLERS = (
    CommandHandler("start", start, filters=NEW),
    CommandHandler("help", help, filters=NEW),
    MessageHandler(NEW & filters.ChatType.PRIVATE & filters.COMMAND, unknown_command),
    MessageHandler(NEW & filters.ChatType.PRIVATE & ~filters.TEXT & ~filters.StatusUpdate.ALL, only_text),
)
