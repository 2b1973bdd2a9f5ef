"""Questions that come together are searched for in several processes: in one, Python runs one thread at a time.

The bot's own engine comes first. Only when a question would have to wait is another process started, up to one a core,
so a quiet bot stays as small as it was. All of them map the same files of the index.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

from bot.desk import Asks
from retrieval.answer import Answer

log = logging.getLogger(__name__)

SECRETS = ("TRICHDAN_TOKEN", "TRICHDAN_WEBHOOK_SECRET")  # nothing that searches needs them


class GoneError(Exception):
    """A process that searches has ended, or says what it should not."""


class Searches(Protocol):
    """Somebody who searches for one question at a time."""

    def ask(self, question: str, top: int, scope: Collection[str] | None, view: frozenset[str] | None) -> Answer:
        """As `Engine.ask`. GoneError when it is not there any more."""

    def refresh(self) -> None:
        """Takes in what has changed in the library."""

    def close(self) -> None:
        """Ends it."""


class Searcher:
    """One `python -m bot.searcher` on the data folder `home`. Not for two threads at once."""

    def __init__(self, home: Path) -> None:
        """Returns when it is ready. GoneError when it cannot be started."""
        environment = {k: v for k, v in os.environ.items() if k not in SECRETS}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.searcher"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**environment, "TRICHDAN_HOME": str(home)},
            )
        except OSError as e:
            raise GoneError(str(e)) from e
        try:
            self._hear()
        except GoneError:
            self.close()
            raise

    def ask(self, question: str, top: int, scope: Collection[str] | None, view: frozenset[str] | None) -> Answer:
        """As `Engine.ask`. GoneError when the process has ended or could not do it."""
        said = self._wish(
            {
                "question": question,
                "top": top,
                "scope": None if scope is None else sorted(scope),
                "view": None if view is None else sorted(view),
            }
        )
        if "answer" not in said:
            raise GoneError(str(said.get("error")))
        return Answer.model_validate(said["answer"])

    def refresh(self) -> None:
        """Takes in what has changed in the library. GoneError as for `ask`."""
        self._wish({})

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()

    def _wish(self, wish: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(wish).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as e:
            raise GoneError(str(e)) from e
        return self._hear()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        try:
            line = self._process.stdout.readline()
            said: dict[str, Any] = json.loads(line)
        except (OSError, ValueError) as e:
            raise GoneError(f"it has ended ({self._process.poll()})") from e
        return said


class _Own:
    """The engine of this process as one who searches."""

    def __init__(self, engine: Asks) -> None:
        self._engine = engine

    def ask(self, question: str, top: int, scope: Collection[str] | None, view: frozenset[str] | None) -> Answer:
        return self._engine.ask(question, top, scope, view=view)

    def refresh(self) -> None:
        """Comes first, by itself."""

    def close(self) -> None:
        """Is not this file's to end."""


class Searchers:
    """`Asks` for many threads: whoever is free takes the next question, in the order they came."""

    def __init__(self, engine: Asks, start: Callable[[], Searches], most: int) -> None:
        """`start` starts another process and may take seconds; `most`: processes, this one counted."""
        self._engine, self._start, self._most = engine, start, most
        self._own: Searches = _Own(engine)
        self._all: list[Searches] = [self._own]
        self._free: list[Searches] = [self._own]
        self._waiting: deque[Future[Searches]] = deque()
        self._behind: set[Searches] = set()  # have not taken over the last change
        self._changes = 0
        self._starting = self._closed = False
        self._lock = threading.Lock()

    def ask(
        self,
        question: str,
        top: int = 3,
        scope: Collection[str] | None = None,
        *,
        view: frozenset[str] | None = None,
    ) -> Answer:
        """As `Engine.ask`."""
        searcher = self._take()
        try:
            answer = searcher.ask(question, top, scope, view)
        except GoneError as e:
            log.warning("a process that searches is given up (%s)", e)
            self._drop(searcher)
            return self._engine.ask(question, top, scope, view=view)
        except BaseException:
            self._give(searcher)
            raise
        self._give(searcher)
        return answer

    def refresh(self) -> bool:
        """As `Engine.refresh`; the other processes take over what was made before their next question."""
        changed = self._engine.refresh()
        if changed:
            with self._lock:
                self._changes += 1
                self._behind.update(s for s in self._all if s is not self._own)
                idle = [s for s in self._free if s in self._behind]
                self._free = [s for s in self._free if s not in self._behind]
            for searcher in idle:
                self._renew(searcher)
        return changed

    def compact(self) -> bool:
        """As `Engine.compact`. The others go on with the parts they have open until the library changes."""
        return self._engine.compact()

    def close(self) -> None:
        """Ends the other processes."""
        with self._lock:
            self._closed = True
            everybody, self._all = self._all, []
        for searcher in everybody:
            searcher.close()

    def _renew(self, searcher: Searches) -> None:
        with self._lock:
            self._behind.discard(searcher)
        try:
            searcher.refresh()
        except GoneError as e:
            log.warning("a process that searches is given up (%s)", e)
            self._drop(searcher)
        else:
            self._give(searcher)

    def _take(self) -> Searches:
        with self._lock:
            if self._free:
                return self._free.pop(0)
            turn: Future[Searches] = Future()
            self._waiting.append(turn)
            self._grow()
        return turn.result()

    def _grow(self) -> None:
        """Starts one more process where somebody waits and there is room. The lock is held."""
        if self._waiting and len(self._all) < self._most and not (self._starting or self._closed):
            self._starting = True
            threading.Thread(target=self._begin, name="searcher", daemon=True).start()

    def _give(self, searcher: Searches) -> None:
        with self._lock:
            if searcher in self._behind:
                threading.Thread(target=self._renew, args=(searcher,), name="searcher", daemon=True).start()
            elif self._waiting:
                self._waiting.popleft().set_result(searcher)
            elif searcher is self._own:
                self._free.insert(0, searcher)
            else:
                self._free.append(searcher)

    def _drop(self, searcher: Searches) -> None:
        with self._lock:
            if searcher in self._all:
                self._all.remove(searcher)
            self._behind.discard(searcher)
        searcher.close()

    def _begin(self) -> None:
        before = self._changes
        try:
            made = self._start()
        except GoneError as e:
            log.warning("another process to search with cannot be started (%s)", e)
            with self._lock:
                self._starting, self._most = False, 1
            return
        with self._lock:
            self._starting = False
            welcome = not self._closed
            if welcome:
                self._all.append(made)
                if self._changes != before:
                    self._behind.add(made)
        if not welcome:
            made.close()
            return
        log.info("questions come together: %s processes search now", len(self._all))
        self._give(made)
        with self._lock:
            self._grow()
