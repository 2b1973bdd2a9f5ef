"""/hieuluc: an administrator confirms that a document is replaced, ended or amended by another, or takes it back."""

from __future__ import annotations

from telegram import CallbackQuery, Message, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes, filters

from bot import validity_cards
from bot.callback import Action, Judge
from bot.desk import Desk, desk_of
from bot.handlers.admitting import admitted
from bot.handlers.pressing import Refusal, pressing
from bot.handlers.showing import turn
from bot.messages import html
from bot.render import Screen
from bot.send import reply
from bot.standing import newer, proposals
from corpus.effects import Effect
from corpus.library import DocumentInfo
from corpus.validity import identity

EFFECTS = {letter: effect for effect, letter in validity_cards.LETTERS.items()}


async def validity(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """`/hieuluc 01-KL/TU`: what is known and what is proposed; `/hieuluc 01-KL/TU 02-KL/TU`: the second does what?"""
    by = await admitted(update, context)
    if by is None:
        return
    message, _, desk, lang = by
    words = " ".join(context.args or ())
    await reply(message, await desk.run(_asked, words, message.chat_id, desk, lang))


def _asked(words: str, chat: int, desk: Desk, lang: str) -> Screen:
    """Blocking, like all below."""
    listing = desk.catalogue(chat)
    first = listing.named(words)
    second = listing.named(first.rest) if first and first.rest else None
    if first is None or len(first.documents) != 1 or (first.rest and (second is None or len(second.documents) != 1)):
        return Screen(html(lang, "validity.how_to"))
    if second is not None:
        return validity_cards.choose_effect(first.documents[0], second.documents[0], lang)
    return overview(first.documents[0], chat, desk, lang)


def overview(info: DocumentInfo, chat: int, desk: Desk, lang: str) -> Screen:
    """What became of a document and what is proposed, as far as this chat may know; blocking."""
    listing = desk.catalogue(chat)
    offers = proposals(info, desk.library.seen_by(chat), desk.validity, listing)
    texts = [desk.fetch(p.new.id, chat) for p in offers]
    says = [d.shown(p.statement.start, p.statement.end) if d else "" for p, d in zip(offers, texts, strict=True)]
    return validity_cards.overview(info, newer(info, desk.validity, listing), offers, says, lang)


async def press(
    query: CallbackQuery, message: Message, action: Action, context: ContextTypes.DEFAULT_TYPE
) -> str | None:
    """Confirms, or takes back."""
    desk = desk_of(context)
    if not isinstance(action, Judge):
        raise Refusal("press.invalid")
    if not await desk.run(desk.roles.is_admin, query.from_user.id):
        raise Refusal("upload.admins_only")
    lang = desk.language(message.chat, query.from_user)
    screen = await desk.run(_judge, action, message.chat_id, query.from_user.id, desk, lang)
    if screen is None:
        raise Refusal("press.gone")
    await turn(context.bot, message.chat_id, message.message_id, screen, desk)
    return "validity.kept"


def _judge(action: Judge, chat: int, person: int, desk: Desk, lang: str) -> Screen | None:
    seen = {i.id: i for i in desk.catalogue(chat).documents}
    old, new = seen.get(action.old), seen.get(action.new)
    if old is None or new is None or identity(old) == identity(new):
        return None
    if action.effect == "x":
        desk.validity.unmark(old, new)
    else:
        desk.validity.mark(old, new, Effect(EFFECTS[action.effect]), person)
    return overview(old, chat, desk, lang)


HANDLERS = (
    CommandHandler("hieuluc", validity, filters=filters.UpdateType.MESSAGE),
    CallbackQueryHandler(pressing(press), pattern=r"^h\."),
)
