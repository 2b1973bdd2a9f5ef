"""Documents as JSON between the worker process and the one that asked."""

from __future__ import annotations

from typing import Any

from corpus.extract.extracted import Extracted
from corpus.model import Hidden, Page, Warning


def to_json(document: Extracted) -> dict[str, Any]:
    """JSON-ready form of a document."""
    return {
        "file": document.file,
        "sha256": document.sha256,
        "text": document.text,
        "hidden": [h.model_dump(mode="json") for h in document.hidden],
        "pages": [p.model_dump(mode="json") for p in document.pages],
        "scanned": document.scanned,
        "title": document.title,
        "warnings": [w.model_dump(mode="json") for w in document.warnings],
    }


def from_json(data: dict[str, Any]) -> Extracted:
    """The inverse of `to_json`."""
    return Extracted(
        file=data["file"],
        sha256=data["sha256"],
        text=data["text"],
        hidden=tuple(map(Hidden.model_validate, data["hidden"])),
        pages=tuple(map(Page.model_validate, data["pages"])),
        scanned=data["scanned"],
        title=data["title"],
        warnings=tuple(map(Warning.model_validate, data["warnings"])),
    )
