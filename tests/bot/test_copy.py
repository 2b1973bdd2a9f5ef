"""All that is kept moves to another place whole, or cannot be used there."""

from __future__ import annotations

import asyncio
import itertools
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr

pytest.importorskip("psycopg_pool")

from bot.copying import (
    COPIED,
    LEFT,
    Copied,
    DiffersError,
    DoneError,
    NothingError,
    OccupiedError,
    SameError,
    copy,
)
from bot.database import BOT, SCHEMAS, open_database
from bot.inbox import Incoming, open_inbox
from bot.kept import Kept
from bot.settings import Settings
from corpus.access import PUBLIC
from corpus.copying import digest
from corpus.effects import Effect
from corpus.errors import LibraryError
from corpus.library import LIBRARY, Library, UnfinishedError
from corpus.validity import Validity
from tests.bot.test_cli import one_line, run
from tests.corpus.database.test_both import STEPS, Side
from tests.corpus.test_library import directive
from tests.databases import Files, Shared
from tests.fakes.engine import conclusion, news
from tests.fakes.postgres import Postgres

Place = Settings


def folder(path: Path) -> Place:
    return Settings(home=path, database_url=None, _env_file=None)  # type: ignore[call-arg]


def quiet(what: str, done: int, total: int) -> None:
    assert what in ("copying", "comparing")
    assert done <= total


class Fresh:
    """Places with nothing in them, one after the other."""

    def __init__(self, server: Postgres, tmp_path: Path) -> None:
        self._server, self._tmp = server, tmp_path
        self._folders = itertools.count(1)
        self._made: list[str] = []

    def files(self) -> Place:
        return folder(self._tmp / f"home{next(self._folders)}")

    def shared(self) -> Place:
        """A database without any tables."""
        self._made.append(self._server.make("template1"))
        url = SecretStr(self._server.url(self._made[-1]))
        return Settings(home=self._tmp, database_url=url, _env_file=None)  # type: ignore[call-arg]

    def close(self) -> None:
        for name in self._made:
            self._server.drop(name)


@pytest.fixture
def fresh(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fresh]:
    monkeypatch.delenv("TRICHDAN_DATABASE_URL", raising=False)
    fresh = Fresh(postgres, tmp_path)
    yield fresh
    fresh.close()


async def fill(place: Place) -> None:
    """A little of everything that is kept."""
    library = Library(open_database(place, LIBRARY))
    library.set_meta("starter", "none")
    private = library.own_collection(-1001).id
    for n in range(12):
        library.put(directive(f"1. Một \x00 \x1b.\n2. Số {n}.\n", file=f"{n}.txt"), 3, PUBLIC if n % 3 else private)
    library.put(conclusion())
    library.put(news())
    known = library.documents()
    library.remove(known[-1].id)  # its number is not given again
    Validity(library.database).mark(known[0], known[1], Effect.REPLACED, 5)
    library.close()
    kept = Kept(open_database(place, BOT), 30)
    kept.preferences.set(7, results=5)
    kept.question_log.agree(7, True)
    kept.question_log.note(7, 8, "hỏi gì?", "none")
    kept.database.execute(
        "INSERT INTO answered (chat, answer, question, at, body) VALUES (?, ?, ?, ?, ?)", 7, 5, 1, 9, "{}"
    )
    kept.database.execute("INSERT INTO draft (chat, at, body) VALUES (?, ?, ?)", 7, 9, "{}")
    kept.close()
    inbox = open_inbox(place)
    await inbox.belongs_to(1)
    await inbox.keep([Incoming(n, 7, 8, f"{{{n}}}") for n in range(1, 6)])
    await inbox.post(1, 0)
    await inbox.posted(1, 0, {"message_id": 4})
    await inbox.end(2)
    await inbox.set_aside(3, "no")
    await inbox.claim("w", 9, 60)
    inbox.close()


def told(place: Place) -> dict[str, Any]:
    """Counts and sums of every table."""
    out = {}
    for schema in SCHEMAS:
        database = open_database(place, schema)
        out |= {f"{schema.name}.{t.name}": digest(database, t) for t in COPIED[schema]}
        database.close()
    return out


