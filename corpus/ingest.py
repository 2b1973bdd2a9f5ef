"""Files and folders into the library, one result a file; a bad file is refused and the rest goes on."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from enum import StrEnum
from multiprocessing.context import SpawnContext
from pathlib import Path

from corpus.access import PUBLIC
from corpus.errors import CorpusError, UnreadableError
from corpus.library import Added, DocumentInfo, Library, Outcome
from corpus.model import Directive, Frozen
from corpus.parse import READER_VERSION, parse_file

PARALLEL_FROM = 8  # files; below this, starting worker processes costs more than it saves
AHEAD = 4  # files in flight a worker, so that memory stays flat

_Read = tuple[list[Directive], tuple[str, str] | None]  # documents, or (reason, advice)


class FileOutcome(StrEnum):
    ADDED = "added"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"
    REFUSED = "refused"


class FileResult(Frozen):
    """What became of one file. A file of several documents (a zip) is `added` when any of them was."""

    path: str
    outcome: FileOutcome
    documents: tuple[DocumentInfo, ...] = ()
    added: tuple[Added, ...] = ()
    reason: str | None = None  # why it was refused: a code
    advice: str | None = None  # and what to do, in English


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Every file named or below a named folder, sorted; hidden files and folders are left out.

    UnreadableError when a path does not exist.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            for folder, folders, files in os.walk(path):
                folders[:] = sorted(f for f in folders if not f.startswith("."))
                found.update((Path(folder, f), None) for f in sorted(files) if not f.startswith("."))
        elif path.exists():
            found[path] = None
        else:
            raise UnreadableError(str(path), "missing", "no such file or folder; check the path")
    return list(found)


def ingest(
    library: Library, files: Sequence[Path], jobs: int | None = None, collection: str = PUBLIC
) -> Iterator[FileResult]:
    """Reads `files` with `jobs` processes (default: one a core) and keeps what they hold in the collection (by id), in
    the order given."""
    jobs = min(jobs or os.cpu_count() or 1, len(files))
    if jobs < 2 or len(files) < PARALLEL_FROM:
        for path in files:
            known = _known(library, path, collection)
            yield known or _keep(library, path, collection, *_read(path))
        return
    yield from _ingest_parallel(library, files, jobs, collection)


def _ingest_parallel(library: Library, files: Sequence[Path], jobs: int, collection: str) -> Iterator[FileResult]:
    context = multiprocessing.get_context("spawn")  # fork is unsafe beside threads
    pool = ProcessPoolExecutor(jobs, mp_context=context)
    try:
        waiting: list[tuple[Path, FileResult | Future[_Read]]] = []
        todo: Iterator[Path] = iter(files)
        while True:
            for path in _take(todo, jobs * AHEAD - len(waiting)):
                waiting.append((path, _known(library, path, collection) or pool.submit(_read, path)))
            if not waiting:
                return
            path, job = waiting.pop(0)
            if isinstance(job, FileResult):
                yield job
                continue
            try:
                read = job.result()
            except BrokenProcessPool:
                # One file took its worker down. Which one is not known, so each file in flight is read again by itself.
                pool.shutdown(cancel_futures=True)
                suspects = [path, *(p for p, j in waiting if not isinstance(j, FileResult))]
                alone = {p: _read_alone(p, context) for p in suspects}
                yield _keep(library, path, collection, *alone[path])
                for p, j in waiting:
                    yield j if isinstance(j, FileResult) else _keep(library, p, collection, *alone[p])
                waiting = []
                pool = ProcessPoolExecutor(jobs, mp_context=context)
                continue
            yield _keep(library, path, collection, *read)
    finally:
        pool.shutdown(cancel_futures=True)


def _take(items: Iterator[Path], count: int) -> Iterable[Path]:
    for _ in range(count):
        item = next(items, None)
        if item is None:
            return
        yield item


def _read(path: Path) -> _Read:
    """The documents of a file, or (reason, advice). Runs in a worker process, so it returns plain data."""
    try:
        return parse_file(path), None
    except UnreadableError as e:
        return [], (e.reason, str(e.params["advice"]))
    except CorpusError as e:
        return [], (e.code, str(e))
    except OSError as e:
        return [], ("unreadable", f"cannot be opened ({e.strerror or e}); check its permissions")


def _read_alone(path: Path, context: SpawnContext) -> _Read:
    with ProcessPoolExecutor(1, mp_context=context) as one:
        try:
            return one.submit(_read, path).result()
        except BrokenProcessPool:
            return [], ("crash", "the reader stopped while reading it; open and save it again, or send it to us")


def _known(library: Library, path: Path, collection: str) -> FileResult | None:
    try:
        with path.open("rb") as f:
            sha256 = hashlib.file_digest(f, "sha256").hexdigest()
    except OSError:
        return None  # reading it will say why
    documents = library.from_source(sha256, READER_VERSION, collection)
    if not documents:
        return None
    return FileResult(path=str(path), outcome=FileOutcome.UNCHANGED, documents=tuple(documents))


def _keep(
    library: Library, path: Path, collection: str, directives: Sequence[Directive], refused: tuple[str, str] | None
) -> FileResult:
    if refused:
        return FileResult(path=str(path), outcome=FileOutcome.REFUSED, reason=refused[0], advice=refused[1])
    added = tuple(library.put(d, READER_VERSION, collection) for d in directives)
    outcomes = {a.outcome for a in added}
    outcome = next(o for o in (Outcome.REPLACED, Outcome.ADDED, Outcome.UNCHANGED) if o in outcomes)
    return FileResult(
        path=str(path),
        outcome=FileOutcome(outcome.value),
        documents=tuple(a.document for a in added),
        added=tuple(a for a in added if a.outcome is not Outcome.UNCHANGED),
    )
