"""A whole library, with chats, settings and what waits for an answer, from one place of keeping to another.

The bot may go on meanwhile. Begun again after whatever ended it, the copy goes on with what is missing; nobody can use
it until all has come and both sides, counted and hashed table by table, are the same. That is done when no bot
works on the source any more, so that nothing is left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from bot.database import BOT, INBOX, SCHEMAS, make_shared, open_database, place_of
from bot.errors import BotError
from bot.settings import Settings
from corpus.copying import DOCUMENT, REFERENCE, SEAL, Step, Table, copy_documents, copy_rows, digest
from corpus.database import Database, Reads, Schema, Transaction
from corpus.library import IDENTITY, LIBRARY, NEWS, UNFINISHED, Library

FINISHED = "copied"  # meta key: what this was made a copy of
TRIES = 3  # what came in while all was being compared is fetched so often

_OF_THE_PLACE = (IDENTITY, UNFINISHED, FINISHED)
COPIED: dict[Schema, tuple[Table, ...]] = {
    LIBRARY: (
        Table("collection", ("id",), ("name", "owner")),
        Table("collection_chat", ("chat", "collection")),
        Table("validity", ("old", "new"), ("effect", "by", "at")),
        DOCUMENT,
        REFERENCE,
        SEAL,
        # The version comes last: with it the documents count as those of the source.
        Table("meta", ("key",), ("value",), where=f"key NOT IN {_OF_THE_PLACE}"),
    ),
    BOT: (
        Table("answered", ("chat", "answer"), ("question", "at", "body")),
        Table("shown", ("chat", "message"), ("at", "document")),
        Table("preference", ("chat",), ("body",)),
        Table("private_answer", ("chat", "answer"), ("asked_in", "question", "thread", "at")),
        Table("draft", ("id",), ("chat", "separate", "at", "body"), counts="id"),
        Table("prompt", ("chat", "message"), ("draft", "preview", "field")),
        Table("reading", ("chat", "message"), ("at", "times")),
        Table("tally", ("day", "outcome"), ("count",)),
        Table("vote", ("chat", "message", "person"), ("up", "document", "library", "at")),
        Table("logging_chat", ("chat",), ("since",)),
        Table("logged_question", ("rowid",), ("chat", "person", "at", "question", "status"), counts="rowid"),
        Table("change", ("id",), ("person", "at", "body"), counts="id"),
        Table("administrator", ("person",), ("name", "by", "at")),
        Table("revision", ("name",), ("number",)),
    ),
    INBOX: (
        Table("meta", ("key",), ("value",)),
        Table("incoming", ("id",), ("chat", "person", "at", "state", "tries", "reason", "body")),
        Table("posted", ("id", "n"), ("result",)),
    ),
}
# Which worker holds which chat, the pace of calls, and what proves a chat to the database, is of the place itself.
LEFT = {LIBRARY: ("secret",), BOT: (), INBOX: ("turn", "call", "due")}
_WITH_DOCUMENTS = (REFERENCE, SEAL)
_NEW = {"collection": 1, "meta": 2}  # rows that a library has before anything is put in, at most


class CopyError(BotError):
    """A copy that cannot be made; `code` says why."""


class NothingError(CopyError):
    code = "copy_nothing"


class OccupiedError(CopyError):
    """There is something already that is no unfinished copy of this library."""

    code = "copy_occupied"


class DoneError(CopyError):
    """The copy was finished earlier."""

    code = "copy_done"


class SameError(CopyError):
    code = "copy_same"


class DiffersError(CopyError):
    """Both sides should be the same and are not."""

    code = "copy_differs"


@dataclass(frozen=True)
class Copied:
    """What a run did. Not `finished`: a bot works on the source; all is there that was there when it was read."""

    name: str  # of the target
    documents: int
    changed: int  # rows and documents that this run brought or took away
    finished: bool
    rows: int = 0  # of all tables, documents too; known where they were compared


Report = Callable[[str, int, int], None]
"""Called with what is being done (copying, comparing), how many documents are done and how many there are."""


def target_of(settings: Settings, to: str) -> Settings:
    """The same settings with the data kept at `to`: an address of PostgreSQL, or a folder."""
    if to.startswith(("postgresql://", "postgres://")):
        return settings.model_copy(update={"database_url": SecretStr(to)})
    return settings.model_copy(update={"database_url": None, "home": Path(to).expanduser().absolute()})


def copy(settings: Settings, to: Settings, report: Report) -> Copied:
    """Copies what the settings name to where `to` says, or goes on with that. CopyError or LibraryError says what is
    in the way; the target is then as it was, or stays unfinished."""
    identity = _identity(settings)
    if to.database_url is not None:
        make_shared(to)
    with _opened(to) as target, target[LIBRARY].alone("copy"):
        _claim(target, identity, place_of(to))
        changed = 0
        for _ in range(TRIES):
            with _opened(settings) as source:
                documents, more = _take_over(source, target, report)
                changed += more
            if not _unused(settings):
                return Copied(place_of(to), documents, changed, finished=False)
            with _opened(settings) as source:
                rows, differing = _compare(source, target, documents, report)
            if differing is None and _unused(settings):
                _finish(target, identity)
                return Copied(place_of(to), documents, changed, finished=True, rows=rows)
    raise DiffersError(
        f"{place_of(to)}: {differing} is not as in {place_of(settings)}; empty it and copy again",
        name=place_of(to),
        source=place_of(settings),
        table=differing,
    )


def _identity(settings: Settings) -> str:
    """What the source is called, for the target to know it again."""
    if settings.database_url is None and not (settings.home / "library.db").exists():
        raise NothingError(f"{settings.home}: there is no library to copy", name=str(settings.home))
    library = Library(open_database(settings, LIBRARY))
    try:
        return library.identity
    finally:
        library.close()


@contextmanager
def _opened(settings: Settings) -> Iterator[dict[Schema, Database]]:
    with ExitStack() as stack:
        opened = {}
        for schema in SCHEMAS:
            opened[schema] = open_database(settings, schema)
            stack.callback(opened[schema].close)
        yield opened


def _unused(settings: Settings) -> bool:
    """No other program works on it."""
    return all(open_database(settings, schema).close_unused() for schema in SCHEMAS)


def _claim(target: dict[Schema, Database], identity: str, name: str) -> None:
    """From here on the target is this copy's, and nobody can use it. CopyError where it is not to be had."""
    library = target[LIBRARY]
    known: dict[str, str] = dict(library.rows("SELECT key, value FROM meta WHERE key IN (?, ?, ?)", *_OF_THE_PLACE))
    if known.get(UNFINISHED) == identity:
        return
    if known.get(IDENTITY) == identity:
        raise SameError(f"{name}: is the very library that is to be copied", name=name)
    if known.get(FINISHED) == identity:
        raise DoneError(f"{name}: was copied from this library already, and may be in use", name=name)
    if known or not all(_is_new(target[schema], table) for schema in SCHEMAS for table in COPIED[schema]):
        raise OccupiedError(f"{name}: holds another library; name an empty place", name=name)
    library.execute("INSERT INTO meta (key, value) VALUES (?, ?)", UNFINISHED, identity)


