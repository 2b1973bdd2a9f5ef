"""The library's database: a connection a thread, one transaction a change, named steps from one schema to the next."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import LibraryError

# Each brings a library one schema further; what is released is never changed.
MIGRATIONS = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    INSERT INTO meta VALUES ('version', '0');
    CREATE TABLE document (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        file TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        reader INTEGER NOT NULL,
        number TEXT, type TEXT, issuer TEXT, date TEXT, month TEXT, title TEXT, signer TEXT,
        trust TEXT NOT NULL,
        added TEXT NOT NULL,
        text TEXT NOT NULL,
        body TEXT NOT NULL
    );
    CREATE INDEX document_number ON document (number);
    CREATE INDEX document_file ON document (file);
    CREATE INDEX document_source ON document (sha256);
    CREATE TABLE reference (
        seq INTEGER NOT NULL REFERENCES document (seq) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        key TEXT NOT NULL
    );
    CREATE INDEX reference_key ON reference (key);
    CREATE INDEX reference_document ON reference (seq);
    """,
    """
    CREATE TABLE collection (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, owner INTEGER UNIQUE) WITHOUT ROWID;
    INSERT INTO collection VALUES ('public', 'public', NULL);
    CREATE TABLE collection_chat (
        chat INTEGER NOT NULL,
        collection TEXT NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
        PRIMARY KEY (chat, collection)
    ) WITHOUT ROWID;
    ALTER TABLE document ADD COLUMN collection TEXT NOT NULL DEFAULT 'public';
    CREATE INDEX document_collection ON document (collection);
    """,
    """
    CREATE TABLE validity (
        old TEXT NOT NULL,
        new TEXT NOT NULL,
        effect TEXT NOT NULL,
        by INTEGER NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (old, new)
    ) WITHOUT ROWID;
    CREATE INDEX validity_new ON validity (new);
    """,
    """
    CREATE TABLE seal (
        seq INTEGER PRIMARY KEY REFERENCES document (seq) ON DELETE CASCADE,
        info BLOB NOT NULL,
        whole BLOB NOT NULL
    );
    """,
)
SCHEMA_VERSION = len(MIGRATIONS)
# In a damaged file SQLite's own complaint may hold bytes that are no text.
DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)


class Database:
    """SQLite in WAL mode, safe from several threads and processes."""

    def __init__(self, path: Path) -> None:
        """Opens the database at `path`, making it when it is not there. LibraryError when it cannot be."""
        self.path = path
        self._local = threading.local()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._write() as db:
                have = db.execute("PRAGMA user_version").fetchone()[0]
                if have > SCHEMA_VERSION:
                    raise LibraryError(
                        f"{path}: made by a newer TrichDan (schema {have}); update the program", path=str(path)
                    )
                for n, script in enumerate(MIGRATIONS[have:], have + 1):
                    for statement in filter(None, map(str.strip, script.split(";"))):
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {n}")
        except (OSError, sqlite3.Error, UnicodeDecodeError) as e:
            raise LibraryError(
                f"{path}: the library cannot be opened ({e}); choose a folder you can write to with TRICHDAN_HOME",
                path=str(path),
                reason=str(e),
            ) from e

    def check(self) -> None:
        """Reads every page. LibraryError names the first damage and says to restore a backup."""
        try:
            verdict = self._db().execute("PRAGMA integrity_check(1)").fetchone()[0]
        except DAMAGE as e:
            verdict = str(e)
        if verdict != "ok":
            raise self._damaged(verdict)

    def _damaged(self, reason: str) -> LibraryError:
        return LibraryError(
            f"{self.path}: damaged ({reason}); put back a backup with `trichdan restore`, or add the documents again",
            path=str(self.path),
            reason=reason,
        )

    def meta(self, key: str) -> str | None:
        """A note the program keeps about this library."""
        rows = self._rows("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set_meta(self, key: str, value: str) -> None:
        with self._write() as db:
            db.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
            )

    def close(self) -> None:
        db = getattr(self._local, "db", None)
        if db is not None:
            db.close()
            self._local.db = None

    def _rows(self, sql: str, *values: object) -> Sequence[tuple[object, ...]]:
        try:
            return self._db().execute(sql, values).fetchall()
        except DAMAGE as e:
            raise self._damaged(str(e)) from e

    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            self._local.db = db
        return db

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        db = self._db()
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
