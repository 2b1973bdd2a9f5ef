"""Text to syllables, the way the word index sees it: NFC, lower case, one spelling where two are in use."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+", re.UNICODE)
# Two habits of placing the tone mark on an open oa, oe, uy (hoà, hòa): both are correct, one is kept.
_OPEN = re.compile(r"(?<!q)(o)([àáảãạèéẻẽẹ])$|(?<!q)(u)([ỳýỷỹỵ])$")
# i and y at the end of an open syllable (bác sỹ, bác sĩ; Mỹ, Mĩ): both are in use.
_Y_END = re.compile(r"^(h|k|l|m|s|t|qu)([yỳýỷỹỵ])$")
_Y_TO_I = str.maketrans("yỳýỷỹỵ", "iìíỉĩị")
_STROKE = str.maketrans("đĐðÐ", "dDdD")


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """Lower case without diacritics, đ as d. Length changes only where Unicode composes."""
    decomposed = unicodedata.normalize("NFD", text.translate(_STROKE))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


@lru_cache(maxsize=200_000)
def canonical(syllable: str) -> str:
    """One spelling of a lower-case NFC syllable: `hoà` and `hòa`, `sỹ` and `sĩ`, `07` and `7` come out the same."""
    if syllable[0].isdigit():
        # 31.3.2020 is a date, 300.000 a number: neither is taken apart, only leading zeros go.
        return syllable.lstrip("0") or "0"
    m = _OPEN.search(syllable)
    if m:
        first, second = (m[1], m[2]) if m[1] else (m[3], m[4])
        base, mark = unicodedata.normalize("NFD", second)[0], unicodedata.normalize("NFD", second)[1:]
        syllable = syllable[: m.start()] + unicodedata.normalize("NFC", first + mark) + base
    m = _Y_END.match(syllable)
    if m:
        syllable = m[1] + m[2].translate(_Y_TO_I)
    return syllable


def syllables(text: str) -> list[str]:
    """The text's syllables and numbers, lower case, canonical."""
    return [canonical(t) for t in _TOKEN.findall(unicodedata.normalize("NFC", text).lower())]


def spans(text: str) -> list[tuple[str, int, int]]:
    """Canonical syllables with their offsets. `text` must be NFC."""
    return [(canonical(m[0].lower()), m.start(), m.end()) for m in _TOKEN.finditer(text)]


@lru_cache(maxsize=50_000)
def has_marks(text: str) -> bool:
    """True when any letter carries a Vietnamese mark."""
    return any(fold(c) != c.lower() for c in unicodedata.normalize("NFC", text) if c.isalpha())
