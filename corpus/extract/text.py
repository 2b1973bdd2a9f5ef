"""Plain text and Markdown: bytes to text, whatever the encoding."""

from __future__ import annotations

import codecs

from corpus.errors import UnreadableError
from corpus.extract import legacy, limits
from corpus.extract.extracted import Extracted, clean_text, invisible_spans, sha256
from corpus.extract.likeness import likeness
from corpus.model import Warning

_BOMS = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 1 << 16
_MAX_CONTROLS = 0.02  # VISCII and broken exports have a few; compressed or random bytes have a tenth
_MAX_BROKEN = 0.002  # undecodable bytes among UTF-8 that is otherwise right
_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\x0b\x0c\r\x1a\x1b") + b"\x7f"
_GUESS = 0.5  # below this share of possible syllables the reading is a guess, and said to be one


def read_text(data: bytes, file: str) -> Extracted:
    """A plain-text file. UnreadableError when it is empty, too large or no text."""
    if len(data) > limits.MAX_TEXT_FILE_BYTES:
        limit = limits.MAX_TEXT_FILE_BYTES // limits.MIB
        raise UnreadableError(file, "too_large", f"text files up to {limit} MiB are read; split it")
    text, warnings = decode(data, file)
    text = clean_text(text)
    if not text.strip():
        raise UnreadableError(file, "empty", "there is no text in it")
    return Extracted(file=file, sha256=sha256(data), text=text, hidden=invisible_spans(text), warnings=warnings)


def decode(data: bytes, file: str) -> tuple[str, tuple[Warning, ...]]:
    """The text in the bytes, and what was odd about them. UnreadableError when they are no text.

    A byte order mark is believed, then valid UTF-8; of what remains, the table that gives the most possible
    Vietnamese syllables. Valid UTF-8 in good Vietnamese is never changed.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return _repaired(data.decode(encoding), ())
            except UnicodeDecodeError:
                # A file cut in the middle of a letter is still a text.
                text = data.decode(encoding, errors="replace")
                if _share_broken(text) <= _MAX_BROKEN:
                    return _repaired(text, (Warning(code="bad_bytes", detail=encoding),))
                raise _binary(file) from None
    wide = _utf16_without_mark(data)
    if wide is not None:
        return _repaired(wide, ())
    if not is_text(data):
        raise _binary(file)
    try:
        return _repaired(data.decode("utf-8"), ())
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    if broken <= max(1, _MAX_BROKEN * len(text)) and len(data) - len(text) > 10 * broken:
        return _repaired(text, (Warning(code="bad_bytes", line=_line_of(text, "\ufffd"), detail="utf-8"),))
    return _by_likeness(data)


def is_text(data: bytes) -> bool:
    """Whether bytes can be text in an 8-bit encoding: no NUL, hardly any control characters."""
    sample = data[:_SAMPLE] + data[-_SAMPLE:]
    if b"\0" in sample:
        return False
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return controls <= _MAX_CONTROLS * len(sample)


def _by_likeness(data: bytes) -> tuple[str, tuple[Warning, ...]]:
    """The best of the 8-bit Vietnamese tables; Windows-1252 when the text is in no way Vietnamese."""
    western = "".join(_windows_1252(data))
    readings = {"tcvn3": legacy.from_tcvn3(western), "vni": legacy.from_vni(western)}
    try:
        readings["windows-1258"] = clean_text(data.decode("cp1258"))
    except UnicodeDecodeError:
        readings["windows-1258"] = clean_text(data.decode("cp1258", errors="replace"))
    shares = {name: likeness(text[: 4 * _SAMPLE]).share for name, text in readings.items()}
    best = max(shares, key=lambda name: shares[name])
    if shares[best] < _GUESS or shares[best] <= likeness(western[: 4 * _SAMPLE]).share:
        return western, (Warning(code="encoding_guessed", detail="windows-1252"),)
    return readings[best], (Warning(code="encoding_converted", detail=best),)


def _repaired(text: str, warnings: tuple[Warning, ...]) -> tuple[str, tuple[Warning, ...]]:
    fixed, name = legacy.repair(text)
    return (fixed, (*warnings, Warning(code="encoding_converted", detail=name))) if name else (text, warnings)


def _utf16_without_mark(data: bytes) -> str | None:
    """UTF-16 text is known by its NULs: nearly all on one side of the pairs, for Latin letters, spaces and digits."""
    sample = data[: _SAMPLE & ~1]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if half < 2 or max(even, odd) < 0.3 * half or min(even, odd) > 0.02 * half:
        return None
    try:
        text = data[: len(data) & ~1].decode("utf-16-le" if odd > even else "utf-16-be")
    except UnicodeDecodeError:
        return None
    return text if "\0" not in text and is_text(text[:_SAMPLE].encode("utf-8", "replace")) else None


def _windows_1252(data: bytes) -> list[str]:
    return [c if c else chr(b) for c, b in zip(map(_CP1252.__getitem__, data), data, strict=True)]


_CP1252 = [bytes([b]).decode("cp1252", errors="ignore") for b in range(256)]


def _share_broken(text: str) -> float:
    return text.count("\ufffd") / max(1, len(text))


def _line_of(text: str, needle: str) -> int:
    return text.count("\n", 0, text.index(needle)) + 1


def _binary(file: str) -> UnreadableError:
    return UnreadableError(
        file,
        "binary",
        "it is not text and of no kind that is read; give txt, md, html, docx, doc, pdf, jpg, png or zip",
    )
