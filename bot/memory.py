"""Which answer belongs to which question: for edits of the question and for the buttons under the answer. And which
document a message shows: a reply to it asks about that one.

What is kept: message ids and where the quotes stand. The words of a question are kept only while it waits for a choice
between documents. Rows are thrown away after KEEP days, and the oldest when there are more than MOST.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from bot.database import Database
from retrieval.answer import Answer, Status

KEEP = 30 * 86400  # seconds
MOST = 200_000
_SWEEP_EVERY = 500  # writes

_SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS answered (
        chat INTEGER NOT NULL,
        answer INTEGER NOT NULL,
        question INTEGER NOT NULL,
        at INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (chat, answer)
    ) WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX IF NOT EXISTS answered_question ON answered (chat, question)",
    "CREATE INDEX IF NOT EXISTS answered_at ON answered (at)",
    """
    CREATE TABLE IF NOT EXISTS shown (
        chat INTEGER NOT NULL,
        message INTEGER NOT NULL,
        at INTEGER NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (chat, message)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS shown_at ON shown (at)",
)


@dataclass(frozen=True, slots=True)
class Answered:
    """A question's message, the message that answers it, and the answer without its words."""

    chat_id: int
    question_id: int
    answer_id: int
    answer: Answer


class Memory:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._writes = 0
        with database.write() as db:
            for statement in _SCHEMA:
                db.execute(statement)

    def keep(self, answered: Answered) -> None:
        """Remembers the answer; takes the place of an earlier one to the same question."""
        body = _without_words(answered.answer).model_dump_json(exclude_defaults=True)
        with self._database.write() as db:
            # Replaces a row of the same answer or of the same question (both are unique).
            db.execute(
                "INSERT OR REPLACE INTO answered VALUES (?, ?, ?, ?, ?)",
                (answered.chat_id, answered.answer_id, answered.question_id, int(time.time()), body),
            )
            self._count(db)

    def of_question(self, chat_id: int, message_id: int) -> Answered | None:
        """The answer to this message, or None when there is none (any more)."""
        return self._find("question", chat_id, message_id)

    def of_answer(self, chat_id: int, message_id: int) -> Answered | None:
        """What this message of the bot's says, or None when it is forgotten."""
        return self._find("answer", chat_id, message_id)

    def point(self, chat_id: int, message_id: int, document: str | None) -> None:
        """Remembers which document a message of the bot's shows; None: none (any more)."""
        with self._database.write() as db:
            if document is None:
                db.execute("DELETE FROM shown WHERE chat = ? AND message = ?", (chat_id, message_id))
                return
            db.execute(
                "INSERT OR REPLACE INTO shown VALUES (?, ?, ?, ?)", (chat_id, message_id, int(time.time()), document)
            )
            self._count(db)

    def shown(self, chat_id: int, message_id: int, within: float) -> str | None:
        """The document this message shows, when it was put there at most `within` seconds ago."""
        with self._database.read() as db:
            row = db.execute(
                "SELECT document FROM shown WHERE chat = ? AND message = ? AND at >= ?",
                (chat_id, message_id, int(time.time() - within)),
            ).fetchone()
        return str(row[0]) if row else None

    def forget_chat(self, chat_id: int) -> None:
        """Drops all of one chat."""
        with self._database.write() as db:
            db.execute("DELETE FROM shown WHERE chat = ?", (chat_id,))
            db.execute("DELETE FROM answered WHERE chat = ?", (chat_id,))

    def _find(self, column: str, chat_id: int, message_id: int) -> Answered | None:
        with self._database.read() as db:
            row = db.execute(
                f"SELECT question, answer, body FROM answered WHERE chat = ? AND {column} = ?", (chat_id, message_id)
            ).fetchone()
        return Answered(chat_id, row[0], row[1], Answer.model_validate_json(row[2])) if row else None

    def _count(self, db: sqlite3.Connection) -> None:
        self._writes += 1
        if self._writes % _SWEEP_EVERY == 1:
            _sweep(db)


def _sweep(db: sqlite3.Connection) -> None:
    for table, message in (("answered", "answer"), ("shown", "message")):
        db.execute(f"DELETE FROM {table} WHERE at < ?", (int(time.time()) - KEEP,))
        surplus = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] - MOST
        if surplus > 0:
            db.execute(
                f"DELETE FROM {table} WHERE (chat, {message}) IN"
                f" (SELECT chat, {message} FROM {table} ORDER BY at LIMIT ?)",
                (surplus,),
            )


def _without_words(answer: Answer) -> Answer:
    """The answer without what a person or a document said: quotes are read from the library again."""
    choosing = answer.status is Status.CHOOSE
    return answer.model_copy(
        update={
            "question": answer.question if choosing else "",
            "question_read": {},
            "note": None if answer.passages or choosing else answer.note,
            "passages": tuple(p.model_copy(update={"quote": "", "shown": ""}) for p in answer.passages),
        }
    )
