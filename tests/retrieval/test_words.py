"""The word index and the small arithmetic around it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.words import Alternative, Slot, Term, WordIndex

TEXTS = [
    ("tiêm vắc xin cho trẻ em", ""),
    ("kiểm soát giá cả, chống đầu cơ", ""),
    ("trẻ em đến trường", "kế hoạch năm học"),
    ("tuần tra rừng", ""),
]


def _slot(*words: str, weight: float = 1.0, family: str = "s") -> Slot:
    return Slot(tuple(Alternative((Term(family, tuple(w.split())),), weight) for w in words))  # type: ignore[arg-type]


def test_the_text_with_the_word_comes_first() -> None:
    index = WordIndex.build(TEXTS)
    assert int(index.scores([_slot("rừng")]).argmax()) == 3
    phrase = Alternative((Term("p", ("trẻ", "em")), Term("s", ("trường",))))
    assert int(index.scores([Slot((phrase,))]).argmax()) == 2


def test_context_counts_for_less_than_the_text_itself() -> None:
    index = WordIndex.build([("rừng xanh", ""), ("biển xanh", "rừng")])
    scores = index.scores([_slot("rừng")])
    assert scores[0] > scores[1] > 0


def test_folded_terms_match_with_and_without_marks() -> None:
    index = WordIndex.build(TEXTS)
    assert index.count(Term("fs", ("tre",))) == index.count(Term("s", ("trẻ",))) == 2


def test_of_alternatives_the_better_counts_and_not_both() -> None:
    index = WordIndex.build(TEXTS)
    one = index.scores([_slot("trẻ")])
    both = index.scores([_slot("trẻ", "em")])
    assert both[0] == pytest.approx(max(one[0], index.scores([_slot("em")])[0]))


def test_within_a_few_texts_what_they_share_says_nothing() -> None:
    index = WordIndex.build([("dự án đường sắt", ""), ("dự án cầu", ""), ("dự án chợ", ""), ("vốn dự án cầu", "")])
    local = index.local([_slot("dự"), _slot("vốn")], 0, 4)
    assert int(local.argmax()) == 3
    assert local[3] > 2 * local[0]


words = st.sampled_from(["tiêm", "vắc", "xin", "trẻ", "em", "rừng", "giá", "cả", "trường", "học", "biển", "xanh"])


@given(st.lists(st.lists(words, max_size=8).map(" ".join), min_size=1, max_size=8), words)
def test_a_term_is_counted_in_every_text_that_has_it(texts: list[str], word: str) -> None:
    index = WordIndex.build((t, "") for t in texts)
    assert index.count(Term("s", (word,))) == sum(word in t.split() for t in texts)
    scores = index.scores([_slot(word)])
    assert [bool(s > 0) for s in scores] == [word in t.split() for t in texts]


@given(st.lists(st.lists(words, max_size=8).map(" ".join), min_size=1, max_size=6), words, st.data())
def test_a_part_of_the_index_scores_as_the_whole_does(texts: list[str], word: str, data: st.DataObject) -> None:
    index = WordIndex.build((t, "") for t in texts)
    first = data.draw(st.integers(0, len(texts) - 1))
    last = data.draw(st.integers(first + 1, len(texts)))
    whole = index.scores([_slot(word)])[first:last]
    assert np.array_equal(index.local([_slot(word)], first, last) > 0, whole > 0)


def test_an_empty_index_finds_nothing() -> None:
    index = WordIndex.build([])
    assert index.scores([_slot("rừng")]).shape == (0,)
