"""Reading a file in another process, which is killed when it takes too long or too much memory.

A parser written in C that loops or crashes on a malicious file takes only that process with it. The process is kept
for the next file, so that a folder of thousands costs one start.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from corpus.errors import UnreadableError
from corpus.extract import limits
from corpus.extract.extracted import Extracted
from corpus.extract.kind import Kind
from corpus.extract.wire import from_json

_CHUNK = 1 << 16
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "SYSTEMROOT")
_FILES_PER_WORKER = 200  # then a fresh one: what a C library leaks does not pile up
# Seconds until the first sign of progress, beyond READ_SECONDS.
_PATIENCE = {
    Kind.OFFICE: limits.OFFICE_SECONDS,
    Kind.ZIP: limits.OFFICE_SECONDS,
    Kind.PDF: limits.OCR_PAGE_SECONDS,
    Kind.IMAGE: 2 * limits.OCR_PAGE_SECONDS,  # it may have to be turned and read again
}


class _Stopped(Exception):
    """The worker is gone: `reason` is time or crash."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Worker:
    """One `python -m corpus.extract.worker`. Not for two threads at once."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "corpus.extract.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,  # a group of its own: Tesseract and LibreOffice below it are killed with it
        )
        self._read = b""
        self.files = 0

    def ask(self, header: dict[str, Any], data: bytes, seconds: float) -> dict[str, Any]:
        """Sends one file, waits for its answer. Each sign of progress gives more time, up to a file's limit."""
        self.files += 1
        begin = time.monotonic()
        deadline = begin + seconds
        assert self._process.stdin is not None
        try:
            self._send(json.dumps({**header, "size": len(data)}).encode() + b"\n", deadline)
            self._send(data, deadline)
            while True:
                answer: dict[str, Any] = json.loads(self._line(deadline))
                if not answer.get("progress"):
                    return answer
                deadline = min(time.monotonic() + limits.PROGRESS_SECONDS, begin + limits.FILE_SECONDS)
        except (OSError, ValueError) as e:
            raise _Stopped("crash") from e

    def close(self) -> None:
        """Ends the process and whatever it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()

    def alive(self) -> bool:
        return self._process.poll() is None

    def _send(self, data: bytes, deadline: float) -> None:
        assert self._process.stdin is not None
        fd = self._process.stdin.fileno()
        view = memoryview(data)
        while view:
            _, ready, _ = select.select([], [fd], [], _left(deadline))
            if not ready:
                raise _Stopped("time")
            view = view[os.write(fd, view[:4096]) :]  # PIPE_BUF: a write that select allows does not block

    def _line(self, deadline: float) -> bytes:
        assert self._process.stdout is not None
        fd = self._process.stdout.fileno()
        parts = [self._read]
        while b"\n" not in parts[-1]:
            ready, _, _ = select.select([fd], [], [], _left(deadline))
            if not ready:
                raise _Stopped("time")
            chunk = os.read(fd, _CHUNK)
            if not chunk:
                raise _Stopped("crash")
            parts.append(chunk)
        line, _, self._read = b"".join(parts).partition(b"\n")
        return line


def _left(deadline: float) -> float:
    """Seconds to the deadline; _Stopped when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise _Stopped("time")
    return left


def _environment() -> dict[str, str]:
    """Only what the reader needs: tokens and passwords of the program stay out of the process that meets the file."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


_idle: list[_Worker] = []
_busy: set[_Worker] = set()
_lock = threading.Lock()
_owner = os.getpid()


def extract_isolated(data: bytes, file: str, kind: Kind) -> list[Extracted]:
    """Reads a file's bytes in a worker process. UnreadableError with reason time, memory or crash when it had to be
    stopped, and for everything the format's reader refuses. Safe from several threads: each has its own worker."""
    worker = _take()
    _busy.add(worker)
    seconds = limits.READ_SECONDS + _PATIENCE.get(kind, 0)
    try:
        answer = worker.ask({"file": file, "kind": kind.value}, data, seconds)
    except _Stopped as e:
        worker.close()
        if e.reason == "time":
            raise UnreadableError(
                file, "time", "reading it took too long; it may be damaged, or give it in parts or as docx"
            ) from e
        raise UnreadableError(
            file,
            "crash",
            "the reader stopped on it: it is damaged or needs too much memory; save it again or give it "
            "in another format",
        ) from e
    except BaseException:
        worker.close()
        raise
    finally:
        _busy.discard(worker)
    error = answer.get("error")
    if error and error["reason"] == "time":
        worker.close()  # with whatever it started and could not stop
    else:
        _give(worker)
    if error:
        raise UnreadableError(file, str(error["reason"]), str(error["advice"]))
    return [from_json(item) for item in answer["documents"]]


def close_workers() -> None:
    """Ends the idle workers; they are started again when needed."""
    with _lock:
        workers, _idle[:] = list(_idle), []
    if _owner == os.getpid():  # a fork's copy of the list names its parent's workers
        for worker in workers:
            worker.close()


def stop_reading() -> None:
    """Ends the workers in the middle of their files, which are refused (crash): the program wants to end."""
    for worker in list(_busy):
        worker.close()


def _take() -> _Worker:
    global _owner
    with _lock:
        if _owner != os.getpid():  # after a fork the pipes belong to the parent
            _idle.clear()
            _owner = os.getpid()
        while _idle:
            worker = _idle.pop()
            if worker.alive():
                return worker
            worker.close()
    return _Worker()


def _give(worker: _Worker) -> None:
    if worker.files >= _FILES_PER_WORKER or not worker.alive():
        worker.close()
        return
    with _lock:
        _idle.append(worker)


atexit.register(close_workers)
