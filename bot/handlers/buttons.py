"""Buttons under an answer. Every press reads the library again: what a button says is not to be trusted."""

from __future__ import annotations

from dataclasses import replace

from telegram import CallbackQuery, Message
from telegram.ext import CallbackQueryHandler, ContextTypes

from bot import cards, render
from bot.callback import (
    Action,
    Choose,
    Rate,
    ShowCard,
    ShowClause,
    ShowContents,
    ShowDocument,
    ShowFacet,
    ShowList,
    ShowResult,
)
from bot.desk import Desk, desk_of
from bot.handlers.pressing import Refusal, pressing
from bot.handlers.privately import asked_for
from bot.handlers.questions import screen
from bot.handlers.showing import turn
from bot.memory import Answered
from bot.votes import Vote
from retrieval.answer import Status

OfDocument = ShowClause | ShowDocument | ShowContents | ShowCard


async def press(
    query: CallbackQuery, message: Message, action: Action, context: ContextTypes.DEFAULT_TYPE
) -> str | None:
    """Shows what the button promises in place of the answer; a thumb is counted."""
    desk = desk_of(context)
    if isinstance(action, Rate):
        await _rate(query, message, action, desk)
        return "press.thanks"
    shown = await _shown(query, message, action, desk)
    await turn(context.bot, message.chat_id, message.message_id, shown, desk)
    return None


async def _shown(query: CallbackQuery, message: Message, action: Action, desk: Desk) -> render.Screen:
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
        case _:
            raise Refusal("press.invalid")


def _of_document(action: OfDocument, chat: int, desk: Desk, lang: str, bot: str) -> render.Screen:
    """Blocking."""
    id = action.document
    directive = desk.fetch(id, chat)
    if directive is None:
        raise Refusal("press.gone")
    match action:
        case ShowClause():
            page = render.clause(id, directive, action, lang, bot, desk.standing(chat))
            if page is None:
                raise Refusal("press.invalid")
            return page
        case ShowDocument():
            return render.whole(id, directive, action, lang, desk.standing(chat))
        case ShowContents():
            return cards.contents(id, directive, action, lang)
        case ShowCard(_, back):
            ties, became, did = desk.ties(id, directive, chat), desk.standing(chat)(id), desk.done_to_others(id, chat)
            return cards.card(id, directive, ties, back, lang, became, did)


async def _rate(query: CallbackQuery, message: Message, action: Rate, desk: Desk) -> None:
    found = (await _remembered(message, desk)).answer
    if action.n >= len(found.passages):
        raise Refusal("press.invalid")
    document, person = found.passages[action.n].citation.document_id, query.from_user.id
    vote = Vote(message.chat_id, message.message_id, person, action.up, document, found.library_version)
    await desk.run(desk.kept.votes.cast, vote)


async def _result(message: Message, query: CallbackQuery, n: int, desk: Desk) -> render.Screen:
    answered = await _remembered(message, desk)
    chat = await asked_for(message, query.from_user, desk)
    found = await desk.again(replace(answered, chat_id=chat))
    if not found.passages and answered.answer.passages:
        raise Refusal("press.gone")
    return await screen(found, message, query.from_user, desk, n, chat)


async def _chosen(message: Message, query: CallbackQuery, document: str, desk: Desk) -> render.Screen:
    answered = await _remembered(message, desk)
    if answered.answer.status is not Status.CHOOSE:
        raise Refusal("press.old")
    if document not in {c.document_id for c in answered.answer.choices}:
        raise Refusal("press.invalid")
    chat = await asked_for(message, query.from_user, desk)
    if await desk.document(document, chat) is None:
        raise Refusal("press.gone")
    found = await desk.ask(answered.answer.question, chat, document)
    kept = Answered(message.chat_id, answered.question_id, message.message_id, found)
    await desk.run(desk.memory.keep, kept)
    return await screen(found, message, query.from_user, desk, 0, chat)


async def _remembered(message: Message, desk: Desk) -> Answered:
    answered = await desk.run(desk.memory.of_answer, message.chat_id, message.message_id)
    if answered is None:
        raise Refusal("press.old")
    return answered


HANDLERS = (CallbackQueryHandler(pressing(press)),)
