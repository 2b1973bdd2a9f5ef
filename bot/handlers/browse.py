"""/vanban and /muc: the list, a document's card, one clause. And the places that links lead to."""

from __future__ import annotations

from telegram import Message, Update
from telegram.ext import CommandHandler, ContextTypes, filters

from bot import cards, catalogue, render
from bot.callback import Action, ShowClause, ShowContents, ShowDocument, ShowList
from bot.deeplink import Place
from bot.desk import Desk, desk_of
from bot.handlers.following import followed
from bot.handlers.showing import show
from bot.markup import escape
from bot.messages import html, text
from bot.render import Screen
from corpus.model import Part
from retrieval.answer import Note

NEW = filters.UpdateType.MESSAGE
LIST_COMMAND = "vanban"
CLAUSE_COMMAND = "muc"
CONTENTS = "mục lục"


async def documents(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """`/vanban`: the list; `/vanban 07-KL/TW`: the card; `/vanban kết luận 2021`: the list narrowed."""
    message = update.message
    if message is None:
        return
    desk = desk_of(context)
    lang = desk.language(message.chat, message.from_user)
    words = " ".join(context.args or ())
    screen = await desk.run(_listed, words, message.chat_id, desk, lang)
    if screen is None:
        screen = await _elsewhere(words, message.chat_id, desk, lang)
    await show(message, screen, desk)


async def clause(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """`/muc 07-KL/TW 3.3`: that clause; without one the table of contents. In a reply `/muc 3.3` is enough."""
    message = update.message
    if message is None:
        return
    desk = desk_of(context)
    lang = desk.language(message.chat, message.from_user)
    words = " ".join(context.args or ())
    about = await followed(message, words or CONTENTS, desk)
    screen = await desk.run(_clause, words, about, message.chat_id, desk, lang, context.bot.username)
    await show(message, screen or await _elsewhere(words, message.chat_id, desk, lang), desk)


async def open_place(message: Message, place: Place, desk: Desk) -> None:
    """The clause (or the page, or the card) a link leads to."""
    lang = desk.language(message.chat, message.from_user)
    screen = await desk.run(_place, place, message.chat_id, desk, lang, message.get_bot().username)
    await show(message, screen, desk)


def _listed(words: str, chat: int, desk: Desk, lang: str) -> Screen | None:
    """None when no document of the library is called that; blocking, like all below."""
    listing = desk.catalogue(chat)
    if not words:
        return cards.documents(listing, ShowList(), lang)
    named = listing.named(words)
    if named and named.documents:
        infos = named.documents
        return _card(infos[0].id, chat, desk, lang) if len(infos) == 1 else cards.several(infos, lang)
    fitting = listing.said(words)
    if fitting is not None and listing.fitting(fitting):
        return cards.documents(listing, ShowList(0, fitting), lang)
    return None


def _clause(words: str, about: str | None, chat: int, desk: Desk, lang: str, bot: str) -> Screen | None:
    """`about`: the document the message is a reply about."""
    listing = desk.catalogue(chat)
    known = next((i for i in listing.documents if i.id == about), None) if about else None
    named = catalogue.Named(known.number or known.file, words, (known,)) if known else listing.named(words)
    if named is None or not named.documents:
        # A clause without a document: nobody can tell of which.
        return Screen(html(lang, "browse.how_clause")) if not words or catalogue.is_path(words) else None
    found: dict[str, Action] = {}
    for info in named.documents:
        d = desk.fetch(info.id, chat)
        if d is None:
            continue
        paths = catalogue.clauses_of(d, named.rest)
        if paths is None:
            found[info.id] = ShowContents(info.id)
        elif len(paths) == 1:
            found[info.id] = ShowClause(info.id, next(c.start for c in d.clauses if c.path == paths[0]))
        elif paths and len(named.documents) == 1:
            return cards.clause_list(info.id, d, [c for c in d.clauses if c.path in paths], ShowContents(info.id), lang)
        elif paths:
            found[info.id] = ShowContents(info.id)
    infos = [i for i in named.documents if i.id in found]
    if len(infos) > 1:
        return cards.several(infos, lang, found)
    if not infos:
        return _no_clause(named, chat, desk, lang)
    d, action = desk.fetch(infos[0].id, chat), found[infos[0].id]
    if d is None:
        return None
    if isinstance(action, ShowClause):
        return render.clause(infos[0].id, d, action, lang, bot, desk.standing(chat))
    return cards.contents(infos[0].id, d, ShowContents(infos[0].id), lang)


def _no_clause(named: catalogue.Named, chat: int, desk: Desk, lang: str) -> Screen:
    info = named.documents[0]
    d = desk.fetch(info.id, chat)
    if d is None:
        return Screen(html(lang, "press.gone"))
    if not d.clauses:
        return cards.pointing(info.id, d, text(lang, "contents.none"), lang)
    params = {"number": info.number or info.file, "clause": named.rest, "clauses": [c.path for c in d.clauses]}
    note = Note(code="no_clause", params=params)
    return cards.pointing(info.id, d, render.note_text(note, lang), lang)


async def _elsewhere(words: str, chat: int, desk: Desk, lang: str) -> Screen:
    """The number may be a stamp or a certified copy's: the engine knows. Else it is not in the library."""
    found = await desk.ask(words, chat)
    stamped = {p.citation.document_id for p in found.passages if p.citation.part is Part.STAMP}
    if found.note is None and len(stamped) == 1:
        return await desk.run(_card, stamped.pop(), chat, desk, lang)
    return await desk.run(_nowhere, words, chat, desk, lang)


def _nowhere(words: str, chat: int, desk: Desk, lang: str) -> Screen:
    named = desk.catalogue(chat).named(words)
    if named is None:
        return Screen(html(lang, "browse.unknown", words=words))
    mentions = desk.mentions(named.number, chat)
    mentioned = [[i.id, path] for i, path in mentions]
    note = Note(code="no_document", params={"number": named.number, "mentioned": mentioned})
    words = render.note_text(note, lang, desk.sight(chat))
    return Screen(escape(words), cards.leading_to([i for i, _ in mentions], None, lang))


def _card(id: str, chat: int, desk: Desk, lang: str) -> Screen:
    d = desk.fetch(id, chat)
    if d is None:
        return Screen(html(lang, "press.gone"))
    return cards.card(id, d, desk.ties(id, d, chat), None, lang, desk.standing(chat)(id), desk.done_to_others(id, chat))


def _place(place: Place, chat: int, desk: Desk, lang: str, bot: str) -> Screen:
    d = desk.fetch(place.document, chat)
    if d is None:
        # A link out of a group may lead to what is the group's own; the same is said of what is not there.
        return Screen(html(lang, "browse.link_gone"))
    if place.start is None:
        return _card(place.document, chat, desk, lang)
    standing = desk.standing(chat)
    opened = render.clause(place.document, d, ShowClause(place.document, place.start), lang, bot, standing)
    page = 0 if opened else render.page_at(place.document, d, place.start, lang, standing)
    return opened or render.whole(place.document, d, ShowDocument(place.document, page), lang, standing)


HANDLERS = (
    CommandHandler(LIST_COMMAND, documents, filters=NEW),
    CommandHandler(CLAUSE_COMMAND, clause, filters=NEW),
)
