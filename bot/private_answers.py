"""Answers given privately to questions of a group: which group, and which question, each belongs to."""

from __future__ import annotations

import time
from dataclasses import dataclass

from corpus.database import Database, Transaction

KEEP = 7 * 86400  # seconds


@dataclass(frozen=True, slots=True)
class Asked:
    """The group, the message that asked, and its topic."""

    chat: int
    question: int
    thread: int | None


class PrivateAnswers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, chat: int, answer: int, asked: Asked) -> None:
        """Remembers where what was answered in the private chat had been asked; forgets what is older than KEEP."""
        now = int(time.time())

        def work(db: Transaction) -> None:
            db.execute(
                "DELETE FROM private_answer WHERE at < ? OR (chat = ? AND answer = ?)", (now - KEEP, chat, answer)
            )
            db.execute(
                "INSERT INTO private_answer (chat, answer, asked_in, question, thread, at) VALUES (?, ?, ?, ?, ?, ?)",
                (chat, answer, asked.chat, asked.question, asked.thread, now),
            )

        self._database.write(work)

    def of(self, chat: int, answer: int) -> Asked | None:
        """Where this message's question was asked, while it has not been posted there."""
        rows = self._database.rows(
            "SELECT asked_in, question, thread FROM private_answer WHERE chat = ? AND answer = ?", chat, answer
        )
        return Asked(*rows[0]) if rows else None

    def posted(self, chat: int, answer: int) -> bool:
        """Once it is posted it is not posted again; False when it was before."""
        return self._database.execute("DELETE FROM private_answer WHERE chat = ? AND answer = ?", chat, answer) > 0

    def forget_chat(self, chat: int) -> None:
        """Drops all that was asked in a group, or answered in a private chat."""
        self._database.execute("DELETE FROM private_answer WHERE chat = ? OR asked_in = ?", chat, chat)
