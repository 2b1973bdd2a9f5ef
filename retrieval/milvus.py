"""Vectors in Milvus, which many machines share: what one server of this program could not hold, or not search.

One collection for each library and encoder. A passage's key is made of its document's name and its number there, so
whoever puts it in puts the same: nothing has to be agreed on. What a snapshot does not hold is never given out,
whatever Milvus finds. https://milvus.io/docs; measured with the server 2.3.5 and with milvus-lite.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import methodcaller
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import numpy as np

from corpus.database import AwayError
from embeddings.encoder import Vectors
from retrieval.dense import best
from retrieval.errors import RetrievalError
from retrieval.neighbours import Floats, Ids, Kept, Marks, Place

T = TypeVar("T")

SCHEME = "milvus"
FORMAT = 1  # of the collection
TIMEOUT = 5.0  # seconds a question waits for one call
LONG = 120.0  # seconds for what no question waits for
TOGETHER = 1_000  # vectors a call brings
MOST = 16_384  # neighbours that Milvus gives at most
ONE_BY_ONE = 256  # a filter that leaves no more than this is compared vector by vector (100 ms a thousand)
DOCUMENTS = 2_000  # a filter names no more than so many
DEEPER = 4  # times as many are asked for where what was found is not this snapshot's
LINKS, BUILT, LOOKED = 32, 200, 400  # of the graph: M, efConstruction, ef
_NUMBER = 18  # bits of a key that hold a passage's number
_FIELDS = ("id", "document", "owner", "first", "vector")


class MilvusAddressError(RetrievalError):
    """The address is none."""

    code = "vectors_address"


class MilvusMissingError(RetrievalError):
    """The library that speaks with Milvus is not installed."""

    code = "vectors_missing"


class MilvusAwayError(AwayError):
    """Milvus cannot be reached, or does not do what it is asked."""

    code = "vectors_away"


@dataclass(frozen=True)
class Address:
    """milvus://[user:password@]host[:port][/database], or milvus:///path/to/file.db for milvus-lite."""

    uri: str
    token: str = ""
    database: str = ""
    lite: bool = False

    @classmethod
    def parse(cls, url: str) -> Address:
        """MilvusAddressError where it is no address; says nothing of the password."""
        try:
            parts = urlsplit(url)
            if parts.scheme != SCHEME:
                raise ValueError
            if not parts.netloc:
                if not parts.path.endswith(".db"):
                    raise ValueError
                return cls(unquote(parts.path), lite=True)
            if not parts.hostname or not re.fullmatch(r"/?\w*", parts.path):
                raise ValueError
            token = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
            return cls(f"http://{parts.hostname}:{parts.port or 19530}", token, parts.path.strip("/"))
        except ValueError:
            raise MilvusAddressError("TRICHDAN_VECTORS: is no milvus:// address") from None


