"""Questions that come together are encoded together, and everybody gets his own answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from embeddings.batching import BatchingEncoder
from embeddings.encoder import Vectors


class Slow:
    """A vector that says which text it is of. Takes its time over a batch, whatever its size."""

    name, dimension = "slow", 2

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.at_once = 0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if "bad" in texts:
            raise ValueError("bad")
        self.at_once += 1
        assert self.at_once == 1
        time.sleep(0.02)
        self.at_once -= 1
        self.batches.append(len(texts))
        return np.array([[float(text), 1] for text in texts], np.float32)

    encode_passages = encode_queries


def test_everybody_gets_his_own() -> None:
    inner = Slow()
    batching = BatchingEncoder(inner)
    with ThreadPoolExecutor(32) as pool:
        vectors = list(pool.map(lambda i: batching.encode_queries([str(i)]), range(200)))
    assert [float(v[0, 0]) for v in vectors] == list(range(200))
    assert sum(inner.batches) == 200
    assert len(inner.batches) < 60


def test_one_alone_does_not_wait() -> None:
    batching = BatchingEncoder(Slow(), gather=10)
    start = time.monotonic()
    assert batching.encode_queries(["7"]).shape == (1, 2)
    assert time.monotonic() - start < 5


def test_one_that_follows_another_does_not_wait_for_a_third() -> None:
    inner = Slow()
    batching = BatchingEncoder(inner, gather=10)
    start = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda i: batching.encode_queries([str(i)]), range(2)))
    assert sum(inner.batches) == 2
    assert time.monotonic() - start < 5


def test_a_batch_is_never_larger_than_allowed() -> None:
    inner = Slow()
    batching = BatchingEncoder(inner, most=4)
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda i: batching.encode_queries([str(i)]), range(64)))
    assert max(inner.batches) <= 4


def test_an_error_reaches_those_it_concerns_and_the_next_batch_goes_on() -> None:
    batching = BatchingEncoder(Slow())
    with pytest.raises(ValueError, match="bad"):
        batching.encode_queries(["bad"])
    assert batching.encode_queries(["1"])[0, 0] == 1


def test_several_at_once_and_none_pass_through() -> None:
    inner = Slow()
    batching = BatchingEncoder(inner)
    assert batching.encode_queries(["1", "2"]).shape == (2, 2)
    assert batching.encode_passages(["3"]).shape == (1, 2)


def test_several_wordings_of_a_question_share_the_batch_with_others() -> None:
    inner = Slow()
    batching = BatchingEncoder(inner)
    with ThreadPoolExecutor(32) as pool:
        vectors = list(pool.map(lambda i: batching.encode_queries([str(i), str(i + 1000)]), range(100)))
    assert [v[:, 0].tolist() for v in vectors] == [[i, i + 1000] for i in range(100)]
    assert len(inner.batches) < 30
