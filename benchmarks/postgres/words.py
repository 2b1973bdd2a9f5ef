"""Words: several ways to find in PostgreSQL what the local engine finds in its postings."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pgvector import SparseVector

from benchmarks.postgres.common import WARM, Connection, Ids, Question, on_server, p50_95, timed
from retrieval.postings import STEPS
from retrieval.rank import search
from retrieval.segment import Segment
from retrieval.snapshot import Snapshot
from retrieval.weighing import Weighed
from retrieval.word_segment import spread
from retrieval.words import GROUPS_FOUND, GROUPS_KEPT, Words

BEST = 100
SLOWLY = 40  # questions, of ways that take long
BUDGETS = (20_000, 100_000)  # postings of the rarest slots that choose what is scored
DIMENSIONS = 1_000_000_000  # of a sparse vector: any term's number fits

Priced = Sequence[tuple[int, dict[int, float]]]
"""How many postings each slot has, and its terms: number → worth; the rarest slot first."""


@dataclass(frozen=True)
class Found:
    """One way to find groups by words, over all questions."""

    name: str
    times: list[float]  # seconds each
    server: float  # of that, seconds of the server's processor
    groups: list[Ids]
    size: float = 0.0  # bytes fetched


class Given(Words):
    """The words with candidates that came from elsewhere."""

    given: Ids

    def candidates(self, weighed: Weighed, allowed: NDArray[np.bool_] | None = None) -> Ids:
        return self.given


def found(
    db: Connection, name: str, asked: Sequence[Question], call: Callable[[Question], Ids], fetched: Sequence[int] = ()
) -> Found:
    """Asks all questions in one way."""
    before = on_server(db)
    times, groups = timed([partial(call, q) for q in asked])
    server = (on_server(db) - before) / (len(asked) + min(WARM, len(asked)))
    return Found(name, times, server, groups, statistics.mean(fetched) if fetched else 0.0)


def load_words(db: Connection, segment: Segment, looked_up: Sequence[int]) -> list[str]:
    """The same words three times: a sparse vector and an array of terms for each group; postings for each term; and the
    tokens of each group."""
    w = segment.words
    p = w.postings
    sizes = np.diff(p.starts)
    term = np.repeat(np.arange(len(p.codes), dtype=np.int32), sizes)
    order = np.lexsort((term, p.groups))
    bounds = np.searchsorted(p.groups[order], np.arange(w.groups + 1))
    terms, impacts = term[order], p.impacts[order].astype(np.float32) / STEPS
    own = w.own[w.group_first]
    db.execute("DROP TABLE IF EXISTS groups, postings, posting_arrays")
    db.execute(
        "CREATE TABLE groups (id int PRIMARY KEY, terms int[] NOT NULL, impacts sparsevec NOT NULL,"
        " tokens bytea NOT NULL) WITH (toast_tuple_target = 8160)"
    )
    # What a score needs stays in the row: to fetch it from beside costs more than the score.
    db.execute("ALTER TABLE groups ALTER impacts SET STORAGE MAIN, ALTER terms SET STORAGE EXTENDED")
    db.execute("ALTER TABLE groups ALTER tokens SET STORAGE MAIN")
    began = time.perf_counter()
    with db.cursor().copy("COPY groups FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int4", "int4[]", "sparsevec", "bytea"])
        for g in range(w.groups):
            here = slice(int(bounds[g]), int(bounds[g + 1]))
            ids = terms[here].tolist()
            vector = SparseVector(dict(zip(ids, impacts[here].tolist(), strict=True)), DIMENSIONS)
            copy.write_row((g, ids, vector, w.tokens[own[g] : own[g + 1]].tobytes()))
    copied, began = time.perf_counter() - began, time.perf_counter()
    db.execute("CREATE INDEX ON groups USING gin (terms)")
    built = time.perf_counter() - began
    db.execute("CREATE TABLE postings (term int PRIMARY KEY, groups bytea NOT NULL, impacts bytea NOT NULL)")
    db.execute("ALTER TABLE postings ALTER groups SET STORAGE EXTERNAL, ALTER impacts SET STORAGE EXTERNAL")
    with db.cursor().copy("COPY postings FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int4", "bytea", "bytea"])
        for t in range(len(p.codes)):
            here = slice(int(p.starts[t]), int(p.starts[t + 1]))
            copy.write_row((t, p.groups[here].tobytes(), p.impacts[here].tobytes()))
    db.execute("CREATE TABLE posting_arrays (term int PRIMARY KEY, groups int[] NOT NULL, impacts smallint[] NOT NULL)")
    with db.cursor().copy("COPY posting_arrays FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int4", "int4[]", "int2[]"])
        for t in range(len(p.codes)):
            here = slice(int(p.starts[t]), int(p.starts[t + 1]))
            copy.write_row((t, p.groups[here].tolist(), p.impacts[here].tolist()))
    db.execute("VACUUM ANALYZE groups, postings, posting_arrays")

    def size(sql: str) -> int:
        return int((db.execute(sql).fetchone() or (0,))[0])

    groups = size("SELECT pg_table_size('groups')")
    gin = size("SELECT pg_relation_size('groups_terms_idx')")
    posted = size("SELECT pg_total_relation_size('postings')")
    return [
        f"| groups; terms; postings | {w.groups:,}; {len(p.codes):,}; {len(p.groups):,} |",
        "| --- | --: |",
        f"| copied in; GIN built, s | {copied:.0f}; {built:.0f} |",
        f"| groups / GIN, bytes a group | {groups / w.groups:,.0f} / {gin / w.groups:,.0f} |",
        f"| postings in rows of a term, bytes a group | {posted / w.groups:,.0f} |",
        "| terms a question looks up, p50 / p95 | {:.0f} / {:.0f} |".format(*np.percentile(looked_up, [50, 95])),
    ]


def priced(words: Words, weighed: Weighed) -> Priced:
    return [(count, listed[0]) for count, listed in words._listed(weighed)]


def sparse(slots: Priced) -> SparseVector:
    total: dict[int, float] = {}
    for _, terms in slots:
        for at, worth in terms.items():
            total[at] = total.get(at, 0.0) + worth
    return SparseVector(total, DIMENSIONS)


def rarest(slots: Priced, budget: int) -> list[int]:
    """The terms of the rarest slots, of about so many postings together, at least one slot's."""
    read, chosen = 0, set[int]()
    for count, terms in slots:
        if chosen and read + count > budget:
            break
        read += count
        chosen |= terms.keys()
    return sorted(chosen)


