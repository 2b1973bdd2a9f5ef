"""Which module reads which kind of file. Imports of the format libraries wait until they are needed."""

from __future__ import annotations

from corpus.errors import UnreadableError
from corpus.extract import limits
from corpus.extract.extracted import Extracted
from corpus.extract.kind import Kind


def read(data: bytes, file: str, kind: Kind) -> list[Extracted]:
    """The documents in the bytes of a file of that kind. UnreadableError as each reader says."""
    if kind is Kind.ZIP:
        from corpus.extract.zip import read_zip

        return read_zip(data, file)
    return [read_one(data, file, kind)]


def read_one(data: bytes, file: str, kind: Kind) -> Extracted:
    """The one document in a file that is no archive."""
    document = _read(data, file, kind)
    if len(document.text) > limits.MAX_TEXT_CHARS:
        raise UnreadableError(file, "too_large", f"{len(document.text)} characters of text; split it")
    return document


def _read(data: bytes, file: str, kind: Kind) -> Extracted:
    if kind is Kind.DOCX:
        from corpus.extract.docx import read_docx

        return read_docx(data, file)
    if kind is Kind.HTML:
        from corpus.extract.html import read_html

        return read_html(data, file)
    if kind is Kind.PDF:
        from corpus.extract.pdf import read_pdf

        return read_pdf(data, file)
    if kind is Kind.IMAGE:
        from corpus.extract.image import read_image

        return read_image(data, file)
    if kind is Kind.OFFICE:
        from corpus.extract.doc import read_office

        return read_office(data, file)
    from corpus.extract.text import read_text

    return read_text(data, file)
