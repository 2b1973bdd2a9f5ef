"""`@bot từ khoá` in any chat: up to ten quotes to choose from; the chosen one is posted with its citation."""

from __future__ import annotations

import asyncio
import contextlib

from telegram import (
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.ext import ContextTypes, InlineQueryHandler

from bot import deeplink, render
from bot.desk import Desk, desk_of
from bot.messages import text
from bot.passages import answer_at
from bot.render import Find
from bot.send import NO_PREVIEW

CACHED = 60  # seconds Telegram keeps an answer for the same person and words
PAUSE = 0.25  # seconds without a further letter before a search begins
START = "inline"  # what /start says when somebody comes from here


async def typed(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Answers the last of what a person types; with nothing typed or nothing found, shows the way to the bot."""
    query = update.inline_query
    if query is None:
        return
    desk, user = desk_of(context), query.from_user
    lang = desk.language(None, user)
    words = " ".join(query.query.split())
    if not words:
        await _answer(query, [], text(lang, "inline.hint"))
        return
    desk.typing[user.id] = query.id
    try:
        if not await desk.has_searched(words):
            await asyncio.sleep(PAUSE)
        if desk.typing.get(user.id) != query.id:
            return
        finds = await _finds(words, desk, lang, context.bot.username)
    finally:
        if desk.typing.get(user.id) == query.id:
            del desk.typing[user.id]
    await _answer(query, finds, None if finds else text(lang, "inline.none"))


async def _finds(words: str, desk: Desk, lang: str, bot: str) -> list[Find]:
    place = deeplink.read(words)
    d = await desk.document(place.document, None) if place else None
    if place and d:
        # Passed on with the button under an answer.
        found = await desk.run(answer_at, place.document, d, place.start or 0)
    else:
        found = await desk.search(words)

    def finds() -> list[Find]:
        sight = desk.sight(None)
        sight.look(p.citation.document_id for p in found.passages)
        return render.finds(found, sight, lang, bot, desk.standing(None, sight))

    return await desk.run(finds)


async def _answer(query: InlineQuery, finds: list[Find], button: str | None) -> None:
    results = [
        InlineQueryResultArticle(
            id=str(n),
            title=f.title,
            description=f.description,
            input_message_content=InputTextMessageContent(
                f.html, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW
            ),
        )
        for n, f in enumerate(finds)
    ]
    # Telegram waits a few seconds only; a query that is over needs no answer.
    with contextlib.suppress(BadRequest):
        await query.answer(
            results,
            cache_time=CACHED,
            is_personal=True,
            button=InlineQueryResultsButton(button, start_parameter=START) if button else None,
        )


# Not one after another as a chat's messages: what was typed first is dropped when more is typed.
HANDLERS = (InlineQueryHandler(typed, block=False),)
