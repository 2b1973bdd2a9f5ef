"""A backup in one file, taken and put back while the bot runs: library, memory, the operator's words and calibration.

The file is a zip with a manifest that carries the sha256 of every part. What is derived (index, vectors, models) and
what is on its way (the inbox) is left out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bot.database import BOT
from bot.errors import BotError
from corpus.database.sqlite import DAMAGE, SQLite
from corpus.errors import LibraryError
from corpus.library import Library

FORMAT = 1
MANIFEST = "manifest.json"
DATABASES = ("library.db", "bot.db")
_PART = re.compile(r"library\.db|bot\.db|decision\.json|lexicon/[\w.-]{1,100}\.tsv")
MAX_MANIFEST = 1 << 20
# What a file that is no zip of ours may come to: damaged, encrypted, packed in ways unknown.
_UNSOUND = (OSError, zipfile.BadZipFile, zlib.error, ValueError, KeyError, TypeError, EOFError, RuntimeError)
# After a restore the library's version is above any that an index was made of, also where the old one cannot be read.
AHEAD = 1_000_000


class BackupError(BotError):
    """A file that is no backup, or a damaged one, or one that cannot be written."""

    code = "backup"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}", path=str(path), reason=reason)


def backup(home: Path, path: Path) -> dict[str, Any]:
    """Writes a backup of the data folder to `path`, whole or not at all; its manifest. LibraryError when the library is
    damaged, BackupError when the file cannot be written."""
    if not (home / "library.db").exists():
        raise BackupError(home, "there is no library to back up")
    try:
        with tempfile.TemporaryDirectory(dir=home, prefix=".backup-") as aside:
            parts = dict(_copies(home, Path(aside)))
            manifest = {
                "format": FORMAT,
                "program": version("trichdan"),
                "made": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                "files": {name: {"sha256": _sha256(p), "size": p.stat().st_size} for name, p in parts.items()},
            }
            _write(path, parts, manifest)
    except OSError as e:
        raise BackupError(path, f"cannot be written ({e.strerror or e})") from e
    return manifest


def restore(home: Path, path: Path) -> dict[str, Any]:
    """Puts a backup back into the data folder; its manifest. Nothing is changed unless every part of the file is sound.
    A bot that runs goes on with what was put back. BackupError when the file is no sound backup."""
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".restore-") as aside:
        try:
            manifest = _unpack(path, Path(aside))
        except _UNSOUND as e:
            raise BackupError(path, f"is no backup, or a damaged one ({e})") from e
        for name in DATABASES:
            if (Path(aside) / name).exists():
                _sound(Path(aside) / name, BackupError(path, f"{name} in it is damaged"))
        try:
            # Brings older ones up to date.
            Library(Path(aside) / "library.db").close()
            if (Path(aside) / "bot.db").exists():
                SQLite(Path(aside) / "bot.db", BOT).close()
        except LibraryError as e:
            raise BackupError(path, str(e)) from e
        _put_back(Path(aside), home)
    return manifest


def _copies(home: Path, aside: Path) -> Iterator[tuple[str, Path]]:
    """The parts of a backup by name, each as it is at one moment."""
    for name in DATABASES:
        if (home / name).exists():
            damage = LibraryError(
                f"{home / name}: damaged; put back an earlier backup with `trichdan restore`",
                path=str(home / name),
                reason="damaged",
            )
            try:
                with (
                    closing(sqlite3.connect(home / name, timeout=30)) as live,
                    closing(sqlite3.connect(aside / name)) as copy,
                ):
                    live.backup(copy)
            except DAMAGE as e:
                raise damage from e
            _sound(aside / name, damage)
            yield name, aside / name
    library = Library(aside / "library.db")
    try:
        library.check()
    finally:
        library.close()
    for name in ("decision.json", *(f"lexicon/{p.name}" for p in sorted((home / "lexicon").glob("*.tsv")))):
        if (home / name).is_file():
            (aside / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(home / name, aside / name)
            yield name, aside / name


def _write(path: Path, parts: dict[str, Path], manifest: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with _aside(path) as part:
        z = zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED)
        z.writestr(MANIFEST, json.dumps(manifest, indent=1))
        for name, file in parts.items():
            z.write(file, name)
        z.close()


def _unpack(path: Path, into: Path) -> dict[str, Any]:
    """Every part, checked against the manifest. ValueError says what is wrong."""
    with zipfile.ZipFile(path) as z:
        if z.getinfo(MANIFEST).file_size > MAX_MANIFEST:
            raise ValueError("its manifest is too large")
        manifest: dict[str, Any] = json.loads(z.read(MANIFEST))
        if manifest["format"] != FORMAT:
            raise ValueError(f"made by another program version, format {manifest['format']}")
        if "library.db" not in manifest["files"]:
            raise ValueError("there is no library in it")
        for name, told in manifest["files"].items():
            if not _PART.fullmatch(name):
                raise ValueError(f"{name[:50]} has no place in a backup")
            (into / name).parent.mkdir(exist_ok=True)
            _extract(z, name, into / name, int(told["size"]), str(told["sha256"]))
    return manifest


def _extract(z: zipfile.ZipFile, name: str, to: Path, size: int, sha256: str) -> None:
    found, count = hashlib.sha256(), 0
    with z.open(name) as given, to.open("xb") as out:
        while block := given.read(1 << 20):
            count += len(block)
            if count > size:
                break
            found.update(block)
            out.write(block)
    if count != size or found.hexdigest() != sha256:
        raise ValueError(f"{name} is not what its manifest says")


def _put_back(aside: Path, home: Path) -> None:
    for name in DATABASES:
        if (aside / name).exists():
            _into_live(aside / name, home / name)
    if (aside / "decision.json").exists():
        with _aside(home / "decision.json") as part:
            shutil.copyfile(aside / "decision.json", part)
    else:
        (home / "decision.json").unlink(missing_ok=True)
    (home / "lexicon").mkdir(exist_ok=True)
    given = {p.name for p in (aside / "lexicon").glob("*.tsv")}
    for name in given:
        with _aside(home / "lexicon" / name) as part:
            shutil.copyfile(aside / "lexicon" / name, part)
    for extra in (home / "lexicon").glob("*.tsv"):
        if extra.name not in given:
            extra.unlink()


def _into_live(copy: Path, live: Path) -> None:
    """Copies a database over a live one in one transaction; in its place where that is no database any more."""
    had = _version(live)
    with closing(sqlite3.connect(copy)) as db:
        if live.name == "library.db":
            least = AHEAD if had is None else had
            db.execute(
                "UPDATE meta SET value = MAX(CAST(value AS INTEGER), ?) + 1 WHERE key = 'version'",
                (least,),
            )
            db.commit()
        try:
            with closing(sqlite3.connect(live, timeout=30)) as to:
                db.backup(to)
                # A table torn in two may only show now.
                if to.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok":
                    return
        except DAMAGE:
            pass
    for suffix in ("", "-wal", "-shm"):
        damaged = live.with_name(live.name + suffix)
        if damaged.exists():
            damaged.replace(damaged.with_name(damaged.name + ".damaged"))
    with _aside(live) as part:
        shutil.copyfile(copy, part)


def _version(library: Path) -> int | None:
    """The version of a library that may be damaged."""
    if not library.exists():
        return 0
    try:
        with closing(sqlite3.connect(library, timeout=30)) as db:
            return int(db.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()[0])
    except (*DAMAGE, TypeError, ValueError):
        return None


def _sound(database: Path, error: Exception) -> None:
    try:
        with closing(sqlite3.connect(database)) as db:
            if db.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok":
                return
    except DAMAGE:
        pass
    raise error


def _sha256(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """A file beside `path`, readable by its owner alone, that takes its place once it is written and on disk."""
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(fd)
    part = Path(name)
    try:
        yield part
        with part.open("rb") as f:
            os.fsync(f.fileno())
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    finally:
        part.unlink(missing_ok=True)
