"""The library: the only place documents are kept. Indexes are derived from it."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from secrets import token_hex
from typing import Any, get_type_hints

import msgspec
from pydantic_core import from_json, to_json

from corpus.access import PUBLIC, Access, CollectionError, among
from corpus.database import Database, Reads, Row, Schema, Transaction, same
from corpus.database.sqlite import SQLite
from corpus.errors import LibraryError
from corpus.model import Directive, Frozen, Reference, Trust
from corpus.numbers import DocumentNumber

LIBRARY = Schema("library", files("corpus") / "schema", serial=True)
NEWS = "library"  # what is announced when the content changes
# A database notices few changes inside a row itself: a sum of it, made when it was put in, is compared when it is read.
_SEALED = "document LEFT JOIN seal USING (seq)"
_SET_META = "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
IDENTITY = "identity"  # meta key
UNFINISHED = "copying"  # meta key: what this is to become a copy of; there until all of it has come
HELD = 256  # documents kept in memory

_INFO_COLUMNS = "seq, id, file, sha256, number, type, issuer, date, month, title, signer, trust, added, collection"


class UnfinishedError(LibraryError):
    """A copy of a library of which something is missing yet."""

    code = "copy_unfinished"


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


class Documents:
    """The documents as they are read. Where `collections` may be given, others are as if they were not there; None is
    all that the database shows. LibraryError where what is read is not what was put in."""

    def __init__(self, reads: Reads, damaged: Callable[[str], LibraryError], held: _Held) -> None:
        """`damaged` makes the error; `held` are the documents in memory."""
        self._reads, self._damaged, self._memory = reads, damaged, held

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
        return _sealed(*row) if row else None

    def held(self, id: str, collections: frozenset[str] | None = None) -> Directive | None:
        """As `get`, and kept in memory: reading one back takes milliseconds."""
        # What is in memory may have been read for somebody else. Whose it is comes first: reading a text takes a time
        # of its own, which would tell that there is one.
        info = self.found([id], collections).get(id)
        return self.whole(info) if info else None

    def found(self, ids: Sequence[str], collections: frozenset[str] | None = None) -> dict[str, DocumentInfo]:
        """Those of these documents that there are, by id, in one reading."""
        infos = self._infos(f"WHERE id IN ({', '.join('?' * len(ids))})", *ids)
        return {i.id: i for i in infos if collections is None or i.collection in collections}

    def whole(self, info: DocumentInfo) -> Directive | None:
        """The document whose facts have been read for the same reader; None where it has gone since, as far as that is
        noticed: what is in memory is not asked for again."""
        return self._memory(info, self._read)

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
        where = f"WHERE seq IN (SELECT seq FROM reference WHERE key = ?) AND {only} ORDER BY seq"
        found = []
        for info in self._infos(where, key, *ids):
            directive = self.get(info.id)
            if directive:
                found += [(info, r) for r in directive.references if number_key(r.number) == key][:1]
        return found

    def relatives(self, id: str, collections: frozenset[str] | None = None) -> Relatives:
        """The same directive from other sources, and the reports about it."""
        info = self.info(id)
        if info is None or (collections is not None and info.collection not in collections):
            return Relatives()
        if info.trust is Trust.REPORT:
            first = self._reads.rows("SELECT key FROM reference WHERE seq = ? AND place = 0", info.seq)
            keys = {key for (key,) in first}
            others = self.documents(collections)
            return Relatives(about=tuple(d for d in others if d.number and number_key(d.number) in keys))
        if info.number is None:
            return Relatives()
        same = (d for d in self.numbered(info.number, collections) if d.id != id and _one_document(d, info))
        only, ids = among(collections)
        naming_it_first = "seq IN (SELECT seq FROM reference WHERE key = ? AND place = 0)"
        reports = self._infos(
            f"WHERE {naming_it_first} AND trust = ? AND {only} ORDER BY seq",
            number_key(info.number),
            Trust.REPORT.value,
            *ids,
        )
        return Relatives(same=tuple(same), reports=tuple(reports))

    def _infos(self, where: str, *values: object) -> list[DocumentInfo]:
        rows = self._reads.rows(f"SELECT {_INFO_COLUMNS}, seal.info FROM {_SEALED} {where}", *values)
        for row in rows:
            if row[-1] != _sum(row[:-1]):
                raise self._damaged(f"document {row[1]}")
        return [_info(row[:-1]) for row in rows]

    def _read(self, info: DocumentInfo) -> Directive | None:
        row = self._whole(info.id, info.seq)
        return _sealed(*row) if row else None

    def _whole(self, id: str, seq: int | None = None) -> tuple[str, str, str] | None:
        """File name, text and body of a document; `seq`: of none that has taken its place since."""
        where, values = ("id = ?", (id,)) if seq is None else ("id = ? AND seq = ?", (id, seq))
        rows = self._reads.rows(f"SELECT file, text, body, seal.whole FROM {_SEALED} WHERE {where}", *values)
        if not rows:
            return None
        file, text, body, whole = rows[0]
        if whole != _sum((file, text, body)):
            raise self._damaged(f"document {id}")
        return str(file), str(text), str(body)


class Library(Documents, Access):
    """All documents, for the operator, the index and whoever changes them: one transaction a change."""

    def __init__(self, database: Database | Path) -> None:
        """A path is an SQLite file, made when it is not there. LibraryError when it cannot be opened."""
        if isinstance(database, Path):
            database = SQLite(database, LIBRARY)
        Access.__init__(self, database)
        Documents.__init__(self, database, database.damaged, _Held())
        if self.meta(UNFINISHED) is not None:
            name = database.name
            raise UnfinishedError(
                f"{name}: an unfinished copy of another library; finish it with `trichdan copy`", name=name
            )
        if self.meta("sealed") is None:
            database.write(_seal_all)

    @property
    def version(self) -> int:
        """Grows with every change of content."""
        return int(str(self.meta("version")))

    @property
    def identity(self) -> str:
        """What tells this library from every other one; made when it is first asked for."""

        def work(db: Transaction) -> str:
            db.execute("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING", (IDENTITY, token_hex(16)))
            [(known,)] = db.execute("SELECT value FROM meta WHERE key = ?", (IDENTITY,)).fetchall()
            return str(known)

        return self.meta(IDENTITY) or self.database.write(work)

    def seen_by(self, chat: int | None) -> Documents:
        """The documents that are there for a chat (None: for everyone), as far as the database knows whose they are."""
        return Documents(self.database.for_chat(chat), self._damaged, self._memory)

    def meta(self, key: str) -> str | None:
        """A note the program keeps about this library."""
        rows = self.database.rows("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set_meta(self, key: str, value: str) -> None:
        self.database.execute(_SET_META, key, value)

    def close(self) -> None:
        self.database.close()

    def put(self, directive: Directive, reader: int = 0, collection: str = PUBLIC) -> Added:
        """Keeps a document: unchanged when it is there already, replaced when an older version of the same file is.
        CollectionError when there is no such collection.

        An older version is a document of the same file name with the same number, type, issuer and date (without a
        number: the same title too), or the same source read by an older parser. Everything else is a document of its
        own, also with the same number: numbers are not unique. The same bytes under another name are the same document.
        `reader` is the version of the parser that read it. Other collections' documents play no part in any of this.
        """
        return self.database.write(lambda db: _put(db, directive, reader, collection))

    def change(self, remove: Iterable[str] = (), put: Iterable[tuple[Directive, int, str]] = ()) -> list[Added]:
        """Takes these documents out and keeps those (each with its reader and collection, as `put` does), all in one
        step: whoever reads sees none of it or all. CollectionError as for `put`."""
        gone, come = tuple(remove), tuple(put)

        def work(db: Transaction) -> list[Added]:
            for id in gone:
                _remove(db, id)
            return [_put(db, *one) for one in come]

        return self.database.write(work)

    def move(self, id: str, collection: str) -> Added | None:
        """Puts a document into another collection, where it gets another id; None when it is not in the library.
        CollectionError when there is no such collection."""

        def work(db: Transaction) -> Added | None:
            row = db.execute("SELECT file, text, body, reader, collection FROM document WHERE id = ?", (id,)).fetchone()
            if row is None:
                return None
            if row[-1] != collection:
                _remove(db, id)
            return _put(db, _directive(*row[:3]), row[3], collection)

        return self.database.write(work)

    def remove(self, id: str) -> bool:
        """Takes a document out; False when it was not there."""
        return self.database.write(lambda db: _remove(db, id))

    def check(self) -> None:
        """Reads every page and every document. LibraryError names the first damage and says to restore a backup."""
        self.database.check()
        for info in self.documents():
            self.get(info.id)


class _Held:
    """Documents in memory, by last use. What stands in the library at one place (`seq`) never changes."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], Directive] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, info: DocumentInfo, read: Callable[[DocumentInfo], Directive | None]) -> Directive | None:
        key = info.id, info.seq
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        found = read(info)
        with self._lock:
            if found is not None:
                self._known[key] = found
            while len(self._known) > HELD:
                self._known.popitem(last=False)
        return found