def in_sql(db: Connection, words: Words, asked: Sequence[Question], budget: int, name: str) -> Found:
    """GIN finds the groups with a rare term, SQL scores them by all slots."""
    sql = f"SELECT id FROM groups WHERE terms && %s::int[] ORDER BY impacts <#> %s LIMIT {GROUPS_KEPT}"

    def call(q: Question) -> Ids:
        slots = priced(words, q.weighed)
        rows = db.execute(sql, [rarest(slots, budget), sparse(slots)], binary=True)
        return np.array([r[0] for r in rows], dtype=np.int64)

    return found(db, name, asked, call)


ADDED_UP = f"""
    WITH asked AS (SELECT * FROM unnest(%s::int[], %s::real[]) q (term, worth))
    SELECT g FROM asked JOIN posting_arrays USING (term), unnest(groups, impacts) p (g, i)
    GROUP BY g ORDER BY sum(worth * i) DESC LIMIT {GROUPS_KEPT}"""


def added_up(db: Connection, words: Words, asked: Sequence[Question], budget: int, name: str) -> Found:
    """The rows of the terms of the rarest slots are added up by SQL."""

    def call(q: Question) -> Ids:
        rows: list[tuple[int, float]] = []
        read = 0
        for count, terms in priced(words, q.weighed):
            if rows and read + count > budget:
                break
            read += count
            rows += [(at, worth / STEPS) for at, worth in terms.items()]
        columns = [list(c) for c in zip(*rows, strict=True)]
        return np.array([r[0] for r in db.execute(ADDED_UP, columns, binary=True)], dtype=np.int64)

    return found(db, name, asked, call)


def in_python(db: Connection, words: Words, asked: Sequence[Question], budget: int, name: str) -> Found:
    """GIN finds the groups with a rare term; all their tokens come to Python, which scores them."""
    s = words.segments[0]
    fetched = []

    def call(q: Question) -> Ids:
        rows = db.execute(
            "SELECT id, tokens FROM groups WHERE terms && %s::int[]",
            (rarest(priced(words, q.weighed), budget),),
            binary=True,
        ).fetchall()
        fetched.append(sum(len(r[1]) for r in rows))
        groups = np.sort(np.array([r[0] for r in rows], dtype=np.int64))
        np.frombuffer(b"".join(r[1] for r in rows), dtype=np.int32)
        passages = spread(s.group_first[groups], s.group_first[groups + 1])[0]
        scores = words.score(q.weighed, passages)
        best = np.maximum.reduceat(scores, np.searchsorted(passages, s.group_first[groups])) if len(groups) else scores
        kept: Ids = groups[np.argsort(-best, kind="stable")[:GROUPS_FOUND]]
        return kept

    return found(db, name, asked, call, fetched)


