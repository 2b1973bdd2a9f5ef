"""What happens when a handler fails: a line in the log without anybody's words, and a polite one to the person."""

from __future__ import annotations

import contextlib
import logging
import re
import traceback

from telegram import Message, Update
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError
from telegram.ext import ContextTypes, ExtBot

from bot.desk import desk_of
from bot.handling import CURRENT
from bot.messages import html, text
from bot.outbox import StoppingError
from bot.question import question_of
from bot.render import Screen
from bot.send import close, reply
from corpus.database import AwayError
from corpus.errors import LibraryError

log = logging.getLogger(__name__)
OWN = "vanban|muc|start|caidat|ngonngu|quyen|them|hieuluc|anh|thongke|xoa|hoantac|quen|nhatky"


async def failed(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Logs the kind of update and the error; the update itself (names, questions) stays out of the log."""
    error, handling = context.error, CURRENT.get()
    if handling is not None:
        handling.error = error
    what = f"update {update.update_id}" if isinstance(update, Update) else "a job"
    if isinstance(error, (StoppingError, InvalidToken)):
        return  # answered after the next start
    if isinstance(error, Forbidden):
        log.info("%s: the bot may not write there: %s", what, error.message)
        return
    if isinstance(error, LibraryError):
        log.error("%s: %s", what, error)
        if isinstance(error, AwayError) and handling is not None:
            return  # answered once the database is there again
    elif isinstance(error, TelegramError):
        log.error("%s: Telegram: %s", what, error.message)
    else:
        log.error("%s: handler failed: %s", what, _without_words(error))
    # After a network failure the answer may have arrived all the same; a refused call (also a NetworkError) sent none.
    unsure = isinstance(error, NetworkError) and not isinstance(error, BadRequest)
    again = handling is not None and not handling.last and not isinstance(error, TelegramError)
    if not isinstance(update, Update) or unsure or again:
        return
    with contextlib.suppress(TelegramError):
        await _apologise(update, context)


def _without_words(error: BaseException | None) -> str:
    """Where it happened and what kind of error it was. Its text is left out: it may hold what somebody wrote."""
    lines = []
    while error is not None:
        lines += [type(error).__name__, "\n", *traceback.format_tb(error.__traceback__)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "".join(lines).rstrip()


def waits(message: Message, bot: ExtBot[None]) -> bool:
    """Somebody waits for an answer: a question, or a command that only this bot has."""
    command = re.match(rf"/(?:{OWN})(?:@{bot.username})?(?!\S)", message.text or "", re.IGNORECASE)
    return bool(command) or question_of(message, bot.username, bot.id) is not None


async def _apologise(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    lang = desk_of(context).language(update.effective_chat, update.effective_user)
    if update.callback_query:
        await close(update.callback_query, text(lang, "error.unexpected"))
    elif update.message and waits(update.message, context.bot):
        await reply(update.message, Screen(html(lang, "error.unexpected")))
