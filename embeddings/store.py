"""Folders that are made once and trusted only while they are whole: built aside, hashed, renamed into place."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from embeddings.encoder import EncoderError

MANIFEST_FILE = "manifest.json"
_FORM = 1


def ensure(folder: Path, build: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """The facts `build` gave when `folder` was made; makes it when it is not there, or not as it was made.

    `build` fills an empty folder and returns facts for the manifest. Two processes may do this at once: each builds in
    a folder of its own and the first to rename wins. EncoderError when the place cannot be written to.
    """
    facts = check(folder)
    if facts is not None:
        return facts
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            facts = build(aside)
            _seal(aside, facts)
            _replace(aside, folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as e:
        raise EncoderError(
            f"{folder}: the model cannot be written there ({e}); free about 400 MB, or choose another folder with"
            " TRICHDAN_HOME",
            code="model_not_written",
            path=str(folder),
            reason=str(e),
        ) from e
    return facts


def check(folder: Path) -> dict[str, Any] | None:
    """The facts in the manifest, or None when the folder is not there or any file differs from what was written."""
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        if manifest["form"] != _FORM:
            return None
        for name, wanted in manifest["files"].items():
            path = folder / name
            if path.stat().st_size != wanted["bytes"] or _sha256(path) != wanted["sha256"]:
                return None
        facts = manifest["facts"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return facts if isinstance(facts, dict) else None


def _seal(folder: Path, facts: dict[str, Any]) -> None:
    """Hashes every file, then makes sure that all of it is on the disk before it gets its name."""
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        path.chmod(0o644)
        files[path.relative_to(folder).as_posix()] = {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        _sync(path)
    manifest = folder / MANIFEST_FILE
    manifest.write_text(json.dumps({"form": _FORM, "facts": facts, "files": files}, indent=2) + "\n", encoding="utf-8")
    _sync(manifest)
    folder.chmod(0o755)
    for part in (*(p for p in folder.rglob("*") if p.is_dir()), folder):
        _sync(part)


def _replace(aside: Path, folder: Path) -> None:
    try:
        aside.rename(folder)
    except OSError:
        if check(folder) is not None:
            return  # somebody else was faster, and theirs is whole
        damaged = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
        try:
            folder.rename(damaged / "old")
            aside.rename(folder)
        finally:
            shutil.rmtree(damaged, ignore_errors=True)
    _sync(folder.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
