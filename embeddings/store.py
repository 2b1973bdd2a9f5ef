"""Folders that are made once and trusted only while they are whole: built aside, hashed, renamed into place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from embeddings import sealed
from embeddings.encoder import EncoderError

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
            sealed.seal(aside, _FORM, facts)
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
    facts = sealed.verify(folder, _FORM)
    return None if isinstance(facts, str) else facts


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
    sealed.sync(folder.parent)