def by_postings(db: Connection, words: Words, asked: Sequence[Question], name: str) -> Found:
    """The rows of the question's terms come to Python, which adds them up as it does those in memory."""
    size = words.segments[0].groups
    fetched = []

    def call(q: Question) -> Ids:
        slots, all_read = words._read(q.weighed)
        worth = sparse([(0, listed[0]) for listed in slots])
        rows = db.execute(
            "SELECT term, groups, impacts FROM postings WHERE term = ANY(%s)", (worth.indices(),), binary=True
        )
        held = {t: (np.frombuffer(g, np.int32), np.frombuffer(i, np.uint8)) for t, g, i in rows}
        fetched.append(sum(5 * len(g) for g, _ in held.values()))
        total = np.zeros(size)
        for at, value in zip(worth.indices(), worth.values(), strict=True):
            groups, impacts = held[at]
            np.add.at(total, groups, impacts * (value / STEPS))
        most = GROUPS_FOUND if all_read else GROUPS_KEPT
        return np.argpartition(-total, most)[:most].astype(np.int64)

    return found(db, name, asked, call, fetched)


def in_memory(words: Words, asked: Sequence[Question]) -> Found:
    group_of = words.segments[0].group_of
    times, ids = timed([partial(words.candidates, q.weighed) for q in asked])
    return Found("the index in memory", times, 0.0, [np.unique(group_of[i]).astype(np.int64) for i in ids])


def tokens_of(db: Connection, groups: Ids) -> int:
    """Fetches the tokens of these groups; how many bytes."""
    rows = db.execute("SELECT id, tokens FROM groups WHERE id = ANY(%s)", (groups.tolist(),), binary=True)
    return len(b"".join(r[1] for r in rows))


def measure_words(db: Connection, s: Snapshot, segment: Segment, asked: Sequence[Question]) -> list[str]:
    lines = load_words(db, segment, [q.looked_up for q in asked])
    words = s.words
    local = in_memory(words, asked)
    ways = [local, by_postings(db, words, asked, "postings in rows of a term, added up in Python")]
    few = asked[:SLOWLY]
    for n in BUDGETS:
        ways.append(added_up(db, words, few, n, f"the same rows, {n:,} postings added up in SQL"))
    for n in BUDGETS:
        ways.append(in_python(db, words, few, n, f"GIN on the rarest terms ({n:,} postings), tokens scored in Python"))
    for n in BUDGETS:
        ways.append(in_sql(db, words, few, n, f"GIN ({n:,}), scored in SQL"))
    first = words.segments[0].group_first
    lines += [
        "",
        f"| way | best {BEST} passages | the very best | first of all | kB fetched | p50 / p95, ms | server, ms |",
    ]
    lines += ["| --- | --: | --: | --: | --: | --: | --: |"]
    given = Given(words.segments)
    for way in ways:
        shares, best_found, same = [], [], []
        for q, mine, theirs in zip(asked, local.groups, way.groups, strict=False):
            scores, first_of_all = [], []
            for groups in (mine, theirs):
                given.given = passages(first, np.sort(groups))
                scores.append(-np.sort(-words.score(q.weighed, given.given)))
                pool = search(given, s.dense, q.weighed, partial(np.atleast_2d, q.vector))
                first_of_all.append(int(pool.ids[pool.fused.argmax()]) if len(pool.ids) else -1)
            best = scores[0][:BEST]
            best = best[best > 0]
            if len(best):
                shares.append(float((scores[1][: len(best)] >= best[-1] - 1e-4).sum()) / len(best))
                best_found.append(bool(len(scores[1])) and scores[1][0] >= best[0] - 1e-4)
            same.append(first_of_all[0] == first_of_all[1])
        lines.append(
            f"| {way.name} | {np.mean(shares):.3f} | {np.mean(best_found):.3f} | {np.mean(same):.3f} |"
            f" {way.size / 1000:,.0f} | {p50_95(way.times)} | {1000 * way.server:.1f} |"
        )
    before = on_server(db)
    times, sizes = timed([partial(tokens_of, db, g) for g in local.groups])
    server = (on_server(db) - before) / (len(times) + WARM)
    lines.append(
        f"| then: the tokens of what was found | – | – | – | {statistics.mean(sizes) / 1000:,.0f} | {p50_95(times)} |"
        f" {1000 * server:.1f} |"
    )
    return lines


def passages(first: Ids, groups: Ids) -> Ids:
    return spread(first[groups], first[groups + 1])[0]
