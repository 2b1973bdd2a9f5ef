"""Vectors: halfvec in a list partition for each collection, HNSW, under the filters that questions have."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import LiteralString

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector

from benchmarks.postgres.common import Connection, Question, p50_95, timed
from embeddings.encoder import Vectors
from retrieval.segment import Segment

BEST, TOP = 100, 10
TIE = 2e-4  # of a cosine
SHARES = (0.8, 0.1, 0.05, 0.05)  # of the documents, by collection: public, and those of chats


def collections_of(segment: Segment) -> NDArray[np.int32]:
    """For each passage, the collection its document is dealt to."""
    out = np.zeros(segment.size, np.int32)
    rng = np.random.default_rng(0)
    for d in segment.documents:
        out[d.first : d.last] = rng.choice(len(SHARES), p=SHARES)
    return out


def load_vectors(db: Connection, segment: Segment, collection: NDArray[np.int32], hnsw: str) -> list[str]:
    db.execute("DROP TABLE IF EXISTS passages")
    db.execute(
        f"CREATE TABLE passages (collection int NOT NULL, id int NOT NULL, issued date,"
        f" embedding halfvec({segment.dense.dimension}) NOT NULL) PARTITION BY LIST (collection)"
    )
    for n in range(len(SHARES)):
        db.execute(f"CREATE TABLE passages_{n} PARTITION OF passages FOR VALUES IN ({n})")
    document = segment.table[:, 0]
    began = time.perf_counter()
    with db.cursor().copy("COPY passages FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int4", "int4", "date", "halfvec"])
        for start in range(0, segment.size, 10_000):
            ids = np.arange(start, min(segment.size, start + 10_000))
            for i, v in zip(ids.tolist(), segment.dense.vectors(ids), strict=True):
                issued = segment.documents[document[i]].info.date
                copy.write_row((int(collection[i]), i, issued, HalfVector(v)))
    loaded, began = time.perf_counter() - began, time.perf_counter()
    db.execute(f"CREATE INDEX ON passages USING hnsw (embedding halfvec_ip_ops) WITH ({hnsw})")
    built, began = time.perf_counter() - began, time.perf_counter()
    db.execute("CREATE INDEX ON passages (collection, issued)")
    db.execute("ANALYZE passages")
    size = "SELECT sum(pg_table_size(c.oid)), sum(pg_indexes_size(c.oid)) FROM pg_class c"
    size += " WHERE relname ~ '^passages_' AND relkind = 'r'"
    table, index = map(int, db.execute(size).fetchone() or (0, 0))
    return [
        f"| passages; dimensions; HNSW | {segment.size:,}; {segment.dense.dimension}; {hnsw} |",
        "| --- | --: |",
        f"| copied in; HNSW built, s | {loaded:.0f}; {built:.0f} |",
        f"| table / indexes, bytes a passage | {table / segment.size:,.0f} / {index / segment.size:,.0f} |",
    ]


def nearest(db: Connection, sql: LiteralString, query: Vectors) -> list[int]:
    return [int(r[0]) for r in db.execute(sql, (HalfVector(query),), prepare=True)]


def measure_vectors(db: Connection, segment: Segment, asked: Sequence[Question], hnsw: str) -> list[str]:
    collection = collections_of(segment)
    lines = load_vectors(db, segment, collection, hnsw)
    dates = np.array([segment.documents[d].info.date or "" for d in segment.table[:, 0]], dtype="U10")
    known = np.sort(dates[dates > ""])
    year = known[int(len(known) * 0.6)], known[int(len(known) * 0.65)]
    filters: list[tuple[str, str, NDArray[np.bool_]]] = [
        ("everything", "true", np.ones(segment.size, np.bool_)),
        ("public and one chat's own", "collection IN (0, 2)", np.isin(collection, [0, 2])),
        ("one chat's own", "collection = 2", collection == 2),
        (
            "the same, and a stretch of dates",
            f"collection IN (0, 2) AND issued BETWEEN '{year[0]}' AND '{year[1]}'",
            np.isin(collection, [0, 2]) & (dates >= year[0]) & (dates <= year[1]),
        ),
    ]
    queries = np.stack([q.vector for q in asked])
    lines += ["", f"| filter | passages | way | recall@{TOP} | recall@{BEST} | p50 / p95, ms |"]
    lines += ["| --- | --: | --- | --: | --: | --: |"]
    db.execute("SET plan_cache_mode = force_custom_plan")
    for name, where, mask in filters:
        ids = np.flatnonzero(mask)
        cosines = queries @ segment.dense.vectors(ids).T
        best = -np.sort(-cosines, axis=1)
        sql = f"SELECT id FROM passages WHERE {where} ORDER BY embedding <#> %s LIMIT {BEST}"
        ways = {"HNSW, as it comes": ("SET hnsw.iterative_scan = off", "SET hnsw.ef_search = 40")}
        for order, depth in (("strict", 100), ("strict", 400), ("relaxed", 100), ("relaxed", 200), ("relaxed", 400)):
            ways[f"HNSW, iterative, {order}, {depth}"] = (
                f"SET hnsw.iterative_scan = {order}_order",
                f"SET hnsw.ef_search = {depth}",
            )
        ways["every one compared"] = ("SET enable_indexscan = off",)
        for way, settings in ways.items():
            for setting in settings:
                db.execute(setting)
            times, found = timed([partial(nearest, db, sql, v) for v in queries])
            db.execute("RESET enable_indexscan")
            at = np.full(segment.size, -2.0, np.float32)
            shares = []
            for row, b, f in zip(cosines, best, found, strict=True):
                at[ids] = row
                got = -np.sort(-at[np.array(f, dtype=np.int64)])
                shares.append([float((got[:n] >= b[: len(ids)][n - 1] - TIE).sum()) / n for n in (TOP, BEST)])
            top, deep = np.mean(shares, axis=0)
            lines.append(f"| {name} | {len(ids):,} | {way} | {top:.3f} | {deep:.3f} | {p50_95(times)} |")
    return lines
