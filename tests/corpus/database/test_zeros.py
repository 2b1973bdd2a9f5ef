"""Every text goes into PostgreSQL and comes back letter for letter, NUL too."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

pytest.importorskip("psycopg")

from corpus.database.zeros import read, written
from corpus.library import LIBRARY
from tests.databases import Shared

TEXTS = st.text(st.sampled_from("a0 1\x00\x1bế") | st.characters(exclude_categories=["Cs"]))


@given(TEXTS)
@example("\x1b0")
def test_what_is_written_holds_no_zero_and_is_read_back(text: str) -> None:
    assert "\0" not in written(text)
    assert read(written(text)) == text


@given(TEXTS, TEXTS)
def test_two_texts_are_written_as_two(a: str, b: str) -> None:
    assert (written(a) == written(b)) == (a == b)


def test_it_is_so_in_the_database(shared: Shared) -> None:
    database = shared(LIBRARY)
    text = "a\0b\x1b0c % ? ' \\ é"
    database.execute("INSERT INTO meta (key, value) VALUES ('odd', ?)", text)
    assert database.rows("SELECT value FROM meta WHERE value = ?", text) == [(text,)]
