"""Marks: kept beside the documents, by what stays the same when a new file of a document comes in."""

from __future__ import annotations

import datetime as dt

import pytest

from corpus.effects import Effect
from corpus.library import LIBRARY, Library
from corpus.validity import Validity, identity
from tests.databases import Databases
from tests.fakes.engine import conclusion, news

pytestmark = pytest.mark.both


def test_a_mark_outlives_the_file_and_holds_for_its_new_version(databases: Databases) -> None:
    library = Library(databases(LIBRARY))
    validity = Validity(library.database)
    old = library.put(conclusion()).document
    new = library.put(conclusion(number="02-KL/TU", date=dt.date(2025, 1, 1))).document
    validity.mark(old, new, Effect.AMENDED, 5)
    validity.mark(old, new, Effect.REPLACED, 5)
    [mark] = validity.of(old)
    assert (mark.effect, mark.new) == (Effect.REPLACED, identity(new))
    assert validity.by(new) == [mark]
    library.remove(old.id)
    again = library.put(conclusion(file="khac.txt", signer="A")).document
    assert validity.of(again) == [mark]
    assert validity.unmark(again, new)
    assert not validity.unmark(again, new)
    assert validity.of(again) == []


def test_another_document_of_the_same_number_is_not_meant(databases: Databases) -> None:
    library = Library(databases(LIBRARY))
    validity = Validity(library.database)
    old = library.put(conclusion()).document
    namesake = library.put(conclusion("Thành ủy Huế", file="hue.txt")).document
    report = library.put(news()).document
    validity.mark(old, report, Effect.ENDED, 5)
    assert validity.of(namesake) == []
    assert validity.by(report)[0].old == identity(old)
