"""What the bot keeps besides documents: the tables of bot.db and inbox.db, and where each kind of data is opened."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from bot.settings import Settings
from corpus.database import Database, Schema
from corpus.database.sqlite import SQLite
from corpus.library import LIBRARY

# Losing the last second of this in a power cut costs a button or a setting, not an answer.
BOT = Schema("bot", files("bot") / "schema" / "bot", durable=False)
# A question that was taken from Telegram outlives a power cut; what is deleted may be somebody's words.
INBOX = Schema("inbox", files("bot") / "schema" / "inbox", erase=True)
SCHEMAS = (LIBRARY, BOT, INBOX)


def open_database(settings: Settings, schema: Schema) -> Database:
    """The one place that knows where data is kept. LibraryError when it cannot be opened."""
    return SQLite(settings.home / f"{schema.name}.db", schema, shared=schema is not LIBRARY)


def bot_database(path: Path | None = None) -> Database:
    """What the bot keeps, in a file of its own; without a path in memory, gone with the process."""
    return SQLite(path, BOT, shared=True)
