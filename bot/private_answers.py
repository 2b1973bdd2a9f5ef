"""Answers given privately to questions of a group: which group, and which question, each belongs to."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bot.database import Database

KEEP = 7 * 86400  # seconds

_SCHEMA = """
CREATE TABLE IF NOT EXISTS private_answer (
    chat INTEGER NOT NULL,
    answer INTEGER NOT NULL,
    asked_in INTEGER NOT NULL,
    question INTEGER NOT NULL,
    thread INTEGER,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat, answer)
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """The group, the message that asked, and its topic."""

    chat: int
    question: int
    thread: int | None


class PrivateAnswers:
    def __init__(self, database: Database) -> None:
        self._database = database
        with database.write() as db:
            db.execute(_SCHEMA)

    def keep(self, chat: int, answer: int, asked: Asked) -> None:
        """Remembers where what was answered in the private chat had been asked; forgets what is older than KEEP."""
        now = int(time.time())
        with self._database.write() as db:
            db.execute("DELETE FROM private_answer WHERE at < ?", (now - KEEP,))
            row = (chat, answer, asked.chat, asked.question, asked.thread, now)
            db.execute("INSERT OR REPLACE INTO private_answer VALUES (?, ?, ?, ?, ?, ?)", row)

    def of(self, chat: int, answer: int) -> Asked | None:
        """Where this message's question was asked, while it has not been posted there."""
        with self._database.read() as db:
            row = db.execute(
                "SELECT asked_in, question, thread FROM private_answer WHERE chat = ? AND answer = ?", (chat, answer)
            ).fetchone()
        return Asked(*row) if row else None

    def posted(self, chat: int, answer: int) -> bool:
        """Once it is posted it is not posted again; False when it was before."""
        with self._database.write() as db:
            found = db.execute("DELETE FROM private_answer WHERE chat = ? AND answer = ?", (chat, answer))
            return found.rowcount > 0

    def forget_chat(self, chat: int) -> None:
        """Drops all that was asked in a group, or answered in a private chat."""
        with self._database.write() as db:
            db.execute("DELETE FROM private_answer WHERE chat = ? OR asked_in = ?", (chat, chat))
