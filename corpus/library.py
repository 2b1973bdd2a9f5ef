"""The library: SQLite, the only place documents are kept. Indexes are derived from it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from corpus.access import PUBLIC, Access, CollectionError, among
from corpus.model import Directive, Frozen, Reference, Trust
from corpus.numbers import DocumentNumber

# SQLite notices few changes inside a row itself: a sum of it, made when it was put in, is compared when it is read.
_SEALED = "document LEFT JOIN seal USING (seq)"
HELD = 256  # documents kept in memory

_INFO_COLUMNS = "seq, id, file, sha256, number, type, issuer, date, month, title, signer, trust, added, collection"


class Outcome(StrEnum):
    ADDED = "added"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"


class DocumentInfo(Frozen):
    """A document without its text: what lists and citations need."""

    seq: int  # grows with every document put in; never used again
    id: str  # 16 hex digits: content address of (source bytes, place in the source)
    file: str
    sha256: str
    number: str | None
    type: str | None
    issuer: str | None
    date: dt.date | None
    month: str | None
    title: str | None  # Directive.name: the subject, or the first words of a report without a heading
    signer: str | None
    trust: Trust
    added: dt.datetime
    collection: str = PUBLIC  # who may read it: corpus/access.py


class Relatives(Frozen):
    """Other documents that say the same, or say it again."""

    same: tuple[DocumentInfo, ...] = ()  # the same directive from another source
    reports: tuple[DocumentInfo, ...] = ()  # press and web reports about it
    about: tuple[DocumentInfo, ...] = ()  # of a report: the directives it names first


class ClauseDiff(Frozen):
    """What changed between two versions of a document, by clause path."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


class Added(Frozen):
    """The result of putting one document in."""

    outcome: Outcome
    document: DocumentInfo
    replaced: DocumentInfo | None = None
    diff: ClauseDiff | None = None


def document_id(directive: Directive, collection: str = PUBLIC) -> str:
    """Content address: the same bytes give the same id; documents of one archive differ by their text.

    In a collection that is not everyone's its id is mixed in: who has the same bytes cannot tell that it holds them.
    """
    text = hashlib.sha256(directive.text.encode()).hexdigest()
    whose = "" if collection == PUBLIC else f":{collection}"
    return hashlib.sha256(f"{directive.sha256}:{text}{whose}".encode()).hexdigest()[:16]


