"""What only administrators of the library may do: for everybody else a polite line."""

from __future__ import annotations

from typing import NamedTuple

from telegram import Message, Update
from telegram.ext import ContextTypes

from bot.desk import Desk, desk_of
from bot.messages import Language, html
from bot.render import Screen
from bot.send import reply


class Admitted(NamedTuple):
    """A message of an administrator (`person` is their id), and what it is answered with."""

    message: Message
    person: int
    desk: Desk
    lang: Language


async def admitted(
    update: Update, context: ContextTypes.DEFAULT_TYPE, refusal: str = "upload.admins_only"
) -> Admitted | None:
    """The administrator's message; None for everybody else, who are told so (`refusal` is the line's key)."""
    message = update.message
    if message is None or message.from_user is None:
        return None
    desk = desk_of(context)
    lang = desk.language(message.chat, message.from_user)
    if not await desk.run(desk.roles.is_admin, message.from_user.id):
        await reply(message, Screen(html(lang, refusal)))
        return None
    return Admitted(message, message.from_user.id, desk, lang)
