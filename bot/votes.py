"""👍 and 👎 under answers: one vote a person and answer, with the library's version. No question is kept with it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from corpus.database import Database


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

    def cast(self, vote: Vote) -> None:
        """Takes the place of the person's earlier vote on this answer."""
        row = (vote.chat, vote.message, vote.person, int(vote.up), vote.document, vote.library, int(time.time()))
        self._database.execute(
            "INSERT INTO vote (chat, message, person, up, document, library, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (chat, message, person) DO UPDATE SET"
            " up = excluded.up, document = excluded.document, library = excluded.library, at = excluded.at",
            *row,
        )

    def count(self, since: float = 0, until: float = 2**40, chat: int | None = None) -> tuple[int, int]:
        """(👍, 👎) cast from `since` up to `until` (seconds since 1970), in one chat or in all."""
        where, only = ("", ()) if chat is None else (" AND chat = ?", (chat,))
        [(up, all_)] = self._database.rows(
            f"SELECT coalesce(sum(up), 0), count(*) FROM vote WHERE at >= ? AND at < ?{where}",
            int(since),
            int(until),
            *only,
        )
        return int(up), int(all_ - up)

    def forget_person(self, person: int) -> None:
        """Drops what a person said of answers."""
        self._database.execute("DELETE FROM vote WHERE person = ?", person)

    def forget_chat(self, chat: int) -> None:
        """Drops all of one chat."""
        self._database.execute("DELETE FROM vote WHERE chat = ?", chat)