class Milvus:
    """The keeper (`retrieval.neighbours.Keeper`) of one library's vectors. MilvusAwayError from every method."""

    def __init__(self, url: str, library: str, encoder: str, dimension: int) -> None:
        """`library`: what tells it from every other one. The collection is made when it is not there."""
        address = Address.parse(url)
        self.name = f"milvus {address.uri} {address.database}".strip()
        self.dimension = dimension
        told = hashlib.sha256(f"{FORMAT} {library} {encoder} {dimension}".encode()).hexdigest()
        self.collection = f"trichdan_{told[:32]}"
        try:
            import grpc
            import pymilvus
        except ModuleNotFoundError as e:
            raise MilvusMissingError(
                f"{e.name} is missing, which TRICHDAN_VECTORS needs: pip install 'trichdan[milvus]'", package=e.name
            ) from None
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # what goes wrong is said once, by who asked
        self._errors = (pymilvus.exceptions.MilvusException, grpc.RpcError, OSError)
        self._lite = address.lite
        self._begin = partial(
            pymilvus.MilvusClient,
            address.uri,
            token=address.token,
            db_name=address.database,
            timeout=None if self._lite else TIMEOUT,
        )
        self._client: Any = None
        self._ask(partial(self._make, kinds=pymilvus.DataType))

    def build(self, vectors: Vectors, place: Place) -> MilvusPart:
        keys = _keys(place)
        # As FAISS keeps them here: half as precise, which finds the same, and so the same similarities come of it.
        halves = vectors.astype(np.float16).astype(np.float32)
        owner = _hashed(place.collection, 63)
        for at in range(0, len(keys), TOGETHER):
            rows = [
                dict(zip(_FIELDS, (key, key >> _NUMBER, owner, not key % (1 << _NUMBER), vector), strict=True))
                for key, vector in zip(keys[at : at + TOGETHER].tolist(), halves[at : at + TOGETHER], strict=True)
            ]
            self._ask(methodcaller("upsert", self.collection, rows, timeout=LONG))
        return MilvusPart(self, keys, owner)

    def load(self, folder: Path, place: Place) -> MilvusPart:
        return MilvusPart(self, _keys(place), _hashed(place.collection, 63))

    def merge(self, parts: Sequence[tuple[Kept, Marks]]) -> MilvusPart:
        mine = [(_own(part), marks) for part, marks in parts]
        return MilvusPart(self, np.concatenate([part.keys[marks] for part, marks in mine]), mine[0][0].owner)

    def together(self, parts: Sequence[Kept], dimension: int) -> MilvusNeighbours:
        return MilvusNeighbours(self, tuple(map(_own, parts)))

    def missing(self, documents: Mapping[str, int]) -> set[str]:
        wanted = {name: n for name, n in documents.items() if n}
        have = self._documents()
        lost = {name for name in wanted if _hashed(name, 63 - _NUMBER) not in have}
        # More are there than are wanted where documents have left; where less are, it is not known which.
        return lost or (set(wanted) if self._count() < sum(wanted.values()) else lost)

    def forget(self, documents: Iterable[str]) -> None:
        gone = sorted({_hashed(name, 63 - _NUMBER) for name in documents})
        for at in range(0, len(gone), DOCUMENTS):
            named = f"document in {gone[at : at + DOCUMENTS]}"
            self._ask(methodcaller("delete", self.collection, filter=named, timeout=LONG))

    def search(self, queries: Vectors, top: int, where: str) -> list[tuple[Floats, Ids]]:
        """For each query the similarities and keys of the nearest, best first."""
        searched = {} if self._lite else {"params": {"ef": max(LOOKED, top)}}
        found = self._ask(
            methodcaller(
                "search",
                self.collection,
                data=list(queries),
                limit=top,
                filter=where,
                search_params={"metric_type": "IP", **searched},
                timeout=TIMEOUT,
            )
        )
        return [
            (
                np.array([hit["distance"] for hit in hits], dtype=np.float32),
                np.array([hit["id"] for hit in hits], dtype=np.int64),
            )
            for hits in found
        ]

    def vectors(self, keys: Ids) -> Vectors:
        """The vectors of these keys, (len(keys), dimension); nothing but zeros for one that is not there (any more)."""
        made = np.zeros((len(keys), self.dimension), np.float32)
        for at in range(0, len(keys), TOGETHER):
            batch = keys[at : at + TOGETHER]
            asked = {"ids": batch.tolist(), "output_fields": ["vector"], "timeout": TIMEOUT}
            rows = self._ask(methodcaller("get", self.collection, **asked))
            found = {row["id"]: row["vector"] for row in rows}
            for n, key in enumerate(batch.tolist(), at):
                if key in found:
                    made[n] = found[key]
        return made

    def _make(self, client: Any, kinds: Any) -> None:
        if client.has_collection(self.collection, timeout=TIMEOUT):
            client.load_collection(self.collection, timeout=LONG)
            return
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", kinds.INT64, is_primary=True)
        schema.add_field("document", kinds.INT64)
        schema.add_field("owner", kinds.INT64)
        schema.add_field("first", kinds.BOOL)
        schema.add_field("vector", kinds.FLOAT_VECTOR, dim=self.dimension)
        index = client.prepare_index_params()
        # The graph of milvus-lite loses what a filter leaves.
        graph = {"index_type": "HNSW", "params": {"M": LINKS, "efConstruction": BUILT}}
        index.add_index("vector", metric_type="IP", **({"index_type": "FLAT"} if self._lite else graph))
        # What this process has put in it finds at once; what others put in, they find.
        client.create_collection(
            self.collection, schema=schema, index_params=index, consistency_level="Session", timeout=LONG
        )

    def _documents(self) -> set[int]:
        """Those of which the first passage is there."""

        def listed(client: Any) -> set[int]:
            pages = client.query_iterator(
                self.collection, batch_size=TOGETHER, filter="first == true", output_fields=["document"], timeout=LONG
            )
            found: set[int] = set()
            while page := pages.next():
                found.update(row["document"] for row in page)
            pages.close()
            return found

        return self._ask(listed)

    def _count(self) -> int:
        [row] = self._ask(
            methodcaller(
                "query",
                self.collection,
                filter="",
                output_fields=["count(*)"],
                consistency_level="Strong",
                timeout=LONG,
            )
        )
        return int(row["count(*)"])

    def _ask(self, work: Callable[[Any], T]) -> T:
        """What `work` gives for a client. One that was cut off does not come back by itself: it is tried again with a
        new one, once."""
        for client in (self._client, None):
            try:
                if client is None:
                    client = self._client = self._begin()
                return work(client)
            except self._errors as e:
                self._client, error = None, e
        said = " ".join(str(getattr(error, "message", error)).split())[:200]
        raise MilvusAwayError(f"{self.name}: cannot be used ({said})", name=self.name, reason=said) from None


