"""Buttons under a draft: publish it, put a field right, drop it. And the replies that name a field."""

from __future__ import annotations

from dataclasses import replace

from telegram import CallbackQuery, Message, Update
from telegram.ext import ApplicationHandlerStop, CallbackQueryHandler, ContextTypes, ExtBot, MessageHandler, filters

from bot import draft_cards
from bot.callback import Action, OnDraft
from bot.desk import Desk, desk_of
from bot.drafts import Draft, Prompt
from bot.fields import FIELDS, changed
from bot.group_admins import is_group
from bot.handlers.pressing import Refusal, pressing
from bot.handlers.showing import turn
from bot.handlers.uploads import draft_screen, elsewhere
from bot.handlers.waiting import waiting
from bot.messages import html
from bot.publishing import Published
from bot.render import Screen, shorten
from bot.send import reply
from bot.standing import proposals
from corpus.access import PUBLIC, CollectionError
from corpus.library import DocumentInfo

TITLE = 60  # characters of a group's name
LOOKED_AT = 20  # documents of an archive that are searched for what they say of others


async def press(
    query: CallbackQuery, message: Message, action: Action, context: ContextTypes.DEFAULT_TYPE
) -> str | None:
    """Does what the button under a draft says, for an administrator of the library."""
    desk, bot = desk_of(context), context.bot
    if not isinstance(action, OnDraft):
        raise Refusal("press.invalid")
    if not await desk.run(desk.roles.is_admin, query.from_user.id):
        raise Refusal("upload.admins_only")
    draft = await desk.run(desk.kept.drafts.get, action.draft, message.chat_id)
    if draft is None:
        raise Refusal("draft.gone")
    lang = desk.language(message.chat, query.from_user)
    match action.verb:
        case "e" | "g" | "c":
            await _publish(query, message, draft, await _where(message, action, desk), desk, bot)
            return "draft.published"
        case "x":
            await desk.run(desk.kept.drafts.take, draft.id, message.chat_id)
            screen = Screen(html(lang, "draft.dropped"))
        case "s":
            draft = await desk.run(desk.kept.drafts.change, draft, draft.directives, not draft.separate)
            screen = await draft_screen(draft, message, desk, lang)
        case "w" if len(draft.directives) == 1:
            screen = draft_cards.choose_field(draft, lang)
        case "k":
            screen = draft_cards.choose_collection(draft, await desk.run(elsewhere, desk), lang)
        case "p":
            screen = await draft_screen(draft, message, desk, lang)
        case "f" if len(draft.directives) == 1 and action.n < len(FIELDS):
            field = FIELDS[action.n]
            asked = await reply(message, draft_cards.ask_field(field, lang))
            prompt = Prompt(draft.id, message.message_id, field)
            await desk.run(desk.kept.drafts.ask, message.chat_id, asked.message_id, prompt)
            return None
        case _:
            raise Refusal("press.invalid")
    await turn(bot, message.chat_id, message.message_id, screen, desk)
    return None


async def _where(message: Message, action: OnDraft, desk: Desk) -> str:
    """The id of the collection a button publishes in."""
    if action.verb == "e":
        return PUBLIC
    if action.verb == "g" and is_group(message.chat):
        return await desk.run(_own_collection, message.chat_id, message.chat.title or "", desk)
    choices = await desk.run(elsewhere, desk) if action.verb == "c" else []
    chosen = next((c for c in choices if draft_cards.tag(c) == action.n), None)
    if chosen is None:
        raise Refusal("press.invalid")
    return chosen.id


def _own_collection(chat: int, title: str, desk: Desk) -> str:
    """The group's own collection, called by its name where nothing else is; blocking."""
    own = desk.library.own_collection(chat)
    if title and own.name == f"chat {chat}":
        try:
            desk.library.rename_collection(own.id, shorten(title, TITLE))
        except CollectionError:
            return own.id  # the name is taken: it keeps the number
    return own.id


async def _publish(
    query: CallbackQuery, message: Message, draft: Draft, collection: str, desk: Desk, bot: ExtBot[None]
) -> None:
    """A chat's presses come one after another: pressed twice, it is published once."""
    lang, person = desk.language(message.chat, query.from_user), query.from_user.id
    async with waiting(bot, message, lambda n: Screen(html(lang, "draft.publishing", seconds=n))):
        publish = desk.publisher.publish
        done = await desk.run(publish, draft.directives, collection, person, separate=draft.separate)
        await desk.run(desk.kept.drafts.take, draft.id, message.chat_id)
        await desk.run(desk.engine.refresh)
    offered = await desk.run(_proposals, done, message.chat_id, desk)
    where = None if collection == PUBLIC else "" if is_group(message.chat) else desk.library.collection(collection).name
    screen = draft_cards.published(done, where, lang, offered)
    await turn(bot, message.chat_id, message.message_id, screen, desk)


def _proposals(done: Published, chat: int, desk: Desk) -> list[DocumentInfo]:
    """The new documents whose words touch others, or that others' words touch; blocking."""
    listing = desk.catalogue(chat)
    seen = desk.library.seen_by(chat)
    return [i for i in done.documents[:LOOKED_AT] if proposals(i, seen, desk.validity, listing)]


async def said(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """A reply to a message that asks for a field changes the draft; any other goes on to be a question."""
    message = update.message
    if message is None or message.from_user is None or message.reply_to_message is None:
        return
    desk = desk_of(context)
    asked = message.reply_to_message.message_id
    prompt = await desk.run(desk.kept.drafts.asked, message.chat_id, asked)
    if prompt is None or not await desk.run(desk.roles.is_admin, message.from_user.id):
        return
    lang = desk.language(message.chat, message.from_user)
    draft = await desk.run(desk.kept.drafts.get, prompt.draft, message.chat_id)
    if draft is None:
        await reply(message, Screen(html(lang, "draft.gone")))
        raise ApplicationHandlerStop
    new = changed(draft.directives[0], prompt.field, message.text or "")
    if new is None:
        again = await reply(message, draft_cards.ask_field(prompt.field, lang))
        await desk.run(desk.kept.drafts.ask, message.chat_id, again.message_id, replace(prompt))
        raise ApplicationHandlerStop
    draft = await desk.run(desk.kept.drafts.change, draft, [new], draft.separate)
    screen = await draft_screen(draft, message, desk, lang)
    await turn(context.bot, message.chat_id, prompt.preview, screen, desk)
    await reply(message, Screen(html(lang, "draft.changed")))
    raise ApplicationHandlerStop


HANDLERS = (CallbackQueryHandler(pressing(press), pattern=r"^D\."),)
# Looked at before questions are.
FIRST = (MessageHandler(filters.UpdateType.MESSAGE & filters.TEXT & ~filters.COMMAND & filters.REPLY, said),)
