"""The library keeps what it is given, under the right name, and never half."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corpus.library
from corpus.database import DatabaseError
from corpus.errors import LibraryError
from corpus.library import LIBRARY, Library, Outcome
from corpus.model import (
    Clause,
    Directive,
    Hidden,
    HiddenKind,
    Page,
    Paragraph,
    Part,
    Reference,
    Stamp,
    Trust,
    Warning,
)
from tests.databases import Databases

pytestmark = pytest.mark.both


def directive(
    text: str = "1. Một.\n2. Hai.\n", file: str = "a.txt", number: str | None = "07-KL/TW", **more: object
) -> Directive:
    cut = text.find("2.")
    clauses = (
        ()
        if cut < 1
        else (
            Clause(path="1", start=0, end=cut, whole_end=cut),
            Clause(path="2", start=cut, end=len(text), whole_end=len(text)),
        )
    )
    return Directive.model_validate(
        {
            "file": file,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "text": text,
            "trust": Trust.OFFICIAL,
            "number": number,
            "type": "Kết luận",
            "issuer": "Bộ Chính trị",
            "date": dt.date(2021, 6, 11),
            "clauses": clauses,
            "paragraphs": (Paragraph(start=0, end=len(text), part=Part.CLAUSE),),
            **more,
        }
    )


@pytest.fixture
def library(databases: Databases) -> Library:
    return Library(databases(LIBRARY))


def test_what_is_held_in_memory_is_what_the_library_holds_now(library: Library, databases: Databases) -> None:
    id = library.put(directive()).document.id
    assert library.held(id) is library.held(id)
    other = Library(databases(LIBRARY))
    other.put(directive(number="08-KL/TW"))
    changed = library.held(id)
    assert changed == library.get(id)
    assert changed is not None
    other.remove(id)
    assert library.held(id) is None


def test_what_is_put_in_comes_out_again(library: Library) -> None:
    given = directive()
    added = library.put(given)
    assert added.outcome is Outcome.ADDED
    assert library.get(added.document.id) == given
    assert library.text(added.document.id) == given.text
    assert [d.number for d in library.documents()] == ["07-KL/TW"]


def test_every_part_of_a_document_comes_out_again(library: Library) -> None:
    day = dt.date(2021, 6, 11)
    given = directive(
        month="2021-06",
        title="Về “việc”\n",
        signer="Ng. V. A",
        received=(Stamp(number="12", date=day, by="Sở"), Stamp(number=None, date=None, by=None)),
        copies=(Stamp(number="3-SL", date=None, by=None),),
        references=(Reference(number="08-KL/TW", start=0, end=2, clause="1/a"),),
        hidden=(Hidden(start=1, end=2, kind=HiddenKind.BREAK),),
        pages=(
            Page(number=1, start=0),
            Page(number=2, start=3, confidence=1),
            Page(number=3, start=4, confidence=0.25),
        ),
        warnings=(Warning(code="clause_gap", line=3, detail="2"), Warning(code="no_date")),
        paragraphs=(Paragraph(start=0, end=3, part=Part.BODY, clause="1", number=4),),
        clauses=(Clause(path="1", start=0, end=3, whole_end=5, heading="Một"),),
    )
    assert {n for n, f in Directive.model_fields.items() if not f.is_required()} <= given.model_fields_set
    back = library.get(library.put(given).document.id)
    assert back == given
    assert back is not None
    assert Directive.model_validate_json(back.model_dump_json()) == given


def test_the_same_file_again_is_unchanged_and_keeps_the_version(library: Library) -> None:
    library.put(directive())
    version = library.version
    assert library.put(directive()).outcome is Outcome.UNCHANGED
    assert library.put(directive(file="another name.txt")).outcome is Outcome.UNCHANGED
    assert library.version == version
    assert len(library.documents()) == 1


def test_a_new_version_of_a_file_replaces_it_and_names_the_clauses_that_changed(library: Library) -> None:
    library.put(directive("1. Một.\n2. Hai.\n"))
    added = library.put(directive("1. Một.\n2. Hai, sửa.\n"))
    assert added.outcome is Outcome.REPLACED
    assert added.diff is not None
    assert (added.diff.added, added.diff.removed, added.diff.changed) == ((), (), ("2",))
    assert len(library.documents()) == 1


def test_one_number_with_another_date_is_another_document(library: Library) -> None:
    library.put(directive())
    assert library.put(directive("1. A.\n2. B.\n", date=dt.date(2026, 1, 1))).outcome is Outcome.ADDED
    assert len(library.documents()) == 2


def test_two_scans_with_one_name_and_no_number_are_two_documents(library: Library) -> None:
    library.put(directive("Tin thứ nhất", file="scan.pdf", number=None, title="Tin thứ nhất"))
    added = library.put(directive("Tin thứ hai", file="scan.pdf", number=None, title="Tin thứ hai"))
    assert added.outcome is Outcome.ADDED
    assert len(library.documents()) == 2


def test_a_newer_parser_replaces_its_own_older_reading(library: Library) -> None:
    library.put(directive(number=None), reader=1)
    added = library.put(directive(number="07-KL/TW"), reader=2)
    assert added.outcome is Outcome.REPLACED
    assert [d.number for d in library.documents()] == ["07-KL/TW"]
    sha256 = directive().sha256
    assert library.from_source(sha256, 2)
    assert not library.from_source(sha256, 1)


def test_the_same_directive_from_another_source_and_reports_of_it_are_linked(library: Library) -> None:
    text = "Chỉ thị 16/CT-TTg theo Kết luận 07-KL/TW"
    official = library.put(directive()).document
    copy = library.put(directive("1. Một.\n2. Hai!\n", file="b.txt")).document
    other = library.put(directive("1. Ba.\n2. Bốn.\n", file="c.txt", date=dt.date(2016, 6, 11))).document
    named = Reference(number="07-kl/TW", start=27, end=35)
    report = library.put(
        directive(text, file="d.txt", number=None, date=None, trust=Trust.REPORT, references=(named,))
    ).document
    found = library.relatives(official.id)
    assert [d.id for d in found.same] == [copy.id]
    assert [d.id for d in found.reports] == [report.id]
    assert {d.id for d in library.relatives(report.id).about} == {official.id, copy.id, other.id}
    assert [(d.id, r) for d, r in library.mentions("7-KL/TW")] == [(report.id, named)]
    library.remove(report.id)
    assert library.mentions("07-KL/TW") == []


def test_removing_takes_it_out(library: Library) -> None:
    id = library.put(directive()).document.id
    assert library.remove(id)
    assert not library.remove(id)
    assert library.get(id) is None
    assert library.documents() == []


def test_a_failed_write_leaves_everything_as_it_was(library: Library, databases: Databases) -> None:
    library.put(directive())
    before = (library.version, library.documents())
    databases.refuse(LIBRARY, "document")
    with pytest.raises(DatabaseError, match="disk full"):
        library.put(directive("1. Một.\n2. Khác.\n"))
    assert (library.version, library.documents()) == before


def test_a_file_that_is_no_library_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(b"not a database, but long enough to be read as a header" * 40)
    with pytest.raises(LibraryError, match="TRICHDAN_HOME"):
        Library(path)


def test_a_changed_letter_is_noticed_and_never_quoted(library: Library) -> None:
    id = library.put(directive()).document.id
    other = library.put(directive("1. Ba.\n2. Bốn.\n", file="b.txt")).document.id
    library.database.execute("UPDATE document SET text = replace(text, 'Hai', 'Mai') WHERE id = ?", id)
    library.database.execute("UPDATE document SET number = '08-KL/TW' WHERE id = ?", other)
    for read in (lambda: library.get(id), lambda: library.text(id), library.documents, lambda: library.info(other)):
        with pytest.raises(LibraryError, match="put back"):
            read()
    with pytest.raises(LibraryError):
        library.check()


@given(st.lists(st.text() | st.integers(-(2**53), 2**53) | st.none(), max_size=4))
def test_a_seal_is_what_it_is_in_the_libraries_there_are(row: list[object]) -> None:
    written = json.dumps(row, ensure_ascii=False).encode()
    assert corpus.library._sum(row) == hashlib.sha256(written).digest()[:16]


@settings(max_examples=60, deadline=None)
@given(damage=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=3))
def test_a_damaged_page_is_a_clear_error_and_never_another_text(
    damage: list[tuple[float, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("library") / "library.db"
    library = Library(path)
    words = "".join(f"Câu thứ {n} của mục này.\n" for n in range(800))
    given = {library.put(directive(f"1. A.\n2. {words}{n}", file=f"{n}.txt")).document.id: n for n in range(3)}
    kept = {id: library.get(id) for id in given}
    infos = library.documents()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    library.close()
    raw = bytearray(path.read_bytes())
    for where, bits in damage:
        raw[int(where * len(raw))] ^= bits
    path.write_bytes(raw)
    with suppress(LibraryError):
        damaged = Library(path)
        for info in damaged.documents():
            assert info in infos
            assert damaged.get(info.id) == kept[info.id]


@settings(max_examples=50, deadline=None)
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80), unique=True, max_size=6)
)
def test_any_text_comes_back_letter_for_letter(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    library = Library(tmp_path_factory.mktemp("library") / "library.db")
    for n, text in enumerate(texts):
        library.put(directive(text, file=f"{n}.txt", clauses=()))
    assert [d.text for _, d in library.directives()] == texts
