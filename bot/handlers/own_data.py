"""/quen: what the bot keeps of a person is deleted. /nhatky: a chat agrees to its questions being kept, or ends it."""

from __future__ import annotations

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import CommandHandler, ContextTypes, filters

from bot.desk import desk_of
from bot.group_admins import is_group
from bot.inbox import Inbox
from bot.messages import html
from bot.render import Screen
from bot.send import reply

NEW = filters.UpdateType.MESSAGE
ON, OFF = ("bat", "bật", "on"), ("tat", "tắt", "off")


async def forget(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Deletes what is kept of the person, and in a private chat all of that chat."""
    message = update.message
    if message is None or message.from_user is None:
        return
    desk, person = desk_of(context), message.from_user.id
    lang = desk.language(message.chat, message.from_user)
    await desk.run(desk.forget, person, message.chat.type == ChatType.PRIVATE)
    inbox = context.bot_data["inbox"]
    assert isinstance(inbox, Inbox)
    await inbox.forget(person)
    await reply(message, Screen(html(lang, "own_data.forgotten")))


async def question_log(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """`/nhatky`: whether questions are kept; `/nhatky bat`, `/nhatky tat`: from now on. In a group: administrators."""
    message = update.message
    if message is None:
        return
    desk = desk_of(context)
    lang, log = desk.language(message.chat, message.from_user), desk.kept.question_log
    if is_group(message.chat) and not await desk.group_admins.wrote(message):
        await reply(message, Screen(html(lang, "preferences.admins_only")))
        return
    said = " ".join(context.args or ()).lower()
    if not log.days:
        key = "own_data.log_never"
    else:
        if said in ON or said in OFF:
            await desk.run(log.agree, message.chat_id, said in ON)
        key = "own_data.log_on" if log.logs(message.chat_id) else "own_data.log_off"
    await reply(message, Screen(html(lang, key, days=log.days)))


HANDLERS = (CommandHandler("quen", forget, filters=NEW), CommandHandler("nhatky", question_log, filters=NEW))
