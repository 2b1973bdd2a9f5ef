"""Questions as they were asked, where a chat has agreed to it, for as long as the operator keeps them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bot.database import Database

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS logging_chat (chat INTEGER PRIMARY KEY, since INTEGER NOT NULL)",
    """
    CREATE TABLE IF NOT EXISTS logged_question (
        chat INTEGER NOT NULL,
        person INTEGER,
        at INTEGER NOT NULL,
        question TEXT NOT NULL,
        status TEXT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS logged_question_at ON logged_question (at)",
)
DAY = 86400
SWEEP_EVERY = 100  # questions


@dataclass(frozen=True, slots=True)
class Logged:
    chat: int
    person: int | None
    at: int  # seconds since the epoch
    question: str
    status: str


class QuestionLog:
    def __init__(self, database: Database, days: int) -> None:
        """`days`: how long a question is kept; 0: none is, whatever a chat says."""
        self._database, self._seconds, self._noted = database, days * DAY, 0
        with database.write() as db:
            for statement in _SCHEMA:
                db.execute(statement)
            self._chats = {chat for (chat,) in db.execute("SELECT chat FROM logging_chat")}
            db.execute("DELETE FROM logged_question WHERE at < ?", (time.time() - self._seconds,))

    @property
    def days(self) -> int:
        return self._seconds // DAY

    def logs(self, chat: int) -> bool:
        """The chat has agreed to it."""
        return chat in self._chats and self._seconds > 0

    def agree(self, chat: int, agreed: bool) -> None:
        """With the agreement ends what was kept by it."""
        with self._database.write() as db:
            if agreed:
                db.execute("INSERT OR IGNORE INTO logging_chat VALUES (?, ?)", (chat, int(time.time())))
            else:
                db.execute("DELETE FROM logging_chat WHERE chat = ?", (chat,))
                db.execute("DELETE FROM logged_question WHERE chat = ?", (chat,))
        (self._chats.add if agreed else self._chats.discard)(chat)

    def note(self, chat: int, person: int | None, question: str, status: str) -> None:
        """Keeps a question of a chat that has agreed to it; any other is passed over."""
        if not self.logs(chat):
            return
        self._noted += 1
        with self._database.write() as db:
            row = (chat, person, int(time.time()), question, status)
            db.execute("INSERT INTO logged_question VALUES (?, ?, ?, ?, ?)", row)
            if self._noted % SWEEP_EVERY == 0:
                db.execute("DELETE FROM logged_question WHERE at < ?", (time.time() - self._seconds,))

    def questions(self) -> list[Logged]:
        """What is kept, the oldest first."""
        with self._database.read() as db:
            rows = db.execute(
                "SELECT * FROM logged_question WHERE at >= ? ORDER BY at, rowid", (time.time() - self._seconds,)
            )
            return [Logged(*row) for row in rows.fetchall()]

    def forget_person(self, person: int) -> None:
        """Drops what a person asked, in every chat."""
        with self._database.write() as db:
            db.execute("DELETE FROM logged_question WHERE person = ?", (person,))

    def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup."""
        with self._database.write() as db:
            db.execute("UPDATE OR REPLACE logging_chat SET chat = ? WHERE chat = ?", (new, old))
            db.execute("UPDATE logged_question SET chat = ? WHERE chat = ?", (new, old))
        if old in self._chats:
            self._chats.discard(old)
            self._chats.add(new)
