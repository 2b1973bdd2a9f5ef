"""The inbox: what was asked is on disk before Telegram is told so, until it is answered or given up with a reason.

With it stands what was posted in reply: after a crash a message that is known to have been sent is not sent again.
The words of an update are kept only until it is done, or, where it was set aside, for KEEP_ASIDE.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.errors import BotError

T = TypeVar("T")

KEEP_DONE = 3 * 86400  # seconds; Telegram offers an update again for a day
KEEP_ASIDE = 7 * 86400
TOGETHER = 200  # writes that may share one commit
SWEEP_EVERY = 3600.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS incoming (
    id INTEGER PRIMARY KEY,
    chat INTEGER,
    person INTEGER,
    at REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    tries INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    body TEXT
);
CREATE INDEX IF NOT EXISTS incoming_state ON incoming (state, at);
CREATE TABLE IF NOT EXISTS posted (
    id INTEGER NOT NULL REFERENCES incoming (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    result TEXT,
    PRIMARY KEY (id, n)
) WITHOUT ROWID;
"""


class InboxError(BotError):
    """The inbox cannot be opened or written."""

    code = "inbox"


@dataclass(frozen=True, slots=True)
class Incoming:
    """An update as it is kept."""

    id: int
    chat: int | None
    person: int | None
    body: str  # Update.to_json()


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update that is not dealt with; `tries` is how often that was begun and did not come as far as a reply."""

    id: int
    tries: int
    body: str
    at: float  # seconds since the epoch: when it came


@dataclass(frozen=True, slots=True)
class Aside:
    """An update that could not be dealt with."""

    id: int
    at: float
    tries: int
    reason: str


class Posted:
    """What is known of a message: nothing (first time), that it was begun, or what Telegram made of it."""

    NEW = "new"
    UNSURE = "unsure"


class Inbox:
    """SQLite with synchronous=FULL. One thread writes; what comes in at the same time shares a commit. InboxError from
    every method when the disk does not take it."""

    def __init__(self, path: Path) -> None:
        """Opens the inbox at `path`, making it when it is not there. InboxError when it cannot be."""
        self.path = path
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        opened: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, args=(opened,), name="inbox", daemon=True)
        self._thread.start()
        if (error := opened.get()) is not None:
            raise InboxError(f"{path}: the inbox cannot be opened ({error})", path=str(path), reason=str(error))

    async def belongs_to(self, bot: int) -> None:
        """Update ids count for one bot: what another bot left here is thrown away."""

        def work(db: sqlite3.Connection) -> None:
            row = db.execute("SELECT value FROM meta WHERE key = 'bot'").fetchone()
            if row and row[0] != str(bot):
                db.execute("DELETE FROM incoming")
            db.execute("INSERT OR REPLACE INTO meta VALUES ('bot', ?)", (str(bot),))

        await self._do(work)

    async def keep(self, updates: Sequence[Incoming]) -> list[Incoming]:
        """Puts updates on disk; those that were not there yet."""

        def work(db: sqlite3.Connection) -> list[Incoming]:
            now = time.time()
            return [
                u
                for u in updates
                if db.execute(
                    "INSERT OR IGNORE INTO incoming (id, chat, person, at, body) VALUES (?, ?, ?, ?, ?)",
                    (u.id, u.chat, u.person, now, u.body),
                ).rowcount
            ]

        return await self._do(work)

    async def begin(self, id: int) -> int:
        """Notes that the update is being dealt with; how often that was begun by now without coming to a reply."""

        def work(db: sqlite3.Connection) -> int:
            db.execute("UPDATE incoming SET tries = tries + 1 WHERE id = ?", (id,))
            row = db.execute("SELECT tries FROM incoming WHERE id = ?", (id,)).fetchone()
            return int(row[0]) if row else 1

        return await self._do(work)

    async def post(self, id: int, n: int) -> str:
        """Before message `n` in reply to an update is sent: `Posted.NEW`, `Posted.UNSURE` (it may have been sent), or
        the JSON that Telegram gave for it. What comes this far is not what ends the program."""

        def work(db: sqlite3.Connection) -> str:
            db.execute("UPDATE incoming SET tries = 0 WHERE id = ?", (id,))
            row = db.execute("SELECT result FROM posted WHERE id = ? AND n = ?", (id, n)).fetchone()
            if row:
                return row[0] or Posted.UNSURE
            db.execute(
                "INSERT INTO posted SELECT ?, ?, NULL WHERE EXISTS (SELECT 1 FROM incoming WHERE id = ?)", (id, n, id)
            )
            return Posted.NEW

        return await self._do(work)

    async def posted(self, id: int, n: int, result: Any) -> None:
        """Message `n` was sent, and this is what Telegram made of it."""
        said = json.dumps(_bare(result))
        await self._do(lambda db: db.execute("UPDATE posted SET result = ? WHERE id = ? AND n = ?", (said, id, n)))

    async def unposted(self, id: int, n: int) -> None:
        """Message `n` was certainly not sent."""
        await self._do(lambda db: db.execute("DELETE FROM posted WHERE id = ? AND n = ? AND result IS NULL", (id, n)))

    async def end(self, id: int, reason: str | None = None) -> None:
        """The update is dealt with; `reason`: why without an answer. Its words are forgotten."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("UPDATE incoming SET state = 'done', reason = ?, body = NULL WHERE id = ?", (reason, id))
            db.execute("DELETE FROM posted WHERE id = ?", (id,))

        await self._do(work)

    async def set_aside(self, id: int, reason: str) -> None:
        """The update cannot be dealt with: an operator finds it with `trichdan doctor`."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR IGNORE INTO incoming (id, at) VALUES (?, ?)", (id, time.time()))
            db.execute(
                "UPDATE incoming SET state = 'aside', reason = ? WHERE id = ? AND state = 'waiting'", (reason, id)
            )

        await self._do(work)

    async def waiting(self) -> list[Waiting]:
        """What is not dealt with, in the order it came."""
        return await self._do(
            lambda db: [
                Waiting(*row)
                for row in db.execute(
                    "SELECT id, tries, body, at FROM incoming WHERE state = 'waiting' AND body IS NOT NULL ORDER BY id"
                )
            ]
        )

    async def forget(self, person: int) -> None:
        """Drops what a person wrote that is not being answered right now."""
        await self._do(lambda db: db.execute("DELETE FROM incoming WHERE person = ? AND state <> 'waiting'", (person,)))

    async def moved(self, old: int, new: int) -> None:
        """A group became a supergroup."""
        await self._do(lambda db: db.execute("UPDATE incoming SET chat = ? WHERE chat = ?", (new, old)))

    def close(self) -> None:
        """Waits until everything is written."""
        self._jobs.put(None)
        self._thread.join()

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        job = _Job(work, asyncio.get_running_loop())
        self._jobs.put(job)
        try:
            result: T = await job.done
        except sqlite3.Error as e:
            raise InboxError(f"{self.path}: cannot be written ({e})", path=str(self.path), reason=str(e)) from e
        return result

    def _work(self, opened: queue.SimpleQueue[Exception | None]) -> None:
        try:
            db = connect(self.path)
        except (OSError, sqlite3.Error) as e:
            opened.put(e)
            return
        opened.put(None)
        swept, over = 0.0, False
        while not over:
            jobs = [self._jobs.get()]
            with suppress(queue.Empty):
                while len(jobs) < TOGETHER:
                    jobs.append(self._jobs.get_nowait())
            over = None in jobs
            _commit(db, [j for j in jobs if j is not None])
            if time.monotonic() - swept > SWEEP_EVERY:
                swept = time.monotonic()
                with suppress(sqlite3.Error):
                    sweep(db)
        db.close()


class _Job:
    """One write, and who waits for it."""

    def __init__(self, work: Callable[[sqlite3.Connection], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.work, self.loop = work, loop
        self.done: asyncio.Future[Any] = loop.create_future()

    def tell(self, result: Any, error: Exception | None) -> None:
        def tell() -> None:
            if not self.done.done():
                if error is not None:
                    self.done.set_exception(error)
                else:
                    self.done.set_result(result)

        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self.loop.call_soon_threadsafe(tell)


def _commit(db: sqlite3.Connection, jobs: Sequence[_Job]) -> None:
    results: list[tuple[_Job, Any, Exception | None]] = []
    try:
        db.execute("BEGIN IMMEDIATE")
        for job in jobs:
            db.execute("SAVEPOINT job")
            try:
                results.append((job, job.work(db), None))
            except sqlite3.Error as e:
                db.execute("ROLLBACK TO job")
                results.append((job, None, e))
            db.execute("RELEASE job")
        db.execute("COMMIT")
    except sqlite3.Error as e:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        results = [(job, None, e) for job in jobs]
    for job, result, error in results:
        job.tell(result, error)


def connect(path: Path) -> sqlite3.Connection:
    """The database, with its tables made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    # A question that was taken from Telegram must outlive a power cut.
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    # What is deleted is overwritten: it may be somebody's words.
    db.execute("PRAGMA secure_delete = ON")
    db.executescript(_SCHEMA)
    return db


