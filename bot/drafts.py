"""Documents sent to the bot and not published yet: they survive a restart, and old ones are thrown away."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import TypeAdapter

from bot.database import Database
from corpus.model import Directive

KEEP = 3 * 86400  # seconds
MOST = 200

_SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS draft (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chat INTEGER NOT NULL,
        separate INTEGER NOT NULL DEFAULT 0,
        at INTEGER NOT NULL,
        body TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS prompt (
        chat INTEGER NOT NULL,
        message INTEGER NOT NULL,
        draft INTEGER NOT NULL,
        preview INTEGER NOT NULL,
        field TEXT NOT NULL,
        PRIMARY KEY (chat, message)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS reading (
        chat INTEGER NOT NULL,
        message INTEGER NOT NULL,
        at INTEGER NOT NULL,
        times INTEGER NOT NULL,
        PRIMARY KEY (chat, message)
    ) WITHOUT ROWID
    """,
)
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
        with database.write() as db:
            for statement in _SCHEMA:
                db.execute(statement)

    def begin(self, chat: int, message: int) -> int:
        """Notes that a message's file is being read; how often that was begun by now."""
        now = int(time.time())
        with self._database.write() as db:
            db.execute("DELETE FROM reading WHERE at < ?", (now - KEEP,))
            db.execute(
                "INSERT INTO reading VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1",
                (chat, message, now),
            )
            row = db.execute("SELECT times FROM reading WHERE chat = ? AND message = ?", (chat, message)).fetchone()
        return int(row[0])

    def keep(self, chat: int, directives: Sequence[Directive]) -> Draft:
        """A new draft, shown in `chat`; the old ones and those beyond MOST go."""
        body = _DIRECTIVES.dump_json(list(directives), exclude_defaults=True).decode()
        now = int(time.time())
        with self._database.write() as db:
            db.execute("DELETE FROM draft WHERE at < ?", (now - KEEP,))
            db.execute("DELETE FROM draft WHERE id NOT IN (SELECT id FROM draft ORDER BY id DESC LIMIT ?)", (MOST - 1,))
            db.execute("DELETE FROM prompt WHERE draft NOT IN (SELECT id FROM draft)")
            id = db.execute("INSERT INTO draft (chat, at, body) VALUES (?, ?, ?)", (chat, now, body)).lastrowid
        return Draft(int(id or 0), chat, False, body)

    def get(self, id: int, chat: int) -> Draft | None:
        """The draft, when it is there (still) and belongs to this chat."""
        with self._database.read() as db:
            row = db.execute(
                "SELECT id, chat, separate, body FROM draft WHERE id = ? AND chat = ? AND at >= ?",
                (id, chat, int(time.time()) - KEEP),
            ).fetchone()
        return Draft(row[0], row[1], bool(row[2]), row[3]) if row else None

    def change(self, draft: Draft, directives: Sequence[Directive], separate: bool) -> Draft:
        """The draft with other contents."""
        body = _DIRECTIVES.dump_json(list(directives), exclude_defaults=True).decode()
        with self._database.write() as db:
            db.execute("UPDATE draft SET body = ?, separate = ? WHERE id = ?", (body, separate, draft.id))
        return Draft(draft.id, draft.chat, separate, body)

    def take(self, id: int, chat: int) -> bool:
        """Takes the draft away (published or dropped); False when somebody else was faster."""
        with self._database.write() as db:
            db.execute("DELETE FROM prompt WHERE draft = ?", (id,))
            return db.execute("DELETE FROM draft WHERE id = ? AND chat = ?", (id, chat)).rowcount > 0

    def ask(self, chat: int, message: int, prompt: Prompt) -> None:
        """Remembers what a message asks for."""
        with self._database.write() as db:
            row = (chat, message, prompt.draft, prompt.preview, prompt.field)
            db.execute("INSERT OR REPLACE INTO prompt VALUES (?, ?, ?, ?, ?)", row)

    def asked(self, chat: int, message: int) -> Prompt | None:
        """What this message asked for; None when it asked nothing."""
        with self._database.read() as db:
            row = db.execute(
                "SELECT draft, preview, field FROM prompt WHERE chat = ? AND message = ?", (chat, message)
            ).fetchone()
        return Prompt(*row) if row else None

    def forget_chat(self, chat: int) -> None:
        """Drops all drafts of one chat."""
        with self._database.write() as db:
            db.execute("DELETE FROM prompt WHERE chat = ?", (chat,))
            db.execute("DELETE FROM draft WHERE chat = ?", (chat,))
            db.execute("DELETE FROM reading WHERE chat = ?", (chat,))
