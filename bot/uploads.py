"""Files that were sent to the bot, read: nothing of them stays on the disk, their names are never trusted."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.file_names import safe_name
from corpus.model import Directive
from corpus.parse import parse_file
from corpus.scans import join_pages

FOLDER = "uploads"  # in the data folder
MIB = 1 << 20


def sweep(home: Path) -> None:
    """Throws away what a crash left behind, and nothing that another process is reading."""
    folder = home / FOLDER
    for left in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError), _held(left):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """The folder is this process's. OSError where it is another's."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def read_sent(home: Path, name: str | None, parts: Sequence[bytes], default: str) -> list[Directive]:
    """The documents in a file; several parts are photographs of one paper's pages, in order. UnreadableError as
    `corpus.parse.parse_file`. Blocking."""
    data = parts[0] if len(parts) == 1 else join_pages(parts, default)
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as own, _held(Path(own)):
        path = Path(own) / safe_name(name, default)
        path.write_bytes(data)
        return parse_file(path)
