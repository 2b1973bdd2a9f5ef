"""Follows folders: names the files that are new or changed. Polls, since network shares send no events."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus.ingest import find_files


def changes(paths: Sequence[Path], every: float) -> Iterator[list[Path]]:
    """Every `every` seconds, the files below `paths` that changed since the last look and have stopped growing.

    What is there at the start counts as seen.
    """
    seen = _stamps(paths)
    pending: dict[Path, tuple[int, int]] = {}
    while True:
        time.sleep(every)
        now = _stamps(paths)
        settled = [p for p, stamp in now.items() if seen.get(p) != stamp and pending.get(p) == stamp]
        pending = {p: stamp for p, stamp in now.items() if seen.get(p) != stamp}
        seen.update((p, now[p]) for p in settled)
        yield settled


def _stamps(paths: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    stamps = {}
    for path in find_files(paths):
        try:
            stat = path.stat()
        except OSError:
            continue  # gone between listing and looking
        stamps[path] = (stat.st_mtime_ns, stat.st_size)
    return stamps
