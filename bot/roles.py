"""Who may change the library from Telegram: the owners of the configuration, and the administrators they name."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

from bot.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS administrator (
    person INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    by INTEGER NOT NULL,
    at INTEGER NOT NULL
)
"""
NAME = 64  # characters kept of a name


@dataclass(frozen=True, slots=True)
class Administrator:
    """A person an owner gave the role to; `name` is what they called themselves then."""

    person: int
    name: str


class Roles:
    def __init__(self, database: Database, owners: Collection[int]) -> None:
        self.owners = frozenset(owners)
        self._database = database
        with database.write() as db:
            db.execute(_SCHEMA)

    def is_owner(self, person: int) -> bool:
        return person in self.owners

    def is_admin(self, person: int) -> bool:
        """Owners are administrators too."""
        if person in self.owners:
            return True
        with self._database.read() as db:
            return db.execute("SELECT 1 FROM administrator WHERE person = ?", (person,)).fetchone() is not None

    def administrators(self) -> list[Administrator]:
        """Those who were given the role, the first first; owners are not among them."""
        with self._database.read() as db:
            rows = db.execute("SELECT person, name FROM administrator ORDER BY at, person").fetchall()
        return [Administrator(*row) for row in rows if row[0] not in self.owners]

    def give(self, person: int, name: str, by: int) -> bool:
        """False when they have it already."""
        if self.is_admin(person):
            return False
        with self._database.write() as db:
            db.execute("INSERT INTO administrator VALUES (?, ?, ?, ?)", (person, name[:NAME], by, int(time.time())))
        return True

    def take(self, person: int) -> bool:
        """False when they did not have it. An owner stays one."""
        with self._database.write() as db:
            return db.execute("DELETE FROM administrator WHERE person = ?", (person,)).rowcount > 0
