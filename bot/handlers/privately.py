"""Answers that go to the one who asks in a group, and the button that posts them for everybody."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from telegram import CallbackQuery, Message, User
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import CallbackQueryHandler, ContextTypes

from bot.callback import Action, Post
from bot.desk import Desk, desk_of
from bot.group_admins import is_member
from bot.handlers.pressing import Refusal, pressing
from bot.handlers.showing import answer_screen, point
from bot.memory import Answered
from bot.messages import html, text
from bot.private_answers import Asked
from bot.render import Button, Link, Screen
from bot.send import reply, send, without_button
from retrieval.answer import Answer

DONE = "👌"  # one of the reactions bots may set
START = "rieng"  # what /start carries when somebody comes from the group


def asks_privately(message: Message, desk: Desk) -> User | None:
    """The one to answer privately: where the group wants it and a person, not the group itself, is asking."""
    person = message.from_user
    wanted = desk.kept.preferences.of(message.chat_id).private
    return person if wanted and person and not person.is_bot and not message.sender_chat else None


async def answer_privately(message: Message, person: User, found: Answer, desk: Desk) -> None:
    """Sends the answer to the person; where that cannot be done, says in the group how to make it possible."""
    bot, lang = message.get_bot(), desk.language(None, person)
    above = html(lang, "private.asked_in", group=message.chat.title or "")
    shown = await answer_screen(found, message.chat_id, lang, desk, bot, post=above)
    try:
        sent = await send(bot, person.id, shown)
    except (Forbidden, BadRequest):
        group_lang = desk.group_language(message.chat_id)
        way = Button(text(group_lang, "button.open_private"), Link(f"https://t.me/{bot.username}?start={START}"))
        await reply(message, Screen(html(group_lang, "private.closed"), ((way,),)))
        return
    thread = message.message_thread_id if message.is_topic_message else None
    asked = Asked(message.chat_id, message.message_id, thread)
    await desk.run(desk.kept.private_answers.keep, sent.chat_id, sent.message_id, asked)
    # Message ids of the group mean nothing here: the answer stands for its question.
    await desk.run(desk.memory.keep, Answered(sent.chat_id, sent.message_id, sent.message_id, found))
    await point(sent, shown, desk)
    # A group may forbid reactions; the person has the answer all the same.
    with contextlib.suppress(TelegramError):
        await bot.set_message_reaction(message.chat_id, message.message_id, DONE)


async def asked_for(message: Message, person: User, desk: Desk) -> int:
    """The chat whose question a message of the bot's answers: of a private answer the group, while the person is in
    it."""
    asked = await desk.run(desk.kept.private_answers.of, message.chat_id, message.message_id)
    if asked is not None and await is_member(message.get_bot(), asked.chat, person.id):
        return asked.chat
    return message.chat_id


async def press(
    query: CallbackQuery, message: Message, action: Action, context: ContextTypes.DEFAULT_TYPE
) -> str | None:
    """Posts the answer under its question, once, while the person is still in the group."""
    desk, bot = desk_of(context), context.bot
    if not isinstance(action, Post):
        raise Refusal("press.invalid")
    asked = await desk.run(desk.kept.private_answers.of, message.chat_id, message.message_id)
    answered = await desk.run(desk.memory.of_answer, message.chat_id, message.message_id)
    if asked is None or answered is None:
        raise Refusal("press.old")
    if not await is_member(bot, asked.chat, query.from_user.id):
        raise Refusal("private.left")
    found = await desk.again(replace(answered, chat_id=asked.chat))
    if not found.passages:
        raise Refusal("press.gone")
    shown = await answer_screen(found, asked.chat, desk.group_language(asked.chat), desk, bot, fold=True)
    sent = await send(bot, asked.chat, shown, reply_to=asked.question, thread=asked.thread, quiet=True)
    # After it was sent: killed in between, the press is dealt with again, and a message known to be sent is not.
    await desk.run(desk.kept.private_answers.posted, message.chat_id, message.message_id)
    await desk.run(desk.memory.keep, Answered(asked.chat, asked.question, sent.message_id, found))
    await point(sent, shown, desk)
    await without_button(message, action)
    return "private.posted"


HANDLERS = (CallbackQueryHandler(pressing(press), pattern=r"^p$"),)
