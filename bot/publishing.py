"""Drafts into the library and back out: what a draft would replace, publishing it whole, undoing it for a day."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from corpus.database import Database, Transaction
from corpus.library import Added, ClauseDiff, DocumentInfo, Library, clause_diff, document_id, number_key
from corpus.model import Directive, Frozen
from corpus.parse import READER_VERSION

UNDO = 86400  # seconds
PURPOSE = "publishing"  # one change at a time, whoever makes it


@dataclass(frozen=True)
class Plan:
    """What publishing a document in a collection does: nothing is replaced, or `old` is, where `diff` changed."""

    directive: Directive
    old: DocumentInfo | None = None
    diff: ClauseDiff | None = None
    known: bool = False  # the library has it already, the same in every word


@dataclass(frozen=True)
class Published:
    """A change of the library by its number: the documents that are new, and what each took the place of."""

    number: int
    documents: tuple[DocumentInfo, ...]
    plans: tuple[Plan, ...]


class _Before(Frozen):
    directive: Directive
    collection: str


class Change(Frozen):
    """One change of the library, with what it takes to undo it."""

    put: tuple[str, ...] = ()  # ids of documents it brought
    before: tuple[_Before, ...] = ()  # documents it took away


_CHANGE: TypeAdapter[Change] = TypeAdapter(Change)


def plan(library: Library, d: Directive, collection: str, *, separate: bool = False) -> Plan:
    """An older version is the collection's document of the same number, type, issuer and date (without a number: of the
    same file and title). With `separate` the document stands beside it. Blocking."""
    infos = library.documents(frozenset({collection}))
    same = [i for i in infos if _one(i, d)]
    exact = next((i for i in infos if i.id == document_id(d, collection)), None)
    if separate and exact is None:
        # A library takes the same heading in a file of the same name for a new version.
        return Plan(d.model_copy(update={"file": _free(d.file, {i.file for i in same})}))
    old = exact or next((i for i in same if i.file == d.file), None) or next(iter(same), None)
    before = library.get(old.id) if old else None
    if old is None or before is None:
        return Plan(d)
    return Plan(d, old, clause_diff(before, d), known=before == d.model_copy(update={"file": before.file}))


class Publisher:
    """Changes the library, one change at a time, and keeps for a day what undoes them."""

    def __init__(self, database: Database, library: Library) -> None:
        self._database, self._library = database, library

    def publish(
        self, directives: Sequence[Directive], collection: str, person: int, *, separate: bool = False
    ) -> Published:
        """Keeps all of them in one step, in place of their older versions. Blocking."""
        with self._library.database.alone(PURPOSE):
            plans = [plan(self._library, d, collection, separate=separate) for d in directives]
            new = [p for p in plans if not p.known]
            before = tuple(b for p in new if p.old and (b := self._before(p.old.id)))
            old = [p.old.id for p in new if p.old]
            added = self._library.change(remove=old, put=[(p.directive, READER_VERSION, collection) for p in new])
            number = self._keep(person, Change(put=tuple(a.document.id for a in added), before=before))
        return Published(number, tuple(a.document for a in added), tuple(new))

    def remove(self, id: str, person: int) -> int | None:
        """Takes a document out; the change's number, None when it was not there. Blocking."""
        with self._library.database.alone(PURPOSE):
            before = self._before(id)
            if before is None or not self._library.remove(id):
                return None
            return self._keep(person, Change(before=(before,)))

    def latest(self, person: int) -> int | None:
        """The person's last change that can still be undone."""
        [(id,)] = self._database.rows(
            "SELECT max(id) FROM change WHERE person = ? AND at >= ?", person, int(time.time()) - UNDO
        )
        return None if id is None else int(id)

    def undo(self, number: int) -> list[Added] | None:
        """Puts back what was there before the change; None when that is not possible (any more): too long ago, undone,
        or changed again since. Blocking."""
        with self._library.database.alone(PURPOSE):
            change = self._find(number)
            if change is None or not self._as_left(change):
                return None
            back = [(b.directive, 0, b.collection) for b in change.before]
            added = self._library.change(remove=change.put, put=back)
            self._database.execute("DELETE FROM change WHERE id = ?", number)
            return added

    def _find(self, number: int) -> Change | None:
        rows = self._database.rows("SELECT body FROM change WHERE id = ? AND at >= ?", number, int(time.time()) - UNDO)
        return _CHANGE.validate_json(rows[0][0]) if rows else None

    def _as_left(self, change: Change) -> bool:
        """Is the library, as far as this change goes, as the change left it?"""
        if not all(self._library.info(id) for id in change.put):
            return False
        for b in change.before:
            others = (i for i in self._library.documents(frozenset({b.collection})) if i.id not in change.put)
            id = document_id(b.directive, b.collection)
            if any(i.id == id or (_one(i, b.directive) and i.file == b.directive.file) for i in others):
                return False
        return True

    def _before(self, id: str) -> _Before | None:
        info, directive = self._library.info(id), self._library.get(id)
        return _Before(directive=directive, collection=info.collection) if info and directive else None

    def _keep(self, person: int, change: Change) -> int:
        now = int(time.time())
        row = (person, now, change.model_dump_json(exclude_defaults=True))

        def work(db: Transaction) -> int:
            db.execute("DELETE FROM change WHERE at < ?", (now - UNDO,))
            [(id,)] = db.execute("INSERT INTO change (person, at, body) VALUES (?, ?, ?) RETURNING id", row).fetchall()
            return int(id)

        return self._database.write(work)


def _one(i: DocumentInfo, d: Directive) -> bool:
    """Is this the same document, perhaps in another version?"""
    heading = (i.type, i.issuer, i.date) == (d.type, d.issuer, d.date)
    if i.number and d.number:
        return heading and number_key(i.number) == number_key(d.number)
    return heading and not i.number and not d.number and i.file == d.file and i.title == d.name


def _free(name: str, taken: set[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    numbered = [f"{stem} ({n}).{ending}" if dot else f"{name} ({n})" for n in range(2, len(taken) + 3)]
    return next(n for n in (name, *numbered) if n not in taken)
