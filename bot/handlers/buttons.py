"""Buttons under an answer. Every press reads the library again: what a button says is not to be trusted."""

from __future__ import annotations

from telegram import CallbackQuery, Message, Update
from telegram.ext import CallbackQueryHandler, ContextTypes

from bot import cards, render
from bot.callback import (
    Choose,
    Rate,
    ShowCard,
    ShowClause,
    ShowContents,
    ShowDocument,
    ShowFacet,
    ShowList,
    ShowResult,
    decode,
)
from bot.desk import Desk, desk_of
from bot.handlers.questions import screen
from bot.handlers.showing import turn
from bot.memory import Answered
from bot.messages import text
from bot.send import close
from bot.votes import Vote
from retrieval.answer import Status

Show = ShowClause | ShowDocument | ShowContents | ShowCard | ShowList | ShowFacet | ShowResult | Choose


class Refusal(Exception):
    """A press that leads nowhere; the argument is the key of the line to say."""


async def pressed(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Shows what the button promises in place of the answer, or says politely why not."""
    query = update.callback_query
    if query is None:
        return
    desk = desk_of(context)
    lang = desk.language(None, query.from_user)
    try:
        action = decode(query.data)
        if isinstance(action, Rate):
            await _rate(query, action, desk)
            await close(query, text(lang, "press.thanks"), alert=False)
            return
        shown = await _shown(query, action, desk)
        refused = None
    except Refusal as refusal:
        shown, refused = None, text(lang, str(refusal))
    await close(query, refused)
    if shown and isinstance(query.message, Message):
        await turn(context.bot, query.message.chat_id, query.message.message_id, shown, desk)


async def _shown(query: CallbackQuery, action: Show | None, desk: Desk) -> render.Screen:
    message = query.message
    if action is None:
        raise Refusal("press.invalid")
    if not isinstance(message, Message):
        raise Refusal("press.old")
    lang = desk.language(message.chat, query.from_user)
    match action:
        case ShowClause() | ShowDocument() | ShowContents() | ShowCard():
            # Cutting a long document into pages takes a while: beside the event loop.
            return await desk.run(_of_document, action, message.chat_id, desk, lang, message.get_bot().username)
        case ShowList():
            return await desk.run(lambda: cards.documents(desk.catalogue(message.chat_id), action, lang))
        case ShowFacet():
            return await desk.run(lambda: cards.facet(desk.catalogue(message.chat_id), action, lang))
        case ShowResult(n):
            return await _result(message, query, n, desk)
        case Choose(document):
            return await _chosen(message, query, document, desk)


def _of_document(
    action: ShowClause | ShowDocument | ShowContents | ShowCard, chat: int, desk: Desk, lang: str, bot: str
) -> render.Screen:
    """Blocking."""
    id = action.document
    directive = desk.fetch(id, chat)
    if directive is None:
        raise Refusal("press.gone")
    match action:
        case ShowClause():
            page = render.clause(id, directive, action, lang, bot)
            if page is None:
                raise Refusal("press.invalid")
            return page
        case ShowDocument():
            return render.whole(id, directive, action, lang)
        case ShowContents():
            return cards.contents(id, directive, action, lang)
        case ShowCard(_, back):
            return cards.card(id, directive, desk.ties(id, directive, chat), back, lang)


async def _rate(query: CallbackQuery, action: Rate, desk: Desk) -> None:
    message = query.message
    if not isinstance(message, Message):
        raise Refusal("press.old")
    found = (await _remembered(message, desk)).answer
    if action.n >= len(found.passages):
        raise Refusal("press.invalid")
    document, person = found.passages[action.n].citation.document_id, query.from_user.id
    vote = Vote(message.chat_id, message.message_id, person, action.up, document, found.library_version)
    await desk.run(desk.kept.votes.cast, vote)


async def _result(message: Message, query: CallbackQuery, n: int, desk: Desk) -> render.Screen:
    answered = await _remembered(message, desk)
    found = await desk.again(answered)
    if not found.passages and answered.answer.passages:
        raise Refusal("press.gone")
    return await screen(found, message, query.from_user, desk, n)


async def _chosen(message: Message, query: CallbackQuery, document: str, desk: Desk) -> render.Screen:
    answered = await _remembered(message, desk)
    if answered.answer.status is not Status.CHOOSE:
        raise Refusal("press.old")
    if document not in {c.document_id for c in answered.answer.choices}:
        raise Refusal("press.invalid")
    if await desk.document(document, message.chat_id) is None:
        raise Refusal("press.gone")
    found = await desk.ask(answered.answer.question, message.chat_id, document)
    kept = Answered(message.chat_id, answered.question_id, message.message_id, found)
    await desk.run(desk.memory.keep, kept)
    return await screen(found, message, query.from_user, desk)


async def _remembered(message: Message, desk: Desk) -> Answered:
    answered = await desk.run(desk.memory.of_answer, message.chat_id, message.message_id)
    if answered is None:
        raise Refusal("press.old")
    return answered


HANDLERS = (CallbackQueryHandler(pressed),)
