"""What every reader of a format gives back: the text of one document inside a file, and what the format said of it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from corpus.model import Hidden, HiddenKind, Page, Warning

# What programs use for "a new line begins here": Unicode's mandatory breaks, and Word's vertical tab and form feed.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# No place in a text: C0 and C1 controls except tab and line feed, and byte order marks left in the middle.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
# Invisible, but they split words for every comparison: soft hyphen, zero-width space and joiners, word joiner.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060]+")


@dataclass(frozen=True)
class Extracted:
    """One document's text as the file holds it.

    `text` is NFC with ``\\n`` line ends; one line is one paragraph (wrapped lines of a page are joined). `hidden`
    holds only what the format itself shows to be no text of the author's: running heads and page numbers of a PDF
    (FURNITURE, the line feeds around them included where they interrupt a paragraph) and soft hyphens (BREAK). It is
    sorted and does not overlap. Mark-up inside plain text is left to the parser.
    """

    file: str  # base name; "archive.zip!member.docx" for a member of an archive
    sha256: str  # of the source's bytes (of the member's for an archive), hex
    text: str
    hidden: tuple[Hidden, ...] = ()
    pages: tuple[Page, ...] = ()
    scanned: bool = False
    title: str | None = None  # only where the format names it and can be trusted
    warnings: tuple[Warning, ...] = ()


def clean_text(text: str) -> str:
    """NFC, line ends ``\\n``, no control characters: the one form every reader's text is given in."""
    return unicodedata.normalize("NFC", _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)))


def invisible_spans(text: str) -> tuple[Hidden, ...]:
    """Soft hyphens and zero-width characters, as spans to leave out when the text is shown."""
    return tuple(Hidden(start=m.start(), end=m.end(), kind=HiddenKind.BREAK) for m in _INVISIBLE.finditer(text))


def merge_hidden(spans: Iterable[Hidden]) -> tuple[Hidden, ...]:
    """Sorted, without overlaps: a span that begins inside another keeps only what stands out of it."""
    out: list[Hidden] = []
    for span in sorted(spans, key=lambda h: (h.start, -h.end)):
        start = max(span.start, out[-1].end) if out else span.start
        if start < span.end:
            out.append(Hidden(start=start, end=span.end, kind=span.kind))
    return tuple(out)


def sha256(data: bytes) -> str:
    """Hex digest of a source's bytes."""
    return hashlib.sha256(data).hexdigest()