def usable(place: Place) -> bool:
    try:
        Library(open_database(place, LIBRARY)).close()
    except UnfinishedError:
        return False
    return True


async def test_there_and_back_again_all_is_the_same(fresh: Fresh) -> None:
    first, second, third = fresh.files(), fresh.shared(), fresh.files()
    await fill(first)
    there = copy(first, second, quiet)
    back = copy(second, third, quiet)
    assert (there.finished, there.documents, back.finished) == (True, 13, True)
    before = told(first)
    assert before == told(second) == told(third)
    assert all(d.rows for name, d in before.items() if name in ("library.seal", "bot.draft", "inbox.posted"))
    for place in (second, third):
        library = Library(open_database(place, LIBRARY))
        library.check()
        assert library.put(news()).document.seq == 15  # 14 was given to what was removed
        library.close()
        kept = Kept(open_database(place, BOT), 30)
        kept.database.execute("INSERT INTO draft (chat, at, body) VALUES (?, ?, ?)", 7, 9, "{}")
        kept.question_log.note(7, 8, "nữa", "none")
        kept.close()


async def test_a_chat_sees_the_same_through_the_new_databases_own_login(fresh: Fresh) -> None:
    first, second = fresh.files(), fresh.shared()
    await fill(first)
    copy(first, second, quiet)
    library, old = Library(open_database(second, LIBRARY)), Library(open_database(first, LIBRARY))
    assert len(library.seen_by(5).documents()) == len(old.documents(old.visible(5))) == 9
    assert len(library.seen_by(-1001).documents()) == len(old.documents(old.visible(-1001))) == 13
    library.close()


