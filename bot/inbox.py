"""The inbox: what was asked is kept before Telegram is told so, until it is answered or given up with a reason.

With it stands what was posted in reply: after a crash a message that is known to have been sent is not sent again.
The words of an update are kept only until it is done, or, where it was set aside, for KEEP_ASIDE.
"""

from __future__ import annotations

import asyncio
import json
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.database import INBOX, open_database
from bot.errors import BotError
from bot.settings import Settings
from corpus.database import AwayError, Database, DatabaseError, Heard, Transaction
from corpus.errors import LibraryError

T = TypeVar("T")

KEEP_DONE = 3 * 86400  # seconds; Telegram offers an update again for a day
KEEP_ASIDE = 7 * 86400
TOGETHER = 200  # writes that may share one commit
SWEEP_EVERY = 3600.0
NEWS = "inbox"  # what is announced when something came
MOST = 500  # updates of a chat looked at together
NO_CHAT = 0  # where an update belongs to none
_WAITING = "state = 'waiting' AND body IS NOT NULL"
# A chat has a turn from its first update on; this gives one to those that came when that was done later.
_TURNS = (
    f"INSERT INTO turn (chat) SELECT DISTINCT chat FROM incoming WHERE {_WAITING}"
    " AND chat NOT IN (SELECT chat FROM turn) ORDER BY chat ON CONFLICT DO NOTHING"
)
_HELD = "state = 'waiting' AND chat IN (SELECT chat FROM turn WHERE worker = ?)"


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
class Claimed:
    """A chat that a worker holds, and what waits there, in the order it came."""

    chat: int
    updates: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Aside:
    """An update that could not be dealt with."""

    id: int
    at: float
    tries: int
    reason: str


class Posted:
    """What is known of a message: nothing (first time), that it was begun, or what Telegram made of it. Or it is
    another worker's by now."""

    NEW = "new"
    UNSURE = "unsure"
    LOST = "lost"


