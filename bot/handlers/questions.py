"""A question in a private chat or a group, and the answer to it."""

from __future__ import annotations

from telegram import Message, Update, User
from telegram.ext import CommandHandler, ContextTypes, MessageHandler, filters

from bot import metrics
from bot.desk import Desk, desk_of
from bot.handlers.following import find_in, followed, wished
from bot.handlers.privately import answer_privately, asks_privately
from bot.handlers.showing import answer_screen, reply_with
from bot.memory import Answered
from bot.preferences import When
from bot.question import ASK_COMMAND, GROUPS, overheard, question_of
from bot.render import Screen
from bot.send import typing
from retrieval.answer import Answer, Note, Status


async def question(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Answers what is a question to the bot, as the chat wants it; says nothing to anything else."""
    message = update.message
    if message is None:
        return
    desk = desk_of(context)
    when = desk.kept.preferences.of(message.chat_id).at(message.date)
    said = question_of(message, context.bot.username, context.bot.id, when)
    if said is not None:
        await answer(message, said, desk)
    elif when is When.QUESTIONS and (said := overheard(message)) is not None:
        await answer(message, said, desk, only_if_sure=True)


async def answer(message: Message, said: str, desk: Desk, *, only_if_sure: bool = False) -> None:
    """Sends the answer to `said` as a reply, and remembers it. Nothing less is said where nobody asked the bot."""
    group = message.chat.type in GROUPS
    person = asks_privately(message, desk) if group else None
    async with typing(message, desk.busy):
        found, shown = await respond(message, said, desk)
        metrics.ANSWERS.labels(found.status.value).inc()
        asker = message.from_user.id if message.from_user else None
        await desk.run(desk.kept.question_log.note, message.chat_id, asker, said, found.status.value)
        if only_if_sure and found.status is not Status.ANSWERED:
            return
        if person and (found.passages or found.choices):
            await answer_privately(message, person, found, desk)
            await desk.run(desk.kept.tally.count, found, message.date)
            return
        sent = await reply_with(message, shown)
    # Nobody waits for this.
    await desk.run(desk.kept.tally.count, found, message.date)
    answered = Answered(message.chat_id, message.message_id, sent.message_id, found)
    await desk.run(desk.memory.keep, answered, shown.document)


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


async def screen(
    found: Answer, message: Message, reader: User | None, desk: Desk, n: int = 0, chat: int | None = None
) -> Screen:
    """The screen for result `n` of an answer in `message`'s chat, in the language of `reader`; `chat`: the one whose
    question it answers, where that is another."""
    lang, group = desk.language(message.chat, reader), message.chat.type in GROUPS
    asked = None if group else await desk.run(desk.kept.private_answers.of, message.chat_id, message.message_id)
    bot = message.get_bot()
    about = message.chat_id if chat is None else chat
    return await answer_screen(found, about, lang, desk, bot, n, fold=group, post="" if asked else None)


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
