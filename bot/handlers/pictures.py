"""/anh and the button for it: a clause as pictures to forward. /thongke: a month's questions as a chart."""

from __future__ import annotations

import datetime as dt
import re

from telegram import CallbackQuery, Message, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes, filters

from bot import chart, picture, render
from bot.callback import Action, DrawClause, DrawResult
from bot.catalogue import clauses_of
from bot.citation import cite
from bot.desk import Desk, desk_of
from bot.explain import explain
from bot.handlers.admitting import admitted
from bot.handlers.following import followed
from bot.handlers.pressing import Refusal, pressing
from bot.markup import escape
from bot.messages import html, text
from bot.passages import passage_at
from bot.preferences import VIETNAM
from bot.render import Screen
from bot.send import reply, reply_photo
from retrieval.answer import Passage

NEW = filters.UpdateType.MESSAGE


async def command(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """`/anh 07-KL/TW 3.3`; as a reply to an answer `/anh` draws what it quotes, `/anh 3.3` that clause."""
    message = update.message
    if message is None:
        return
    desk = desk_of(context)
    lang = desk.language(message.chat, message.from_user)
    words = " ".join(context.args or ())
    found = await _asked(message, words, desk)
    if found is None:
        await reply(message, Screen(html(lang, "picture.how")))
        return
    await _send(message, found, desk, lang)


async def press(
    query: CallbackQuery, message: Message, action: Action, context: ContextTypes.DEFAULT_TYPE
) -> str | None:
    """The quote of an answer, or a clause, as pictures."""
    desk = desk_of(context)
    lang = desk.language(message.chat, query.from_user)
    match action:
        case DrawResult(n):
            found = await _quoted(message.chat_id, message.message_id, n, desk)
        case DrawClause(document, start):
            d = await desk.document(document, message.chat_id)
            clause = d and any(c.start == start for c in d.clauses)
            found = passage_at(document, d, start) if d and clause else None
        case _:
            raise Refusal("press.invalid")
    if found is None:
        raise Refusal("press.gone")
    await _send(message, found, desk, lang)
    return None


async def statistics(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """`/thongke`, `/thongke 6/2021`: for administrators."""
    by = await admitted(update, context, "stats.admins_only")
    if by is None:
        return
    message, _, desk, lang = by
    now = dt.datetime.now(VIETNAM)
    said = re.fullmatch(r"(1[0-2]|0?[1-9])[/-](20\d\d)", " ".join(context.args or ()))
    month, year = (int(said[1]), int(said[2])) if said else (now.month, now.year)
    counts = await desk.run(desk.kept.tally.month, year, month)
    since = dt.datetime(year, month, 1, tzinfo=VIETNAM)
    until = since + dt.timedelta(days=len(counts.days))
    up, down = await desk.run(desk.kept.votes.count, since.timestamp(), until.timestamp())
    total = counts.total
    facts = {"answered": total.answered, "related": total.related, "refused": total.refused}
    caption = html(lang, "stats.total", month=month, year=year, asked=total.asked, up=up, down=down, **facts)
    await reply_photo(message, await desk.run(chart.draw, counts, lang), caption)


async def _asked(message: Message, words: str, desk: Desk) -> Passage | None:
    replied = message.reply_to_message
    if not words:
        return await _quoted(message.chat_id, replied.message_id, 0, desk) if replied else None
    about = await followed(message, words, desk)
    return await desk.run(_clause, words, about, message.chat_id, desk)


def _clause(words: str, about: str | None, chat: int, desk: Desk) -> Passage | None:
    """Blocking."""
    named = None if about else desk.catalogue(chat).named(words)
    if named is not None and len(named.documents) != 1:
        return None
    id = about or (named.documents[0].id if named else None)
    d = desk.fetch(id, chat) if id else None
    if id is None or d is None:
        return None
    paths = clauses_of(d, named.rest if named else words) or []
    start = next((c.start for c in d.clauses if c.path in paths[:1]), None)
    return passage_at(id, d, start) if start is not None else None


async def _quoted(chat: int, message_id: int, n: int, desk: Desk) -> Passage | None:
    """The n-th passage of the answer that a message of the bot's gives, read from the library again."""
    answered = await desk.run(desk.memory.of_answer, chat, message_id)
    if answered is None:
        return None
    passages = (await desk.again(answered)).passages
    return passages[n] if n < len(passages) else None


async def _send(message: Message, found: Passage, desk: Desk, lang: str) -> None:
    bot = message.get_bot()
    card = await desk.run(_card, found, message.chat_id, desk, lang, f"{bot.first_name} · @{bot.username}")
    try:
        pictures = await desk.run(picture.draw, card)
    except picture.TooLongError as e:
        await reply(message, Screen(escape(explain(e, lang))))
        return
    d = await desk.document(found.citation.document_id, message.chat_id)
    caption = render.linked(cite(found.citation, lang), render.place_of(found, d), bot.username)
    for data in pictures:
        await reply_photo(message, data, caption)


def _card(found: Passage, chat: int, desk: Desk, lang: str, name: str) -> picture.Card:
    """Blocking."""
    id = found.citation.document_id
    became = render.standing_words(id, desk.standing(chat), lang)
    quote = render.quoted(found, desk.fetch(id, chat))
    trust = text(lang, f"trust.{found.citation.trust.value}")
    return picture.Card(quote, cite(found.citation, lang), trust, tuple(became), name)


HANDLERS = (
    CommandHandler("anh", command, filters=NEW),
    CommandHandler("thongke", statistics, filters=NEW),
    CallbackQueryHandler(pressing(press), pattern=r"^[gG]\."),
)
