"""Archives: every readable member becomes a document; what is not read is named in a warning."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from corpus.errors import UnreadableError
from corpus.extract import progress
from corpus.extract.container import Container
from corpus.extract.extracted import Extracted
from corpus.extract.kind import Kind, kind_of
from corpus.extract.readers import read_one
from corpus.model import Warning

_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def read_zip(data: bytes, file: str) -> list[Extracted]:
    """The documents in an archive, named ``archive.zip!member.docx`` (the member's base name: its folders are the
    sender's own and are not trusted). An archive inside is not opened.

    UnreadableError when the archive is damaged, breaks a limit, or nothing in it can be read (with why not, for the
    first member).
    """
    container = Container(data, file)
    documents: list[Extracted] = []
    refused: list[UnreadableError] = []
    taken: set[str] = set()
    for name in container.names():
        progress.beat()
        if name.startswith(_JUNK[0]) or name.endswith(_JUNK[1:]):
            continue
        base = _unique(posixpath.basename(name.replace("\\", "/")) or "file", taken)
        try:
            content = container.read(name)
            kind = kind_of(content, base)
            if kind is Kind.ZIP:
                raise UnreadableError(base, "nested_archive", "an archive inside an archive is not opened; unpack it")
            documents.append(replace(read_one(content, base, kind), file=f"{file}!{base}"))
        except UnreadableError as e:
            if e.params["file"] == file and e.reason == "too_large":  # the whole archive breaks a limit
                raise
            refused.append(UnreadableError(base, e.reason, str(e.params["advice"])))
    if not documents:
        if refused:
            raise UnreadableError(file, refused[0].reason, f"nothing in it can be read; {refused[0]}")
        raise UnreadableError(file, "empty", "the archive is empty")
    if refused:
        lost = tuple(Warning(code="member_refused", detail=f"{e.params['file']}: {e.reason}") for e in refused)
        documents[0] = replace(documents[0], warnings=documents[0].warnings + lost)
    return documents


def _unique(name: str, taken: set[str]) -> str:
    stem, dot, suffix = name.rpartition(".")
    n, unique = 1, name
    while unique in taken:
        n += 1
        unique = f"{stem} ({n}).{suffix}" if dot else f"{name} ({n})"
    taken.add(unique)
    return unique