class Inbox:
    """One thread writes; what comes in at the same time shares a commit. InboxError from every method when the database
    does not take it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="inbox", daemon=True)
        self._thread.start()

    async def belongs_to(self, bot: int) -> None:
        """Update ids count for one bot: what another bot left here is thrown away."""

        def work(db: Transaction) -> None:
            row = db.execute("SELECT value FROM meta WHERE key = 'bot'").fetchone()
            if row and row[0] != str(bot):
                db.execute("DELETE FROM incoming")
            db.execute("DELETE FROM turn WHERE worker IS NULL")  # chats that may never write again
            db.execute(_TURNS)
            db.execute(
                "INSERT INTO meta (key, value) VALUES ('bot', ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (str(bot),),
            )

        await self._do(work)

    async def keep(self, updates: Sequence[Incoming]) -> list[Incoming]:
        """Puts updates on disk; those that were not there yet."""

        def work(db: Transaction) -> list[Incoming]:
            now = time.time()
            new = [
                u
                for u in updates
                if db.execute(
                    "INSERT INTO incoming (id, chat, person, at, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (u.id, NO_CHAT if u.chat is None else u.chat, u.person, now, u.body),
                ).rowcount
            ]
            for chat in sorted({NO_CHAT if u.chat is None else u.chat for u in new}):
                db.execute("INSERT INTO turn (chat) VALUES (?) ON CONFLICT DO NOTHING", (chat,))
            if new:
                db.announce(NEWS)
            return new

        return await self._do(work)

    async def begin(self, id: int, worker: str | None = None) -> int:
        """Notes that the update is being dealt with; how often that was begun by now without coming to a reply. 0 where
        it is not this worker's to deal with (any more)."""

        def work(db: Transaction) -> int:
            sql = "UPDATE incoming SET tries = tries + 1 WHERE id = ?"
            if worker is None:
                row = db.execute(f"{sql} RETURNING tries", (id,)).fetchone()
                return int(row[0]) if row else 1
            row = db.execute(f"{sql} AND {_HELD} RETURNING tries", (id, worker)).fetchone()
            return int(row[0]) if row else 0

        return await self._do(work)

    async def post(self, id: int, n: int, worker: str | None = None) -> str:
        """Before message `n` in reply to an update is sent: `Posted.NEW`, `Posted.UNSURE` (it may have been sent),
        `Posted.LOST` (it is not this worker's to send any more), or the JSON that Telegram gave for it. What comes this
        far is not what ends the program."""

        def work(db: Transaction) -> str:
            mine, values = ("", ()) if worker is None else (f" AND {_HELD}", (worker,))
            there = db.execute(f"UPDATE incoming SET tries = 0 WHERE id = ?{mine}", (id, *values)).rowcount
            if not there:
                return Posted.NEW if worker is None else Posted.LOST
            if db.execute("INSERT INTO posted (id, n) VALUES (?, ?) ON CONFLICT DO NOTHING", (id, n)).rowcount:
                return Posted.NEW
            [(result,)] = db.execute("SELECT result FROM posted WHERE id = ? AND n = ?", (id, n)).fetchall()
            return result or Posted.UNSURE

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

        def work(db: Transaction) -> None:
            db.execute("UPDATE incoming SET state = 'done', reason = ?, body = NULL WHERE id = ?", (reason, id))
            db.execute("DELETE FROM posted WHERE id = ?", (id,))

        await self._do(work)

    async def set_aside(self, id: int, reason: str) -> None:
        """The update cannot be dealt with: an operator finds it with `trichdan doctor`."""

        def work(db: Transaction) -> None:
            db.execute("INSERT INTO incoming (id, at) VALUES (?, ?) ON CONFLICT DO NOTHING", (id, time.time()))
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
                    f"SELECT id, tries, body, at FROM incoming WHERE {_WAITING} ORDER BY id"
                ).fetchall()
            ]
        )

    async def claim(self, worker: str, chats: int, seconds: float) -> list[Claimed]:
        """Takes up to so many chats in which something waits and which no other worker holds, those that have waited
        longest first. They are this worker's for `seconds`, or until it renews or releases them."""

        def work(db: Transaction) -> list[Claimed]:
            now = db.now()
            free = db.execute(
                f"SELECT chat FROM turn WHERE until < ? AND chat IN (SELECT chat FROM incoming WHERE {_WAITING})"
                f" ORDER BY (SELECT min(id) FROM incoming WHERE incoming.chat = turn.chat AND {_WAITING})"
                f" LIMIT ?{self._database.skip_held}",
                (now, chats),
            ).fetchall()
            claimed = []
            for (chat,) in free:
                # Asked after the chat is held: what another worker has done there is seen.
                if updates := _waiting_in(db, chat):
                    db.execute("UPDATE turn SET worker = ?, until = ? WHERE chat = ?", (worker, now + seconds, chat))
                    claimed.append(Claimed(chat, updates))
            return claimed

        return await self._do(work)

    async def renew(self, worker: str, seconds: float) -> frozenset[int]:
        """Holds what the worker holds for `seconds` from now; the chats that are still its own. What is not among them
        another has taken: it is no longer this worker's to answer."""

        def work(db: Transaction) -> frozenset[int]:
            until = db.now() + seconds
            held = db.execute("UPDATE turn SET until = ? WHERE worker = ? RETURNING chat", (until, worker)).fetchall()
            return frozenset(chat for (chat,) in held)

        return await self._do(work)

    async def more(self, worker: str, chat: int) -> tuple[Waiting, ...]:
        """What waits in a chat that the worker holds. Nothing: from now on it does not hold it (any more)."""

        def work(db: Transaction) -> tuple[Waiting, ...]:
            held = db.execute("UPDATE turn SET worker = worker WHERE chat = ? AND worker = ?", (chat, worker)).rowcount
            updates = _waiting_in(db, chat) if held else ()
            if held and not updates:
                db.execute("UPDATE turn SET worker = NULL, until = 0 WHERE chat = ?", (chat,))
            return updates

        return await self._do(work)

    async def release(self, worker: str) -> None:
        """The worker ends: what it holds is anybody's at once."""
        await self._do(lambda db: db.execute("UPDATE turn SET worker = NULL, until = 0 WHERE worker = ?", (worker,)))

    @property
    def database(self) -> Database:
        """What every process of the bot shares."""
        return self._database

    def listen(self, heard: Heard) -> Callable[[], None]:
        """Tells `heard` when something came (NEWS), until what is returned is called."""
        return self._database.listen(heard)

    async def forget(self, person: int) -> None:
        """Drops what a person wrote that is not being answered right now."""
        await self._do(lambda db: db.execute("DELETE FROM incoming WHERE person = ? AND state <> 'waiting'", (person,)))

    async def moved(self, old: int, new: int) -> None:
        """A group became a supergroup: who holds the one holds the other."""

        def work(db: Transaction) -> None:
            db.execute(
                "INSERT INTO turn (chat, worker, until) SELECT ?, worker, until FROM turn WHERE chat = ?"
                " ON CONFLICT DO NOTHING",
                (new, old),
            )
            db.execute("UPDATE incoming SET chat = ? WHERE chat = ?", (new, old))

        await self._do(work)

    def close(self) -> None:
        """Waits until everything is written."""
        self._jobs.put(None)
        self._thread.join()

    async def _do(self, work: Callable[[Transaction], T]) -> T:
        job = _Job(work, asyncio.get_running_loop())
        self._jobs.put(job)
        try:
            result: T = await job.done
        except LibraryError as e:
            name, reason = self._database.name, str(e.params.get("reason", e))
            raise InboxError(f"{name}: cannot be written ({e})", path=name, reason=reason) from e
        return result

    def _work(self) -> None:
        swept, over = 0.0, False
        while not over:
            jobs = [self._jobs.get()]
            with suppress(queue.Empty):
                while len(jobs) < TOGETHER:
                    jobs.append(self._jobs.get_nowait())
            over = None in jobs
            self._commit([j for j in jobs if j is not None])
            if time.monotonic() - swept > SWEEP_EVERY:
                swept = time.monotonic()
                with suppress(LibraryError):
                    self._database.write(sweep)
        self._database.close()

    def _commit(self, jobs: Sequence[_Job]) -> None:
        if not jobs:
            return
        try:
            results = self._database.write(lambda db: [job.work(db) for job in jobs])
        except Exception as e:
            # Whatever it is: those who wait are told, and the next are served.
            if len(jobs) == 1 or isinstance(e, AwayError):
                for job in jobs:
                    job.tell(None, e)
                return
            # One of them fails, and nothing is written: the others do not share its fate.
            for job in jobs:
                self._commit([job])
            return
        for job, result in zip(jobs, results, strict=True):
            job.tell(result, None)