def _is_new(database: Database, table: Table) -> bool:
    [(rows,)] = database.rows(f"SELECT count(*) FROM {table.name}")
    if table.name == "meta" and rows:
        # What a new library says of itself; any other note is somebody's.
        return not database.rows(
            "SELECT 1 FROM meta WHERE NOT (key = 'version' AND value = '0' OR key = 'sealed') LIMIT 1"
        )
    return bool(rows <= _NEW.get(table.name, 0))


def _take_over(source: dict[Schema, Database], target: dict[Schema, Database], report: Report) -> tuple[int, int]:
    """Brings the target to where the source is, each database as it is at one moment; how many documents there are,
    and how much was changed."""
    done = [source[s].moment(partial(_take_over_one, source[s], target[s], COPIED[s], report)) for s in SCHEMAS]
    for schema in SCHEMAS:
        for table in COPIED[schema]:
            if table.counts:
                _count_on(target[schema], table.name, table.counts, source[schema])
    return sum(count for count, _ in done), sum(changed for _, changed in done)


def _take_over_one(
    source: Database, target: Database, tables: Sequence[Table], report: Report, reads: Reads
) -> tuple[int, int]:
    count = changed = 0
    for table in tables:
        if table is DOCUMENT:
            [(count,)] = reads.rows("SELECT count(*) FROM document")
            changed += copy_documents(reads, target, source.damaged, _steps("copying", count, report))
        elif table not in _WITH_DOCUMENTS:
            changed += copy_rows(reads, target, table)
    return count, changed


def _count_on(target: Database, table: str, column: str, source: Database) -> None:
    last = source.last_number(table, column)
    target.write(lambda db: db.count_on(table, column, last))


def _compare(
    source: dict[Schema, Database], target: dict[Schema, Database], documents: int, report: Report
) -> tuple[int, str | None]:
    """How many rows both have, and the first table that is not the same on both sides."""
    step, rows = _steps("comparing", 2 * documents, report), 0
    for schema in SCHEMAS:
        for table in COPIED[schema]:
            look = partial(digest, table=table, step=step if table is DOCUMENT else None)
            here, there = source[schema].moment(look), target[schema].moment(look)
            if here != there:
                return rows, f"{schema.name}.{table.name}"
            rows += here.rows
    return rows, None


def _finish(target: dict[Schema, Database], identity: str) -> None:
    """From here on the target is a library like any other."""

    def work(db: Transaction) -> None:
        db.execute("DELETE FROM meta WHERE key = ?", (UNFINISHED,))
        db.execute("INSERT INTO meta (key, value) VALUES (?, ?)", (FINISHED, identity))
        db.announce(NEWS)

    target[LIBRARY].write(work)


def _steps(what: str, total: int, report: Report) -> Step:
    done = 0
    report(what, 0, total)

    def step(n: int) -> None:
        nonlocal done
        done += n
        report(what, done, total)

    return step
