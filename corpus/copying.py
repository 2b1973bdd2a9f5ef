"""Rows from one database to another: what is not as in the source goes, what is missing comes; counted and hashed.

Whatever has been done stays done: begun again, it goes on with what is missing. Memory holds a few rows at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from corpus.database import Database, Reads, Row, Transaction
from corpus.library import check_seal

AT_ONCE = 200  # rows that are read, or written in one transaction
TEXTS_AT_ONCE = 5  # documents
Step = Callable[[int], None]
"""Called with how many documents or rows are done since the last call."""


@dataclass(frozen=True)
class Table:
    """A table that is copied."""

    name: str
    key: tuple[str, ...]  # in which order it is read; no two rows have the same
    rest: tuple[str, ...] = ()
    where: str = "1 = 1"  # SQL that holds for the rows that are copied
    counts: str | None = None  # the column in which the database numbers rows by itself
    at_once: int = AT_ONCE

    @property
    def columns(self) -> tuple[str, ...]:
        return self.key + self.rest


@dataclass(frozen=True)
class Digest:
    """What is in a table: how many rows, and a SHA-256 of all of them in the order of their keys."""

    rows: int
    sha256: str


DOCUMENT = Table(
    "document",
    ("seq",),
    (
        *("id", "file", "sha256", "number", "type", "issuer", "date", "month", "title", "signer", "trust", "added"),
        *("collection", "text", "body", "reader"),
    ),
    counts="seq",
    at_once=TEXTS_AT_ONCE,
)
REFERENCE = Table("reference", ("seq", "place"), ("key",))
SEAL = Table("seal", ("seq",), ("info", "whole"))
# Of a document, what differs where the document does; a text is not changed, but another document put in its place.
_TOLD_BY = Table(
    "document LEFT JOIN seal USING (seq)",
    ("seq",),
    ("id", "reader", "info", "whole", "(SELECT count(*) FROM reference WHERE reference.seq = document.seq)"),
)


def copy_rows(source: Reads, target: Database, table: Table) -> int:
    """Makes the rows of a table in `target` those of `source`; how many had to be changed. DatabaseError."""
    changed = _drop(source, target, table, table)
    sql = _insert(table)
    for rows in _in_groups(_missing(source, target, table), AT_ONCE):
        _write(target, sql, rows)
        changed += len(rows)
    return changed


def copy_documents(source: Reads, target: Database, damaged: Callable[[str], Exception], step: Step) -> int:
    """The same for the documents, each whole or not at all; how many had to be changed. `step` counts all of them.
    What `damaged` makes is raised where a document of the source is not what was put in."""
    changed = _drop(source, target, _TOLD_BY, DOCUMENT)
    for said, there in _pairs(source, target, _TOLD_BY):
        if said is not None and there is None:
            copy = _Document(source, said[0], damaged)
            target.write(copy.put)
            changed += 1
        step(1)
    return changed


def digest(reads: Reads, table: Table, step: Step | None = None) -> Digest:
    """What is in the table now."""
    found, count = hashlib.sha256(), 0
    for row in _rows(reads, table):
        found.update(_line(row))
        count += 1
        if step is not None:
            step(1)
    return Digest(count, found.hexdigest())


class _Document:
    """One document with all that hangs on it, as it stands in the source."""

    def __init__(self, source: Reads, seq: int, damaged: Callable[[str], Exception]) -> None:
        def all_of(table: Table) -> list[Row]:
            order = ", ".join(table.key)
            return source.rows(
                f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE seq = ? ORDER BY {order}", seq
            )

        self.parts = [(table, all_of(table)) for table in (DOCUMENT, REFERENCE, SEAL)]
        [document] = self.parts[0][1]
        seals = [row[1:] for row in self.parts[2][1]]
        fields = dict(zip(DOCUMENT.columns, document, strict=True))
        if not check_seal(fields, seals[0] if seals else None):
            raise damaged(f"document {fields['id']}")

    def put(self, db: Transaction) -> None:
        for table, rows in self.parts:
            if rows:
                db.executemany(_insert(table), rows)


def _drop(source: Reads, target: Database, told_by: Table, table: Table) -> int:
    """Takes out of the target what the source does not have, or has otherwise."""
    sql = f"DELETE FROM {table.name} WHERE {' AND '.join(f'{c} = ?' for c in table.key)}"
    width, dropped = len(table.key), 0
    stale = (there[:width] for said, there in _pairs(source, target, told_by) if there is not None and said != there)
    for keys in _in_groups(stale, AT_ONCE):
        _write(target, sql, keys)
        dropped += len(keys)
    return dropped


def _missing(source: Reads, target: Reads, table: Table) -> Iterator[Row]:
    return (said for said, there in _pairs(source, target, table) if said is not None and there is None)


def _pairs(source: Reads, target: Reads, table: Table) -> Iterator[tuple[Row | None, Row | None]]:
    """Each row with that of the same key on the other side, by key."""
    width = len(table.key)
    ours, theirs = _rows(source, table), _rows(target, table)
    a, b = next(ours, None), next(theirs, None)
    while a is not None or b is not None:
        if b is None or (a is not None and a[:width] < b[:width]):
            yield a, None
            a = next(ours, None)
        elif a is None or b[:width] < a[:width]:
            yield None, b
            b = next(theirs, None)
        else:
            yield a, b
            a, b = next(ours, None), next(theirs, None)


def _rows(reads: Reads, table: Table) -> Iterator[Row]:
    """All of them by key, a few at a time. Text orders by its characters' numbers in both engines, as in Python."""
    keys = ", ".join(table.key)
    last: Sequence[object] = ()
    while True:
        after = f" AND ({keys}) > ({', '.join('?' * len(last))})" if last else ""
        rows = reads.rows(
            f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {table.where}{after}"
            f" ORDER BY {keys} LIMIT {table.at_once}",
            *last,
        )
        yield from rows
        if len(rows) < table.at_once:
            return
        last = rows[-1][: len(table.key)]


def _write(target: Database, sql: str, rows: list[Row]) -> None:
    target.write(lambda db: db.executemany(sql, rows))


def _in_groups(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in rows:
        group.append(row)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def _insert(table: Table) -> str:
    return f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({', '.join('?' * len(table.columns))})"


def _line(row: Row) -> bytes:
    said = [{"bytes": v.hex()} if isinstance(v, bytes) else v for v in row]
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