def number_key(number: str) -> str:
    """Equal for two ways of printing one number; the text itself where it is no document number."""
    for form in (number, number.upper()):
        with suppress(ValueError):
            return DocumentNumber.parse(form).key
    return number


def check_seal(row: Mapping[str, object], seals: Sequence[object] | None) -> bool:
    """Is a document, by column, what was put in, going by the two sums that were made then?"""
    sums = (_sum([row[c] for c in _INFO_COLUMNS.split(", ")]), _sum([row[c] for c in ("file", "text", "body")]))
    return seals is not None and tuple(seals) == sums


def _put(db: Transaction, directive: Directive, reader: int, collection: str) -> Added:
    if db.execute("SELECT 1 FROM collection WHERE id = ?", (collection,)).fetchone() is None:
        raise CollectionError(collection, "there is no such collection")
    id = document_id(directive, collection)
    body = directive.model_dump_json(exclude={"file", "text"}, exclude_defaults=True)
    date = directive.date.isoformat() if directive.date else None
    heading = {"number": directive.number, "type": directive.type, "issuer": directive.issuer, "date": date}
    if directive.number is None:
        heading["title"] = directive.name
    version, values = same(file=directive.file, **heading)
    old = db.execute(
        f"SELECT {_INFO_COLUMNS}, text, body FROM document WHERE collection = ? AND (id = ? OR ({version}))"
        " ORDER BY id <> ?, seq",
        (collection, id, *values, id),
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
    [(seq,)] = db.execute(
        f"INSERT INTO document ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) RETURNING seq",
        tuple(row.values()),
    ).fetchall()
    db.executemany(
        "INSERT INTO reference (seq, place, key) VALUES (?, ?, ?)",
        [(seq, place, number_key(r.number)) for place, r in enumerate(directive.references)],
    )
    _seal(db, seq)
    _bump(db)
    new = _info(_row(db, _INFO_COLUMNS, seq))
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


def _remove(db: Transaction, id: str) -> bool:
    gone = db.execute("DELETE FROM document WHERE id = ?", (id,)).rowcount > 0
    if gone:
        _bump(db)
    return gone


def _bump(db: Transaction) -> None:
    [(version,)] = db.execute("SELECT value FROM meta WHERE key = 'version'").fetchall()
    db.execute(_SET_META, ("version", str(int(version) + 1)))
    db.announce(NEWS)


def _row(db: Transaction, columns: str, seq: int) -> Row:
    [row] = db.execute(f"SELECT {columns} FROM document WHERE seq = ?", (seq,)).fetchall()
    return row


def _seal(db: Transaction, seq: int) -> None:
    sums = _sum(_row(db, _INFO_COLUMNS, seq)), _sum(_row(db, "file, text, body", seq))
    db.execute("INSERT INTO seal (seq, info, whole) VALUES (?, ?, ?)", (seq, *sums))


def _seal_all(db: Transaction) -> None:
    """A library that was made before there were seals."""
    for (seq,) in db.execute("SELECT seq FROM document WHERE seq NOT IN (SELECT seq FROM seal)").fetchall():
        _seal(db, seq)
    db.execute(_SET_META, ("sealed", "1"))


def _sum(row: Sequence[object]) -> bytes:
    """16 bytes that differ for other values: of the row as `json.dumps` writes it, in a third of its time."""
    # Bytes are what damage makes of a text: base64 is neither that text nor an error.
    values = (to_json(value, bytes_mode="base64") for value in row)
    return hashlib.sha256(b"[%b]" % b", ".join(values)).digest()[:16]


def _info(row: Sequence[object]) -> DocumentInfo:
    return DocumentInfo.model_validate(dict(zip(_INFO_COLUMNS.split(", "), row, strict=True)))


def _directive(file: str, text: str, body: str) -> Directive:
    return Directive.model_validate({**from_json(body), "file": file, "text": text})


def _body() -> msgspec.json.Decoder[Any]:
    """Reads a body: the fields of a directive but file and text, which have columns of their own."""
    types = get_type_hints(Directive)
    fields = {n: f for n, f in Directive.model_fields.items() if n not in ("file", "text")}
    typed = [(n, types[n]) if f.is_required() else (n, types[n], f.default) for n, f in fields.items()]
    return msgspec.json.Decoder(msgspec.defstruct("Body", typed, kw_only=True, forbid_unknown_fields=True))


_BODY = _body()


def _sealed(file: str, text: str, body: str) -> Directive:
    """As `_directive`, of what its seal has proved to be what was put in: its offsets were checked then."""
    return Directive.model_construct(file=file, text=text, **msgspec.structs.asdict(_BODY.decode(body)))
