"""PostgreSQL: one database that many machines share; a schema of it is what a file is to SQLite."""

from __future__ import annotations

import hashlib
import itertools
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg import Connection, Cursor
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from corpus.database import AgainError, AwayError, ConflictError, DatabaseError, Heard, Reads, Row, Schema
from corpus.database.migrate import check_version, migrate
from corpus.database.placeholders import translated
from corpus.database.zeros import with_zeros

T = TypeVar("T")
CONNECTIONS = 8  # of a process to one schema, at most
PATIENCE = 15.0  # seconds in which a server may come back
SWEEP_EVERY = 1000  # writes
PAUSE = 0.25  # seconds before a connection is tried again
CHANNEL = "trichdan"
READER = "library"  # the schema in which PostgreSQL itself knows whose a row is
# A connection that says nothing for so long is given up, whatever the network says.
_LIVELY = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
_MARK = "INSERT INTO trichdan.written (token) SELECT %s WHERE pg_current_xact_id_if_assigned() IS NOT NULL"
_SWEEP = "DELETE FROM trichdan.written WHERE at < now() - INTERVAL '1 hour'"
_REFUSALS = ("authentication failed", "no password supplied", "pg_hba.conf", "not permitted to log in")
_STOPPING = ("57P01", "57P02", "57P03", "25006")  # ending, starting, or not the one that may be written to


class AddressError(DatabaseError):
    """The address is none."""

    code = "database_address"


class FailedError(DatabaseError):
    """The server did not do what it was asked: rights that are missing, a full disk, …"""

    code = "database_failed"


class RefusedError(DatabaseError):
    """The server does not let this user in."""

    code = "database_refused"


class MissingError(DatabaseError):
    """The server has no such database."""

    code = "database_missing"


class DamagedError(DatabaseError):
    """What is kept is not what was put in."""

    code = "database_damaged"


def migrate_database(url: str, schemas: Iterable[Schema]) -> list[str]:
    """Brings the tables up to date; the names of the steps that were taken. DatabaseError when it cannot be done."""
    name = place(url)
    try:
        with _connect(url, name) as db:
            return migrate(db, name, schemas)
    except psycopg.Error as e:
        raise FailedError(f"{name}: the tables cannot be made ({_said(e)})", name=name, reason=_said(e)) from e


def make_tables(url: str, schemas: Iterable[Schema]) -> None:
    """As `migrate_database`, where there is no library yet; another one's tables are left as they are."""
    name = place(url)
    with _connect(url, name) as db:
        try:
            [(there,)] = db.execute("SELECT to_regclass('library.document') IS NOT NULL").fetchall()
            if there and db.execute("SELECT 1 FROM library.document LIMIT 1").fetchone():
                return
        except psycopg.Error as e:
            raise _failed(e, name) from e
    migrate_database(url, schemas)


def place(url: str) -> str:
    """Where a database is, without user and password, for messages and logs. DatabaseError when it is no address."""
    try:
        known = conninfo_to_dict(url)
    except psycopg.Error:
        raise AddressError("TRICHDAN_DATABASE_URL: is no postgresql:// address") from None
    host, port = known.get("host") or "localhost", known.get("port")
    return f"postgresql://{host}{f':{port}' if port else ''}/{known.get('dbname') or known.get('user') or ''}"


