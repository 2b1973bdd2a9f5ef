"""Neighbours: exact, also through a filter, and the same after a round trip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retrieval import dense
from retrieval.dense import Dense, DenseIndex


def _unit(n: int, seed: int) -> np.ndarray:
    # A multiple of 64, as models have: FAISS has code of its own for those.
    made = np.random.default_rng(seed).normal(size=(n, 64)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def _alike(n: int, seed: int) -> np.ndarray:
    """As an encoder's: many directions, few of which tell vectors apart."""
    few = np.random.default_rng(9).normal(size=(12, 64))
    made = np.random.default_rng(seed).normal(size=(n, 12)) @ few + 0.3 * _unit(n, seed + 1)
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def in_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any number of vectors is put into cells."""
    for name, value in (("ROUGH_FROM", 0), ("ONE_BY_ONE", 0), ("PROBED", 2)):
        monkeypatch.setattr(dense, name, value)


def _found(index: DenseIndex, vectors: np.ndarray, queries: np.ndarray, allowed: np.ndarray | None = None) -> float:
    """The share of the ten nearest that pass which is found; nothing else may be."""
    _, found = index.search(queries, 10, allowed)
    cosines = queries @ vectors.T if allowed is None else np.where(allowed, queries @ vectors.T, -2.0)
    shares = []
    for ids, row in zip(found, cosines, strict=True):
        ids = ids[ids >= 0]
        assert allowed is None or allowed[ids].all()
        best = np.argsort(-row)[: min(10, int((row > -2.0).sum()))]
        shares.append(len(set(ids) & set(best)) / max(len(best), 1))
    return float(np.mean(shares))


@pytest.mark.parametrize("one_by_one", [0, 10**9])
@pytest.mark.parametrize("share", [1.0, 0.5, 0.01])
def test_a_filter_finds_exactly_the_nearest_that_pass(
    one_by_one: int, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "ONE_BY_ONE", one_by_one)
    vectors = _unit(2000, 1)
    allowed = np.random.default_rng(3).random(2000) < share
    assert _found(DenseIndex.build(vectors), vectors, _unit(4, 2), allowed) == 1.0


@pytest.mark.usefixtures("in_cells")
@pytest.mark.parametrize("share", [0.5, 0.1, 0.01])
def test_in_cells_a_filtered_search_finds_as_much_as_any_other(share: float) -> None:
    vectors, queries = _alike(3000, 1), _alike(200, 2)
    index = DenseIndex.build(vectors)
    whole = _found(index, vectors, queries)
    assert whole > 0.9
    assert _found(index, vectors, queries, np.random.default_rng(3).random(3000) < share) >= whole - 0.01
    assert np.allclose(index.vectors([5, 7]), vectors[[5, 7]], atol=1e-3)


@pytest.mark.parametrize("rough_from", [0, 10**9])
def test_an_index_is_read_back_as_it_was(rough_from: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "ROUGH_FROM", rough_from)
    index = DenseIndex.build(_unit(300, 1))
    index.save(tmp_path)
    again = DenseIndex.load(tmp_path)
    queries = _unit(3, 2)
    for a, b in zip(index.search(queries, 5), again.search(queries, 5), strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(index.vectors([0, 299]), again.vectors([0, 299]))


def test_several_segments_are_searched_as_one() -> None:
    vectors, queries = _unit(900, 1), _unit(5, 2)
    one = Dense((DenseIndex.build(vectors),), 64)
    three = Dense(tuple(DenseIndex.build(vectors[a:b]) for a, b in ((0, 400), (400, 401), (401, 900))), 64)
    merged = Dense((DenseIndex.merge([(s, np.ones(s.size, np.bool_)) for s in three.segments]),), 64)
    allowed = np.random.default_rng(3).random(900) < 0.2
    for other in (three, merged):
        for marks in (None, allowed):
            (score, ids), (scores, found) = one.search(queries, 20, marks), other.search(queries, 20, marks)
            assert np.array_equal(ids, found)
            assert np.allclose(score, scores, atol=1e-6)
        ids = np.array([3, 399, 400, 401, 899])
        assert np.array_equal(other.vectors(ids), one.vectors(ids))


@pytest.mark.usefixtures("in_cells")
def test_what_is_no_number_is_no_error() -> None:
    scores, ids = DenseIndex.build(_unit(300, 1)).search(np.full((2, 64), np.nan, np.float32), 5)
    assert len(scores) == len(ids) == 2


def test_an_empty_index_finds_nothing() -> None:
    scores, ids = DenseIndex.build(np.zeros((0, 8), np.float32)).search(np.ones((1, 8), np.float32), 5)
    assert scores.shape == ids.shape == (1, 0)
