"""Where a test's data is kept."""

from __future__ import annotations

from pathlib import Path

from bot.database import BOT, INBOX
from corpus.database import Database, Schema
from corpus.database.sqlite import SQLite
from corpus.library import LIBRARY


class Files:
    """SQLite files in a folder, opened as often as a test likes."""

    name = "sqlite"
    url: str | None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: list[SQLite] = []

    def __call__(self, schema: Schema) -> Database:
        opened = SQLite(self.folder / f"{schema.name}.db", schema, shared=schema is not LIBRARY)
        self._opened.append(opened)
        return opened

    def refuse(self, schema: Schema, table: str) -> None:
        """From now on nothing can be put into this table."""
        raise_ = "SELECT RAISE(ABORT, 'disk full')"
        self(schema).execute(f"CREATE TRIGGER no BEFORE INSERT ON {table} BEGIN {raise_}; END")

    def allow(self, schema: Schema, table: str) -> None:
        """What `refuse` did is over."""
        self(schema).execute("DROP TRIGGER no")

    def close(self) -> None:
        for database in self._opened:
            database.close()


__all__ = ["BOT", "INBOX", "LIBRARY", "Files"]
