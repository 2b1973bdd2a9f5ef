"""👍 and 👎 under answers: one vote a person and answer, with the library's version. No question is kept with it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bot.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vote (
    chat INTEGER NOT NULL,
    message INTEGER NOT NULL,
    person INTEGER NOT NULL,
    up INTEGER NOT NULL,
    document TEXT NOT NULL,
    library INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat, message, person)
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Vote:
    """`library` is the version of the library the answer was found in."""

    chat: int
    message: int
    person: int
    up: bool
    document: str
    library: int


class Votes:
    def __init__(self, database: Database) -> None:
        self._database = database
        with database.write() as db:
            db.execute(_SCHEMA)

    def cast(self, vote: Vote) -> None:
        """Takes the place of the person's earlier vote on this answer."""
        row = (vote.chat, vote.message, vote.person, vote.up, vote.document, vote.library, int(time.time()))
        with self._database.write() as db:
            db.execute("INSERT OR REPLACE INTO vote VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def count(self, since: float = 0, until: float = 2**40, chat: int | None = None) -> tuple[int, int]:
        """(👍, 👎) cast from `since` up to `until` (seconds since 1970), in one chat or in all."""
        with self._database.read() as db:
            up, all_ = db.execute(
                "SELECT coalesce(sum(up), 0), count(*) FROM vote WHERE at >= ? AND at < ? AND (? IS NULL OR chat = ?)",
                (int(since), int(until), chat, chat),
            ).fetchone()
        return int(up), int(all_ - up)

    def forget_person(self, person: int) -> None:
        """Drops what a person said of answers."""
        with self._database.write() as db:
            db.execute("DELETE FROM vote WHERE person = ?", (person,))

    def forget_chat(self, chat: int) -> None:
        """Drops all of one chat."""
        with self._database.write() as db:
            db.execute("DELETE FROM vote WHERE chat = ?", (chat,))
