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


@pytest.mark.parametrize("rough_from", [0, 10**9])
@pytest.mark.parametrize("one_by_one", [0, 10**9])
@pytest.mark.parametrize("share", [1.0, 0.5, 0.01])
def test_a_filter_finds_exactly_the_nearest_that_pass(
    rough_from: int, one_by_one: int, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "ROUGH_FROM", rough_from)
    monkeypatch.setattr(dense, "ONE_BY_ONE", one_by_one)
    vectors, queries = _unit(2000, 1), _unit(4, 2)
    index = DenseIndex.build(vectors)
    allowed = np.random.default_rng(3).random(2000) < share
    _, found = index.search(queries, 10, allowed)
    cosines = np.where(allowed, queries @ vectors.T, -2.0)
    for ids, row in zip(found, cosines, strict=True):
        assert set(ids) == set(np.argsort(-row)[: len(ids)])
        assert len(ids) == min(10, int(allowed.sum()))


def test_cells_find_nearly_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "ROUGH_FROM", 0)
    monkeypatch.setattr(dense, "CELLS_FROM", 0)
    monkeypatch.setattr(dense, "PROBED", 2)
    vectors = _unit(3000, 1)
    index = DenseIndex.build(vectors)
    _, found = index.search(vectors[:200], 1)
    assert (found[:, 0] == np.arange(200)).mean() > 0.95
    monkeypatch.setattr(dense, "ONE_BY_ONE", 0)
    allowed = np.arange(3000) % 3 == 0
    _, filtered = index.search(vectors[:300], 1, allowed)
    assert (filtered[::3, 0] == np.arange(0, 300, 3)).all()
    assert np.allclose(index.vectors([5, 7]), vectors[[5, 7]], atol=1e-3)


@pytest.mark.parametrize(("share", "least"), [(0.1, 1.0), (0.5, 0.95)])
def test_a_filter_looks_into_more_cells(share: float, least: float, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ROUGH_FROM", 0), ("CELLS_FROM", 0), ("ONE_BY_ONE", 0), ("PROBED", 2)):
        monkeypatch.setattr(dense, name, value)
    vectors, queries = _unit(3000, 1), _unit(50, 2)
    allowed = np.random.default_rng(3).random(3000) < share
    _, found = DenseIndex.build(vectors).search(queries, 10, allowed)
    best = np.argsort(-np.where(allowed, queries @ vectors.T, -2.0), axis=1)[:, :10]
    assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, best, strict=True)]) >= least


@pytest.mark.parametrize("rough_from", [0, 10**9])
@pytest.mark.parametrize("cells_from", [0, 10**9])
def test_an_index_is_read_back_as_it_was(
    rough_from: int, cells_from: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "ROUGH_FROM", rough_from)
    monkeypatch.setattr(dense, "CELLS_FROM", cells_from)
    index = DenseIndex.build(_unit(300, 1))
    index.save(tmp_path)
    again = DenseIndex.load(tmp_path)
    queries = _unit(3, 2)
    for a, b in zip(index.search(queries, 5), again.search(queries, 5), strict=True):
        assert np.array_equal(a, b)


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


@pytest.mark.parametrize("cells_from", [0, 10**9])
def test_what_is_no_number_is_no_error(cells_from: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "ROUGH_FROM", 0)
    monkeypatch.setattr(dense, "CELLS_FROM", cells_from)
    scores, ids = DenseIndex.build(_unit(300, 1)).search(np.full((2, 64), np.nan, np.float32), 5)
    assert len(scores) == len(ids) == 2


def test_an_empty_index_finds_nothing() -> None:
    scores, ids = DenseIndex.build(np.zeros((0, 8), np.float32)).search(np.ones((1, 8), np.float32), 5)
    assert scores.shape == ids.shape == (1, 0)
