"""An index folder on disk: arrays and JSON, hashed, written aside, renamed into place; trusted while it is whole."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MANIFEST = "manifest.json"
CURRENT = "current"
FORMAT = 2


def write(
    parent: Path,
    arrays: Mapping[str, NDArray[Any]],
    texts: Mapping[str, Any],
    files: Mapping[str, Path],
    facts: Mapping[str, Any],
) -> Path:
    """Writes a new index folder under `parent` and makes it the current one. `files` are moved in. OSError when it
    cannot be written; the index that was there before stays in that case."""
    parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".new-", dir=parent))
    try:
        for name, array in arrays.items():
            np.save(aside / f"{name}.npy", array, allow_pickle=False)
        for name, value in texts.items():
            (aside / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        for name, path in files.items():
            shutil.move(path, aside / name)
        hashes = {}
        for path in sorted(aside.iterdir()):
            hashes[path.name] = {"bytes": path.stat().st_size, "sha256": _sha256(path)}
            _sync(path)
        manifest = {"format": FORMAT, "facts": dict(facts), "files": hashes}
        (aside / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
        _sync(aside / MANIFEST)
        aside.chmod(0o755)
        _sync(aside)
        digest = _sha256(aside / MANIFEST)[:16]
        folder = parent / f"index-{digest}"
        if folder.exists():
            shutil.rmtree(folder)
        aside.rename(folder)
        pointer = parent / f".{CURRENT}-{os.getpid()}"
        pointer.write_text(folder.name, encoding="utf-8")
        _sync(pointer)
        pointer.replace(parent / CURRENT)
        _sync(parent)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return folder


def current(parent: Path) -> Path | None:
    """The folder of the current index, None when there is none."""
    try:
        name = (parent / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    folder = parent / name
    return folder if name.startswith("index-") and "/" not in name and folder.is_dir() else None


def check(folder: Path) -> dict[str, Any] | str:
    """The facts of the manifest when every file is as it was written; else what is wrong, in a few words."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            return "format"
        for name, wanted in manifest["files"].items():
            path = folder / name
            if path.stat().st_size != wanted["bytes"] or _sha256(path) != wanted["sha256"]:
                return f"damaged: {name}"
        facts = manifest["facts"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        return f"unreadable: {type(e).__name__}"
    return facts if isinstance(facts, dict) else "unreadable"


def clean(parent: Path, keep: Path) -> None:
    """Removes every other index folder; one that is still mapped lives on until its readers let go."""
    for path in parent.glob("index-*"):
        if path != keep:
            shutil.rmtree(path, ignore_errors=True)


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
