"""Questions as they were asked, where a chat has agreed to it, for as long as the operator keeps them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bot.database import settings_changed
from corpus.database import Database, Transaction

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
        self.refresh()
        self._sweep()

    def refresh(self) -> None:
        """Takes in what chats have told other processes."""
        self._chats = {chat for (chat,) in self._database.rows("SELECT chat FROM logging_chat")}

    @property
    def days(self) -> int:
        return self._seconds // DAY

    def logs(self, chat: int) -> bool:
        """The chat has agreed to it."""
        return chat in self._chats and self._seconds > 0

    def agree(self, chat: int, agreed: bool) -> None:
        """With the agreement ends what was kept by it."""

        def work(db: Transaction) -> None:
            if agreed:
                row = (chat, int(time.time()))
                db.execute("INSERT INTO logging_chat (chat, since) VALUES (?, ?) ON CONFLICT DO NOTHING", row)
            else:
                db.execute("DELETE FROM logging_chat WHERE chat = ?", (chat,))
                db.execute("DELETE FROM logged_question WHERE chat = ?", (chat,))
            settings_changed(db)

        self._database.write(work)
        (self._chats.add if agreed else self._chats.discard)(chat)

    def note(self, chat: int, person: int | None, question: str, status: str) -> None:
        """Keeps a question of a chat that has agreed to it; any other is passed over."""
        if not self.logs(chat):
            return
        self._noted += 1
        self._database.execute(
            "INSERT INTO logged_question (chat, person, at, question, status) VALUES (?, ?, ?, ?, ?)",
            chat,
            person,
            int(time.time()),
            question,
            status,
        )
        if self._noted % SWEEP_EVERY == 0:
            self._sweep()

    def questions(self) -> list[Logged]:
        """What is kept, the oldest first."""
        rows = self._database.rows(
            "SELECT chat, person, at, question, status FROM logged_question WHERE at >= ? ORDER BY at, rowid",
            self._since,
        )
        return [Logged(*row) for row in rows]

    def forget_person(self, person: int) -> None:
        """Drops what a person asked, in every chat."""
        self._database.execute("DELETE FROM logged_question WHERE person = ?", person)

    def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup."""

        def work(db: Transaction) -> None:
            db.execute(
                "INSERT INTO logging_chat (chat, since) SELECT ?, since FROM logging_chat WHERE chat = ?"
                " ON CONFLICT (chat) DO UPDATE SET since = excluded.since",
                (new, old),
            )
            db.execute("DELETE FROM logging_chat WHERE chat = ?", (old,))
            db.execute("UPDATE logged_question SET chat = ? WHERE chat = ?", (new, old))
            settings_changed(db)

        self._database.write(work)
        if old in self._chats:
            self._chats.discard(old)
            self._chats.add(new)

    @property
    def _since(self) -> float:
        return time.time() - self._seconds

    def _sweep(self) -> None:
        self._database.execute("DELETE FROM logged_question WHERE at < ?", self._since)
