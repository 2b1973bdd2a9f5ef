"""Documents sent to the bot and not published yet: they survive a restart, and old ones are thrown away."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import TypeAdapter

from corpus.database import Database, Transaction
from corpus.model import Directive

KEEP = 3 * 86400  # seconds
MOST = 200

_DIRECTIVES = TypeAdapter(list[Directive])


@dataclass(frozen=True)
class Draft:
    """What one file holds, as read. `separate`: it stands beside a document of the same number rather than replace
    it."""

    id: int
    chat: int
    separate: bool
    body: str

    @cached_property
    def directives(self) -> tuple[Directive, ...]:
        return tuple(_DIRECTIVES.validate_json(self.body))


@dataclass(frozen=True, slots=True)
class Prompt:
    """A message that asks for a field of a draft; `preview` is the message that shows the draft."""

    draft: int
    preview: int
    field: str


class Drafts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, chat: int, message: int) -> int:
        """Notes that a message's file is being read; how often that was begun by now."""
        now = int(time.time())

        def work(db: Transaction) -> int:
            db.execute("DELETE FROM reading WHERE at < ?", (now - KEEP,))
            [(times,)] = db.execute(
                "INSERT INTO reading (chat, message, at, times) VALUES (?, ?, ?, 1)"
                " ON CONFLICT (chat, message) DO UPDATE SET times = reading.times + 1 RETURNING times",
                (chat, message, now),
            ).fetchall()
            return int(times)

        return self._database.write(work)

    def keep(self, chat: int, directives: Sequence[Directive]) -> Draft:
        """A new draft, shown in `chat`; the old ones and those beyond MOST go."""
        body = _DIRECTIVES.dump_json(list(directives), exclude_defaults=True).decode()
        now = int(time.time())

        def work(db: Transaction) -> int:
            db.execute("DELETE FROM draft WHERE at < ?", (now - KEEP,))
            db.execute("DELETE FROM draft WHERE id NOT IN (SELECT id FROM draft ORDER BY id DESC LIMIT ?)", (MOST - 1,))
            db.execute("DELETE FROM prompt WHERE draft NOT IN (SELECT id FROM draft)")
            row = (chat, now, body)
            [(id,)] = db.execute("INSERT INTO draft (chat, at, body) VALUES (?, ?, ?) RETURNING id", row).fetchall()
            return int(id)

        return Draft(self._database.write(work), chat, False, body)

    def get(self, id: int, chat: int) -> Draft | None:
        """The draft, when it is there (still) and belongs to this chat."""
        since = int(time.time()) - KEEP
        rows = self._database.rows(
            "SELECT separate, body FROM draft WHERE id = ? AND chat = ? AND at >= ?", id, chat, since
        )
        return Draft(id, chat, bool(rows[0][0]), rows[0][1]) if rows else None

    def change(self, draft: Draft, directives: Sequence[Directive], separate: bool) -> Draft:
        """The draft with other contents."""
        body = _DIRECTIVES.dump_json(list(directives), exclude_defaults=True).decode()
        self._database.execute("UPDATE draft SET body = ?, separate = ? WHERE id = ?", body, int(separate), draft.id)
        return Draft(draft.id, draft.chat, separate, body)

    def take(self, id: int, chat: int) -> bool:
        """Takes the draft away (published or dropped); False when somebody else was faster."""

        def work(db: Transaction) -> bool:
            db.execute("DELETE FROM prompt WHERE draft = ?", (id,))
            return db.execute("DELETE FROM draft WHERE id = ? AND chat = ?", (id, chat)).rowcount > 0

        return self._database.write(work)

    def ask(self, chat: int, message: int, prompt: Prompt) -> None:
        """Remembers what a message asks for."""
        self._database.execute(
            "INSERT INTO prompt (chat, message, draft, preview, field) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (chat, message)"
            " DO UPDATE SET draft = excluded.draft, preview = excluded.preview, field = excluded.field",
            chat,
            message,
            prompt.draft,
            prompt.preview,
            prompt.field,
        )

    def asked(self, chat: int, message: int) -> Prompt | None:
        """What this message asked for; None when it asked nothing."""
        rows = self._database.rows(
            "SELECT draft, preview, field FROM prompt WHERE chat = ? AND message = ?", chat, message
        )
        return Prompt(*rows[0]) if rows else None

    def forget_chat(self, chat: int) -> None:
        """Drops all drafts of one chat."""

        def work(db: Transaction) -> None:
            db.execute("DELETE FROM prompt WHERE chat = ?", (chat,))
            db.execute("DELETE FROM draft WHERE chat = ?", (chat,))
            db.execute("DELETE FROM reading WHERE chat = ?", (chat,))

        self._database.write(work)
