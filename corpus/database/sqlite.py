"""SQLite: a file, in WAL mode; a connection a thread, or one that all share."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from corpus.database import ConflictError, DatabaseError, Heard, Reads, Row, Schema
from corpus.errors import LibraryError

T = TypeVar("T")
# In a damaged file SQLite's own complaint may hold bytes that are no text.
DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)


class SQLite:
    """A `corpus.database.Database` in a file."""

    skip_held = ""  # one transaction at a time

    def __init__(self, path: Path | None, schema: Schema, *, shared: bool = False) -> None:
        """Opens the file, making it when it is not there. `shared`: one connection behind a lock; so it is without a
        path, where all lives in memory. LibraryError when it cannot be opened."""
        self.path, self.name, self._schema = path, str(path or "memory"), schema
        self._local = threading.local()
        self._lock = threading.RLock()
        self._purposes: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._shared: sqlite3.Connection | None = None
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            if path is None or shared:
                self._shared = self._connect()
            with self._connection() as db, _transaction(db):
                self._migrate(db)
        except (OSError, *DAMAGE) as e:
            raise LibraryError(
                f"{self.name}: the library cannot be opened ({e}); choose a folder you can write to with TRICHDAN_HOME",
                path=self.name,
                reason=str(e),
            ) from e

    def rows(self, sql: str, *values: object) -> list[Row]:
        try:
            with self._connection() as db:
                return db.execute(sql, values).fetchall()
        except DAMAGE as e:
            raise self.damaged(str(e)) from e

    def write(self, work: Callable[[_Transaction], T]) -> T:
        with self._connection() as db:
            try:
                with _transaction(db):
                    return work(_Transaction(db))
            except sqlite3.Error as e:
                raise _failed(e) from e

    def execute(self, sql: str, *values: object) -> int:
        return self.write(lambda t: t.execute(sql, values).rowcount)

    def for_chat(self, chat: int | None) -> SQLite:
        """A file knows nobody: whoever asks says which collections."""
        return self

    @contextmanager
    def alone(self, purpose: str) -> Iterator[None]:
        with self._lock:
            lock = self._purposes[purpose]
        with lock:
            yield

    def elect(self, purpose: str) -> _Office:
        """Files have one bot, and Telegram itself says where there are two."""
        return _Office()

    def listen(self, heard: Heard) -> Callable[[], None]:
        """Files announce nothing."""
        return lambda: None

    def moment(self, work: Callable[[Reads], T]) -> T:
        try:
            with self._connection() as db:
                db.execute("BEGIN")
                try:
                    return work(self)
                finally:
                    db.execute("ROLLBACK")
        except DAMAGE as e:
            raise self.damaged(str(e)) from e

    def last_number(self, table: str, column: str) -> int:
        given = self.rows("SELECT seq FROM sqlite_sequence WHERE name = ?", table)
        [(highest,)] = self.rows(f"SELECT max({column}) FROM {table}")
        return max(int(given[0][0]) if given else 0, int(highest or 0))

    def close_unused(self) -> bool:
        self.close()
        if self.path is None:
            return True
        with closing(sqlite3.connect(self.path, timeout=0, isolation_level=None)) as db:
            try:
                # Only who is alone with the file may end its log; the next connection begins one again.
                return bool(db.execute("PRAGMA journal_mode = DELETE").fetchone()[0] == "delete")
            except sqlite3.OperationalError:
                return False

    def check(self) -> None:
        """Reads every page."""
        try:
            with self._connection() as db:
                verdict = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except DAMAGE as e:
            verdict = str(e)
        if verdict != "ok":
            raise self.damaged(verdict)

    def damaged(self, reason: str) -> LibraryError:
        return LibraryError(
            f"{self.name}: damaged ({reason}); put back a backup with `trichdan restore`, or add the documents again",
            path=self.name,
            reason=reason,
        )

    def close(self) -> None:
        """Closes what this thread has opened; others' connections end with their threads."""
        with self._lock:
            if self._shared is not None:
                self._shared.close()
        db = getattr(self._local, "db", None)
        if db is not None:
            db.close()
            self._local.db = None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        if self._shared is not None:
            with self._lock:
                yield self._shared
            return
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = self._connect()
        yield db

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path or ":memory:", timeout=30, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {'FULL' if self._schema.durable else 'NORMAL'}")
        db.execute("PRAGMA foreign_keys = ON")
        if self._schema.erase:
            db.execute("PRAGMA secure_delete = ON")
        return db

    def _migrate(self, db: sqlite3.Connection) -> None:
        scripts = self._schema.scripts("sqlite")
        have = db.execute("PRAGMA user_version").fetchone()[0]
        if have > len(scripts):
            raise LibraryError(
                f"{self.name}: made by a newer TrichDan (schema {have}); update the program",
                path=self.name,
                reason=f"schema {have}",
            )
        for n, script in enumerate(scripts[have:], have + 1):
            for statement in filter(None, map(str.strip, script.split(";"))):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {n}")


class _Office:
    def held(self) -> bool:
        return True

    def leave(self) -> None:
        """Nobody waits for it."""


class _Transaction:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        try:
            return self._db.execute(sql, values)
        except sqlite3.Error as e:
            raise _failed(e) from e

    def executemany(self, sql: str, values: Iterable[Sequence[object]]) -> None:
        try:
            self._db.executemany(sql, values)
        except sqlite3.Error as e:
            raise _failed(e) from e

    def announce(self, topic: str) -> None:
        """Files announce nothing."""

    def now(self) -> float:
        return time.time()

    def count_on(self, table: str, column: str, number: int) -> None:
        # A table that does not count takes one above the highest it has.
        counts = "SELECT 1 FROM sqlite_master WHERE name = ? AND sql LIKE '%AUTOINCREMENT%'"
        if self.execute(counts, (table,)).fetchone() is None:
            return
        if self.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (number, table)).rowcount == 0:
            self.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, number))


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # Where the disk is full SQLite has ended it already.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _failed(e: sqlite3.Error) -> DatabaseError:
    kind = ConflictError if isinstance(e, sqlite3.IntegrityError) else DatabaseError
    return kind(str(e), reason=str(e))
