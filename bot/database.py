"""What the bot keeps besides documents: the tables of bot.db and inbox.db, and where each kind of data is opened."""

from __future__ import annotations

import importlib
import socket
import uuid
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from bot.errors import BotError
from bot.settings import Settings
from corpus.database import Database, Schema, Transaction
from corpus.database.sqlite import SQLite
from corpus.library import LIBRARY

if TYPE_CHECKING:
    from bot.pace import Pace

# Losing the last second of this in a power cut costs a button or a setting, not an answer.
BOT = Schema("bot", files("bot") / "schema" / "bot", durable=False)
# A question that was taken from Telegram outlives a power cut; what is deleted may be somebody's words.
INBOX = Schema("inbox", files("bot") / "schema" / "inbox", erase=True)
SCHEMAS = (LIBRARY, BOT, INBOX)
SETTINGS = "settings"  # what is announced when a chat chooses something that every process holds in memory


class NotInstalledError(BotError):
    """What PostgreSQL needs is not installed."""

    code = "postgres_missing"


def open_database(settings: Settings, schema: Schema) -> Database:
    """The one place that knows where data is kept. LibraryError when it cannot be opened."""
    if settings.database_url:
        opened: Database = postgres().Postgres(settings.database_url.get_secret_value(), schema)
        return opened
    return SQLite(settings.home / f"{schema.name}.db", schema, shared=schema is not LIBRARY)


def pace_of(settings: Settings, inbox: Database) -> Pace:
    """How fast calls may go out: counted where every process that makes some can see it."""
    from bot.pace import OwnPace, SharedPace  # which knows Telegram, as most commands need not

    return SharedPace(inbox) if settings.database_url else OwnPace()


def worker_name(settings: Settings) -> str:
    """Who a process is to the others. With files there are none, and it is who it was before it ended."""
    return f"{socket.gethostname()}-{uuid.uuid4().hex[:12]}" if settings.database_url else "one"


def bot_database(path: Path | None = None) -> Database:
    """What the bot keeps, in a file of its own; without a path in memory, gone with the process."""
    return SQLite(path, BOT, shared=True)


def migrate_shared(settings: Settings) -> list[str]:
    """Brings the tables of the shared database up to date; what was done. LibraryError when it cannot be."""
    assert settings.database_url is not None, "the caller checks"
    steps: list[str] = postgres().migrate_database(settings.database_url.get_secret_value(), SCHEMAS)
    return steps


def make_shared(settings: Settings) -> None:
    """Makes the tables of a shared database in which there is no document yet. LibraryError when it cannot be done."""
    assert settings.database_url is not None, "the caller checks"
    postgres().make_tables(settings.database_url.get_secret_value(), SCHEMAS)


def place_of(settings: Settings) -> str:
    """Where the data is, without any password."""
    if settings.database_url is None:
        return str(settings.home)
    return str(postgres().place(settings.database_url.get_secret_value()))


def settings_changed(db: Transaction) -> None:
    """Other processes' memory of what chats chose is old once this is committed."""
    db.execute(
        "INSERT INTO revision (name, number) VALUES (?, 1)"
        " ON CONFLICT (name) DO UPDATE SET number = revision.number + 1",
        (SETTINGS,),
    )
    db.announce(SETTINGS)


def settings_revision(database: Database) -> int:
    """Grows with every such change."""
    rows = database.rows("SELECT number FROM revision WHERE name = ?", SETTINGS)
    return int(rows[0][0]) if rows else 0


def postgres() -> ModuleType:
    """`corpus.database.postgres`, which an installation without PostgreSQL does not have the libraries for."""
    try:
        return importlib.import_module("corpus.database.postgres")
    except ImportError as e:
        raise NotInstalledError(f"{e.name} is missing; pip install 'trichdan[postgres]'", package=e.name) from e
