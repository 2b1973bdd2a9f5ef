"""Button data: small, and nothing but what we made is read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.callback import (
    MAX_BYTES,
    MAX_NUMBER,
    Action,
    Choose,
    DrawClause,
    DrawResult,
    Fitting,
    Judge,
    OnDraft,
    Post,
    Rate,
    Remove,
    SetPreference,
    ShowCard,
    ShowClause,
    ShowContents,
    ShowDocument,
    ShowFacet,
    ShowList,
    ShowPreferences,
    ShowResult,
    TakeRole,
    Undo,
    decode,
    encode,
)

ids = st.text("0123456789abcdef", min_size=16, max_size=16)
numbers = st.integers(0, MAX_NUMBER)
backs = st.none() | numbers
tags = st.none() | st.text("0123456789abcdef", min_size=8, max_size=8)
fittings = st.builds(Fitting, tags, st.none() | st.integers(1000, 2999), tags)
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(ShowResult, numbers),
    st.builds(ShowClause, ids, numbers, numbers, backs),
    st.builds(ShowDocument, ids, numbers, backs),
    st.builds(ShowContents, ids, numbers, backs),
    st.builds(ShowCard, ids, backs),
    st.builds(ShowList, numbers, fittings),
    st.builds(ShowFacet, st.sampled_from("tyi"), numbers, fittings),
    st.builds(Choose, ids),
    st.builds(ShowPreferences, st.none() | st.sampled_from("wrlpqc")),
    st.builds(SetPreference, st.sampled_from("wrlpqc"), st.integers(0, 36 * 36 - 1)),
    st.builds(Post),
    st.builds(OnDraft, numbers, st.sampled_from("egckwfspx"), numbers),
    st.builds(Undo, numbers),
    st.builds(DrawResult, numbers),
    st.builds(DrawClause, ids, numbers),
    st.builds(Judge, ids, ids, st.sampled_from("reax")),
    st.builds(Remove, ids),
    st.builds(TakeRole, st.integers(1, 10**15 - 1)),
    st.builds(Rate, numbers, st.booleans()),
)


@given(actions)
def test_data_is_small_and_comes_back_as_it_was(action: Action) -> None:
    data = encode(action)
    assert len(data.encode()) <= MAX_BYTES
    assert decode(data) == action


@given(st.one_of(st.text(), st.binary(), st.none(), st.integers()))
def test_anything_else_is_refused(data: object) -> None:
    action = decode(data)
    assert action is None or encode(action) == data


@given(actions, st.data())
def test_changed_data_is_another_action_or_none(action: Action, data: st.DataObject) -> None:
    sent = encode(action)
    at = data.draw(st.integers(0, len(sent)))
    forged = sent[:at] + data.draw(st.text(max_size=3)) + sent[at + data.draw(st.integers(0, 3)) :]
    read = decode(forged)
    assert read is None or decode(encode(read)) == read


def test_a_number_too_large_for_a_button_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        encode(ShowResult(MAX_NUMBER + 1))
