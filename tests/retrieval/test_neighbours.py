"""What every keeper of vectors must do: FAISS, Milvus in a file, and a Milvus server where its wheel is installed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from corpus.database import AwayError
from corpus.library import Library
from retrieval import dense, milvus
from retrieval.dense import FAISS
from retrieval.engine import Engine
from retrieval.milvus import Address, Milvus, MilvusAddressError
from retrieval.neighbours import Keeper, Kept, Neighbours, Place
from tests.fakes.milvus import Milvus as Server
from tests.retrieval.samples import WordEncoder
from tests.retrieval.test_index import QUESTIONS

D = 64
Open = Callable[[], Keeper]
_libraries = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if find_spec("milvus") is None:
        pytest.skip("a server in a wheel: pip install --no-deps milvus==2.3.5")
    server = Server()
    yield server
    server.close()


@pytest.fixture
def open_milvus(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same library's vectors again and again."""
    if request.param == "faiss":
        return lambda: FAISS
    library = f"library {next(_libraries)}"
    if request.param == "server":
        url = request.getfixturevalue("server").url
    else:
        pytest.importorskip("milvus_lite")
        url = f"milvus://{tmp_path}/vectors.db"
    return lambda: Milvus(url, library, "encoder", D)


in_milvus = pytest.mark.parametrize("open_milvus", ["lite", "server"], indirect=True)


@pytest.fixture
def keeper(open_milvus: Open) -> Keeper:
    return open_milvus()


every_keeper = pytest.mark.parametrize("open_milvus", ["faiss", "lite", "server"], indirect=True)