class Library(Access):
    """Documents on disk, one transaction a change. Where `collections` may be given, other documents are as if they
    were not there; None is all of them, for the operator. LibraryError where what is read is not what was put in."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._held = lru_cache(maxsize=HELD)(lambda id, _version: self.get(id))
        if self.meta("sealed") is None:
            with self._write() as db:
                for (seq,) in db.execute("SELECT seq FROM document").fetchall():
                    _seal(db, seq)
                db.execute("INSERT OR REPLACE INTO meta VALUES ('sealed', '1')")

    @property
    def version(self) -> int:
        """Grows with every change of content."""
        return int(str(self._rows("SELECT value FROM meta WHERE key = 'version'")[0][0]))

    def documents(self, collections: frozenset[str] | None = None) -> list[DocumentInfo]:
        """All documents, in the order they were put in."""
        only, ids = among(collections)
        return self._infos(f"WHERE {only} ORDER BY seq", *ids)

    def info(self, id: str) -> DocumentInfo | None:
        found = self._infos("WHERE id = ?", id)
        return found[0] if found else None

    def get(self, id: str) -> Directive | None:
        """The whole document, or None when it is not (or no longer) in the library."""
        row = self._whole(id)
        return _directive(*row) if row else None

    def held(self, id: str) -> Directive | None:
        """As `get`, and kept in memory until the library changes: reading one back takes milliseconds."""
        return self._held(id, self.version)

    def text(self, id: str) -> str | None:
        """The extracted text alone: what a quote is checked against."""
        row = self._whole(id)
        return row[1] if row else None

    def directives(self) -> Iterator[tuple[DocumentInfo, Directive]]:
        """Every document, one at a time (memory stays flat)."""
        for info in self.documents():
            directive = self.get(info.id)
            if directive is not None:
                yield info, directive

    def from_source(self, sha256: str, reader: int, collection: str = PUBLIC) -> list[DocumentInfo]:
        """The documents of the collection that these bytes gave when `reader` (the parser's version) read them; empty:
        not read yet."""
        where = "WHERE sha256 = ? AND reader = ? AND collection = ? ORDER BY seq"
        return self._infos(where, sha256, reader, collection)

    def numbered(self, number: str, collections: frozenset[str] | None = None) -> list[DocumentInfo]:
        """The documents with this very number, however either is printed. Several may have one number."""
        key = number_key(number)
        return [d for d in self.documents(collections) if key and d.number and number_key(d.number) == key]

    def mentions(self, number: str, collections: frozenset[str] | None = None) -> list[tuple[DocumentInfo, Reference]]:
        """Where the library's documents name this number: the first place of each document, oldest document first."""
        only, ids = among(collections)
        key = number_key(number)
        rows = self._rows(
            f"SELECT document.id FROM reference JOIN document USING (seq) WHERE key = ? AND {only}"
            " GROUP BY seq ORDER BY seq",
            key,
            *ids,
        )
        found = []
        for (id,) in rows:
            info, directive = self.info(str(id)), self.get(str(id))
            if info and directive:
                found += [(info, r) for r in directive.references if number_key(r.number) == key][:1]
        return found

    def relatives(self, id: str, collections: frozenset[str] | None = None) -> Relatives:
        """The same directive from other sources, and the reports about it."""
        info = self.info(id)
        if info is None or (collections is not None and info.collection not in collections):
            return Relatives()
        if info.trust is Trust.REPORT:
            keys = {key for (key,) in self._rows("SELECT key FROM reference WHERE seq = ? AND place = 0", info.seq)}
            others = self.documents(collections)
            return Relatives(about=tuple(d for d in others if d.number and number_key(d.number) in keys))
        if info.number is None:
            return Relatives()
        same = (d for d in self.numbered(info.number, collections) if d.id != id and _one_document(d, info))
        only, ids = among(collections)
        reports = self._infos(
            f"JOIN reference USING (seq) WHERE key = ? AND place = 0 AND trust = ? AND {only} ORDER BY seq",
            number_key(info.number),
            Trust.REPORT.value,
            *ids,
        )
        return Relatives(same=tuple(same), reports=tuple(reports))

    def put(self, directive: Directive, reader: int = 0, collection: str = PUBLIC) -> Added:
        """Keeps a document: unchanged when it is there already, replaced when an older version of the same file is.
        CollectionError when there is no such collection.

        An older version is a document of the same file name with the same number, type, issuer and date (without a
        number: the same title too), or the same source read by an older parser. Everything else is a document of its
        own, also with the same number: numbers are not unique. The same bytes under another name are the same document.
        `reader` is the version of the parser that read it. Other collections' documents play no part in any of this.
        """
        with self._write() as db:
            return _put(db, directive, reader, collection)

    def change(self, remove: Iterable[str] = (), put: Iterable[tuple[Directive, int, str]] = ()) -> list[Added]:
        """Takes these documents out and keeps those (each with its reader and collection, as `put` does), all in one
        step: whoever reads sees none of it or all. CollectionError as for `put`."""
        with self._write() as db:
            for id in remove:
                if db.execute("DELETE FROM document WHERE id = ?", (id,)).rowcount:
                    _bump(db)
            return [_put(db, *one) for one in put]

    def move(self, id: str, collection: str) -> Added | None:
        """Puts a document into another collection, where it gets another id; None when it is not in the library.
        CollectionError when there is no such collection."""
        with self._write() as db:
            row = db.execute("SELECT file, text, body, reader, collection FROM document WHERE id = ?", (id,)).fetchone()
            if row is None:
                return None
            if row[-1] != collection:
                db.execute("DELETE FROM document WHERE id = ?", (id,))
                _bump(db)
            return _put(db, _directive(*row[:3]), row[3], collection)

    def remove(self, id: str) -> bool:
        """Takes a document out; False when it was not there."""
        with self._write() as db:
            gone = db.execute("DELETE FROM document WHERE id = ?", (id,)).rowcount > 0
            if gone:
                _bump(db)
        return gone

    def check(self) -> None:
        """Reads every page and every document. LibraryError names the first damage and says to restore a backup."""
        super().check()
        for info in self.documents():
            self.get(info.id)

    def _infos(self, where: str, *values: object) -> list[DocumentInfo]:
        rows = self._rows(f"SELECT {_INFO_COLUMNS}, seal.info FROM {_SEALED} {where}", *values)
        for row in rows:
            if row[-1] != _sum(row[:-1]):
                raise self._damaged(f"document {row[1]}")
        return [_info(row[:-1]) for row in rows]

    def _whole(self, id: str) -> tuple[str, str, str] | None:
        """File name, text and body of a document."""
        rows = self._rows(f"SELECT file, text, body, seal.whole FROM {_SEALED} WHERE id = ?", id)
        if not rows:
            return None
        file, text, body, whole = rows[0]
        if whole != _sum((file, text, body)):
            raise self._damaged(f"document {id}")
        return str(file), str(text), str(body)


def number_key(number: str) -> str:
    """Equal for two ways of printing one number; the text itself where it is no document number."""
    for form in (number, number.upper()):
        with suppress(ValueError):
            return DocumentNumber.parse(form).key
    return number


def _put(db: sqlite3.Connection, directive: Directive, reader: int, collection: str) -> Added:
    if db.execute("SELECT 1 FROM collection WHERE id = ?", (collection,)).fetchone() is None:
        raise CollectionError(collection, "there is no such collection")
    id = document_id(directive, collection)
    body = directive.model_dump_json(exclude={"file", "text"}, exclude_defaults=True)
    date = directive.date.isoformat() if directive.date else None
    old = db.execute(
        f"SELECT {_INFO_COLUMNS}, text, body FROM document WHERE collection = ? AND (id = ?"
        " OR (file = ? AND number IS ? AND type IS ? AND issuer IS ? AND date IS ?"
        " AND (number IS NOT NULL OR title IS ?))) ORDER BY id = ? DESC",
        (
            collection,
            id,
            directive.file,
            directive.number,
            directive.type,
            directive.issuer,
            date,
            directive.name,
            id,
        ),
    ).fetchone()
    if old and old[1] == id and old[-1] == body:
        db.execute("UPDATE document SET reader = ? WHERE id = ?", (reader, id))
        return Added(outcome=Outcome.UNCHANGED, document=_info(old[:-2]))
    if old:
        db.execute("DELETE FROM document WHERE seq = ?", (old[0],))
    row = {
        "id": id,
        "file": directive.file,
        "sha256": directive.sha256,
        "reader": reader,
        "number": directive.number,
        "type": directive.type,
        "issuer": directive.issuer,
        "date": date,
        "month": directive.month,
        "title": directive.name,
        "signer": directive.signer,
        "trust": directive.trust.value,
        "added": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "text": directive.text,
        "body": body,
        "collection": collection,
    }
    seq = db.execute(
        f"INSERT INTO document ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())
    ).lastrowid
    db.executemany(
        "INSERT INTO reference VALUES (?, ?, ?)",
        [(seq, place, number_key(r.number)) for place, r in enumerate(directive.references)],
    )
    _seal(db, seq)
    _bump(db)
    new = _info(db.execute(f"SELECT {_INFO_COLUMNS} FROM document WHERE id = ?", (id,)).fetchone())
    if not old:
        return Added(outcome=Outcome.ADDED, document=new)
    before = _directive(directive.file, old[-2], old[-1])
    return Added(outcome=Outcome.REPLACED, document=new, replaced=_info(old[:-2]), diff=clause_diff(before, directive))


def _one_document(a: DocumentInfo, b: DocumentInfo) -> bool:
    """One number may stand for several documents: these two agree in type and date, as far as both are known."""
    return all(x is None or y is None or x == y for x, y in ((a.type, b.type), (a.date, b.date)))


def clause_diff(old: Directive, new: Directive) -> ClauseDiff:
    """Clauses by path: in `new` only, in `old` only, in both with other words (white space does not count)."""
    before, after = _clause_texts(old), _clause_texts(new)
    return ClauseDiff(
        added=tuple(p for p in after if p not in before),
        removed=tuple(p for p in before if p not in after),
        changed=tuple(p for p in after if p in before and after[p] != before[p]),
    )


def _clause_texts(d: Directive) -> dict[str, str]:
    return {c.path: " ".join(d.shown(c.start, c.end).split()) for c in d.clauses}


def _bump(db: sqlite3.Connection) -> None:
    db.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'version'")


def _seal(db: sqlite3.Connection, seq: int | None) -> None:
    info = db.execute(f"SELECT {_INFO_COLUMNS} FROM document WHERE seq = ?", (seq,)).fetchone()
    whole = db.execute("SELECT file, text, body FROM document WHERE seq = ?", (seq,)).fetchone()
    db.execute("INSERT INTO seal VALUES (?, ?, ?)", (seq, _sum(info), _sum(whole)))


def _sum(row: Sequence[object]) -> bytes:
    """16 bytes that differ for other values."""
    return hashlib.sha256(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass")).digest()[:16]


def _info(row: Sequence[object]) -> DocumentInfo:
    return DocumentInfo.model_validate(dict(zip(_INFO_COLUMNS.split(", "), row, strict=True)))


def _directive(file: str, text: str, body: str) -> Directive:
    return Directive.model_validate({**json.loads(body), "file": file, "text": text})
