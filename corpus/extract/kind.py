"""What a file is: by its first bytes, then by what it holds; its name decides only between kinds of text."""

from __future__ import annotations

import io
import re
import zipfile
from enum import StrEnum

from corpus.errors import UnreadableError


class Kind(StrEnum):
    """The ways a file can be read. OFFICE is what goes through LibreOffice: doc, rtf, odt."""

    TEXT = "text"
    HTML = "html"
    DOCX = "docx"
    OFFICE = "office"
    PDF = "pdf"
    IMAGE = "image"
    ZIP = "zip"


_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"GIF87a", b"GIF89a")
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif"))
_OTHER = (
    (b"Rar!", "RAR archives are not read; unpack it or make a zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z archives are not read; unpack it or make a zip"),
    (b"\x1f\x8b", "gzip files are not read; unpack it or make a zip"),
    (b"\x7fELF", "it is a program"),
    (b"MZ\x90\0", "it is a program"),
)
_HTML_START = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_TAG = re.compile(r"</?(?:p|div|br|span|table|tr|td|h[1-6]|ul|ol|li|article|section|meta)\b[^<>]*>", re.I)
# A page saved whole by a browser or by Word (.mht, .mhtml): an e-mail with the page as its first part.
_MHTML = re.compile(rb"\A(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){0,20}?MIME-Version:", re.I)
HEAD = 8192  # bytes that decide


def is_mhtml(head: bytes) -> bool:
    """Whether a file begins like a page saved whole by a browser or by Word (.mht, .mhtml)."""
    return bool(_MHTML.match(head)) and b"multipart/related" in head.lower()


def kind_of(data: bytes, file: str) -> Kind:
    """The kind of a file's bytes. UnreadableError when it is empty or of a kind nothing here reads."""
    if not data.strip(b"\0 \t\r\n\x0b\x0c\xef\xbb\xbf\xff\xfe"):
        raise UnreadableError(file, "empty", "the file is empty")
    head = data[:HEAD]
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(data, file)
    if head.startswith(_OLE):
        return _kind_of_ole(data, file)
    if head.startswith(b"{\\rtf"):
        return Kind.OFFICE
    if _is_image(data):
        return Kind.IMAGE
    if is_mhtml(head):
        return Kind.HTML
    for magic, advice in _OTHER:
        if head.startswith(magic):
            raise UnreadableError(file, "unknown_type", advice)
    return Kind.HTML if _is_html(head, file) else Kind.TEXT


def _is_image(data: bytes) -> bool:
    return (
        data.startswith(_IMAGES)
        or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
        or (data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS)
        or (data[:2] == b"BM" and int.from_bytes(data[2:6], "little") == len(data))
    )


def _kind_of_zip(data: bytes, file: str) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "word/document.xml" in names:
                return Kind.DOCX
            if "[Content_Types].xml" in names:
                if any(n.startswith("word/") for n in names):
                    return Kind.DOCX
                raise UnreadableError(
                    file, "unknown_type", "spreadsheets and presentations are not read; save it as docx or pdf"
                )
            small = "mimetype" in names and archive.getinfo("mimetype").file_size < 200
            if small and b"opendocument.text" in archive.read("mimetype"):
                return Kind.OFFICE
            return Kind.ZIP
    except UnreadableError:
        raise
    except Exception as e:  # zipfile raises many kinds on bytes it does not like
        raise UnreadableError(
            file, "damaged", "the docx or zip file is damaged or cut short; copy it again from its source"
        ) from e


def _kind_of_ole(data: bytes, file: str) -> Kind:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableError(file, "encrypted", "it is protected by a password; save it without one")
    if "WordDocument".encode("utf-16-le") in data:
        return Kind.OFFICE
    raise UnreadableError(file, "unknown_type", "of the old Office files only Word's are read; save it as docx or pdf")


def _is_html(head: bytes, file: str) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = head[: len(head) & ~1].decode("utf-16", errors="replace")
    else:
        start = head.decode("utf-8-sig", errors="replace")
    if _HTML_START.match(start):
        return True
    return file.lower().endswith((".html", ".htm", ".xhtml")) and bool(_TAG.search(start))