@dataclass(frozen=True)
class MilvusPart:
    """The vectors of one segment: their keys are all that is on this machine."""

    milvus: Milvus
    keys: Ids
    owner: int  # the collection of documents they belong to

    @property
    def size(self) -> int:
        return len(self.keys)

    @property
    def dimension(self) -> int:
        return self.milvus.dimension

    def vectors(self, ids: Ids) -> Vectors:
        return self.milvus.vectors(self.keys[np.asarray(ids, dtype=np.int64)])

    def save(self, folder: Path) -> dict[str, Path]:
        return {}


@dataclass(frozen=True)
class MilvusNeighbours:
    """Several segments' vectors as one (`retrieval.neighbours.Neighbours`)."""

    milvus: Milvus
    parts: tuple[MilvusPart, ...]

    @cached_property
    def keys(self) -> Ids:
        return np.concatenate([np.zeros(0, np.int64), *(p.keys for p in self.parts)])

    @cached_property
    def _order(self) -> Ids:
        return np.argsort(self.keys, kind="stable")

    @property
    def size(self) -> int:
        return sum(p.size for p in self.parts)

    @property
    def dimension(self) -> int:
        return self.milvus.dimension

    def vectors(self, ids: Ids) -> Vectors:
        return self.milvus.vectors(self.keys[np.asarray(ids, dtype=np.int64)])

    def search(self, queries: Vectors, top: int, allowed: Marks | None = None) -> tuple[Floats, Ids]:
        data = np.ascontiguousarray(queries, dtype=np.float32)
        chosen = None if allowed is None else np.flatnonzero(allowed)
        among = self.size if chosen is None else len(chosen)
        top = min(top, among)
        if not top or not np.isfinite(data).all():  # a vector of a model that is no number is near nothing
            return np.full((len(data), top), -1.0, np.float32), np.full((len(data), top), -1, np.int64)
        if chosen is not None and among <= ONE_BY_ONE:
            return best(data @ self.vectors(chosen).T, np.broadcast_to(chosen, (len(data), among)), top)
        where, deep = self._where(chosen), top
        while True:
            found = self.milvus.search(data, min(deep, MOST), where)
            known = [self._known(scores, keys, allowed) for scores, keys in found]
            exhausted = all(len(keys) < deep for _, keys in found)
            if exhausted or deep >= MOST or all(len(ids) >= top for _, ids in known):
                break
            deep *= DEEPER
        scores = np.full((len(data), top), -1.0, np.float32)
        ids = np.full((len(data), top), -1, np.int64)
        for n, (s, i) in enumerate(known):
            scores[n, : len(i)], ids[n, : len(i)] = s[:top], i[:top]
        return scores, ids

    def _where(self, chosen: Ids | None) -> str:
        """The filter for what is looked among: by collection, and by document where they are not too many."""
        owners = sorted({p.owner for p in self.parts})
        where = f"owner in {owners}"
        if chosen is None:
            return where
        documents = np.unique(self.keys[chosen] >> _NUMBER)
        return f"{where} and document in {documents.tolist()}" if len(documents) <= DOCUMENTS else where

    def _known(self, scores: Floats, keys: Ids, allowed: Marks | None) -> tuple[Floats, Ids]:
        """Of what was found, what this snapshot holds and what is allowed, by id."""
        # A document may stand in an older segment that it has left, and in a newer one: the last is where it lives.
        places = np.maximum(self.keys.searchsorted(keys, side="right", sorter=self._order) - 1, 0)
        ids = self._order[places]
        mine = self.keys[ids] == keys
        if allowed is not None:
            mine &= allowed[ids]
        return scores[mine], ids[mine]


def _own(part: Kept) -> MilvusPart:
    assert isinstance(part, MilvusPart)
    return part


def _keys(place: Place) -> Ids:
    """int64, (passages,): above, what the document is called; below, the passage's number in it."""
    sizes = np.array([n for _, n in place.documents], dtype=np.int64)
    if len(sizes) and sizes.max() >= 1 << _NUMBER:
        raise RetrievalError(f"a document of {sizes.max()} passages is too long for Milvus")
    names = np.array([_hashed(name, 63 - _NUMBER) for name, _ in place.documents], dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    made: Ids = np.repeat((names << _NUMBER) - starts, sizes) + np.arange(int(sizes.sum()))
    return made


def _hashed(name: str, bits: int) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> (64 - bits)
