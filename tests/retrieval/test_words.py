"""Word search: what is found, and that it does not depend on how the library is cut into segments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import words as words_module
from retrieval.terms import Alternative, Family, Slot, Term
from retrieval.tokens import fold, syllables
from retrieval.word_segment import CONTEXT_WEIGHT, K1, B, WordSegment
from retrieval.words import GROUP_WEIGHT, Words

TEXTS = [
    ("tiêm vắc xin cho trẻ em", ""),
    ("kiểm soát giá cả, chống đầu cơ", ""),
    ("trẻ em đến trường", "kế hoạch năm học"),
    ("tuần tra rừng", ""),
]


def _index(texts: Sequence[tuple[str, str]], groups: Sequence[int] | None = None) -> Words:
    numbered = groups if groups is not None else range(len(texts))
    return Words((WordSegment.build((own, over, g) for (own, over), g in zip(texts, numbered, strict=True)),))


def _slot(*words: str, weight: float = 1.0, family: Family = "s") -> Slot:
    return Slot(tuple(Alternative((Term(family, tuple(w.split())),), weight) for w in words))


def _scores(index: Words, slots: Sequence[Slot]) -> np.ndarray:
    return index.score(index.weigh(slots), np.arange(int(index.bases[-1])))


def test_the_text_with_the_word_comes_first() -> None:
    index = _index(TEXTS)
    assert int(_scores(index, [_slot("rừng")]).argmax()) == 3
    phrase = Alternative((Term("p", ("trẻ", "em")), Term("s", ("trường",))))
    assert int(_scores(index, [Slot((phrase,))]).argmax()) == 2


def test_context_counts_for_less_than_the_text_itself() -> None:
    scores = _scores(_index([("rừng xanh", ""), ("biển xanh", "rừng")]), [_slot("rừng")])
    assert scores[0] > scores[1] > 0


def test_folded_terms_match_with_and_without_marks() -> None:
    index = _index([*TEXTS, ("tre già măng mọc", "")])
    assert index.count(Term("s", ("trẻ",))) == 2
    assert index.count(Term("fs", ("tre",))) == 3
    assert index.count(Term("fp", ("tre", "em"))) == index.count(Term("p", ("trẻ", "em"))) == 2
    assert np.flatnonzero(_scores(index, [_slot("tre", family="fs")])).tolist() == [0, 2, 4]


def test_of_alternatives_the_better_counts_and_not_both() -> None:
    index = _index(TEXTS)
    one, other = _scores(index, [_slot("trẻ")]), _scores(index, [_slot("em")])
    assert _scores(index, [_slot("trẻ", "em")])[0] == pytest.approx(max(one[0], other[0]))


def test_words_are_a_pair_only_inside_one_text() -> None:
    index = _index([("có trẻ", ""), ("em bé", "trẻ"), ("trẻ em", "")], groups=[0, 0, 1])
    assert index.count(Term("p", ("trẻ", "em"))) == 1
    assert np.flatnonzero(_scores(index, [_slot("trẻ em", family="p")])).tolist() == [2]


def test_within_a_few_texts_what_they_share_says_nothing() -> None:
    index = _index([("dự án đường sắt", ""), ("dự án cầu", ""), ("dự án chợ", ""), ("vốn dự án cầu", "")])
    [local] = index.local(index.weigh([_slot("dự"), _slot("vốn")]), [(0, 4)])
    assert int(local.argmax()) == 3
    assert local[3] > 2 * local[0]


def test_an_empty_index_finds_nothing() -> None:
    for index in (_index([]), Words(())):
        weighed = index.weigh([_slot("rừng")])
        assert index.candidates(weighed).shape == (0,)
        assert index.score(weighed, np.zeros(0, np.int64)).shape == (0,)
        assert index.count(Term("s", ("rừng",))) == 0


WORDS = st.sampled_from(["tiêm", "vắc", "xin", "trẻ", "tre", "em", "rừng", "giá", "gia", "cả", "trường", "xanh"])
SENTENCES = st.lists(WORDS, max_size=8).map(" ".join)


@st.composite
def _collections(draw: st.DrawFn) -> list[tuple[str, str, int]]:
    """Passages of groups; those of a group have one context."""
    groups = draw(st.lists(st.tuples(st.lists(SENTENCES, min_size=1, max_size=3), SENTENCES), min_size=1, max_size=6))
    return [(own, over, g) for g, (texts, over) in enumerate(groups) for own in texts]


@st.composite
def _questions(draw: st.DrawFn) -> list[Slot]:
    def term(family: Family) -> Term:
        size = len(family.removeprefix("f"))
        words = tuple(draw(WORDS) for _ in range(2 if family in ("p", "fp") else size))
        return Term(family, tuple(map(fold, words)) if family[0] == "f" else words)

    families: st.SearchStrategy[Family] = st.sampled_from(("s", "p", "fs", "fp"))
    slots = []
    for _ in range(draw(st.integers(1, 3))):
        options = draw(st.lists(st.tuples(st.lists(families, min_size=1, max_size=2), st.floats(0.2, 1.0)), min_size=1))
        slots.append(Slot(tuple(Alternative(tuple(map(term, f)), round(w, 2)) for f, w in options[:3])))
    return slots


@given(_collections(), _questions())
def test_scores_are_those_of_the_formula(passages: list[tuple[str, str, int]], slots: list[Slot]) -> None:
    index = Words((WordSegment.build(passages),))
    assert _scores(index, slots) == pytest.approx(_by_the_book(index, passages, slots), abs=1e-4)


def _cut(
    passages: list[tuple[str, str, int]], data: st.DataObject
) -> tuple[WordSegment, tuple[WordSegment, WordSegment]]:
    """A segment, and the same in two, cut between two groups or at an end."""
    whole = WordSegment.build(passages)
    cut = data.draw(st.integers(0, passages[-1][2] + 1))
    left = np.array([g < cut for _, _, g in passages])
    return whole, (WordSegment.merge([(whole, left)]), WordSegment.merge([(whole, ~left)]))


@given(_collections(), _questions(), st.data())
def test_cut_anywhere_into_segments_it_scores_the_same(
    passages: list[tuple[str, str, int]], slots: list[Slot], data: st.DataObject
) -> None:
    whole, parts = _cut(passages, data)
    one, two = Words((whole,)), Words(parts)
    joined = Words((WordSegment.merge([(p, np.ones(p.size, np.bool_)) for p in parts]),))
    for other in (two, joined):
        assert _scores(other, slots) == pytest.approx(_scores(one, slots), abs=1e-5)
        assert other.candidates(other.weigh(slots)).tolist() == one.candidates(one.weigh(slots)).tolist()
        assert sorted(other.vocabulary) == sorted(one.vocabulary)


@given(_collections(), _questions(), st.data())
def test_what_has_left_the_library_counts_for_nothing(
    passages: list[tuple[str, str, int]], slots: list[Slot], data: st.DataObject
) -> None:
    whole = WordSegment.build(passages)
    gone = sorted(data.draw(st.sets(st.integers(0, passages[-1][2]), max_size=passages[-1][2])))
    there = np.array([g not in gone for _, _, g in passages])
    index = Words((whole,), (np.array([(g, g + 1) for g in gone], dtype=np.int64).reshape(len(gone), 2),))
    anew = Words((WordSegment.merge([(whole, there)]),))
    assert index.size == anew.size
    assert _scores(index, slots)[there] == pytest.approx(_scores(anew, slots), abs=1e-5)


@given(_collections(), st.lists(WORDS, min_size=1, max_size=4), st.data())
def test_pairs_counted_at_once_are_those_counted_one_by_one(
    passages: list[tuple[str, str, int]], words: list[str], data: st.DataObject
) -> None:
    whole, parts = _cut(passages, data)
    first_gone = [np.array([(0, 1)], np.int64) if p.groups else np.zeros((0, 2), np.int64) for p in parts]
    asked = [*words, "nowhere"]
    first, second = np.indices((len(asked), len(asked))).reshape(2, -1)
    for index in (Words((whole,)), Words(parts), Words(parts, tuple(first_gone)), Words(())):
        found = index.pairs(asked, first, second).tolist()
        assert found == [index.count(Term("p", (a, b))) for a in asked for b in asked]


@given(_collections(), _questions())
def test_what_scores_is_among_the_candidates(passages: list[tuple[str, str, int]], slots: list[Slot]) -> None:
    index = Words((WordSegment.build(passages),))
    assert set(np.flatnonzero(_scores(index, slots))) <= set(index.candidates(index.weigh(slots)).tolist())


def test_in_a_large_library_the_commonest_words_only_weigh(monkeypatch: pytest.MonkeyPatch) -> None:
    index = _index([*[("chỉ đạo chung", "")] * 50, ("chỉ đạo tiêm chủng", ""), ("tiêm chủng mở rộng ở trường", "")])
    slots = [_slot("chỉ"), _slot("đạo"), _slot("tiêm")]
    monkeypatch.setattr(words_module, "POSTINGS_READ", 10)
    found = index.candidates(index.weigh(slots))
    assert found.tolist() == [50, 51]
    assert int(index.score(index.weigh(slots), found).argmax()) == 0


@given(st.lists(st.integers(0, 3), max_size=12) | st.lists(st.integers(0, 50), max_size=600), st.integers(1, 12))
def test_the_highest_are_kept_and_of_equal_ones_the_first(scores: list[int], most: int) -> None:
    best = sorted((n for n, x in enumerate(scores) if x), key=lambda n: -scores[n])[:most]
    assert words_module._highest(np.array(scores, dtype=np.float64), most).tolist() == sorted(best)


def test_the_highest_are_found_where_every_sixteenth_is_no_sample_of_the_rest() -> None:
    scores = np.ones(320)
    scores[: 9 * 16 : 16] = 50.0
    assert words_module._highest(scores, 12).tolist() == sorted([*range(0, 144, 16), 1, 2, 3])


def test_a_filter_that_the_best_do_not_pass_is_asked_of_more(monkeypatch: pytest.MonkeyPatch) -> None:
    index = _index([(" ".join(["chợ", *["phiên"] * n]), "") for n in range(40)])
    monkeypatch.setattr(words_module, "SCORED_ALL", -1)
    monkeypatch.setattr(words_module, "GROUPS_FOUND", 1)
    assert index.candidates(index.weigh([_slot("chợ")]), np.arange(40) >= 30).tolist() == [30]


@given(_collections(), _questions(), st.data())
def test_a_filter_finds_the_best_of_what_it_allows(
    passages: list[tuple[str, str, int]], slots: list[Slot], data: st.DataObject
) -> None:
    index = Words((WordSegment.build(passages),))
    allowed = np.array(data.draw(st.lists(st.booleans(), min_size=len(passages), max_size=len(passages))))
    weighed = index.weigh(slots)
    group = np.array([g for _, _, g in passages])
    total = index.group_scores(weighed)
    there = sorted((g for g in set(group[allowed].tolist()) if total[g]), key=lambda g: (-total[g], g))
    with pytest.MonkeyPatch.context() as m:
        m.setattr(words_module, "SCORED_ALL", -1)
        m.setattr(words_module, "GROUPS_FOUND", 1)
        found = index.candidates(weighed, allowed)
    assert found.tolist() == [n for n, g in enumerate(group) if g in there[:1] and allowed[n]]


@given(_collections(), _questions(), st.data())
def test_a_filter_leaves_what_it_allows(
    passages: list[tuple[str, str, int]], slots: list[Slot], data: st.DataObject
) -> None:
    index = Words((WordSegment.build(passages),))
    allowed = np.array(data.draw(st.lists(st.booleans(), min_size=len(passages), max_size=len(passages))))
    with pytest.MonkeyPatch.context() as m:
        m.setattr(words_module, "SCORED_ALL", -1)
        found = index.candidates(index.weigh(slots), allowed)
    assert allowed[found].all()
    assert set(np.flatnonzero((_scores(index, slots) > 0) & allowed)) <= set(found.tolist())


def _by_the_book(index: Words, passages: list[tuple[str, str, int]], slots: list[Slot]) -> list[float]:
    """BM25F, word by word, from the texts."""
    groups: dict[int, list[tuple[list[str], list[str]]]] = {}
    for own, over, g in passages:
        groups.setdefault(g, []).append((syllables(own), syllables(over)))
    singles = [[(own, over)] for members in groups.values() for own, over in members]
    wholes = list(groups.values())
    group_of = [g for _, _, g in passages]

    def count(texts: list[tuple[list[str], list[str]]], t: Term) -> float:
        change = fold if t.family[0] == "f" else str
        size = len(t.words)

        def times(words: list[str]) -> int:
            said = list(map(change, words))
            return sum(tuple(said[i : i + size]) == t.words for i in range(len(said) - size + 1))

        return sum(times(own) for own, _ in texts) + CONTEXT_WEIGHT * times(texts[0][1])

    def length(texts: list[tuple[list[str], list[str]]]) -> float:
        return sum(len(own) for own, _ in texts) + CONTEXT_WEIGHT * len(texts[0][1])

    def score(texts: list[tuple[list[str], list[str]]], all_texts: list[list[tuple[list[str], list[str]]]]) -> float:
        norm = K1 * (1 - B + B * length(texts) / max(sum(map(length, all_texts)) / len(all_texts), 1.0))
        total = 0.0
        for slot in slots:
            options = []
            for a in slot.alternatives:
                value = 0.0
                for t in a.terms:
                    df = min(index.count(t), len(wholes))
                    tf = count(texts, t)
                    value += a.weight * np.log1p((len(wholes) - df + 0.5) / (df + 0.5)) * tf / (tf + norm)
                options.append(value)
            total += max(options)
        return total

    return [
        score(one, singles) + GROUP_WEIGHT * score(groups[g], wholes) for one, g in zip(singles, group_of, strict=True)
    ]