class _Job:
    """One write, and who waits for it."""

    def __init__(self, work: Callable[[Transaction], Any], loop: asyncio.AbstractEventLoop) -> None:
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


def _waiting_in(db: Transaction, chat: int) -> tuple[Waiting, ...]:
    rows = db.execute(
        f"SELECT id, tries, body, at FROM incoming WHERE chat = ? AND {_WAITING} ORDER BY id LIMIT {MOST}", (chat,)
    )
    return tuple(Waiting(*row) for row in rows.fetchall())


def sweep(db: Transaction) -> None:
    """Throws away what was done or set aside long ago."""
    now = time.time()
    for state, seconds in (("done", KEEP_DONE), ("aside", KEEP_ASIDE)):
        db.execute("DELETE FROM incoming WHERE state = ? AND at < ?", (state, now - seconds))
    db.execute(_TURNS)


def look(database: Database) -> tuple[int, list[Aside]]:
    """For the doctor: how many updates wait, and those set aside. LibraryError when the inbox cannot be read."""
    [(waiting,)] = database.rows("SELECT count(*) FROM incoming WHERE state = 'waiting'")
    aside = database.rows("SELECT id, at, tries, reason FROM incoming WHERE state = 'aside' ORDER BY id")
    return int(waiting), [Aside(*row) for row in aside]


def open_inbox(settings: Settings) -> Inbox:
    """InboxError when it cannot be opened."""
    return Inbox(_opened(settings))


def look_into(settings: Settings) -> tuple[int, list[Aside]]:
    """`look` into the inbox that the bot of these settings has."""
    database = _opened(settings)
    try:
        return look(database)
    except LibraryError as e:
        raise _unusable(database.name, e) from e
    finally:
        database.close()


def _opened(settings: Settings) -> Database:
    try:
        return open_database(settings, INBOX)
    except DatabaseError:
        raise  # says more by itself
    except LibraryError as e:
        raise _unusable("inbox", e) from e


def _unusable(name: str, e: LibraryError) -> InboxError:
    path, reason = str(e.params.get("path", name)), str(e.params.get("reason", e))
    return InboxError(f"{path}: the inbox cannot be opened ({reason})", path=path, reason=reason)


def _bare(result: Any) -> Any:
    """A sent message without what it says: enough to go on with."""
    if isinstance(result, list):
        return [_bare(r) for r in result]
    if isinstance(result, dict):
        return {k: v for k, v in result.items() if k in ("message_id", "date", "chat", "message_thread_id")}
    return result