class Postgres:
    """A `corpus.database.Database` in a schema of a PostgreSQL database.

    Where a connection is lost, what has certainly not happened is done again, for PATIENCE seconds.
    """

    skip_held = " FOR UPDATE SKIP LOCKED"

    def __init__(self, url: str, schema: Schema) -> None:
        """Connects and checks the tables. DatabaseError says what is in the way."""
        self.name = place(url)
        self._url, self._schema = url, schema
        # The first connection is made here, for a server that is away or refuses says so itself.
        with _connect(url, self.name) as db:
            self._ask(lambda: check_version(db, self.name, schema))
        self._pool = _pool(_info(url, schema), self.name)
        self._readers: ConnectionPool | None = None
        self._keys = b"", b""
        self._lock = threading.Lock()
        self._ears: list[_Ear] = []
        self._writes = itertools.count(1)

    def rows(self, sql: str, *values: object) -> list[Row]:
        return self._patiently(lambda: self._once(self._pool, lambda db: db.execute(_sql(sql), values).fetchall()))

    def write(self, work: Callable[[_Transaction], T]) -> T:
        def once() -> T:
            commit = _Commit()
            try:
                return self._once(self._pool, lambda db: self._transact(db, work, commit))
            except AwayError:
                if commit.token is None or not self._patiently(lambda: self._happened(commit.token)):
                    raise
                result: T = commit.result
                return result

        result = self._patiently(once)
        if next(self._writes) % SWEEP_EVERY == 0:
            self._patiently(lambda: self._once(self._pool, lambda db: db.execute(_SWEEP)))
        return result

    def execute(self, sql: str, *values: object) -> int:
        return self.write(lambda t: t.execute(sql, values).rowcount)

    def for_chat(self, chat: int | None) -> _Chat:
        """A login of its own, which the database itself shows no row that this chat may not read."""
        return _Chat(self, chat)

    @contextmanager
    def alone(self, purpose: str) -> Iterator[None]:
        db = self._patiently(lambda: _connect(self._url, self.name))
        try:
            self._ask(lambda: db.execute("SELECT pg_advisory_lock(%s)", (_key(purpose),)))
            yield
        finally:
            db.close()

    def elect(self, purpose: str) -> _Office | None:
        db = _connect(self._url, self.name)
        try:
            # A machine that has vanished is not believed to hold it for hours.
            for setting in ("tcp_keepalives_idle = 5", "tcp_keepalives_interval = 2", "tcp_keepalives_count = 3"):
                db.execute(f"SET {setting}".encode())
            row = db.execute("SELECT pg_try_advisory_lock(%s)", (_key(purpose),)).fetchone()
        except psycopg.Error as e:
            db.close()
            raise _failed(e, self.name) from e
        if row == (True,):
            return _Office(db)
        db.close()
        return None

    def listen(self, heard: Heard) -> Callable[[], None]:
        ear = _Ear(lambda: _connect(self._url, self.name), heard)
        self._ears.append(ear)
        return ear.stop

    def moment(self, work: Callable[[Reads], T]) -> T:
        def once(db: Connection) -> T:
            with db.transaction():
                db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                return work(_Moment(_Transaction(db, self.name)))

        return self._patiently(lambda: self._once(self._pool, once))

    def last_number(self, table: str, column: str) -> int:
        [(sequence,)] = self.rows("SELECT pg_get_serial_sequence(?, ?)", table, column)
        [(last, given)] = self.rows(f"SELECT last_value, is_called FROM {sequence}")
        [(highest,)] = self.rows(f"SELECT max({column}) FROM {table}")
        return max(int(last) if given else 0, int(highest or 0))

    def close_unused(self) -> bool:
        """A program of another user of the database is only seen where that one may be seen."""
        others = self.rows(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name LIKE 'trichdan %' AND application_name <> ? LIMIT 1",
            _program(),
        )
        self.close()
        return not others

    def check(self) -> None:
        """Reads every row of every table, and makes sure that the login for chats sees no more than it may."""
        if self._schema.name == READER:
            self._check_reader()
        tables = self.rows("SELECT tablename FROM pg_tables WHERE schemaname = ? ORDER BY 1", self._schema.name)
        for (table,) in tables:
            self.rows(f'SELECT count(*), sum(length("{table}"::text)) FROM "{table}"')

    def _check_reader(self) -> None:
        self._patiently(lambda: self._once(self._reading(), lambda db: db.execute("SELECT 1")))
        for (able,) in self.rows(
            "SELECT rolsuper OR rolbypassrls OR pg_has_role(rolname, ?::regrole, 'MEMBER')"
            " FROM pg_roles JOIN secret ON rolname = reader",
            self.rows("SELECT tableowner::text FROM pg_tables WHERE schemaname = ? LIMIT 1", READER)[0][0],
        ):
            if able:
                raise self.damaged("the login for chats may read everything")
        for (table,) in self.rows(
            "SELECT relname FROM pg_class WHERE relnamespace = ?::regnamespace AND NOT relrowsecurity"
            " AND relname IN ('document', 'reference', 'seal')",
            READER,
        ):
            raise self.damaged(f"row-level security of {table} is off")

    def damaged(self, reason: str) -> DatabaseError:
        return DamagedError(
            f"{self.name}: damaged ({reason}); put back a backup of the database, or add the documents again",
            name=self.name,
            reason=reason,
        )

    def close(self) -> None:
        for ear in self._ears:
            ear.stop()
        for ear in self._ears:
            ear.join()
        for pool in filter(None, (self._pool, self._readers)):
            pool.close(timeout=5)

    def rows_for(self, chat: int | None, sql: str, values: Sequence[object]) -> list[Row]:
        """What a SELECT gives to a chat."""

        def once(db: Connection) -> list[Row]:
            # One way there and back. What proves the chat is gone with the transaction.
            with db.pipeline():
                db.execute("BEGIN READ ONLY")
                db.execute(f"SELECT {READER}.enter(%s)", (self._pass(chat),))
                found = db.execute(_sql(sql), values)
                db.execute("COMMIT")
            return found.fetchall()

        return self._patiently(lambda: self._once(self._reading(), once))

    def _pass(self, chat: int | None) -> str:
        if chat is None:
            return ""
        first, second = self._keys
        return f"{chat}:{hashlib.sha256(second + hashlib.sha256(first + str(chat).encode()).digest()).hexdigest()}"

    def _reading(self) -> ConnectionPool:
        with self._lock:
            if self._readers is None:
                found = self.rows("SELECT reader, password, first, second FROM secret")
                [(user, password, first, second)] = found
                self._keys = first, second
                info = make_conninfo(_info(self._url, self._schema), user=user, password=password)
                with _connect(info, self.name):
                    pass  # a server that does not let it in says so itself
                # What a chat is shown begins with forgetting all that was prepared (`enter`).
                self._readers = _pool(info, self.name, prepare_threshold=None)
            return self._readers

    def _transact(self, db: Connection, work: Callable[[_Transaction], T], commit: _Commit) -> T:
        with db.transaction():
            if self._schema.serial:
                db.execute("SELECT pg_advisory_xact_lock(%s)", (_key(f"write {self._schema.name}"),))
            commit.result = result = work(_Transaction(db, self.name))
            # Where the answer to COMMIT is lost, this tells whether it was made. What changed nothing needs none.
            token = uuid.uuid4()
            if db.execute(_MARK, (token,)).rowcount:
                commit.token = token
        return result

    def _happened(self, token: uuid.UUID | None) -> bool:
        """Has the transaction of this token been committed? Waits for its end where it is still under way."""

        def once(db: Connection) -> bool:
            with db.transaction(force_rollback=True):
                put = db.execute("INSERT INTO trichdan.written (token) VALUES (%s) ON CONFLICT DO NOTHING", (token,))
                return put.rowcount == 0

        return self._once(self._pool, once)

    def _once(self, pool: ConnectionPool, work: Callable[[Connection], T]) -> T:
        """Does it with a connection of the pool. AwayError when there is none, or when it is lost."""
        try:
            db = pool.getconn(timeout=2 * PAUSE)
        except (PoolTimeout, psycopg.OperationalError) as e:
            raise AwayError(f"{self.name}: cannot be reached", name=self.name, reason=str(e)) from None
        try:
            return self._ask(lambda: work(db))
        except BaseException:
            # In whatever state it is left: nobody else gets it.
            if db.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                db.close()
            raise
        finally:
            pool.putconn(db)

    def _ask(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except psycopg.Error as e:
            raise _failed(e, self.name) from e

    def _patiently(self, work: Callable[[], T]) -> T:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return work()
            except (AwayError, AgainError) as e:
                if time.monotonic() > until:
                    if isinstance(e, AwayError):
                        # Why it is away, in its own words.
                        _connect(self._url, self.name).close()
                    raise
            time.sleep(PAUSE)


class _Commit:
    """What a transaction gave, and its token: known once all but its end is done."""

    token: uuid.UUID | None = None
    result: Any = None


class _Chat:
    """What the database shows a chat."""

    def __init__(self, database: Postgres, chat: int | None) -> None:
        self._database, self._chat = database, chat

    def rows(self, sql: str, *values: object) -> list[Row]:
        return self._database.rows_for(self._chat, sql, values)


class _Moment:
    """What there was at one moment."""

    def __init__(self, db: _Transaction) -> None:
        self._db = db

    def rows(self, sql: str, *values: object) -> list[Row]:
        return self._db.execute(sql, values).fetchall()


class _Transaction:
    def __init__(self, db: Connection, name: str) -> None:
        self._db, self._name = db, name

    def execute(self, sql: str, values: Sequence[object] = ()) -> Cursor[Row]:
        try:
            return self._db.execute(_sql(sql), values)
        except psycopg.Error as e:
            raise _failed(e, self._name) from e

    def executemany(self, sql: str, values: Iterable[Sequence[object]]) -> None:
        try:
            with self._db.cursor() as cursor:
                cursor.executemany(_sql(sql), values)
        except psycopg.Error as e:
            raise _failed(e, self._name) from e

    def announce(self, topic: str) -> None:
        self.execute("SELECT pg_notify(?, ?)", (CHANNEL, topic))

    def now(self) -> float:
        [(now,)] = self.execute("SELECT extract(epoch FROM clock_timestamp())::double precision").fetchall()
        return float(now)

    def count_on(self, table: str, column: str, number: int) -> None:
        [(sequence,)] = self.execute("SELECT pg_get_serial_sequence(?, ?)", (table, column)).fetchall()
        if number > 0:
            self.execute(f"SELECT setval(?, greatest(?::bigint, last_value)) FROM {sequence}", (sequence, number))


class _Office:
    """An advisory lock, which lasts as long as its connection."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def held(self) -> bool:
        try:
            self._db.execute("SELECT 1")
        except psycopg.Error:
            self._db.close()
        return not self._db.closed

    def leave(self) -> None:
        self._db.close()


class _Ear:
    """Hears what is announced, and goes on doing so after the connection was lost."""

    def __init__(self, connect: Callable[[], Connection], heard: Heard) -> None:
        self._connect, self._heard = connect, heard
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="listen", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def join(self) -> None:
        self._thread.join()

    def _listen(self) -> None:
        while not self._stopped.is_set():
            with suppress(psycopg.Error, DatabaseError), self._connect() as db:
                db.execute(f"LISTEN {CHANNEL}")
                self._heard("")
                while not self._stopped.is_set():
                    for news in db.notifies(timeout=PAUSE, stop_after=1):
                        self._heard(news.payload)
            self._stopped.wait(PAUSE)


def _pool(info: str, name: str, **more: Any) -> ConnectionPool:
    return ConnectionPool(
        info,
        kwargs={"autocommit": True, "context": with_zeros(), **more},
        min_size=0,
        max_size=CONNECTIONS,
        open=True,
        name=name,
        reconnect_timeout=PAUSE,
        num_workers=1,
    )


def _info(url: str, schema: Schema) -> str:
    options = f"{conninfo_to_dict(url).get('options') or ''} -c search_path={schema.name}".strip()
    return make_conninfo(_own(url), options=options)


def _own(url: str) -> str:
    """The address for this program's connections: given up when silent, and known by name."""
    known = conninfo_to_dict(url)
    lively = {k: v for k, v in _LIVELY.items() if k not in known}
    return make_conninfo(url, **lively, application_name=_program())


def _connect(url: str, name: str) -> Connection:
    try:
        return psycopg.connect(_own(url), autocommit=True, context=with_zeros())
    except psycopg.Error as e:
        raise _unconnected(e, name) from None


def _program() -> str:
    """By this the server tells one program from another."""
    return f"trichdan {socket.gethostname()[-30:]} {os.getpid()}"


def _unconnected(e: psycopg.Error, name: str) -> DatabaseError:
    """While connecting there is no code for what went wrong, only the server's words."""
    said = _said(e)
    if any(w in said for w in _REFUSALS):
        return RefusedError(f"{name}: does not let this user in ({said})", name=name, reason=said)
    if "database" in said and "does not exist" in said:
        return MissingError(f"{name}: there is no such database ({said})", name=name, reason=said)
    return AwayError(f"{name}: cannot be reached ({said})", name=name, reason=said)


def _failed(e: psycopg.Error, name: str) -> DatabaseError:
    code, said = e.sqlstate or "", _said(e)
    if isinstance(e, psycopg.OperationalError) and (not code or code[:2] == "08" or code in _STOPPING):
        return AwayError(f"{name}: the connection was lost ({said})", name=name, reason=said)
    if isinstance(e, psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected):
        return AgainError(f"{name}: {said}", name=name, reason=said)
    kind = ConflictError if isinstance(e, psycopg.IntegrityError) else FailedError
    return kind(f"{name}: {said}", name=name, reason=said)


def _said(e: psycopg.Error) -> str:
    """The server's words, on one line: without the rows it may quote."""
    first = e.diag.message_primary or (str(e).strip().splitlines() or [type(e).__name__])[0]
    return " ".join(first.split())


def _key(purpose: str) -> int:
    """The number of an advisory lock."""
    return int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], signed=True)


def _sql(sql: str) -> bytes:
    return translated(sql).encode()
