"""From the bytes of a file to text: one module a format, `extract` chooses by content.

Reasons of an UnreadableError: unreadable (cannot be opened), empty, binary, unknown_type, too_large, damaged,
encrypted, nested_archive, needs_libreoffice, needs_tesseract, time, memory, crash.
Codes of warnings: bad_bytes, encoding_guessed, encoding_converted, low_confidence, page_not_read, scanner_text,
member_refused.
"""

from __future__ import annotations

from pathlib import Path

from corpus.errors import UnreadableError
from corpus.extract import limits
from corpus.extract.extracted import Extracted
from corpus.extract.isolated import extract_isolated
from corpus.extract.kind import Kind, kind_of
from corpus.extract.text import read_text

__all__ = ["Extracted", "extract"]


def extract(path: Path) -> list[Extracted]:
    """The documents in a file: one, or one for each readable member of an archive.

    UnreadableError when there is no text to be had, with the reason and what to do about it; no other exception.
    """
    name = path.name
    try:
        size = path.stat().st_size
        if size > limits.MAX_FILE_BYTES:
            raise UnreadableError(
                name,
                "too_large",
                f"{size / limits.MIB:.0f} MiB; files up to {limits.MAX_FILE_BYTES / limits.MIB:.0f}"
                " MiB are read, split it or scan it at a lower resolution",
            )
        data = path.read_bytes()
    except OSError as e:
        raise UnreadableError(
            name, "unreadable", f"it cannot be opened ({e.strerror or e}); check its path and rights"
        ) from e
    kind = kind_of(data, name)
    if kind is Kind.TEXT:
        return [read_text(data, name)]
    return extract_isolated(data, name, kind)
