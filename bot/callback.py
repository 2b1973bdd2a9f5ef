"""What a button carries: at most 64 bytes, read back as untrusted input.

Forms (fields separated by dots, numbers in base 36):
    r.<n>                          the n-th result of the answer the button stands under
    c.<document>.<start>.<page>.<n>  the clause of the document that starts there; back leads to result n
    d.<document>.<page>.<n>        the whole document
    k.<document>                   the document chosen among several
A document id is a content address, so an offset into its text means the same for as long as the id exists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_BYTES = 64  # Telegram's limit for callback_data
MAX_NUMBER = 36**6 - 1

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(
    r"r\.(?P<result>[0-9a-z]{1,6})"
    r"|c\.(?P<clause_of>[0-9a-f]{16})\.(?P<start>[0-9a-z]{1,6})\.(?P<clause_page>[0-9a-z]{1,6})\.(?P<c_back>[0-9a-z]{1,6})"
    r"|d\.(?P<document>[0-9a-f]{16})\.(?P<page>[0-9a-z]{1,6})\.(?P<d_back>[0-9a-z]{1,6})"
    r"|k\.(?P<chosen>[0-9a-f]{16})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class ShowResult:
    """The n-th passage of the answer, from 0."""

    n: int


@dataclass(frozen=True, slots=True)
class ShowClause:
    """Page `page` (from 0) of the clause that starts at character `start`, with everything below it."""

    document: str
    start: int
    page: int = 0
    back: int = 0


@dataclass(frozen=True, slots=True)
class ShowDocument:
    """Page `page` (from 0) of a whole document."""

    document: str
    page: int = 0
    back: int = 0


@dataclass(frozen=True, slots=True)
class Choose:
    """Ask the question again, of this document."""

    document: str


Action = ShowResult | ShowClause | ShowDocument | Choose


def encode(action: Action) -> str:
    """The button's data: ASCII, at most MAX_BYTES."""
    match action:
        case ShowResult(n):
            return f"r.{_base36(n)}"
        case ShowClause(document, start, page, back):
            return f"c.{document}.{_base36(start)}.{_base36(page)}.{_base36(back)}"
        case ShowDocument(document, page, back):
            return f"d.{document}.{_base36(page)}.{_base36(back)}"
        case Choose(document):
            return f"k.{document}"


def decode(data: object) -> Action | None:
    """The action, or None for anything `encode` does not make."""
    m = _FORM.fullmatch(data) if isinstance(data, str) else None
    if not m:
        return None
    if m["result"]:
        return ShowResult(int(m["result"], 36))
    if m["clause_of"]:
        return ShowClause(m["clause_of"], int(m["start"], 36), int(m["clause_page"], 36), int(m["c_back"], 36))
    if m["document"]:
        return ShowDocument(m["document"], int(m["page"], 36), int(m["d_back"], 36))
    return Choose(m["chosen"])


def _base36(n: int) -> str:
    if not 0 <= n <= MAX_NUMBER:
        raise ValueError(f"{n} does not fit a button")
    out = ""
    while True:
        n, digit = divmod(n, 36)
        out = _DIGITS[digit] + out
        if not n:
            return out
