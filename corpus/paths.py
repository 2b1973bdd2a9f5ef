"""Clause paths, canonical: ``3.3``, ``I.1.a``, ``Điều 5.2.đ``, ``Phụ lục I/2.a``."""

from __future__ import annotations

import re
from dataclasses import dataclass

LETTERS = "abcdđeghiklmnopqrstuvxy"  # the order of điểm; no f, j, w, z
_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
# "IV (2)": the second clause an office has given the same number.
_LABEL = re.compile(rf"(?:\d+[a-zđ]?|[IVXLC]+|[A-ZĐ]|[{LETTERS}]\d*)(?: \(\d\))?")


@dataclass(frozen=True, slots=True)
class ClausePath:
    """A path taken apart. `str()` gives it back unchanged."""

    labels: tuple[str, ...]  # ("Điều 5", "2", "đ"), ("I", "1", "a"), ("3", "3")
    attachment: str | None = None  # "Phụ lục I"

    def __str__(self) -> str:
        body = ".".join(self.labels)
        return f"{self.attachment}/{body}" if self.attachment else body


def parse_path(path: str) -> ClausePath:
    """Reads a canonical path. ValueError for anything else (people's own words are retrieval's to understand)."""
    attachment, slash, body = path.rpartition("/")
    labels = body.split(".")
    if slash and not attachment.strip():
        raise ValueError(f"not a clause path: {path!r}")
    first = re.fullmatch(r"Điều (\d+[a-zđ]?)(?: \(\d\))?", labels[0])
    for label in labels[1 if first else 0 :]:
        if not _LABEL.fullmatch(label):
            raise ValueError(f"not a clause path: {path!r}")
    return ClausePath(tuple(labels), attachment or None)


def parent(path: str) -> str | None:
    """The clause this one stands in: ``I.2.1`` → ``I.2``; None at the outermost level."""
    attachment, slash, body = path.rpartition("/")
    above, dot, _ = body.rpartition(".")
    return f"{attachment}{slash}{above}" if dot else None


def sort_key(path: str) -> tuple[tuple[int, int, str], ...]:
    """Orders paths as a document prints them: numbers by value, a b c d đ e, Roman by value, attachments last."""
    attachment, slash, body = path.rpartition("/")
    head: tuple[tuple[int, int, str], ...] = ((1, 0, attachment),) if slash else ((0, 0, ""),)
    return head + tuple(_label_key(label) for label in body.split("."))


def _label_key(label: str) -> tuple[int, int, str]:
    bare, _, again = label.removeprefix("Điều ").partition(" ")
    digits = re.match(r"\d+", bare)
    if digits:
        return (0, int(digits.group()), bare[digits.end() :] + again)
    if (value := roman_value(bare)) is not None:
        return (1, value, again)
    if bare and bare[0] in LETTERS:
        return (2, LETTERS.index(bare[0]), bare[1:] + again)
    return (3, 0, bare)


def roman_value(label: str) -> int | None:
    """``IV`` → 4; None when it is not a Roman numeral."""
    if not label or not _ROMAN.fullmatch(label):
        return None
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}[c] for c in label]
    return sum(-v if n + 1 < len(values) and v < values[n + 1] else v for n, v in enumerate(values))


def roman(value: int) -> str:
    """4 → ``IV``."""
    out = ""
    for v, s in ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        out += s * (value // v)
        value %= v
    return out
