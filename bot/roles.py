"""Who may change the library from Telegram: the owners of the configuration, and the administrators they name."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

from corpus.database import Database

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

    def is_owner(self, person: int) -> bool:
        return person in self.owners

    def is_admin(self, person: int) -> bool:
        """Owners are administrators too."""
        if person in self.owners:
            return True
        return bool(self._database.rows("SELECT 1 FROM administrator WHERE person = ?", person))

    def administrators(self) -> list[Administrator]:
        """Those who were given the role, the first first; owners are not among them."""
        rows = self._database.rows("SELECT person, name FROM administrator ORDER BY at, person")
        return [Administrator(*row) for row in rows if row[0] not in self.owners]

    def give(self, person: int, name: str, by: int) -> bool:
        """False when they have it already."""
        if self.is_admin(person):
            return False
        given = self._database.execute(
            "INSERT INTO administrator (person, name, by, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            person,
            name[:NAME],
            by,
            int(time.time()),
        )
        return given > 0

    def take(self, person: int) -> bool:
        """False when they did not have it. An owner stays one."""
        return self._database.execute("DELETE FROM administrator WHERE person = ?", person) > 0
