"""Which document an operator means: by number, file name or id."""

from __future__ import annotations

from bot.errors import BotError
from corpus.library import DocumentInfo, Library


class DocumentNotFoundError(BotError):
    """No document is called that."""

    code = "document_not_found"


class SeveralDocumentsError(BotError):
    """More than one document is called that; `candidates` lists them."""

    code = "several_documents"


class ClauseNotFoundError(BotError):
    """The document has no such clause."""

    code = "clause_not_found"


def find_document(library: Library, words: str) -> DocumentInfo:
    """The one document whose id, file name or number is `words`; numbers are tolerant of form, never of value."""
    fitting = [d for d in library.documents() if words in (d.id, d.file)] or library.numbered(words)
    if not fitting:
        raise DocumentNotFoundError(f"{words}: not in the library; see `trichdan list`", words=words)
    if len(fitting) > 1:
        candidates = "; ".join(f"{d.id} ({d.file}, {d.issuer or '?'}, {d.date or '?'})" for d in fitting)
        raise SeveralDocumentsError(
            f"{words}: {len(fitting)} documents have this number; name one by its id: {candidates}",
            words=words,
            candidates=candidates,
        )
    return fitting[0]
