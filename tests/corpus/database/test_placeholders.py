"""A question mark is a place for a value, and nothing else that looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.database.placeholders import translated


@pytest.mark.parametrize(
    ("given", "psycopg_s"),
    [
        ("a = ? AND b IN (?, ?)", "a = %s AND b IN (%s, %s)"),
        ("a = '?' AND b = ?", "a = '?' AND b = %s"),
        ("a = 'it''s ?' AND b = ?", "a = 'it''s ?' AND b = %s"),
        ('"odd ? name" = ?', '"odd ? name" = %s'),
        ("a LIKE '10%' AND b % 2 = ?", "a LIKE '10%%' AND b %% 2 = %s"),
        ("? -- why?\n = ?", "%s -- why?\n = %s"),
        ("? /* why? 5% */ = ?", "%s /* why? 5%% */ = %s"),
    ],
)
def test_only_what_stands_alone_is_a_place(given: str, psycopg_s: str) -> None:
    assert translated(given) == psycopg_s


@given(st.lists(st.sampled_from(["?", "'?'", "'%s'", "%", '"?"', " a ", "'it''s'"])))
def test_every_place_is_kept_and_no_sign_lost(pieces: list[str]) -> None:
    sql = " ".join(pieces)
    values = ("?",) * pieces.count("?")
    # What psycopg does with it, as far as signs go.
    assert translated(sql) % values == sql
