"""Which answer belongs to which question: for edits of the question and for the buttons under the answer. And which
document a message shows: a reply to it asks about that one.

What is kept: message ids and where the quotes stand. The words of a question are kept only while it waits for a choice
between documents. Rows are thrown away after KEEP days, and the oldest when there are more than MOST.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from corpus.database import Database, Transaction
from retrieval.answer import Answer, Status

KEEP = 30 * 86400  # seconds
MOST = 200_000
_SWEEP_EVERY = 500  # writes
_POINT = (
    "INSERT INTO shown (chat, message, at, document) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (chat, message) DO UPDATE SET at = excluded.at, document = excluded.document"
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

    def keep(self, answered: Answered, document: str | None = None) -> None:
        """Remembers the answer; takes the place of an earlier one to the same question. `document`: as `point`."""
        body = _without_words(answered.answer).model_dump_json(exclude_defaults=True)
        chat, answer, question = answered.chat_id, answered.answer_id, answered.question_id

        def work(db: Transaction) -> None:
            # Both are unique: the answer and the question.
            db.execute("DELETE FROM answered WHERE chat = ? AND (answer = ? OR question = ?)", (chat, answer, question))
            db.execute(
                "INSERT INTO answered (chat, answer, question, at, body) VALUES (?, ?, ?, ?, ?)",
                (chat, answer, question, int(time.time()), body),
            )
            if document is not None:
                db.execute(_POINT, (chat, answer, int(time.time()), document))

        self._database.write(work)
        self._count()

    def of_question(self, chat_id: int, message_id: int) -> Answered | None:
        """The answer to this message, or None when there is none (any more)."""
        return self._find("question", chat_id, message_id)

    def of_answer(self, chat_id: int, message_id: int) -> Answered | None:
        """What this message of the bot's says, or None when it is forgotten."""
        return self._find("answer", chat_id, message_id)

    def point(self, chat_id: int, message_id: int, document: str | None) -> None:
        """Remembers which document a message of the bot's shows; None: none (any more)."""
        if document is None:
            self._database.execute("DELETE FROM shown WHERE chat = ? AND message = ?", chat_id, message_id)
            return
        self._database.execute(_POINT, chat_id, message_id, int(time.time()), document)
        self._count()

    def shown(self, chat_id: int, message_id: int, within: float) -> str | None:
        """The document this message shows, when it was put there at most `within` seconds ago."""
        rows = self._database.rows(
            "SELECT document FROM shown WHERE chat = ? AND message = ? AND at >= ?",
            chat_id,
            message_id,
            int(time.time() - within),
        )
        return str(rows[0][0]) if rows else None

    def forget_chat(self, chat_id: int) -> None:
        """Drops all of one chat."""

        def work(db: Transaction) -> None:
            db.execute("DELETE FROM shown WHERE chat = ?", (chat_id,))
            db.execute("DELETE FROM answered WHERE chat = ?", (chat_id,))

        self._database.write(work)

    def _find(self, column: str, chat_id: int, message_id: int) -> Answered | None:
        rows = self._database.rows(
            f"SELECT question, answer, body FROM answered WHERE chat = ? AND {column} = ?", chat_id, message_id
        )
        return Answered(chat_id, rows[0][0], rows[0][1], Answer.model_validate_json(rows[0][2])) if rows else None

    def _count(self) -> None:
        self._writes += 1
        if self._writes % _SWEEP_EVERY == 1:
            self._database.write(_sweep)


def _sweep(db: Transaction) -> None:
    for table, message in (("answered", "answer"), ("shown", "message")):
        db.execute(f"DELETE FROM {table} WHERE at < ?", (int(time.time()) - KEEP,))
        [(count,)] = db.execute(f"SELECT count(*) FROM {table}").fetchall()
        if count > MOST:
            db.execute(
                f"DELETE FROM {table} WHERE (chat, {message}) IN"
                f" (SELECT chat, {message} FROM {table} ORDER BY at LIMIT ?)",
                (count - MOST,),
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
