"""Where a test's data is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.database import BOT, INBOX
from corpus.database import Database, Schema
from corpus.database.sqlite import SQLite
from corpus.library import LIBRARY

if TYPE_CHECKING:
    from tests.fakes.postgres import Postgres


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

    def refuse(self, schema: Schema, table: str, what: str = "INSERT") -> None:
        """From now on nothing can be put into this table, or (UPDATE) changed in it."""
        raise_ = "SELECT RAISE(ABORT, 'disk full')"
        self(schema).execute(f"CREATE TRIGGER no BEFORE {what} ON {table} BEGIN {raise_}; END")

    def allow(self, schema: Schema, table: str) -> None:
        """What `refuse` did is over."""
        self(schema).execute("DROP TRIGGER no")

    def holds(self, schema: Schema, words: str) -> bool:
        """These words stand somewhere in it."""
        return words.encode() in (self.folder / f"{schema.name}.db").read_bytes()

    def close(self) -> None:
        for database in self._opened:
            database.close()


class Shared:
    """The same in a PostgreSQL database of the test's own."""

    name = "postgres"

    def __init__(self, server: Postgres) -> None:
        self.server, self.database = server, server.make()
        self.url: str | None = server.url(self.database)
        self._opened: list[Database] = []

    def __call__(self, schema: Schema) -> Database:
        from corpus.database.postgres import Postgres

        assert self.url is not None
        opened = Postgres(self.url, schema)
        self._opened.append(opened)
        return opened

    def refuse(self, schema: Schema, table: str, what: str = "INSERT") -> None:
        self._run(
            f"CREATE FUNCTION {schema.name}.no() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$;"
            f"CREATE TRIGGER no BEFORE {what} ON {schema.name}.{table} FOR EACH ROW EXECUTE FUNCTION {schema.name}.no()"
        )

    def allow(self, schema: Schema, table: str) -> None:
        self._run(f"DROP TRIGGER no ON {schema.name}.{table}; DROP FUNCTION {schema.name}.no()")

    def holds(self, schema: Schema, words: str) -> bool:
        database = self(schema)
        tables = database.rows("SELECT tablename FROM pg_tables WHERE schemaname = ?", schema.name)
        return any(words in repr(database.rows(f'SELECT * FROM "{table}"')) for (table,) in tables)

    def close(self) -> None:
        for database in self._opened:
            database.close()
        self.server.drop(self.database)

    def _run(self, sql: str) -> None:
        with self.server.connect(self.database) as db:
            db.execute(sql.encode())


Databases = Files | Shared
__all__ = ["BOT", "INBOX", "LIBRARY", "Databases", "Files", "Shared"]
