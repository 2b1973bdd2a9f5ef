"""Documents as JSON between the worker process and the one that asked."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from corpus.extract.extracted import Extracted
from corpus.model import Hidden, Page, Warning

_HIDDEN = TypeAdapter(tuple[Hidden, ...])
_PAGES = TypeAdapter(tuple[Page, ...])
_WARNINGS = TypeAdapter(tuple[Warning, ...])


def to_json(document: Extracted) -> dict[str, Any]:
    """JSON-ready form of a document."""
    return {
        "file": document.file,
        "sha256": document.sha256,
        "text": document.text,
        "hidden": _HIDDEN.dump_python(document.hidden, mode="json"),
        "pages": _PAGES.dump_python(document.pages, mode="json"),
        "scanned": document.scanned,
        "title": document.title,
        "warnings": _WARNINGS.dump_python(document.warnings, mode="json"),
    }


def from_json(data: dict[str, Any]) -> Extracted:
    """The inverse of `to_json`."""
    return Extracted(
        file=data["file"],
        sha256=data["sha256"],
        text=data["text"],
        hidden=_HIDDEN.validate_python(data["hidden"]),
        pages=_PAGES.validate_python(data["pages"]),
        scanned=data["scanned"],
        title=data["title"],
        warnings=_WARNINGS.validate_python(data["warnings"]),
    )
