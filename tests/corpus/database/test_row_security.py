"""The login that reads for chats cannot read a private document outside its chat, whatever SQL it issues.

The attacker here has that login, its password, and the pass of a chat of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("psycopg")

import psycopg
from psycopg.conninfo import make_conninfo

from corpus.access import PUBLIC
from corpus.database import DatabaseError
from corpus.database.postgres import Postgres, migrate_database
from corpus.library import LIBRARY, Documents, Library
from corpus.model import Reference
from tests.corpus.test_library import directive
from tests.databases import Shared

MINE, THEIRS = 11, 22
# Words of the private document: each column has one of its own.
SECRET = {
    "text": "1. Điều tuyệt mật.\n2. Hai.\n",
    "file": "tuyet-mat.txt",
    "number": "99-KL/TW",
    "title": "Về việc tuyệt mật",
    "signer": "Ông Tuyệt Mật",
    "issuer": "Cơ quan tuyệt mật",
}
TOLD = ("tuyệt mật", "tuyet-mat", "99-KL", "Tuyệt Mật", "77//ct")


@pytest.fixture
def library(shared: Shared) -> Library:
    """A public document, and a private one of either chat."""
    library = Library(shared(LIBRARY))
    library.put(directive())
    mine, theirs = library.make_collection("của tôi").id, library.make_collection("của họ: tuyệt mật").id
    library.grant(mine, MINE)
    library.grant(theirs, THEIRS)
    library.put(directive("1. Của tôi.\n2. Hai.\n", file="toi.txt", number="11-KL/TW"), collection=mine)
    named = (Reference(number="77-CT/TW", start=0, end=2),)
    private = directive(SECRET["text"], file=SECRET["file"], number=SECRET["number"], references=named)
    more = {k: SECRET[k] for k in ("title", "signer", "issuer")}
    library.put(private.model_copy(update={**more, "date": dt.date(2019, 9, 9)}), collection=theirs)
    return library


@pytest.fixture
def attacker(library: Library, shared: Shared) -> Iterator[psycopg.Connection]:
    [(user, password)] = library.database.rows("SELECT reader, password FROM secret")
    info = make_conninfo(shared.url or "", user=user, password=password)
    with psycopg.connect(info, autocommit=True) as db:
        yield db


def own_pass(library: Library) -> str:
    database = library.database
    assert isinstance(database, Postgres)
    database.for_chat(MINE).rows("SELECT 1")
    return database._pass(MINE)


def said(db: psycopg.Connection, *statements: str) -> str:
    """All that the server says to these, results and refusals."""
    out: list[Any] = []
    db.add_notice_handler(lambda notice: out.append(notice.message_primary))
    for statement in statements:
        try:
            if "TO STDOUT" in statement:
                with db.cursor().copy(statement.encode()) as copy:
                    out += [bytes(block).decode() for block in copy]
                continue
            found = db.execute(statement.encode())
            while True:
                out += found.fetchall() if found.description else []
                if not found.nextset():
                    break
        except psycopg.Error as e:
            out.append(str(e))
            out.append(str(e.diag.message_detail))
    return repr(out)


def safe(words: str) -> bool:
    return not any(w in words for w in TOLD)


def test_every_chat_sees_what_is_public_and_its_own(library: Library) -> None:
    def files(documents: Documents) -> list[str]:
        return [d.file for d in documents.documents()]

    assert files(library) == ["a.txt", "toi.txt", "tuyet-mat.txt"]
    assert files(library.seen_by(None)) == files(library.seen_by(33)) == ["a.txt"]
    assert files(library.seen_by(MINE)) == ["a.txt", "toi.txt"]
    assert files(library.seen_by(THEIRS)) == ["a.txt", "tuyet-mat.txt"]


def test_what_one_chat_may_not_read_is_not_there_in_any_way_of_reading(library: Library) -> None:
    private = library.documents()[-1]
    everything = frozenset(c.id for c in library.collections())
    for chat, there in ((THEIRS, True), (MINE, False), (None, False), (THEIRS, True), (MINE, False)):
        seen = library.seen_by(chat)
        assert (seen.info(private.id) is not None) is there
        assert (seen.get(private.id) is not None) is there
        assert (seen.held(private.id) is not None) is there
        assert (seen.text(private.id) is not None) is there
        assert bool(seen.numbered(SECRET["number"], everything)) is there
        assert bool(seen.mentions("77-CT/TW", everything)) is there
        assert bool(seen.from_source(private.sha256, 0, private.collection)) is there
    library.revoke(private.collection, THEIRS)
    assert library.seen_by(THEIRS).held(private.id) is None
    assert library.seen_by(THEIRS).documents() == library.documents(frozenset({PUBLIC}))


READS = (
    "SELECT * FROM library.document",
    "SELECT * FROM library.reference",
    "SELECT d FROM library.document AS d",
    "TABLE library.document",
    "SELECT row_to_json(d) FROM library.document AS d",
    "COPY library.document TO STDOUT",
    "COPY (SELECT text FROM library.document) TO STDOUT",
    "SELECT query_to_xml('SELECT * FROM library.document', true, false, '')",
    "SELECT database_to_xml(true, false, '')",
    "SELECT table_to_xml('library.document', true, false, '')",
    "SELECT word FROM ts_stat('SELECT to_tsvector(''simple'', file) FROM library.document')",
    "PREPARE p AS SELECT * FROM library.document; EXECUTE p",
    "BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT * FROM library.document; FETCH ALL FROM c; COMMIT; FETCH ALL FROM c",
    "SELECT max(text) FROM library.document GROUP BY GROUPING SETS ((), (collection))",
    "SELECT s.* FROM library.seal AS s LEFT JOIN library.document AS d USING (seq) WHERE d.seq IS NULL",
    "DO $$ DECLARE t TEXT; BEGIN FOR t IN SELECT text FROM library.document LOOP RAISE NOTICE '%', t; END LOOP; END $$",
)


@pytest.mark.parametrize("statement", READS)
def test_no_way_of_reading_shows_it(attacker: psycopg.Connection, library: Library, statement: str) -> None:
    attacker.execute("SELECT set_config('trichdan.pass', %s, false)", (own_pass(library),))
    assert safe(said(attacker, statement))


def test_the_owner_is_shown_it_by_the_same_statements(library: Library, shared: Shared) -> None:
    """So the statements above do read."""
    with shared.server.connect(shared.database) as owner:
        for statement in READS:
            words = said(owner, statement)
            # A seal is a sum: it says nothing but that it is there. Not every server is built to make XML.
            assert not safe(words) or "seal" in statement or "libxml" in words, statement


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "SET row_security = off",
        "ALTER TABLE library.document DISABLE ROW LEVEL SECURITY",
        "DROP POLICY readable ON library.document",
        "CREATE POLICY mine ON library.document USING (true)",
        "ALTER ROLE current_user BYPASSRLS",
        "GRANT postgres TO current_user",
        "SELECT * FROM library.secret",
        "SELECT * FROM library.collection",
        "SELECT * FROM library.collection_chat",
        "SELECT * FROM library.validity",
        "SELECT * FROM bot.answered",
        "SELECT * FROM inbox.incoming",
        "INSERT INTO library.collection_chat SELECT 11, id FROM library.collection",
        "INSERT INTO library.document (id, file, sha256, reader, trust, added, text, body)"
        " SELECT 'x', file, '', 0, '', '', text, '' FROM library.document ON CONFLICT DO NOTHING",
        "UPDATE library.document SET collection = 'public'",
        "DELETE FROM library.document",
        "SELECT * FROM library.document FOR UPDATE",
        "CREATE TABLE library.mine AS TABLE library.document",
        "CREATE TABLE public.mine AS TABLE library.document",
        "CREATE TEMP TABLE mine AS TABLE library.document",
        "CREATE TEMP VIEW mine AS TABLE library.document",
        "CREATE FUNCTION pg_temp.leak(t TEXT) RETURNS BOOLEAN COST 0.0000001 LANGUAGE plpgsql"
        " AS $$ BEGIN RAISE NOTICE '%', t; RETURN true; END $$",
        "CREATE OR REPLACE FUNCTION library.readable() RETURNS TEXT[] LANGUAGE sql AS $$ SELECT '{}'::TEXT[] $$",
        "CREATE SCHEMA mine",
        "CREATE EXTENSION dblink",
        "CREATE EXTENSION pageinspect",
        "COPY library.document TO PROGRAM 'cat'",
        "COPY (SELECT 1) TO '/tmp/x'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT pg_ls_dir('base')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT * FROM pg_statistic",
        "SELECT * FROM pg_statistic_ext_data",
        "SELECT * FROM pg_authid",
        "CREATE PUBLICATION mine FOR ALL TABLES",
        "SELECT pg_create_logical_replication_slot('x', 'test_decoding')",
    ],
)
def test_what_would_lift_the_bar_is_refused(
    attacker: psycopg.Connection, library: Library, shared: Shared, statement: str
) -> None:
    attacker.execute("SELECT set_config('trichdan.pass', %s, false)", (own_pass(library),))
    attacker.execute("SET default_transaction_read_only = off")
    words = said(attacker, statement)
    assert safe(words)
    assert safe(said(attacker, "SELECT * FROM library.document", "TABLE public.mine", "TABLE pg_temp.mine"))
    if statement != "SET row_security = off":  # that makes reading an error
        assert any(w in words for w in ("permission denied", "must be", "not the owner", "does not exist", "denied"))
    assert library.seen_by(MINE).documents() == library.documents()[:2]


@pytest.mark.parametrize(
    "filter",
    [
        "1 / (CASE WHEN text LIKE '%tuyệt%' THEN 0 ELSE 1 END) = 1",
        "CAST(text AS integer) = 1",
        "CAST(number AS date) IS NULL",
        "text::xml IS NOT NULL",
        "text ~ '(('",
        "pg_sleep(length(text)) IS NULL AND collection <> 'public' AND file = 'tuyet-mat.txt'",
        "set_config('x.y', text, false) IS NOT NULL",
        "body::json ->> 'signer' = 'x'",
    ],
)
def test_a_filter_that_tells_is_never_asked_about_a_hidden_row(attacker: psycopg.Connection, filter: str) -> None:
    words = said(
        attacker,
        f"SELECT id FROM library.document WHERE {filter}",
        f"EXPLAIN (ANALYZE, VERBOSE) SELECT id FROM library.document WHERE {filter}",
        "SELECT current_setting('x.y', true)",
    )
    assert safe(words.replace(filter, "").replace(repr(filter)[1:-1], "").replace(SECRET["file"], ""))
    assert "division by zero" not in words


def test_statistics_tell_nothing(attacker: psycopg.Connection, library: Library, shared: Shared) -> None:
    theirs = library.collection("của họ: tuyệt mật").id
    for n in range(40):
        library.put(directive(f"1. Tuyệt.\n2. {n}.\n", file="many.txt", number=f"{n + 100}-KL/TW"), collection=theirs)
    with shared.server.connect(shared.database) as owner:
        owner.execute("ANALYZE")
    words = said(attacker, "SELECT * FROM pg_stats WHERE schemaname = 'library'", "SELECT * FROM pg_stats_ext")
    assert safe(words)
    assert "many.txt" not in words
    many, none = (
        said(attacker, f"EXPLAIN SELECT 1 FROM library.document WHERE file = '{f}'").replace(f, "")
        for f in ("many.txt", "none.txt")
    )
    assert many == none


def test_a_pass_is_good_for_its_chat_alone(attacker: psycopg.Connection, library: Library) -> None:
    chat, _, signature = own_pass(library).partition(":")
    assert chat == str(MINE)
    forged = (
        f"{THEIRS}:{signature}",
        f"{THEIRS}:",
        f"{THEIRS}",
        f"{MINE}:{signature}:{THEIRS}",
        f"{THEIRS}:{signature}:{MINE}:{signature}",
        f" {THEIRS}:{signature}",
        f"{MINE}' OR '1'='1:{signature}",
        f"%:{signature}",
        "NULL:NULL",
        f"{10**30}:{signature}",
        ":" * 1000,
    )
    for pass_ in forged:
        attacker.execute("SELECT set_config('trichdan.pass', %s, false)", (pass_,))
        assert safe(said(attacker, "SELECT * FROM library.document", "SELECT library.readable()")), pass_
    attacker.execute("SELECT set_config('trichdan.pass', %s, false)", (f"{MINE}:{signature}",))
    assert "Của tôi" in said(attacker, "SELECT * FROM library.document")


def test_nothing_that_one_chat_s_reading_leaves_behind_reaches_another_s(library: Library) -> None:
    """The same session reads for both: what the first plants, the second does not run; what it had, it takes along."""
    database = library.database
    assert isinstance(database, Postgres)
    mine, theirs = database.for_chat(MINE), database.for_chat(THEIRS)
    for planted in (
        "SELECT set_config('search_path', 'pg_temp, public', false)",
        "SELECT set_config('role', 'postgres', false)",
        "SELECT set_config('row_security', 'off', false)",
        "SELECT set_config('x.kept', 'của tôi', false)",
        "SELECT set_config('default_transaction_read_only', 'off', false)",
    ):
        try:
            mine.rows(planted)
        except DatabaseError:
            continue
        assert library.seen_by(THEIRS).documents()
    assert theirs.rows("SELECT current_setting('x.kept', true)") in ([(None,)], [("",)])
    theirs.rows("SELECT set_config('x.kept', (SELECT string_agg(text, '') FROM document), false)")
    assert safe(repr(mine.rows("SELECT current_setting('x.kept', true), current_setting('trichdan.pass', true)")))
    for writing in ("SELECT lo_from_bytea(0, 'x')", "SELECT lo_create(0)"):
        with pytest.raises(DatabaseError, match="read-only"):
            theirs.rows(writing)
    assert safe(repr(mine.rows("SELECT query FROM pg_stat_activity")))
    assert str(THEIRS) + ":" not in repr(mine.rows("SELECT query FROM pg_stat_activity"))


def test_only_one_statement_runs_in_a_chat_s_reading(library: Library) -> None:
    with pytest.raises(DatabaseError):
        library.database.for_chat(MINE).rows("SELECT 1; SELECT 2")


def test_the_check_finds_a_bar_that_was_lifted(library: Library, shared: Shared) -> None:
    library.check()
    with shared.server.connect(shared.database) as owner:
        owner.execute("ALTER TABLE library.reference DISABLE ROW LEVEL SECURITY")
        with pytest.raises(DatabaseError, match="row-level security of reference"):
            library.check()
        owner.execute("ALTER TABLE library.reference ENABLE ROW LEVEL SECURITY")
        [(reader,)] = library.database.rows("SELECT reader FROM secret")
        owner.execute(f"GRANT postgres TO {reader}".encode())
        try:
            with pytest.raises(DatabaseError, match="may read everything"):
                library.check()
        finally:
            owner.execute(f"REVOKE postgres FROM {reader}".encode())


def test_migrating_takes_back_what_a_restore_gave_to_everybody(library: Library, shared: Shared) -> None:
    functions = ("library.readable()", "library.enter(text)")
    with shared.server.connect(shared.database) as owner:
        owner.execute("CREATE ROLE passer_by")
        try:
            for function in functions:
                owner.execute(f"GRANT EXECUTE ON FUNCTION {function} TO PUBLIC".encode())
            assert shared.url is not None
            migrate_database(shared.url, (LIBRARY,))
            for function in functions:
                [(may,)] = owner.execute(
                    "SELECT has_function_privilege('passer_by', %s, 'EXECUTE')", (function,)
                ).fetchall()
                assert not may, function
        finally:
            owner.execute("DROP ROLE passer_by")
    assert len(library.seen_by(MINE).documents()) == 2
