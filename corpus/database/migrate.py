"""PostgreSQL's tables from one version to the next (`trichdan migrate`): one at a time, each step whole."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from corpus.database import DatabaseError, Schema

_ALONE = 0x7472_6963_6864_616E  # the advisory lock of migrations
_MISSING = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)


class OutdatedError(DatabaseError):
    """The tables are older than the program, or not there at all."""

    code = "database_outdated"


class NewerError(DatabaseError):
    """The tables were made by a newer program."""

    code = "database_newer"


def migrate(db: psycopg.Connection, name: str, schemas: Iterable[Schema]) -> list[str]:
    """Brings every schema up to date; the names of those that changed. `name` is the database's, for messages."""
    changed = []
    db.execute("SELECT pg_advisory_lock(%s)", (_ALONE,))
    try:
        with db.transaction():
            db.execute("CREATE SCHEMA IF NOT EXISTS trichdan")
            db.execute(
                "CREATE TABLE IF NOT EXISTS trichdan.migration (schema TEXT, number INT,"
                " at TIMESTAMPTZ NOT NULL DEFAULT now(), PRIMARY KEY (schema, number))"
            )
            # What was committed, for whoever has lost the answer. A transaction's own number would not do: after a
            # crash another may get the same.
            db.execute(
                "CREATE TABLE IF NOT EXISTS trichdan.written"
                " (token UUID PRIMARY KEY, at TIMESTAMPTZ NOT NULL DEFAULT now())"
            )
            db.execute("CREATE INDEX IF NOT EXISTS written_at ON trichdan.written (at)")
        for schema in schemas:
            scripts, have = schema.scripts("postgres"), _version(db, schema)
            if have > len(scripts):
                raise _newer(name, schema, have)
            for n, script in enumerate(scripts[have:], have + 1):
                with db.transaction():
                    db.execute(script.encode())
                    db.execute("INSERT INTO trichdan.migration (schema, number) VALUES (%s, %s)", (schema.name, n))
                changed.append(f"{schema.name} {n}")
            for script in schema.scripts("postgres/each_time"):
                with db.transaction():
                    db.execute(script.encode())
    finally:
        if not db.broken:
            db.execute("SELECT pg_advisory_unlock(%s)", (_ALONE,))
    return changed


def check_version(db: psycopg.Connection, name: str, schema: Schema) -> None:
    """OutdatedError or NewerError where the tables are not this program's."""
    try:
        have = _version(db, schema)
    except _MISSING:
        have = 0
    want = len(schema.scripts("postgres"))
    if have > want:
        raise _newer(name, schema, have)
    if have < want:
        raise OutdatedError(
            f"{name}: the tables are an older version's ({schema.name} {have} of {want}); run `trichdan migrate`",
            name=name,
            reason=f"{schema.name} {have}/{want}",
        )


def _version(db: psycopg.Connection, schema: Schema) -> int:
    row = db.execute("SELECT max(number) FROM trichdan.migration WHERE schema = %s", (schema.name,)).fetchone()
    return int(row[0] or 0) if row else 0


def _newer(name: str, schema: Schema, have: int) -> NewerError:
    return NewerError(
        f"{name}: made by a newer TrichDan ({schema.name} {have}); update the program",
        name=name,
        reason=f"{schema.name} {have}",
    )
