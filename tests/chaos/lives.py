"""A program that is killed and started again: its imports are done once, and each life is a fork.

Run as `python -m tests.chaos.lives MODULE ARGUMENT`: for every line on stdin it forks; the child says its process id on
stdout and runs `MODULE.live(ARGUMENT)`. `Lives` is the other end.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]


class Lives:
    """Use as a context manager; one life at a time."""

    def __init__(self, module: str, argument: str, log: Path) -> None:
        self._command = [sys.executable, "-m", "tests.chaos.lives", module, argument]
        self._log = log
        self._pid: int | None = None

    def __enter__(self) -> Self:
        self._out = self._log.open("ab")
        self._mother = subprocess.Popen(
            self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._out
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        assert self._mother.stdin
        self._mother.stdin.close()
        self._mother.wait(30)
        self._out.close()

    def begin(self) -> int:
        """Starts a life; its process id."""
        assert self._mother.stdin
        assert self._mother.stdout
        self._mother.stdin.write(b"\n")
        self._mother.stdin.flush()
        self._pid = int(self._mother.stdout.readline())
        return self._pid

    def end(self, within: float) -> None:
        """Waits until the life ends by itself; kills it where that takes longer."""
        pid = self._pid
        assert pid is not None
        late = threading.Timer(within, lambda: os.kill(pid, signal.SIGKILL))
        late.start()
        assert self._mother.stdout
        self._mother.stdout.readline()
        late.cancel()
        self._pid = None

    def kill(self, with_: int = signal.SIGKILL) -> None:
        """Ends the life and waits for its end."""
        if self._pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, with_)
        assert self._mother.stdout
        self._mother.stdout.readline()  # said when the child is gone
        self._pid = None


def main() -> None:
    module = importlib.import_module(sys.argv[1])
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            sys.stdin.close()
            os.dup2(2, 1)
            try:
                module.live(sys.argv[2])
            finally:
                sys.stderr.flush()
                os._exit(0)
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    main()
