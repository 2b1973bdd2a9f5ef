"""Text as characters: one normal form, folding for comparison, sentences as spans."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Span = tuple[int, int]


def _latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN") and not 0x1B1 <= ord(char) < 0x1E00


_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85]")
# Letters that no decomposition takes apart; eth (ð, Ð) is what many keyboards and fonts give for đ.
_LETTERS = {"đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "ı": "i", "ø": "o", "ł": "l"}


# Capital and small letters of Vietnamese, for character classes. Ranges like À-Ỹ hold both: Unicode mixes them.
CAPITALS = "A-Z" + "".join(c for n in range(0xC0, 0x1EFA) if (c := chr(n)).isupper() and _latin(c))
SMALLS = "a-z" + "".join(c for n in range(0xC0, 0x1EFA) if (c := chr(n)).islower() and _latin(c))


def normalize(text: str) -> str:
    """NFC, every line end ``\\n``. What every offset of a document counts in."""
    return unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text))


class _Folding(dict[int, str | None]):
    """One character to its base letter in lower case. `keep` says what becomes of a mark that stands alone."""

    def __init__(self, keep: bool) -> None:
        super().__init__()
        self._keep = keep

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        folded: str | None = _LETTERS.get(char)
        if folded is None:
            base = "".join(c for c in unicodedata.normalize("NFD", char.lower()) if not unicodedata.combining(c))
            base = "".join(_LETTERS.get(c, c) for c in base)
            folded = (base[:1] or char) if self._keep else (base or None)
        self[code] = folded
        return folded


_FOLD, _FOLD_SAME = _Folding(keep=False), _Folding(keep=True)


def fold(text: str) -> str:
    """Lower case, no marks, đ as d: ``Chỉ thị`` → ``chi thi``. The length may change."""
    if not text.isascii():
        return unicodedata.normalize("NFC", text).translate(_FOLD)
    return text.lower()


def fold_same(text: str) -> str:
    """As `fold`, and the same length as `text`, so that offsets into one are offsets into the other."""
    return text.lower() if text.isascii() else text.translate(_FOLD_SAME)


_COMMON = 0x2500  # code points below this are folded by a table: letters, marks, punctuation


@lru_cache(maxsize=1)
def _table() -> npt.NDArray[np.uint32]:
    """(`_COMMON`,) code points, what `_FOLD_SAME` makes of each."""
    return np.array([ord(_FOLD_SAME[code] or chr(code)) for code in range(_COMMON)], np.uint32)


def fold_document(text: str) -> str:
    """`fold_same` of a whole document: an array at a time, some ten times as fast as a character at a time."""
    if text.isascii():
        return text.lower()
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    folded: npt.NDArray[np.uint32] = _table()[np.minimum(codes, _COMMON - 1)]
    rare = codes >= _COMMON
    if rare.any():
        folded[rare] = [ord(_FOLD_SAME[code] or chr(code)) for code in codes[rare].tolist()]
    return bytes(folded.astype("<u4").tobytes()).decode("utf-32-le", "surrogatepass")


@lru_cache(maxsize=4096)
def one_line(text: str) -> str:
    """All white space, line breaks included, as single blanks; none at the ends."""
    return " ".join(text.split())


# Sentences end at these; a closing quote or bracket goes with them.
_STOP = re.compile(r"[.!?…]+[\"”’)\]]*(?=\s|$)|;(?=\s)")
# Words before a point that do not end a sentence: forms of address, places, "and so on" inside a list.
_ABBREVIATIONS = frozenset(
    [
        "tp.",
        "tx.",
        "tt.",
        "q.",
        "p.",
        "h.",
        "x.",
        "t.ư.",
        "tw.",
        "tư.",
        "st.",
        "ths.",
        "ts.",
        "pgs.",
        "gs.",
        "bs.",
        "ks.",
        "đ/c.",
        "đ.c.",
        "mr.",
        "ms.",
        "dr.",
        "no.",
        "vs.",
        "nxb.",
        "stt.",
        "tr.",
        "ct.",
        "pct.",
        "ub.",
        "kt.",
        "tm.",
        "tl.",
        "tuq.",
        "q.",
        "vol.",
        "ph.d.",
        "s.",
        "đc.",
        "cp.",
        "ttg.",
        "vd.",
    ]
)
_BLANK_LINE = re.compile(r"\n[ \t\xa0]*\n\s*")


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences in `text[start:end]`, in order, without white space at the ends.

    Ends at ``. ! ? …`` and at ``;`` between list items, never inside a number (1.300), a date, an abbreviation
    (T.Ư, TP., v.v.) or before a word that goes on in lower case; a blank line ends a sentence, a line break does not.
    """
    end = len(text) if end is None else end
    out: list[Span] = []
    at = start
    for gap in _BLANK_LINE.finditer(text, start, end):
        out += _block_sentences(text, at, gap.start())
        at = gap.end()
    return out + _block_sentences(text, at, end)


def _block_sentences(text: str, start: int, end: int) -> list[Span]:
    out: list[Span] = []
    at = start
    for stop in _STOP.finditer(text, start, end):
        if stop.end() < end and not _ends_sentence(text, at, stop, end):
            continue
        _add(out, text, at, stop.end())
        at = stop.end()
    _add(out, text, at, end)
    return out


def _ends_sentence(text: str, at: int, stop: re.Match[str], end: int) -> bool:
    follows = text[stop.end() : min(stop.end() + 40, end)].lstrip()
    if not follows:
        return True
    before = text[max(at, stop.start() - 12) : stop.start()].split()
    word = before[-1] if before else ""
    mark = stop.group()[0]
    if mark == ";":
        # Only between the items of a list that starts a new line.
        return (
            "\n" in text[stop.end() : stop.end() + (len(text[stop.end() : end]) - len(text[stop.end() : end].lstrip()))]
        )
    if mark == ".":
        last = (word + ".").lower().lstrip("(“\"'")
        if last in _ABBREVIATIONS:
            return False
        # A label at the very beginning ("3.", "a.", "I.") belongs to what follows it.
        if text[at : stop.start()].strip(' \n\t*_#"“(') == word.strip('*_#"“(') and (
            word.strip("*_#").replace(".", "").isdigit() or len(word.strip("*_#")) <= 2 or re.fullmatch("[IVXL]+", word)
        ):
            return False
        if len(word) == 1 and word.isupper():
            return False
        if re.fullmatch(r"(?i)điều\s+\d+\w?", text[at : stop.start()].strip(" \n\t*_#")):
            return False
    first = follows.lstrip("\"“‘'(*_[")[:1]
    return not first.islower() or (mark in "!?" and False)


def _add(out: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        out.append((start, end))