@pytest.mark.parametrize("engine", ["files", "shared"])
def test_every_table_is_copied_or_left_on_purpose(fresh: Fresh, engine: str) -> None:
    from bot.database import make_shared

    place = getattr(fresh, engine)()
    if place.database_url is not None:
        make_shared(place)
    for schema in SCHEMAS:
        database = open_database(place, schema)
        if engine == "files":
            tables = {n for (n,) in database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
            tables.discard("sqlite_sequence")
            columns = {t: {r[1] for r in database.rows(f"PRAGMA table_info({t})")} for t in tables}
        else:
            rows = database.rows(
                "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = ?",
                schema.name,
            )
            columns = {t: {c for n, c in rows if n == t} for t, _ in rows}
        copied = {t.name: set(t.columns) for t in COPIED[schema]}
        if engine == "files" and "logged_question" in copied:
            copied["logged_question"].discard("rowid")  # is there without being named
        assert {t: c for t, c in columns.items() if t not in LEFT[schema]} == copied
        database.close()


COPIER = """
import sys
from pathlib import Path
from bot.copying import copy, target_of
from bot.settings import Settings
source = Settings(home=Path(sys.argv[1]), database_url=None, _env_file=None)
def report(what, done, total):
    print(what, done, flush=True)
print(copy(source, target_of(source, sys.argv[2]), report).finished, flush=True)
"""


@pytest.mark.parametrize("engine", ["files", "shared"])
def test_killed_again_and_again_it_goes_on_and_nobody_can_use_a_half(fresh: Fresh, engine: str) -> None:
    source = fresh.files()
    asyncio.run(fill(source))
    place = getattr(fresh, engine)()
    to = place.database_url.get_secret_value() if place.database_url else str(place.home)
    chance, kept = random.Random(1), []
    for lines in (0, 1, 4, 8, 12):
        process = subprocess.Popen(
            [sys.executable, "-c", COPIER, str(source.home), to], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        time.sleep(chance.random() * 0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        if lines:
            kept.append(told(place)["library.document"].rows)
            if usable(place):
                break  # the machine was busy with something else, and the copy had ended before the signal came
    assert kept == sorted(kept)
    assert kept[-1] > 0
    assert usable(place) or copy(source, place, quiet).finished
    assert usable(place)
    assert told(source) == told(place)


@pytest.mark.parametrize("engine", ["files", "shared"])
async def test_while_somebody_works_on_the_source_the_copy_stays_unfinished_and_fetches_the_rest_later(
    fresh: Fresh, tmp_path: Path, engine: str
) -> None:
    source, place = fresh.files(), getattr(fresh, engine)()
    await fill(source)
    inbox = open_inbox(source)
    done = copy(source, place, quiet)
    assert (done.finished, done.documents) == (False, 13)
    assert not usable(place)
    await inbox.keep([Incoming(9, 7, 8, "{}")])
    await inbox.end(1)
    inbox.close()
    library = Library(open_database(source, LIBRARY))
    private = next(c for c in library.collections() if c.id != PUBLIC)
    library.rename_collection(private.id, "tên mới")
    gone, moved = library.documents()[2:4]
    library.remove(gone.id)
    library.move(moved.id, private.id)
    library.put(directive("1. Sau.\n2. Cùng.\n", file="late.txt"))
    library.close()
    done = copy(source, place, quiet)
    assert (done.finished, done.documents) == (True, 13)
    assert done.changed < 20, "what was there already is not copied again"
    assert told(source) == told(place)


def test_a_program_on_the_same_postgresql_is_noticed(fresh: Fresh) -> None:
    source, place = fresh.shared(), fresh.files()
    copy(_small(fresh), source, quiet)
    assert source.database_url is not None
    code = (
        "import sys; from corpus.database.postgres import Postgres; from corpus.library import LIBRARY, Library;"
        "x = Library(Postgres(sys.argv[1], LIBRARY)); stop = x.database.listen(print); print(flush=True);"
        "sys.stdin.readline(); stop()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, source.database_url.get_secret_value()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdin is not None
    assert other.stdout is not None
    other.stdout.readline()
    other.stdout.readline()  # it listens
    assert not copy(source, place, quiet).finished
    other.communicate(b"\n")
    assert copy(source, place, quiet).finished


def _small(fresh: Fresh) -> Place:
    source = fresh.files()
    library = Library(open_database(source, LIBRARY))
    library.set_meta("starter", "none")
    library.put(conclusion())
    library.close()
    return source


@pytest.mark.parametrize("engine", ["files", "shared"])
def test_what_is_there_already_is_not_touched(fresh: Fresh, engine: str) -> None:
    source, place = _small(fresh), getattr(fresh, engine)()
    other = fresh.files()
    library = Library(open_database(other, LIBRARY))
    library.put(news())
    library.close()
    assert copy(other, place, quiet).finished
    before = told(place)
    for tried, error in ((source, OccupiedError), (other, DoneError), (place, SameError)):
        with pytest.raises(error):
            copy(tried, place, quiet)
    assert told(place) == before
    assert usable(place)


def test_an_unfinished_copy_is_only_for_its_own_source(fresh: Fresh) -> None:
    source, place = _small(fresh), fresh.files()
    library = Library(open_database(source, LIBRARY))
    assert not copy(source, place, quiet).finished
    with pytest.raises(OccupiedError):
        copy(_small(fresh), place, quiet)
    with pytest.raises(UnfinishedError):
        copy(place, fresh.files(), quiet)
    library.close()


def test_settings_of_chats_alone_are_somebodys_too(fresh: Fresh) -> None:
    source, place = _small(fresh), fresh.files()
    kept = Kept(open_database(place, BOT))
    kept.preferences.set(7, results=5)
    kept.close()
    with pytest.raises(OccupiedError):
        copy(source, place, quiet)


def test_where_there_is_no_library_none_is_made(fresh: Fresh) -> None:
    source = fresh.files()
    with pytest.raises(NothingError):
        copy(source, fresh.files(), quiet)
    assert not source.home.exists()


@pytest.mark.parametrize("damage", ["UPDATE document SET text = 'x' || text WHERE seq = 1", "DELETE FROM seal"])
def test_a_damaged_source_is_named_and_the_copy_cannot_be_used(fresh: Fresh, damage: str) -> None:
    source, place = _small(fresh), fresh.files()
    database = open_database(source, LIBRARY)
    database.execute(damage)
    database.close()
    with pytest.raises(LibraryError, match="document"):
        copy(source, place, quiet)
    assert not usable(place)


def test_a_source_with_torn_pages_is_named(fresh: Fresh) -> None:
    source, place = _small(fresh), fresh.files()
    path = source.home / "library.db"
    database = open_database(source, LIBRARY)
    assert database.close_unused()
    data = bytearray(path.read_bytes())
    data[3 * 4096 :] = bytes(len(data) - 3 * 4096)
    path.write_bytes(data)
    with pytest.raises(LibraryError):
        copy(source, place, quiet)
    assert not (place.home / "library.db").exists() or not usable(place)


@pytest.mark.parametrize("table", ["document", "reference"])
def test_a_target_that_keeps_something_else_is_noticed_and_cannot_be_used(fresh: Fresh, table: str) -> None:
    source, place = _small(fresh), fresh.files()
    library = Library(open_database(source, LIBRARY))
    assert not copy(source, place, quiet).finished
    library.close()
    database = open_database(place, LIBRARY)
    if table == "document":
        database.execute("UPDATE document SET text = 'x' || text")
    else:
        database.execute("INSERT INTO reference SELECT seq, 9, 'x' FROM document")
        database.execute(
            "CREATE TRIGGER again AFTER INSERT ON seal BEGIN INSERT INTO reference VALUES (new.seq, 9, 'x'); END"
        )
    database.close()
    with pytest.raises(DiffersError, match=f"library.{table}"):
        copy(source, place, quiet)
    assert not usable(place)


def test_the_command_says_what_to_do_and_fails_with_one_line(fresh: Fresh, tmp_path: Path) -> None:
    source, place = _small(fresh), fresh.shared()
    assert place.database_url is not None
    to = place.database_url.get_secret_value().replace("postgres@", "postgres:mat-khau-kin@")
    library = Library(open_database(source, LIBRARY))
    first = run("copy", "--to", to, home=source.home, TRICHDAN_LANGUAGE="en")
    assert "Stop the bot" in first.stdout
    library.close()
    half = one_line(run("list", home=source.home, code=1, TRICHDAN_DATABASE_URL=to, TRICHDAN_LANGUAGE="en"))
    assert "unfinished copy" in half
    last = run("copy", "--to", to, home=source.home, TRICHDAN_LANGUAGE="en")
    assert "set TRICHDAN_DATABASE_URL" in last.stdout
    back = run("copy", "--to", str(tmp_path / "back"), home=source.home, TRICHDAN_DATABASE_URL=to)
    assert "TRICHDAN_HOME" in back.stdout
    assert usable(folder(tmp_path / "back"))
    said = "".join(d.stdout + d.stderr for d in (first, last, back)) + half
    assert "mat-khau-kin" not in said


@pytest.fixture(scope="module")
def places(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Files, Shared, Path]]:
    tmp = tmp_path_factory.mktemp("any")
    files, shared = Files(tmp / "from"), Shared(postgres)
    yield files, shared, tmp
    files.close()
    shared.close()


@hypothesis_settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=1, max_size=20))
def test_any_library_comes_back_equal(places: tuple[Files, Shared, Path], steps: list[tuple[Any, ...]]) -> None:
    _, shared, tmp = places
    shutil.rmtree(tmp / "from", ignore_errors=True)
    shutil.rmtree(tmp / "back", ignore_errors=True)
    files = Files(tmp / "from")
    side = Side(files)
    for step in steps:
        side.do(step)
    files.close()
    for schema in SCHEMAS:
        database = shared(schema)
        for table in reversed(COPIED[schema]):
            keep = " WHERE id <> 'public'" if table.name == "collection" else ""
            database.execute(f"DELETE FROM {table.name}{keep}")
        database.close()
    again = shared(LIBRARY)
    again.execute("DELETE FROM meta")
    again.execute("INSERT INTO meta (key, value) VALUES ('version', '0')")
    again.close()
    source, back = folder(tmp / "from"), folder(tmp / "back")
    middle = folder(tmp).model_copy(update={"database_url": SecretStr(shared.url or "")})
    done: list[Copied] = [copy(source, middle, quiet), copy(middle, back, quiet)]
    assert [d.finished for d in done] == [True, True]
    assert told(source) == told(middle) == told(back)
