"""The library: SQLite, the only place documents are kept. Indexes are derived from it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from corpus.errors import LibraryError
from corpus.model import Directive, Frozen, Reference, Trust
from corpus.numbers import DocumentNumber

SCHEMA_VERSION = 1

MIGRATIONS = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    INSERT INTO meta VALUES ('version', '0');
    CREATE TABLE document (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        file TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        reader INTEGER NOT NULL,
        number TEXT, type TEXT, issuer TEXT, date TEXT, month TEXT, title TEXT, signer TEXT,
        trust TEXT NOT NULL,
        added TEXT NOT NULL,
        text TEXT NOT NULL,
        body TEXT NOT NULL
    );
    CREATE INDEX document_number ON document (number);
    CREATE INDEX document_file ON document (file);
    CREATE INDEX document_source ON document (sha256);
    CREATE TABLE reference (
        seq INTEGER NOT NULL REFERENCES document (seq) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        key TEXT NOT NULL
    );
    CREATE INDEX reference_key ON reference (key);
    CREATE INDEX reference_document ON reference (seq);
    """,
)

_INFO_COLUMNS = "seq, id, file, sha256, number, type, issuer, date, month, title, signer, trust, added"


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


def document_id(directive: Directive) -> str:
    """Content address: the same bytes give the same id; documents of one archive differ by their text."""
    text = hashlib.sha256(directive.text.encode()).hexdigest()
    return hashlib.sha256(f"{directive.sha256}:{text}".encode()).hexdigest()[:16]


