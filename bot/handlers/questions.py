"""A question in a private chat or a group, and the answer to it."""

from __future__ import annotations

from telegram import Message, Update, User
from telegram.ext import CommandHandler, ContextTypes, MessageHandler, filters

from bot import render
from bot.desk import Desk, desk_of
from bot.handlers.following import find_in, followed, wished
from bot.handlers.showing import show
from bot.memory import Answered
from bot.question import ASK_COMMAND, GROUPS, question_of
from bot.render import Screen
from bot.send import typing
from retrieval.answer import Answer, Note, Status


async def question(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Answers what is a question to the bot; says nothing to anything else."""
    message = update.message
    if message is None:
        return
    said = question_of(message, context.bot.username, context.bot.id)
    if said is not None:
        await answer(message, said, desk_of(context))


async def answer(message: Message, said: str, desk: Desk) -> None:
    """Sends the answer to `said` as a reply, and remembers it."""
    at_once = message.chat.type not in GROUPS and not desk.busy
    async with typing(message, at_once=at_once):
        found, shown = await respond(message, said, desk)
        sent = await show(message, shown, desk)
    await desk.run(desk.memory.keep, Answered(message.chat_id, message.message_id, sent.message_id, found))


async def respond(message: Message, said: str, desk: Desk) -> tuple[Answer, Screen]:
    """The answer to `said` and how it is shown. A reply to an answer is about the document that one quoted."""
    document = await followed(message, said, desk)
    if document is None:
        found = await find(said, message.chat_id, desk)
    elif (wish := await wished(message, said, document, desk)) is not None:
        return Answer(question=said, status=Status.NONE), wish
    else:
        found = await find_in(said, document, message.chat_id, desk)
    return found, await screen(found, message, message.from_user, desk)


async def find(said: str, chat: int, desk: Desk) -> Answer:
    if not said:
        return Answer(question=said, status=Status.NONE, note=Note(code="empty"))
    return await desk.ask(said, chat)


async def screen(found: Answer, message: Message, reader: User | None, desk: Desk, n: int = 0) -> Screen:
    """The screen for result `n` of an answer in `message`'s chat, in the language of `reader`."""
    lang, fold = desk.language(message.chat, reader), message.chat.type in GROUPS
    bot, read = message.get_bot(), desk.reader(message.chat_id)
    public = n < len(found.passages) and await desk.document(found.passages[n].citation.document_id, None)
    # What is not everyone's is not found in inline mode, and is not to be passed on.
    share = bool(public and bot.supports_inline_queries)
    return await desk.run(render.answer, found, read, lang, n, fold=fold, bot=bot.username, share=share)


HANDLERS = (
    CommandHandler(ASK_COMMAND, question, filters=filters.UpdateType.MESSAGE),
    MessageHandler(
        filters.UpdateType.MESSAGE
        & filters.TEXT
        & ~filters.COMMAND
        & (filters.ChatType.PRIVATE | filters.ChatType.GROUPS),
        question,
    ),
)
