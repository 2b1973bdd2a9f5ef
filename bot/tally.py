"""How many questions came each day and what became of them: numbers, no chats and no words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from bot.preferences import VIETNAM
from corpus.database import Database, Transaction
from retrieval.answer import Answer, Status

KEEP = 400  # days


@dataclass
class Day:
    """Questions of one day: answered (a choice between documents counts as one), nearest only, refused."""

    answered: int = 0
    related: int = 0
    refused: int = 0

    @property
    def asked(self) -> int:
        return self.answered + self.related + self.refused


@dataclass
class Month:
    """The days of a month, from its first."""

    year: int
    month: int
    days: list[Day] = field(default_factory=list)

    @property
    def total(self) -> Day:
        return Day(*(sum(getattr(d, f) for d in self.days) for f in ("answered", "related", "refused")))


def outcome_of(answer: Answer) -> str | None:
    """What becomes of a question; None for small talk, which is none."""
    if answer.status is Status.RELATED:
        return "related"
    if answer.status is not Status.NONE:
        return "answered"
    small_talk = answer.note and answer.note.code not in ("no_document", "no_clause", "below", "corrected")
    return None if small_talk else "refused"


class Tally:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._swept: dt.date | None = None

    def count(self, answer: Answer, at: dt.datetime) -> None:
        """Counts a question asked at `at` (with a time zone)."""
        outcome = outcome_of(answer)
        if outcome is None:
            return
        day = at.astimezone(VIETNAM).date()

        def work(db: Transaction) -> None:
            db.execute(
                "INSERT INTO tally (day, outcome, count) VALUES (?, ?, 1)"
                " ON CONFLICT (day, outcome) DO UPDATE SET count = tally.count + 1",
                (day.isoformat(), outcome),
            )
            if day != self._swept:
                db.execute("DELETE FROM tally WHERE day < ?", ((day - dt.timedelta(days=KEEP)).isoformat(),))

        self._database.write(work)
        self._swept = day

    def month(self, year: int, month: int) -> Month:
        """The days of that month."""
        first = dt.date(year, month, 1)
        after = dt.date(year + month // 12, month % 12 + 1, 1)
        found = Month(year, month, [Day() for _ in range((after - first).days)])
        span = (first.isoformat(), after.isoformat())
        rows = self._database.rows("SELECT day, outcome, count FROM tally WHERE day >= ? AND day < ?", *span)
        for day, outcome, count in rows:
            setattr(found.days[dt.date.fromisoformat(day).day - 1], outcome, count)
        return found
