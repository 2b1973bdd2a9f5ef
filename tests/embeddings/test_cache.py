"""The cache: the same text is encoded once, whatever happens to the file."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.cache import CachedEncoder
from embeddings.encoder import Vectors


class Counting:
    """A cheap encoder: a direction drawn from the text. Counts what it is asked for."""

    dimension = 8

    def __init__(self, name: str = "counting") -> None:
        self.name = name
        self.asked: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode("query: ", texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode("passage: ", texts)

    def _encode(self, prompt: str, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        rows = np.empty((len(texts), self.dimension), np.float32)
        for i, text in enumerate(texts):
            seed = hashlib.sha256(f"{self.name}{prompt}{text}".encode("utf-8", "surrogatepass")).digest()
            rows[i] = np.random.default_rng(list(seed)).normal(size=self.dimension)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@given(st.lists(st.lists(st.text(max_size=5), max_size=8), max_size=4))
@settings(deadline=None, max_examples=50)
def test_gives_what_the_encoder_gives_and_asks_once(
    tmp_path_factory: pytest.TempPathFactory, calls: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    inner = Counting()
    cached = CachedEncoder(inner, folder)
    for texts in calls:
        np.testing.assert_array_equal(cached.encode_passages(texts), Counting().encode_passages(texts))
    assert sorted(inner.asked) == sorted({text for texts in calls for text in texts})
    again = Counting()
    reopened = CachedEncoder(again, folder)
    for texts in calls:
        np.testing.assert_array_equal(reopened.encode_passages(texts), Counting().encode_passages(texts))
    assert again.asked == []


def test_questions_are_remembered_in_memory(tmp_path: Path) -> None:
    inner = Counting()
    cached = CachedEncoder(inner, tmp_path)
    for texts in (["a", "b", "a"], ["b", "c"], []):
        np.testing.assert_array_equal(cached.encode_queries(texts), Counting().encode_queries(texts))
    assert inner.asked == ["a", "b", "c"]


def test_a_question_is_not_a_passage(tmp_path: Path) -> None:
    cached = CachedEncoder(Counting(), tmp_path)
    assert not np.allclose(cached.encode_queries(["a"]), cached.encode_passages(["a"]))


def test_encoders_do_not_see_each_others_vectors(tmp_path: Path) -> None:
    CachedEncoder(Counting("one"), tmp_path).encode_passages(["a"])
    other = Counting("two")
    CachedEncoder(other, tmp_path).encode_passages(["a"])
    assert other.asked == ["a"]


def test_what_one_process_adds_another_that_runs_already_finds(tmp_path: Path) -> None:
    inner = Counting()
    here, there = CachedEncoder(inner, tmp_path), CachedEncoder(Counting(), tmp_path)
    here.encode_passages(["a"])
    there.encode_passages(["b", "c"])
    here.encode_passages(["a", "b", "c"])
    assert inner.asked == ["a"]


def fill(folder: Path, start: int) -> None:
    cached = CachedEncoder(Counting(), folder)
    for i in range(start, start + 200):
        cached.encode_passages([str(i), str(i + 1)])


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=fill, args=(tmp_path, start)) for start in (0, 100, 1000)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    inner = Counting()
    texts = [str(i) for i in (*range(301), *range(1000, 1201))]
    np.testing.assert_array_equal(
        CachedEncoder(inner, tmp_path).encode_passages(texts), Counting().encode_passages(texts)
    )
    assert inner.asked == []


@given(cut=st.integers(0, 300))
@settings(deadline=None, max_examples=60)
def test_a_crash_in_the_middle_of_writing_costs_only_what_was_not_written(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    texts = [str(i) for i in range(5)]
    CachedEncoder(Counting(), folder).encode_passages(texts)
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:cut])
    for _ in range(2):
        np.testing.assert_array_equal(
            CachedEncoder(Counting(), folder).encode_passages(texts), Counting().encode_passages(texts)
        )
    last = Counting()
    CachedEncoder(last, folder).encode_passages(texts)
    assert last.asked == []


def test_zeros_left_by_a_power_cut_are_not_vectors(tmp_path: Path) -> None:
    CachedEncoder(Counting(), tmp_path).encode_passages(["a", "b"])
    (path,) = tmp_path.iterdir()
    data = bytearray(path.read_bytes())
    data[-32:] = bytes(32)
    path.write_bytes(data)
    inner = Counting()
    np.testing.assert_array_equal(
        CachedEncoder(inner, tmp_path).encode_passages(["a", "b"]), Counting().encode_passages(["a", "b"])
    )
    assert inner.asked == ["b"]


def test_without_a_place_to_write_it_still_encodes(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cached = CachedEncoder(Counting(), tmp_path / "file")
    np.testing.assert_array_equal(cached.encode_passages(["a"]), Counting().encode_passages(["a"]))
