"""What every pressed button goes through: read, done, and its waiting state ended with or without a line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telegram import CallbackQuery, Message, Update
from telegram.ext import ContextTypes

from bot.callback import Action, decode
from bot.desk import desk_of
from bot.messages import text
from bot.send import close

Context = ContextTypes.DEFAULT_TYPE
Work = Callable[[CallbackQuery, Message, Action, Context], Awaitable[str | None]]
Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]


class Refusal(Exception):
    """A press that leads nowhere; the argument is the key of the line to say."""


def pressing(work: Work) -> Handler:
    """A handler that runs `work` for what a button says under a message that is there; the key it returns is said in
    passing. A Refusal is said to be confirmed."""

    async def pressed(update: Update, context: Context) -> None:
        query = update.callback_query
        if query is None:
            return
        desk = desk_of(context)
        lang = desk.language(None, query.from_user)
        action, message = decode(query.data), query.message
        try:
            if action is None:
                raise Refusal("press.invalid")
            if not isinstance(message, Message):
                raise Refusal("press.old")
            said = await work(query, message, action, context)
        except Refusal as refusal:
            await close(query, text(lang, str(refusal)))
        else:
            await close(query, text(lang, said) if said else None, alert=False)

    return pressed
