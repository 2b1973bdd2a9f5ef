"""The inbox: what the steps of one update cost, and how many updates several clients take, post and end."""

from __future__ import annotations

import threading
import time

import psycopg

from benchmarks.postgres.common import connect, p50_95

STEPS_OF_AN_UPDATE = {
    "keep": "INSERT INTO incoming (id, chat, body) VALUES (%(id)s, %(chat)s, %(body)s) ON CONFLICT DO NOTHING",
    "take": """
        UPDATE incoming SET state = 'taken', until = now() + interval '1 minute', tries = tries + 1 WHERE id = (
            SELECT id FROM incoming i WHERE state = 'waiting' AND NOT EXISTS (
                SELECT 1 FROM incoming e WHERE e.chat = i.chat AND e.id < i.id AND e.state IN ('waiting', 'taken'))
            ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id, chat, body""",
    "post": "INSERT INTO posted (id, n) VALUES (%(id)s, 0) ON CONFLICT DO NOTHING",
    "posted": "UPDATE posted SET result = %(body)s WHERE id = %(id)s AND n = 0",
    "end": "WITH gone AS (DELETE FROM posted WHERE id = %(id)s)"
    " UPDATE incoming SET state = 'done', body = NULL WHERE id = %(id)s",
}


def measure_inbox(uri: str, updates: int = 2000) -> list[str]:
    with connect(uri) as db:
        db.execute("DROP TABLE IF EXISTS incoming, posted")
        db.execute(
            "CREATE TABLE incoming (id bigint PRIMARY KEY, chat bigint, state text NOT NULL DEFAULT 'waiting',"
            " until timestamptz, tries int NOT NULL DEFAULT 0, body text)"
        )
        db.execute("CREATE INDEX ON incoming (chat, id) WHERE state IN ('waiting', 'taken')")
        db.execute("CREATE INDEX ON incoming (id) WHERE state = 'waiting'")
        db.execute("CREATE TABLE posted (id bigint, n int, result text, PRIMARY KEY (id, n))")
        body = "x" * 600
        times: dict[str, list[float]] = {"a round trip": [], **{k: [] for k in STEPS_OF_AN_UPDATE}}
        for id in range(updates):
            given = {"id": id, "chat": id % 200, "body": body}
            for name, sql in [("a round trip", "SELECT 1"), *STEPS_OF_AN_UPDATE.items()]:
                began = time.perf_counter()
                db.execute(sql, given if "%(" in sql else None, prepare=True)
                times[name].append(time.perf_counter() - began)
        lines = ["| step of one update, one client | p50 / p95, ms |", "| --- | --: |"]
        lines += [f"| {name} | {p50_95(t[50:])} |" for name, t in times.items()]
        lines += ["", "| clients | updates taken, posted and ended a second |", "| --: | --: |"]
        for clients in (1, 3, 8):
            db.execute("TRUNCATE incoming, posted")
            db.execute(
                "INSERT INTO incoming (id, chat, body) SELECT n, n %% 200, %s FROM generate_series(1, %s) n",
                (body, updates),
            )
            db.execute("ANALYZE incoming")
            began = time.perf_counter()
            threads = [threading.Thread(target=drain, args=(uri, body)) for _ in range(clients)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            took = time.perf_counter() - began
            left = db.execute("SELECT count(*) FROM incoming WHERE state <> 'done'").fetchone()
            assert left == (0,), left
            lines.append(f"| {clients} | {updates / took:,.0f} |")
    return lines


def drain(uri: str, body: str) -> None:
    """Takes updates until none are left."""
    with psycopg.connect(uri, autocommit=True) as db:
        while True:
            row = db.execute(STEPS_OF_AN_UPDATE["take"], prepare=True).fetchone()
            if row is None:
                if db.execute("SELECT 1 FROM incoming WHERE state = 'waiting' LIMIT 1").fetchone() is None:
                    return
                continue
            for name in ("post", "posted", "end"):
                db.execute(STEPS_OF_AN_UPDATE[name], {"id": row[0], "body": body}, prepare=True)
