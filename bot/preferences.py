"""What a chat has chosen for itself: when it is answered, how much, in what language. A private chat is a person's."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from pydantic import ValidationError

from bot.database import settings_changed
from bot.messages import Language
from corpus.database import Database, Transaction
from corpus.model import Frozen

VIETNAM = dt.timezone(dt.timedelta(hours=7))  # no summer time
RESULTS = (1, 3, 5, 10)
QUIET = (None, (20, 6), (21, 6), (22, 6), (22, 7), (23, 5))  # full hours, from and to


class When(StrEnum):
    """What the bot answers in a group."""

    COMMANDS = "commands"  # /hoi alone
    MENTIONS = "mentions"  # and when it is named or replied to
    QUESTIONS = "questions"  # and whatever ends in a question mark, when it is sure


class Preferences(Frozen):
    """None: as the operator set it."""

    when: When = When.MENTIONS
    results: int | None = None
    language: Language | None = None
    private: bool = False  # answers go to the one who asks
    quiet: tuple[int, int] | None = None  # hours in Vietnam in which only commands are answered
    hidden: tuple[str, ...] = ()  # collections this chat may read and does not want to

    def at(self, time: dt.datetime) -> When:
        """What is answered at this time (with a time zone)."""
        if self.quiet is None:
            return self.when
        start, end = self.quiet
        hour = time.astimezone(VIETNAM).hour
        quiet = start <= hour < end if start <= end else hour >= start or hour < end
        return When.COMMANDS if quiet else self.when


class PreferenceStore:
    """Preferences by chat id; what is read once is answered from memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.refresh()

    def refresh(self) -> None:
        """Takes in what other processes have kept."""
        rows = self._database.rows("SELECT chat, body FROM preference")
        self._known = {chat: found for chat, body in rows if (found := _read(body))}

    def of(self, chat: int) -> Preferences:
        return self._known.get(chat, Preferences())

    def set(self, chat: int, **changes: object) -> Preferences:
        """Changes some of them; the new ones. ValidationError for a value that is none."""

        def work(db: Transaction) -> Preferences:
            row = db.execute("SELECT body FROM preference WHERE chat = ?", (chat,)).fetchone()
            old = _read(row[0]) if row else None
            new = Preferences.model_validate((old or Preferences()).model_dump() | changes)
            db.execute(
                "INSERT INTO preference (chat, body) VALUES (?, ?)"
                " ON CONFLICT (chat) DO UPDATE SET body = excluded.body",
                (chat, new.model_dump_json()),
            )
            settings_changed(db)
            return new

        self._known[chat] = new = self._database.write(work)
        return new

    def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup."""
        if old in self._known:
            self.set(new, **self._known[old].model_dump())
            self.forget_chat(old)

    def forget_chat(self, chat: int) -> None:
        """Drops what this chat chose."""

        def work(db: Transaction) -> None:
            db.execute("DELETE FROM preference WHERE chat = ?", (chat,))
            settings_changed(db)

        self._database.write(work)
        self._known.pop(chat, None)


def _read(body: str) -> Preferences | None:
    try:
        return Preferences.model_validate_json(body)
    except ValidationError:
        return None  # written by a newer version: as if nothing had been chosen
