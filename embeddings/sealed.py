"""Sealed folders: a manifest with the sha256 of each file says what was written, and the folder is trusted only while
every file is still that. `retrieval/store.py` keeps its index the same way."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"


def seal(folder: Path, format: int, facts: Mapping[str, Any]) -> str:
    """Hashes every file of `folder` into its manifest and puts all of it on the disk; the manifest's own sha256."""
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        path.chmod(0o644)
        files[path.relative_to(folder).as_posix()] = {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        sync(path)
    manifest = folder / MANIFEST
    text = json.dumps({"format": format, "facts": dict(facts), "files": files}, indent=1, ensure_ascii=False)
    manifest.write_text(text + "\n", encoding="utf-8")
    sync(manifest)
    folder.chmod(0o755)
    for part in (*(p for p in folder.rglob("*") if p.is_dir()), folder):
        sync(part)
    return _sha256(manifest)


def verify(folder: Path, format: int) -> dict[str, Any] | str:
    """The facts of the manifest when every file is as it was written; else what is wrong, in a few words."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != format:
            return "format"
        for name, wanted in manifest["files"].items():
            path = folder / name
            if path.stat().st_size != wanted["bytes"] or _sha256(path) != wanted["sha256"]:
                return f"damaged: {name}"
        facts = manifest["facts"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        return f"unreadable: {type(e).__name__}"
    return facts if isinstance(facts, dict) else "unreadable"


def sync(path: Path) -> None:
    """Returns when a file (or a folder's list of names) is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
