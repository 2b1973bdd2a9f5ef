"""A library from SQLite to PostgreSQL and back: how long that takes, and whether all three give the same answers.

    python -m benchmarks.copying DATA [--home .bench] [--library DB] [--index DIR] [--most N]

Copies as `trichdan copy` does, into a PostgreSQL that is started for it and writes to disk as an operator's does. Then
every question set of DATA is asked in each of the three, and whole answers are compared, byte for byte. Of a set of
more than N questions, at most N spread over it are asked. Works on a copy; the two others build an index of their own,
from the vectors in `home/vectors`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from benchmarks import answer, options, questions, results
from bot.copying import copy
from bot.home import open_home
from bot.settings import Settings
from corpus.access import PUBLIC
from retrieval.answer import Answer, Status
from tests.fakes.postgres import Postgres

Sets = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Asked:
    """What one library answered, set by set; `unproved` counts quotes that are not what the library gives a chat."""

    answers: Mapping[str, Sequence[Answer]]
    opened: float  # seconds until it could be asked
    seconds: float
    documents: int
    passages: int
    unproved: int


def sets(data: Path, most: int) -> Sets:
    """The questions of each set by its name."""
    files = {"golden": data / "golden" / "dev.jsonl", "truth": data / "truth" / "questions.jsonl"}
    files |= {f.parent.name: f for f in sorted(data.glob("benchmarks/*/queries.jsonl"))}
    read = {name: questions.read(file) for name, file in files.items() if file.is_file()}
    return {name: texts[:: -(-len(texts) // most)] for name, texts in read.items()}


def ask(settings: Settings, asked: Sets) -> Asked:
    """Opens a library as the bot does and asks it everything."""
    began = time.perf_counter()
    home = open_home(settings, starter=False)
    engine, read = home.engine, home.library.seen_by(None)
    view = frozenset({PUBLIC})
    engine.ask("sẵn sàng?", view=view)
    opened, unproved = time.perf_counter() - began, 0
    answers = {name: [engine.ask(text, view=view) for text in texts] for name, texts in asked.items()}
    seconds = time.perf_counter() - began - opened
    for given in answers.values():
        for p in (p for a in given for p in a.passages):
            held = read.held(p.citation.document_id, view)
            unproved += held is None or held.text[p.start : p.end] != p.quote
    out = Asked(answers, opened, seconds, len(engine.snapshot.documents), engine.snapshot.size, unproved)
    home.library.close()
    return out


def differences(one: Sequence[Answer], other: Sequence[Answer]) -> tuple[int, int]:
    """How many answers have another first passage; how many are not the same in every byte."""
    pairs = list(zip(one, other, strict=True))
    first = sum(a.passages[:1] != b.passages[:1] for a, b in pairs)
    return first, sum(a.model_dump_json() != b.model_dump_json() for a, b in pairs)


def timed(settings: Settings, to: Settings) -> tuple[float, float, int, int]:
    """Seconds of the whole copy and of comparing both sides in it; documents and rows."""
    comparing: list[float] = []

    def report(what: str, done: int, total: int) -> None:
        if what == "comparing" and not comparing:
            comparing.append(time.perf_counter())

    began = time.perf_counter()
    done = copy(settings, to, report)
    ended = time.perf_counter()
    assert done.finished
    return ended - began, ended - comparing[0], done.documents, done.rows


@contextmanager
def folder(home: Path, name: str) -> Iterator[Path]:
    """A data folder with the model and the known vectors, and nothing else."""
    with tempfile.TemporaryDirectory(dir=home, prefix=f"copying-{name}-") as made:
        for shared in ("models", "vectors"):
            Path(made, shared).symlink_to((home / shared).absolute())
        yield Path(made)


def there_and_back(
    start: Settings, postgres: Settings, back: Settings, asked: Sets, say: Callable[[str], None]
) -> list[str]:
    """The table, without what machine it was."""
    there = timed(start, postgres)
    say(f"copied to PostgreSQL in {there[0]:.1f} s")
    again = timed(postgres, back)
    say(f"copied back in {again[0]:.1f} s")
    given = []
    for settings in (start, postgres, back):
        given.append(ask(settings, asked))
        say(f"asked in {given[-1].seconds:.1f} s")
    first = given[0]
    assert {(a.documents, a.passages) for a in given} == {(first.documents, first.passages)}
    lines = [
        f"{first.documents} documents, {first.passages:,} passages.",
        "",
        "| copy | s | documents a second | of these seconds, comparing | rows compared |",
        "| --- | --: | --: | --: | --: |",
    ]
    for name, (seconds, comparing, documents, rows) in (("to PostgreSQL", there), ("back to SQLite", again)):
        lines.append(f"| {name} | {seconds:.1f} | {documents / seconds:.0f} | {comparing:.1f} | {rows:,} |")
    lines += [
        "",
        "| set | questions | answered | other first passage: PostgreSQL; back | other in any byte: PostgreSQL; back |",
        "| --- | --: | --: | --: | --: |",
    ]
    for name, texts in asked.items():
        answered = sum(a.status is Status.ANSWERED for a in first.answers[name])
        (there_first, there_any), (back_first, back_any) = (
            differences(first.answers[name], g.answers[name]) for g in given[1:]
        )
        lines.append(f"| {name} | {len(texts)} | {answered} | {there_first}; {back_first} | {there_any}; {back_any} |")
    unproved = "; ".join(str(g.unproved) for g in given)
    opened = "; ".join(f"{g.opened:.1f}" for g in given)
    lines += [
        "",
        "An answer is its decision, passages (quote, offsets, number, clause, score), note and choices. In the three"
        f" libraries, SQLite, PostgreSQL and back: quotes that are not in the text as a chat is given it {unproved};"
        f" seconds until the first answer {opened} (the last two build their index).",
    ]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    options.add_library(parser)
    parser.add_argument("--most", type=int, default=600)
    args = parser.parse_args()
    note = results.machine()
    server = Postgres(durable=True)
    try:
        with (
            tempfile.TemporaryDirectory(dir=args.home, prefix="copying-") as scratch,
            folder(args.home, "shared") as shared,
            folder(args.home, "back") as back,
        ):
            answer.copy(*options.library(args), args.home, Path(scratch))
            url = SecretStr(server.url(server.make()))
            start, there, again = (
                Settings(home=home, database_url=at, _env_file=None)  # type: ignore[call-arg]
                for home, at in ((Path(scratch), None), (shared, url), (back, None))
            )
            asked = sets(args.data, args.most)
            lines = there_and_back(start, there, again, asked, lambda said: print(said, flush=True))
    finally:
        server.close()
    lines[0] = f"{note}; {lines[0]}"
    print(*lines, sep="\n")
    results.write("copying", "To PostgreSQL and back", lines)


if __name__ == "__main__":
    main()