def unit(n: int, seed: int) -> np.ndarray:
    made = np.random.default_rng(seed).normal(size=(n, D)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def place(*sizes: int, collection: str = "public", name: str = "d") -> Place:
    return Place(collection, tuple((f"{name}{n}", size) for n, size in enumerate(sizes)))


def three(keeper: Keeper, vectors: np.ndarray) -> tuple[list[Kept], Neighbours]:
    """600 vectors in three segments, two of one collection."""
    parts = [
        keeper.build(vectors[:300], place(100, 0, 200, name="a")),
        keeper.build(vectors[300:301], place(1, collection="k", name="b")),
        keeper.build(vectors[301:], place(99, 200, name="c")),
    ]
    return parts, keeper.together(parts, D)


def nearest(vectors: np.ndarray, query: np.ndarray, top: int, allowed: np.ndarray | None = None) -> list[int]:
    cosines = vectors.astype(np.float16).astype(np.float32) @ query
    if allowed is not None:
        cosines[~allowed] = -2.0
    among = len(vectors) if allowed is None else int(allowed.sum())
    return np.argsort(-cosines, kind="stable")[: min(top, among)].tolist()


@every_keeper
def test_the_nearest_are_found_through_any_filter(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, queries, rng = unit(600, 1), unit(2, 2), np.random.default_rng(3)
    _, joined = three(keeper, vectors)
    assert (joined.size, joined.dimension) == (600, D)
    for one_by_one, share in ((0, 1.0), (0, 0.5), (0, 0.02), (9999, 0.5), (9999, 0.0)):
        for module in (dense, milvus):
            monkeypatch.setattr(module, "ONE_BY_ONE", one_by_one)
        allowed = None if share == 1.0 else rng.random(600) < share
        scores, ids = joined.search(queries, 20, allowed)
        for n, query in enumerate(queries):
            found = ids[n][ids[n] >= 0]
            assert found.tolist() == nearest(vectors, query, 20, allowed)
            assert np.allclose(scores[n][ids[n] >= 0], vectors[found] @ query, atol=2e-3)


@every_keeper
def test_vectors_are_given_back_as_they_were_put_in(keeper: Keeper) -> None:
    vectors = unit(600, 1)
    parts, joined = three(keeper, vectors)
    ids = np.array([0, 99, 100, 299, 300, 301, 599])
    assert np.allclose(joined.vectors(ids), vectors[ids], atol=1e-3)
    assert np.allclose(parts[2].vectors(np.array([0, 298])), vectors[[301, 599]], atol=1e-3)
    assert joined.vectors(ids[:0]).shape == (0, D)


@every_keeper
def test_segments_are_joined_without_what_has_left(keeper: Keeper) -> None:
    vectors, query = unit(600, 1), unit(1, 2)
    parts, _ = three(keeper, vectors)
    marks = np.ones(300, np.bool_)
    marks[100:] = False
    merged = keeper.together([keeper.merge([(parts[0], marks), (parts[2], np.ones(299, np.bool_))])], D)
    left = np.concatenate([vectors[:100], vectors[301:]])
    assert merged.size == 399
    assert merged.search(query, 10)[1][0].tolist() == nearest(left, query[0], 10)
    assert np.allclose(merged.vectors(np.arange(399)), left, atol=1e-3)


@every_keeper
def test_who_does_not_see_a_segment_finds_nothing_of_it(keeper: Keeper) -> None:
    vectors, query = unit(600, 1), unit(1, 2)
    parts, _ = three(keeper, vectors)
    near = np.repeat(query, 300, axis=0)  # nearer than all that may be found, in the very same collection
    keeper.build(near, place(300, name="unseen"))
    keeper.build(near, place(300, collection="other", name="unseen"))
    seen = keeper.together(parts[:1], D)
    scores, ids = seen.search(query, 10)
    assert ids[0].tolist() == nearest(vectors[:300], query[0], 10)
    assert scores.max() < 0.9


@every_keeper
def test_little_is_no_error(keeper: Keeper) -> None:
    none = keeper.together([], D)
    assert none.size == 0
    assert none.search(unit(1, 2), 5)[1].shape[0] == 1
    assert not (none.search(unit(1, 2), 5)[1] >= 0).any()
    few = keeper.together([keeper.build(unit(3, 1), place(3))], D)
    assert sorted(few.search(unit(1, 2), 9)[1][0].tolist()) == [0, 1, 2]
    no_number = np.full((1, D), np.nan, np.float32)
    assert few.search(no_number, 3)[1].shape == (1, 3)


@in_milvus
def test_the_same_put_in_twice_is_there_once(open_milvus: Open) -> None:
    a, b = open_milvus(), open_milvus()
    vectors, query = unit(600, 1), unit(1, 2)
    three(a, vectors)
    _, joined = three(b, vectors)
    assert joined.search(query, 10)[1][0].tolist() == nearest(vectors, query[0], 10)
    documents = {"a0": 100, "a1": 0, "a2": 200, "b0": 1, "c0": 99, "c1": 200}
    assert a.missing(documents) == b.missing(documents) == set()
    assert a.missing({**documents, "d0": 7}) == {"d0"}


@in_milvus
def test_what_has_left_is_thrown_away_and_what_is_lost_is_told(open_milvus: Open) -> None:
    keeper = open_milvus()
    vectors, query = unit(600, 1), unit(1, 2)
    _, joined = three(keeper, vectors)
    keeper.forget(["a1", "a2", "c0"])
    assert keeper.missing({"a0": 100, "a2": 200, "b0": 1, "c1": 200}) == {"a2"}
    # Who still has the older index finds the rest of it, and nothing wrong.
    found = joined.search(query, 10)[1][0]
    left = np.ones(600, np.bool_)
    left[100:300] = left[301:400] = False
    assert found.tolist() == nearest(vectors, query[0], 10, left)
    assert not joined.vectors(np.array([150])).any()


@in_milvus
def test_the_answers_are_those_of_files_and_what_is_lost_is_put_in_again(
    open_milvus: Open, engine: Engine, library: Library, tmp_path: Path
) -> None:
    encoder = WordEncoder("encoder")
    expected = [engine.ask(q) for q in QUESTIONS]
    kept = open_milvus()
    folder = tmp_path / "other" / "index"
    assert [Engine(library, encoder, folder, keeper=kept).ask(q) for q in QUESTIONS] == expected
    before = encoder.passages
    opened = Engine(library, encoder, folder, keeper=kept)
    assert (opened.rebuilt_because, encoder.passages) == (None, before)
    kept.forget(f"{d.id}:{d.seq}" for d in library.documents())
    opened = Engine(library, encoder, folder, keeper=open_milvus())
    assert encoder.passages > before
    assert [opened.ask(q) for q in QUESTIONS] == expected
    gone = library.documents()[0]
    library.remove(gone.id)
    assert opened.refresh()
    opened.compact()
    assert kept.missing({f"{gone.id}:{gone.seq}": 1}) == {f"{gone.id}:{gone.seq}"}
    # Back to files: the index is built anew.
    assert Engine(library, encoder, folder).rebuilt_because == "vectors elsewhere"


def test_a_server_that_is_away_is_told_without_the_password() -> None:
    pytest.importorskip("pymilvus")
    with pytest.raises(AwayError) as told:
        Milvus("milvus://an:geheim@127.0.0.1:9/thu", "library", "encoder", D)
    assert "127.0.0.1:9" in str(told.value)
    assert "geheim" not in f"{told.value}{told.value.params}"


def test_an_address_is_read_or_refused() -> None:
    assert Address.parse("milvus://may-chu") == Address("http://may-chu:19530")
    assert Address.parse("milvus://an:m%40t@10.0.0.2:1/thu") == Address("http://10.0.0.2:1", "an:m@t", "thu")
    assert Address.parse("milvus:///var/lib/v.db") == Address("/var/lib/v.db", lite=True)
    for wrong in (
        "",
        "milvus:",
        "milvus:///",
        "milvus:///v",
        "http://may-chu",
        "milvus://:1",
        "milvus://a:b",
        "milvus://a/b/c",
    ):
        with pytest.raises(MilvusAddressError):
            Address.parse(wrong)


@every_keeper
def test_a_document_in_two_segments_is_found_where_it_may_be(keeper: Keeper) -> None:
    """One that changed but for its passages has left the older segment, and stands in a newer one."""
    vectors = unit(30, 1)
    query = vectors[3:4]  # of the document that stands in both
    parts = [keeper.build(vectors, place(10, 20)), keeper.build(vectors[:10], place(10))]
    allowed = np.repeat([False, True, True], [10, 20, 10])
    for one_by_one in (False, True):
        marks = allowed if one_by_one else np.concatenate([allowed, np.ones(300, np.bool_)])
        more = [] if one_by_one else [keeper.build(unit(300, 3), place(300, name="e"))]
        every = np.concatenate([vectors, vectors[:10], *([] if one_by_one else [unit(300, 3)])])
        with pytest.MonkeyPatch.context() as patch:
            for module in (dense, milvus):
                patch.setattr(module, "ONE_BY_ONE", 9999 if one_by_one else 0)
            found = keeper.together([*parts, *more], D).search(query, 20, marks)[1][0]
        assert found[found >= 0].tolist() == nearest(every, query[0], 20, marks)
