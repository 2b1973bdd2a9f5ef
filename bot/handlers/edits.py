"""An edited question edits its answer."""

from __future__ import annotations

from telegram import Update
from telegram.ext import ContextTypes, MessageHandler, filters

from bot.desk import desk_of
from bot.handlers.questions import answer, respond
from bot.handlers.showing import turn
from bot.memory import Answered
from bot.preferences import When
from bot.question import overheard, question_of


async def edited(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Edits the answer; answers when the edit made a question of it. An answer somebody deleted stays deleted."""
    message = update.edited_message
    if message is None:
        return
    desk = desk_of(context)
    when = desk.kept.preferences.of(message.chat_id).at(message.date)
    said = question_of(message, context.bot.username, context.bot.id, when)
    before = await desk.run(desk.memory.of_question, message.chat_id, message.message_id)
    if said is None and before is not None and when is When.QUESTIONS:
        said = overheard(message)  # answered though nobody had asked the bot
    if said is None:
        return
    if before is None:
        await answer(message, said, desk)
        return
    found, shown = await respond(message, said, desk)
    if await turn(context.bot, message.chat_id, before.answer_id, shown, desk):
        kept = Answered(message.chat_id, message.message_id, before.answer_id, found)
        await desk.run(desk.memory.keep, kept)


HANDLERS = (MessageHandler(filters.UpdateType.EDITED_MESSAGE & filters.TEXT, edited),)
