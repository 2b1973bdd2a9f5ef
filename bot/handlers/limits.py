"""Who asks too much in a minute is told so, politely and once; nobody else waits for them."""

from __future__ import annotations

import time

from telegram import Message, Update
from telegram.ext import ApplicationHandlerStop, ContextTypes, TypeHandler

from bot import metrics
from bot.desk import desk_of
from bot.handlers.failures import waits
from bot.limits import Verdict
from bot.messages import html, text
from bot.render import Screen
from bot.send import close, reply


async def limit(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Stops what is too much from going further."""
    person, chat, query = update.effective_user, update.effective_chat, update.callback_query
    message = update.message or update.edited_message
    if chat is None or (query is None and not (message and _asks(message, context))):
        return
    who = person.id if person else chat.id
    asked = (message.edit_date or message.date).timestamp() if message else time.time()
    desk = desk_of(context)
    verdict = (desk.limits if query is None else desk.press_limits).ask(who, chat.id, asked)
    if verdict is Verdict.TAKEN:
        return
    metrics.OUTCOMES.labels("limited").inc()
    lang = desk.language(chat, person)
    if query is not None:
        await close(query, text(lang, "limits.slower"))
    elif verdict is Verdict.TOLD and message is not None:
        await reply(message, Screen(html(lang, "limits.slower")))
    raise ApplicationHandlerStop


def _asks(message: Message, context: ContextTypes.DEFAULT_TYPE) -> bool:
    return bool(message.document or message.photo) or waits(message, context.bot)


FIRST = (TypeHandler(Update, limit),)
