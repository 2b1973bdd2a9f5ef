"""A server that goes away, refuses, or holds other tables: what is written is written once, what is wrong is said."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("psycopg_pool")

from bot.database import BOT, INBOX
from bot.explain import explain
from corpus.database import AwayError, ConflictError, DatabaseError, Schema, Transaction
from corpus.database import postgres as postgres_module
from corpus.database.postgres import migrate_database, place
from corpus.library import LIBRARY, Library
from tests.corpus.test_library import directive
from tests.databases import Shared
from tests.fakes.postgres import Postgres

SCHEMAS = (LIBRARY, BOT, INBOX)


def test_a_server_that_was_killed_and_comes_back_loses_nothing_and_nobody_notices(shared: Shared) -> None:
    library = Library(shared(LIBRARY))
    database = library.database
    seen, written = library.seen_by(None), 0
    heard: list[str] = []
    database.listen(heard.append)
    for round in range(3):
        library.put(directive(f"1. Một.\n2. {round}.\n", file=f"{round}.txt"))
        shared.server.kill()
        back = threading.Timer(0.3, shared.server.start)
        back.start()
        written += database.execute("INSERT INTO meta (key, value) VALUES (?, ?)", f"round {round}", "x")
        back.join()
        assert len(library.documents()) == len(seen.documents()) == round + 1
    assert written == 3
    assert database.rows("SELECT count(*) FROM meta WHERE value = 'x'") == [(3,)]
    library.put(directive("1. Một.\n2. Sau.\n", file="after.txt"))
    waited = threading.Event()
    while "library" not in heard:
        assert not waited.wait(0.05) or len(heard) < 10


def test_a_transaction_that_the_server_dies_in_is_done_again_from_its_start(shared: Shared) -> None:
    database = shared(LIBRARY)
    begun: list[int] = []

    def work(db: Transaction) -> str:
        db.execute("INSERT INTO meta (key, value) VALUES ('n', 'once')")
        begun.append(1)
        if len(begun) == 1:
            shared.server.kill()
            shared.server.start()
        db.execute("UPDATE meta SET value = value || '!' WHERE key = 'n'")
        return "done"

    assert database.write(work) == "done"
    assert len(begun) == 2
    assert database.rows("SELECT value FROM meta WHERE key = 'n'") == [("once!",)]


@pytest.mark.parametrize("committed", [True, False])
def test_where_the_answer_to_commit_is_lost_the_server_is_asked_what_became_of_it(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    database = shared(LIBRARY)
    assert isinstance(database, postgres_module.Postgres)
    transact, calls = database._transact, []

    def cut(db: object, work: Callable[[Transaction], object], commit: object) -> object:
        calls.append(1)
        if len(calls) > 1:
            return transact(db, work, commit)  # type: ignore[arg-type]
        if committed:
            transact(db, work, commit)  # type: ignore[arg-type]
        else:
            # Its token is known, and it comes to nothing.
            commit.token = uuid.uuid4()  # type: ignore[attr-defined]
        raise AwayError("cut", name="x", reason="cut")

    monkeypatch.setattr(database, "_transact", cut)
    insert = "INSERT INTO meta (key, value) VALUES ('n', 'x')"
    assert database.execute(insert) == 1
    assert len(calls) == (1 if committed else 2)
    assert database.rows("SELECT count(*) FROM meta WHERE key = 'n'") == [(1,)]


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
def test_what_is_still_under_way_when_the_answer_is_lost_is_waited_for(shared: Shared, end: str) -> None:
    database = shared(LIBRARY)
    assert isinstance(database, postgres_module.Postgres)
    token, told = uuid.uuid4(), []
    with shared.server.connect(shared.database) as other:
        other.execute("BEGIN")
        other.execute("INSERT INTO trichdan.written (token) VALUES (%s)", (token,))
        asking = threading.Thread(target=lambda: told.append(database._happened(token)))
        asking.start()
        asking.join(0.2)
        assert not told
        other.execute(end.encode())
        asking.join(20)
    assert told == [end == "COMMIT"]
    assert database._happened(token) is (end == "COMMIT")


def test_two_that_stand_in_each_other_s_way_both_come_through(shared: Shared) -> None:
    databases = shared(BOT), shared(BOT)
    for key in (1, 2):
        databases[0].execute("INSERT INTO preference (chat, body) VALUES (?, '')", key)
    both = threading.Barrier(2, timeout=10)

    def cross(which: int) -> None:
        first = True

        def work(db: Transaction) -> None:
            nonlocal first
            for chat in (1, 2) if which else (2, 1):
                db.execute("UPDATE preference SET body = body || ? WHERE chat = ?", (str(which), chat))
                if first:
                    first = False
                    both.wait()

        databases[which].write(work)

    threads = [threading.Thread(target=cross, args=(n,)) for n in (0, 1)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(30)
    assert {"".join(sorted(body)) for (body,) in databases[0].rows("SELECT body FROM preference")} == {"01"}


def test_a_server_that_stays_away_is_one_clear_line(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    database = shared(LIBRARY)
    monkeypatch.setattr(postgres_module, "PATIENCE", 0.1)
    shared.server.kill()
    try:
        for wrong in (
            lambda: database.rows("SELECT 1"),
            lambda: database.execute("DELETE FROM meta"),
            lambda: shared(LIBRARY),
        ):
            with pytest.raises(AwayError, match="cannot be reached") as e:
                wrong()
            assert "TRICHDAN_DATABASE_URL" in explain(e.value, "vi")
            assert "\n" not in explain(e.value, "vi")
    finally:
        shared.server.start()
    assert database.rows("SELECT 1") == [(1,)]


def test_what_is_wrong_with_an_address_is_said_without_the_password(
    shared: Shared, postgres: Postgres, tmp_path: Path
) -> None:
    with postgres.connect("postgres") as owner:
        owner.execute("DROP ROLE IF EXISTS somebody")
        owner.execute("CREATE ROLE somebody LOGIN PASSWORD 'dung-roi'")
    name = shared.database
    for url, code in (
        (postgres.url(name, "somebody", "bi-mat"), "database_refused"),
        (postgres.url(name, "nobody", "bi-mat"), "database_refused"),
        (postgres.url("nowhere", "postgres", "bi-mat"), "database_missing"),
        ("postgresql://an:bi-mat@127.0.0.1:1/x", "database_away"),
        (f"postgresql://an:bi-mat@/x?host={tmp_path}", "database_away"),
        ("postgresql://an:bi-mat@127.0.0.1:port/x", "database_away"),
        ("postgresql://an:bi-mat@/x?nonsense=1", "database_address"),
        (postgres.url(name, "somebody", "dung-roi"), "database_failed"),
    ):
        with pytest.raises(DatabaseError) as e:
            postgres_module.Postgres(url, LIBRARY)
        assert e.value.code == code, str(e.value)
        for words in (str(e.value), explain(e.value, "vi"), explain(e.value, "en"), repr(e.value.params)):
            assert "bi-mat" not in words
            assert "dung-roi" not in words
            assert "\n" not in words
    assert place("postgresql://an:bi-mat@db:5433/trichdan") == "postgresql://db:5433/trichdan"


def test_tables_are_made_once_by_whoever_comes_first(postgres: Postgres) -> None:
    name = postgres.make("template1")
    url = postgres.url(name)
    with pytest.raises(DatabaseError, match="trichdan migrate") as e:
        postgres_module.Postgres(url, LIBRARY)
    assert e.value.code == "database_outdated"
    done: list[list[str]] = []
    threads = [threading.Thread(target=lambda: done.append(migrate_database(url, SCHEMAS))) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    steps = [f"{s.name} {n}" for s in SCHEMAS for n, _ in enumerate(s.scripts("postgres"), 1)]
    assert sorted(done, key=len) == [[], [], steps]
    with postgres.connect(name) as db:
        db.execute("INSERT INTO trichdan.migration (schema, number) VALUES ('library', 99)")
    for wrong in (lambda: postgres_module.Postgres(url, LIBRARY), lambda: migrate_database(url, SCHEMAS)):
        with pytest.raises(DatabaseError, match="newer") as e:
            wrong()
        assert e.value.code == "database_newer"
    postgres.drop(name)


def test_a_step_that_fails_leaves_nothing_of_itself(postgres: Postgres, tmp_path: Path) -> None:
    folder = tmp_path / "schema" / "postgres"
    folder.mkdir(parents=True)
    (folder / "1_a.sql").write_text("CREATE SCHEMA odd; CREATE TABLE odd.a (n INT)")
    (folder / "2_b.sql").write_text("CREATE TABLE odd.b (n INT); SELECT 1 / 0")
    odd, name = Schema("odd", tmp_path / "schema"), postgres.make("template1")
    with pytest.raises(DatabaseError, match="division by zero"):
        migrate_database(postgres.url(name), [odd])
    (folder / "2_b.sql").write_text("CREATE TABLE odd.b (n INT)")
    assert migrate_database(postgres.url(name), [odd]) == ["odd 2"]
    postgres.drop(name)


def test_a_change_is_heard_by_whoever_listens_once_it_is_there(shared: Shared) -> None:
    library, other = Library(shared(LIBRARY)), Library(shared(LIBRARY))
    heard, ready, versions = threading.Event(), threading.Event(), []

    def listen(topic: str) -> None:
        ready.set()
        if topic == "library":
            versions.append(other.version)
            heard.set()

    stop = other.database.listen(listen)
    assert ready.wait(20)
    library.put(directive())
    assert heard.wait(20)
    assert versions == [library.version]
    stop()


def test_only_one_is_alone(shared: Shared) -> None:
    a, b = shared(LIBRARY), shared(LIBRARY)
    order: list[str] = []
    begun = threading.Event()

    def second() -> None:
        begun.set()
        with b.alone("x"):
            order.append("second")

    with a.alone("x"), a.alone("y"):
        thread = threading.Thread(target=second)
        thread.start()
        begun.wait(10)
        thread.join(0.3)
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"]


def test_a_row_that_is_there_is_a_conflict_and_changes_nothing(shared: Shared) -> None:
    database = shared(LIBRARY)

    def work(db: Transaction) -> None:
        db.execute("INSERT INTO meta (key, value) VALUES ('a', 'b')")
        db.execute("INSERT INTO meta (key, value) VALUES ('version', '1')")

    with pytest.raises(ConflictError):
        database.write(work)
    assert database.rows("SELECT key FROM meta ORDER BY key") == [("sealed",), ("version",)]
