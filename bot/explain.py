"""Errors in the reader's language: one line that says what happened and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import BotError
from bot.messages import has, placeholders, table, text
from corpus.errors import CorpusError, UnreadableError
from embeddings.encoder import EncoderError
from retrieval.errors import RetrievalError

KNOWN_ERRORS = (BotError, CorpusError, EncoderError, RetrievalError)


def explain(error: Exception, language: str) -> str:
    """The message for an error's code, or its plain English when there is none."""
    if isinstance(error, UnreadableError):
        return f"{error.params['file']}: {refusal(error.reason, str(error.params['advice']), language)}"
    key, params = f"error.{getattr(error, 'code', '')}", getattr(error, "params", {})
    if has(key) and placeholders(table(language)[key]) <= params.keys():
        return text(language, key, **params)
    return str(error)


def refusal(reason: str, advice: str, language: str) -> str:
    """Why a file was refused, by its reason code; the English advice, which knows more, where that is asked for."""
    key = f"reason.{reason}"
    return text(language, key) if language != "en" and has(key) else advice


def paths_hint(paths: Sequence[str], most: int = 30) -> str:
    """Clause paths on one line, cut where a line would grow too long."""
    return ", ".join(paths[:most]) + (" …" if len(paths) > most else "")
