"""The index on disk: sealed folders of segments, and one small file that says which of them are the index.

    index/current            JSON: facts and segments, with its own sha256
    index/segment-<digest>/  arrays and JSON, each file hashed in the folder's manifest

A segment is written aside, put on the disk and renamed; then `current` is replaced. Whatever is killed in between
leaves the index as it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings import sealed

CURRENT = "current"
FORMAT = 5
ASIDE = ".new-"
_SEGMENT, _DIGITS = "segment-", 16


def write(
    parent: Path,
    arrays: Mapping[str, NDArray[Any]],
    texts: Mapping[str, Any],
    files: Mapping[str, Path],
    facts: Mapping[str, Any],
) -> Path:
    """Writes a segment's folder under `parent`. `files` are moved in. OSError when it cannot be written."""
    parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=parent))
    try:
        for name, array in arrays.items():
            np.save(aside / f"{name}.npy", array, allow_pickle=False)
        for name, value in texts.items():
            (aside / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        for name, path in files.items():
            shutil.move(path, aside / name)
        folder = parent / f"{_SEGMENT}{sealed.seal(aside, FORMAT, facts)[:_DIGITS]}"
        if folder.exists():
            # The same content, but not surely whole: what was just written is.
            shutil.rmtree(folder)
        aside.rename(folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return folder


def check(folder: Path) -> dict[str, Any] | str:
    """The facts of a segment's manifest when every file is as it was written; else what is wrong, in a few words."""
    try:
        digest = hashlib.sha256((folder / sealed.MANIFEST).read_bytes()).hexdigest()
    except OSError as e:
        return f"unreadable: {type(e).__name__}"
    # The folder is called after its manifest, so the manifest is sealed too.
    if folder.name != f"{_SEGMENT}{digest[:_DIGITS]}":
        return f"damaged: {sealed.MANIFEST}"
    return sealed.verify(folder, FORMAT)


def publish(parent: Path, state: Mapping[str, Any]) -> None:
    """Makes `state` (JSON) the current one, in one step."""
    parent.mkdir(parents=True, exist_ok=True)
    body = json.dumps(state, ensure_ascii=False)
    text = json.dumps({"format": FORMAT, "sha256": _sha256(body), "state": body}, ensure_ascii=False)
    handle, name = tempfile.mkstemp(prefix=ASIDE, dir=parent)
    aside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.chmod(0o644)
        aside.replace(parent / CURRENT)
        sealed.sync(parent)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def current(parent: Path) -> dict[str, Any] | str | None:
    """The state that was published last; None when there is none, or what is wrong with it, in a few words."""
    try:
        raw = json.loads((parent / CURRENT).read_text(encoding="utf-8"))
        if raw["format"] != FORMAT:
            return "format"
        if _sha256(raw["state"]) != raw["sha256"]:
            return "damaged: current"
        state = json.loads(raw["state"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        return f"unreadable: {type(e).__name__}"
    return state if isinstance(state, dict) else "unreadable"


def folder(parent: Path, name: str) -> Path | None:
    """The folder of a segment by name; None for what is no such name."""
    digits = name.removeprefix(_SEGMENT)
    whole = name.startswith(_SEGMENT) and len(digits) == _DIGITS and all(c in "0123456789abcdef" for c in digits)
    return parent / name if whole else None


def clean(parent: Path, keep: Collection[str]) -> None:
    """Removes what is no longer of use; a folder that is still mapped lives on until its readers let go."""
    for path in parent.iterdir():
        if path.name != CURRENT and path.name not in keep:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
