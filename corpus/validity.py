"""Which documents are replaced, ended or amended by which: confirmed by a person, kept beside the documents."""

from __future__ import annotations

import datetime as dt

from corpus.database import Database
from corpus.effects import Effect
from corpus.library import DocumentInfo, number_key
from corpus.model import Frozen
from corpus.text import fold


class Mark(Frozen):
    """The document `old` is replaced, ended or amended by `new`; both by their identity."""

    old: str
    new: str
    effect: Effect


def identity(info: DocumentInfo) -> str:
    """What stays the same when a new file of a document comes in: number, date and issuer; without a number its id."""
    if info.number is None:
        return info.id
    date = info.date.isoformat() if info.date else ""
    return f"{number_key(info.number)}|{date}|{fold(info.issuer or '')}"


class Validity:
    """Marks in the library's database. They outlive the documents they name, and hold again when these come back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self, old: DocumentInfo, new: DocumentInfo, effect: Effect, by: int) -> None:
        """`by` is the person who confirms it. Takes the place of an earlier mark between the two."""
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        self._database.execute(
            "INSERT INTO validity (old, new, effect, by, at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (old, new) DO UPDATE SET effect = excluded.effect, by = excluded.by, at = excluded.at",
            identity(old),
            identity(new),
            effect.value,
            by,
            now,
        )

    def unmark(self, old: DocumentInfo, new: DocumentInfo) -> bool:
        """False when there was no such mark."""
        pair = (identity(old), identity(new))
        return self._database.execute("DELETE FROM validity WHERE old = ? AND new = ?", *pair) > 0

    def of(self, info: DocumentInfo) -> list[Mark]:
        """What became of this document, the first confirmed first."""
        return self._marks("old", identity(info))

    def by(self, info: DocumentInfo) -> list[Mark]:
        """What this document did to others."""
        return self._marks("new", identity(info))

    def _marks(self, column: str, value: str) -> list[Mark]:
        rows = self._database.rows(
            f"SELECT old, new, effect FROM validity WHERE {column} = ? ORDER BY at, old, new", value
        )
        return [Mark.model_validate(dict(zip(("old", "new", "effect"), r, strict=True))) for r in rows]