def sweep(db: sqlite3.Connection) -> None:
    """Throws away what was done or set aside long ago."""
    now = time.time()
    for state, seconds in (("done", KEEP_DONE), ("aside", KEEP_ASIDE)):
        db.execute("DELETE FROM incoming WHERE state = ? AND at < ?", (state, now - seconds))


def look(path: Path) -> tuple[int, list[Aside]]:
    """For the doctor: how many updates wait, and those set aside. InboxError when the inbox cannot be read."""
    if not path.exists():
        return 0, []
    try:
        db = connect(path)
        try:
            waiting = db.execute("SELECT count(*) FROM incoming WHERE state = 'waiting'").fetchone()[0]
            aside = db.execute("SELECT id, at, tries, reason FROM incoming WHERE state = 'aside' ORDER BY id")
            return int(waiting), [Aside(*row) for row in aside]
        finally:
            db.close()
    except sqlite3.Error as e:
        raise InboxError(f"{path}: the inbox cannot be read ({e})", path=str(path), reason=str(e)) from e


def _bare(result: Any) -> Any:
    """A sent message without what it says: enough to go on with."""
    if isinstance(result, list):
        return [_bare(r) for r in result]
    if isinstance(result, dict):
        return {k: v for k, v in result.items() if k in ("message_id", "date", "chat", "message_thread_id")}
    return result
