"""What can go wrong while reading or keeping documents. `code` names the message people see (bot/messages)."""

from __future__ import annotations


class CorpusError(Exception):
    """Base of this package's errors. `code` picks the message, `params` fill it; `str()` is plain English."""

    code = "corpus"

    def __init__(self, text: str, **params: object) -> None:
        super().__init__(text)
        self.params = params


class UnreadableError(CorpusError):
    """A file that cannot become a document; the reason is `reason` (unknown_type, empty, binary, too_large, …)."""

    code = "unreadable"

    def __init__(self, file: str, reason: str, advice: str) -> None:
        super().__init__(f"{file}: {advice}", file=file, reason=reason, advice=advice)
        self.reason = reason


class LibraryError(CorpusError):
    """The library cannot be opened, written or trusted."""

    code = "library"
