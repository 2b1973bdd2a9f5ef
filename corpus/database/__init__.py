"""What the stores ask of a database: rows, a transaction, news. SQLite and PostgreSQL answer, each in its own file.

The stores write SQL that both understand, with `?` for values: ON CONFLICT and RETURNING rather than INSERT OR …; a
boolean goes in as 0 or 1; what may be NULL is compared by `same`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any, Protocol, TypeVar

from corpus.errors import LibraryError

T = TypeVar("T")
Row = tuple[Any, ...]
Heard = Callable[[str], None]
"""Called with a topic that was announced, in a thread of its own; with "" where something may have been missed."""


class DatabaseError(LibraryError):
    """The database did not do what it was asked; nothing of the transaction has happened."""

    code = "damaged"


class ConflictError(DatabaseError):
    """A row that is there already, or one that names another that is not there."""


class AwayError(DatabaseError):
    """The database cannot be reached. Nothing of the transaction has happened, as far as can be known."""

    code = "database_away"


class AgainError(DatabaseError):
    """Two transactions stood in each other's way. Nothing of this one has happened; it may be tried again."""


@dataclass(frozen=True)
class Schema:
    """The tables of one purpose: a file of its own in SQLite, a schema of its own in PostgreSQL."""

    name: str
    folder: Traversable  # holds sqlite/ and postgres/, each with numbered scripts; what is released is never changed
    durable: bool = True  # SQLite: what is committed outlives a power cut; else the last second may be lost
    erase: bool = False  # SQLite: what is deleted is overwritten
    serial: bool = False  # PostgreSQL: one change at a time, as SQLite does anyway

    def scripts(self, engine: str) -> list[str]:
        """The steps from one version of the tables to the next, the first first; none where there is no such folder."""
        folder = self.folder.joinpath(engine)
        scripts = [p for p in folder.iterdir() if p.name.endswith(".sql")] if folder.is_dir() else []
        found = sorted(scripts, key=_number)
        return [p.read_text(encoding="utf-8") for p in found]


class Result(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Row | None: ...

    def fetchall(self) -> list[Row]: ...


class Transaction(Protocol):
    """A change that is made whole or not at all."""

    def execute(self, sql: str, values: Sequence[object] = ()) -> Result: ...

    def executemany(self, sql: str, values: Iterable[Sequence[object]]) -> None: ...

    def announce(self, topic: str) -> None:
        """Once this is committed, whoever listens hears of it."""

    def now(self) -> float:
        """Seconds since the epoch by the database's clock, which all processes share."""

    def count_on(self, table: str, column: str, number: int) -> None:
        """From now on the numbers that the table gives by itself are above this one."""


class Reads(Protocol):
    """Where rows come from."""

    def rows(self, sql: str, *values: object) -> list[Row]:
        """What a SELECT gives. DatabaseError when it cannot be read."""


class Office(Protocol):
    """What only one process at a time holds."""

    def held(self) -> bool:
        """It still is; blocking. False for ever once it was lost."""

    def leave(self) -> None:
        """Somebody else may have it."""


class Database(Reads, Protocol):
    """Safe from several threads and processes. DatabaseError from every method."""

    name: str  # where it is, for messages; holds no password
    skip_held: str  # what a SELECT in a transaction ends with to pass over rows that another one works on

    def write(self, work: Callable[[Transaction], T]) -> T:
        """What `work` gives, all in one transaction. It may be called again where the first time has come to nothing,
        so it changes nothing but the database."""

    def execute(self, sql: str, *values: object) -> int:
        """A transaction of one statement; how many rows it changed."""

    def for_chat(self, chat: int | None) -> Reads:
        """The rows that are there for a chat (None: for everyone), as far as the database knows whose they are."""

    def alone(self, purpose: str) -> AbstractContextManager[None]:
        """Waits until nobody else is in such a block."""

    def elect(self, purpose: str) -> Office | None:
        """The office, where nobody else holds it. It is free again once the process is gone, or its connection lost."""

    def listen(self, heard: Heard) -> Callable[[], None]:
        """Tells `heard` what other processes announce, until what is returned is called."""

    def moment(self, work: Callable[[Reads], T]) -> T:
        """What `work` gives, which may be called again. All it reads is as it was at one moment."""

    def last_number(self, table: str, column: str) -> int:
        """The highest number that a row of the table has ever had, as far as is known."""

    def close_unused(self) -> bool:
        """Closes it; True where no other program has it open."""

    def check(self) -> None:
        """Reads all there is, as far as the engine knows how. DatabaseError names the first damage."""

    def damaged(self, reason: str) -> LibraryError:
        """The error for data that is not what was put in."""

    def close(self) -> None: ...


def same(**columns: object) -> tuple[str, tuple[object, ...]]:
    """SQL that holds where every column has its value, None for NULL, and the values to go with it."""
    terms = [f"{column} IS NULL" if value is None else f"{column} = ?" for column, value in columns.items()]
    return " AND ".join(terms), tuple(v for v in columns.values() if v is not None)


def _number(script: Traversable) -> int:
    found = re.match(r"\d+", script.name)
    if found is None:
        raise ValueError(f"{script.name}: a script begins with its number")
    return int(found[0])
