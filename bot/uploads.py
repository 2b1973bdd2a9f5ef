"""Files that were sent to the bot, read: nothing of them stays on the disk, their names are never trusted."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bot.file_names import safe_name
from corpus.model import Directive
from corpus.parse import parse_file
from corpus.scans import join_pages

FOLDER = "uploads"  # in the data folder
MIB = 1 << 20


def sweep(home: Path) -> None:
    """Throws away what a crash left behind."""
    shutil.rmtree(home / FOLDER, ignore_errors=True)


def read_sent(home: Path, name: str | None, parts: Sequence[bytes], default: str) -> list[Directive]:
    """The documents in a file; several parts are photographs of one paper's pages, in order. UnreadableError as
    `corpus.parse.parse_file`. Blocking."""
    data = parts[0] if len(parts) == 1 else join_pages(parts, default)
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as own:
        path = Path(own) / safe_name(name, default)
        path.write_bytes(data)
        return parse_file(path)
