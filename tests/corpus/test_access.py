"""A document is read by whom its collection belongs to, and is as if it were not there for anybody else."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from corpus.access import PUBLIC, CollectionError
from corpus.library import LIBRARY, Library, Outcome, Relatives, document_id
from corpus.model import Reference, Trust
from tests.corpus.test_library import directive
from tests.databases import Databases

pytestmark = pytest.mark.both

AN, BINH = 11, -1001


@pytest.fixture
def library(databases: Databases) -> Library:
    return Library(databases(LIBRARY))


def test_what_is_public_is_everyone_s(library: Library) -> None:
    document = library.put(directive()).document
    assert document.collection == PUBLIC
    assert document.id == document_id(directive())
    assert library.visible(AN) == library.visible(None) == {PUBLIC}


def test_a_collection_is_read_by_the_chats_that_were_let_in(library: Library) -> None:
    own = library.make_collection("phường").id
    document = library.put(directive(), collection=own).document
    assert library.visible(AN) == {PUBLIC}
    library.grant(own, AN)
    library.grant(own, AN)
    assert library.visible(AN) == {PUBLIC, own}
    assert library.documents(library.visible(AN)) == [document]
    assert library.documents(library.visible(BINH)) == []
    assert library.revoke(own, AN)
    assert not library.revoke(own, AN)
    assert library.visible(AN) == {PUBLIC}
    assert [c.documents for c in library.collections()] == [0, 1]


def test_the_same_bytes_in_another_collection_tell_nothing(library: Library) -> None:
    own, other = (library.make_collection(n).id for n in ("a", "b"))
    ids = set()
    for collection in (PUBLIC, own, other):
        added = library.put(directive(), 3, collection)
        assert added.outcome is Outcome.ADDED
        assert library.from_source(directive().sha256, 3, collection) == [added.document]
        ids.add(added.document.id)
    assert len(ids) == 3
    assert library.put(directive("1. Một.\n2. Khác.\n"), 3, own).outcome is Outcome.REPLACED
    assert [d.collection for d in library.documents()] == [PUBLIC, other, own]


def test_numbers_mentions_and_relatives_are_told_within_what_may_be_read(library: Library) -> None:
    own = library.make_collection("a").id
    public = library.put(directive()).document
    named = Reference(number="07-KL/TW", start=27, end=35)
    text = "Chỉ thị 16/CT-TTg theo Kết luận 07-KL/TW"
    fields = {"number": None, "date": None, "trust": Trust.REPORT, "references": (named,)}
    report = library.put(directive(text, file="d.txt", **fields), collection=own).document
    copy = library.put(directive("1. Một.\n2. Hai!\n", file="b.txt"), collection=own).document
    everyone, an = frozenset({PUBLIC}), frozenset({PUBLIC, own})
    assert library.numbered("07-KL/TW", everyone) == [public]
    assert library.numbered("07-KL/TW", an) == [public, copy]
    assert library.mentions("07-KL/TW", everyone) == []
    assert [d for d, _ in library.mentions("07-KL/TW", an)] == [report]
    assert library.relatives(public.id, everyone) == library.relatives(report.id, everyone) == Relatives()
    assert library.relatives(public.id, an).same == (copy,)
    assert library.relatives(public.id, an).reports == (report,)
    assert library.relatives(public.id) == library.relatives(public.id, an)


def test_a_moved_document_gets_another_id_and_leaves_its_old_place(library: Library) -> None:
    own = library.make_collection("a").id
    before = library.put(directive(references=(Reference(number="16/CT-TTg", start=0, end=2),)), 4).document
    version = library.version
    moved = library.move(before.id, own)
    assert moved
    assert moved.document.collection == own
    assert moved.document.id != before.id
    assert library.get(before.id) is None
    assert library.version > version
    assert library.documents(frozenset({PUBLIC})) == []
    assert [d for d, _ in library.mentions("16/CT-TTg")] == [moved.document]
    assert library.from_source(before.sha256, 4, own)
    assert library.move(before.id, own) is None
    with pytest.raises(CollectionError):
        library.move(moved.document.id, "nowhere")
    assert library.info(moved.document.id) == moved.document


def test_moving_onto_the_same_document_leaves_one_and_is_a_change(library: Library) -> None:
    own = library.make_collection("a").id
    here, there = library.put(directive()).document, library.put(directive(), collection=own).document
    version = library.version
    library.move(here.id, own)
    assert library.documents() == [there]
    assert library.version > version


def test_a_chat_has_one_collection_of_its_own(library: Library) -> None:
    own = library.own_collection(BINH)
    assert library.own_collection(BINH) == own
    assert own.chats == (BINH,)
    library.rename_collection(own.id, "Phường Hàng Bài")
    assert library.own_collection(BINH).name == "Phường Hàng Bài"
    library.move_chat(BINH, -1002)
    assert library.visible(BINH) == {PUBLIC}
    assert library.own_collection(-1002).id == own.id


def test_what_makes_no_sense_is_refused(library: Library) -> None:
    library.make_collection("a")
    for wrong in (
        lambda: library.make_collection("a"),
        lambda: library.make_collection(PUBLIC),
        lambda: library.grant(PUBLIC, AN),
        lambda: library.revoke(PUBLIC, AN),
        lambda: library.rename_collection(PUBLIC, "x"),
        lambda: library.grant("nowhere", AN),
        lambda: library.rename_collection("nowhere", "x"),
        lambda: library.collection("nowhere"),
        lambda: library.put(directive(), collection="nowhere"),
    ):
        with pytest.raises(CollectionError):
            wrong()
    assert library.documents() == []


def test_an_older_library_is_taken_over_as_everyone_s(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "library.db")
    db.executescript(LIBRARY.scripts("sqlite")[0] + "PRAGMA user_version = 1;")
    db.execute(
        "INSERT INTO document (id, file, sha256, reader, trust, added, text, body)"
        " VALUES ('0123456789abcdef', 'a.txt', 'x', 1, 'official', '2026-01-01T00:00:00+00:00', 'A', '{}')"
    )
    db.commit()
    db.close()
    library = Library(tmp_path / "library.db")
    assert [(d.id, d.collection) for d in library.documents()] == [("0123456789abcdef", PUBLIC)]