class Library:
    """Documents on disk: SQLite in WAL mode, one transaction a change, safe from several threads and processes."""

    def __init__(self, path: Path) -> None:
        """Opens the library at `path`, making it when it is not there. LibraryError when it cannot be."""
        self.path = path
        self._local = threading.local()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._write() as db:
                have = db.execute("PRAGMA user_version").fetchone()[0]
                if have > SCHEMA_VERSION:
                    raise LibraryError(
                        f"{path}: made by a newer TrichDan (schema {have}); update the program", path=str(path)
                    )
                for n, script in enumerate(MIGRATIONS[have:], have + 1):
                    for statement in filter(None, map(str.strip, script.split(";"))):
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {n}")
        except (OSError, sqlite3.Error) as e:
            raise LibraryError(
                f"{path}: the library cannot be opened ({e}); choose a folder you can write to with TRICHDAN_HOME",
                path=str(path),
                reason=str(e),
            ) from e

    @property
    def version(self) -> int:
        """Grows by one with every change of content."""
        return int(self._db().execute("SELECT value FROM meta WHERE key = 'version'").fetchone()[0])

    def documents(self) -> list[DocumentInfo]:
        """All documents, in the order they were put in."""
        return [_info(r) for r in self._db().execute(f"SELECT {_INFO_COLUMNS} FROM document ORDER BY seq")]

    def info(self, id: str) -> DocumentInfo | None:
        row = self._db().execute(f"SELECT {_INFO_COLUMNS} FROM document WHERE id = ?", (id,)).fetchone()
        return _info(row) if row else None

    def get(self, id: str) -> Directive | None:
        """The whole document, or None when it is not (or no longer) in the library."""
        row = self._db().execute("SELECT file, text, body FROM document WHERE id = ?", (id,)).fetchone()
        return _directive(*row) if row else None

    def text(self, id: str) -> str | None:
        """The extracted text alone: what a quote is checked against."""
        row = self._db().execute("SELECT text FROM document WHERE id = ?", (id,)).fetchone()
        return str(row[0]) if row else None

    def directives(self) -> Iterator[tuple[DocumentInfo, Directive]]:
        """Every document, one at a time (memory stays flat)."""
        for info in self.documents():
            directive = self.get(info.id)
            if directive is not None:
                yield info, directive

    def from_source(self, sha256: str, reader: int) -> list[DocumentInfo]:
        """The documents that these bytes gave when `reader` (the parser's version) read them; empty: not read yet."""
        rows = self._db().execute(
            f"SELECT {_INFO_COLUMNS} FROM document WHERE sha256 = ? AND reader = ? ORDER BY seq", (sha256, reader)
        )
        return [_info(r) for r in rows]

    def numbered(self, number: str) -> list[DocumentInfo]:
        """The documents with this very number, however either is printed. Several may have one number."""
        key = number_key(number)
        return [d for d in self.documents() if key and d.number and number_key(d.number) == key]

    def mentions(self, number: str) -> list[tuple[DocumentInfo, Reference]]:
        """Where the library's documents name this number: the first place of each document, oldest document first."""
        rows = self._db().execute(
            "SELECT document.id, MIN(place) FROM reference JOIN document USING (seq) WHERE key = ?"
            " GROUP BY seq ORDER BY seq",
            (number_key(number),),
        )
        found = []
        for id, place in rows.fetchall():
            info, directive = self.info(id), self.get(id)
            if info and directive:
                found.append((info, directive.references[place]))
        return found

    def relatives(self, id: str) -> Relatives:
        """The same directive from other sources, and the reports about it."""
        info = self.info(id)
        if info is None:
            return Relatives()
        if info.trust is Trust.REPORT:
            first = self._db().execute("SELECT key FROM reference WHERE seq = ? AND place = 0", (info.seq,))
            keys = {key for (key,) in first}
            return Relatives(about=tuple(d for d in self.documents() if d.number and number_key(d.number) in keys))
        if info.number is None:
            return Relatives()
        same = (d for d in self.numbered(info.number) if d.id != id and _one_document(d, info))
        rows = self._db().execute(
            f"SELECT {_INFO_COLUMNS} FROM reference JOIN document USING (seq) WHERE key = ? AND place = 0 AND trust = ?"
            " ORDER BY seq",
            (number_key(info.number), Trust.REPORT.value),
        )
        return Relatives(same=tuple(same), reports=tuple(_info(r) for r in rows))

    def put(self, directive: Directive, reader: int = 0) -> Added:
        """Keeps a document: unchanged when it is there already, replaced when an older version of the same file is.

        An older version is a document of the same file name with the same number, type, issuer and date (without a
        number: the same title too), or the same source read by an older parser. Everything else is a document of its
        own, also with the same number: numbers are not unique. The same bytes under another name are the same document.
        `reader` is the version of the parser that read it.
        """
        id = document_id(directive)
        body = directive.model_dump_json(exclude={"file", "text"}, exclude_defaults=True)
        with self._write() as db:
            date = directive.date.isoformat() if directive.date else None
            old = db.execute(
                f"SELECT {_INFO_COLUMNS}, text, body FROM document WHERE id = ?"
                " OR (file = ? AND number IS ? AND type IS ? AND issuer IS ? AND date IS ?"
                " AND (number IS NOT NULL OR title IS ?)) ORDER BY id = ? DESC",
                (id, directive.file, directive.number, directive.type, directive.issuer, date, directive.name, id),
            ).fetchone()
            if old and old[1] == id and old[-1] == body:
                db.execute("UPDATE document SET reader = ? WHERE id = ?", (reader, id))
                return Added(outcome=Outcome.UNCHANGED, document=_info(old[:-2]))
            if old:
                db.execute("DELETE FROM document WHERE seq = ?", (old[0],))
            db.execute(
                "INSERT INTO document (id, file, sha256, reader, number, type, issuer, date, month, title, signer,"
                " trust, added, text, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    id,
                    directive.file,
                    directive.sha256,
                    reader,
                    directive.number,
                    directive.type,
                    directive.issuer,
                    date,
                    directive.month,
                    directive.name,
                    directive.signer,
                    directive.trust.value,
                    dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                    directive.text,
                    body,
                ),
            )
            seq = db.execute("SELECT seq FROM document WHERE id = ?", (id,)).fetchone()[0]
            db.executemany(
                "INSERT INTO reference VALUES (?, ?, ?)",
                [(seq, place, number_key(r.number)) for place, r in enumerate(directive.references)],
            )
            _bump(db)
            new = _info(db.execute(f"SELECT {_INFO_COLUMNS} FROM document WHERE id = ?", (id,)).fetchone())
        if not old:
            return Added(outcome=Outcome.ADDED, document=new)
        before = _directive(directive.file, old[-2], old[-1])
        return Added(
            outcome=Outcome.REPLACED, document=new, replaced=_info(old[:-2]), diff=clause_diff(before, directive)
        )

    def remove(self, id: str) -> bool:
        """Takes a document out; False when it was not there."""
        with self._write() as db:
            gone = db.execute("DELETE FROM document WHERE id = ?", (id,)).rowcount > 0
            if gone:
                _bump(db)
        return gone

    def check(self) -> None:
        """Reads every page and every text. LibraryError names the first damage and says to restore a backup."""
        try:
            verdict = self._db().execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.Error as e:
            verdict = str(e)
        if verdict != "ok":
            raise LibraryError(
                f"{self.path}: damaged ({verdict}); stop the bot and put back a backup, or add the documents again",
                path=str(self.path),
                reason=verdict,
            )

    def meta(self, key: str) -> str | None:
        """A note the program keeps about this library."""
        row = self._db().execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def set_meta(self, key: str, value: str) -> None:
        with self._write() as db:
            db.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
            )

    def close(self) -> None:
        db = getattr(self._local, "db", None)
        if db is not None:
            db.close()
            self._local.db = None

    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            self._local.db = db
        return db

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        db = self._db()
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")


def number_key(number: str) -> str:
    """Equal for two ways of printing one number; the text itself where it is no document number."""
    for form in (number, number.upper()):
        with suppress(ValueError):
            return DocumentNumber.parse(form).key
    return number


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


def _info(row: Sequence[object]) -> DocumentInfo:
    return DocumentInfo.model_validate(dict(zip(_INFO_COLUMNS.split(", "), row, strict=True)))


def _directive(file: str, text: str, body: str) -> Directive:
    return Directive.model_validate({**json.loads(body), "file": file, "text": text})
