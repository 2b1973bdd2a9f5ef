"""Numbers of documents: read in any usual form, written in one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from corpus.text import fold, normalize
from corpus.types import type_of

# Abbreviations that are not all capitals. Everything else in a number is.
_MIXED = {m.upper(): m for m in ("TTg", "CTr", "TTr", "QyĐ", "TTri")}

_NUMBER = re.compile(
    r"""
    (?P<serial>\d                         # its first digit first: a search then looks at digits only
        (?<![\w/.,+–-]\d)                 # not in the middle of a word, a date or a longer number
        (?<!\d\s\d)(?<![-–]\s\d)          # nor behind its own first half: "03/202 1/UBTVQH15", "19- 2016/NQ-CP"
        \d{0,5}(?:\.\d{1,3})?[A-Za-z]?)    # 07, 66.10, 12a
    (?:
        \s?[-–—]\s?                       # Party: a dash, the type, a slash, who issued it
        (?P<type>[A-ZĐÐ][A-Za-zĐÐđ]{0,6})
        \s?/\s?
        (?P<body>[A-ZĐÐƯ][A-Za-zĐÐđƯư]*(?:[-–.][A-ZĐÐƯ][A-Za-zĐÐđƯư0-9]*)*\d{0,2})
      |
        \s?/\s?                           # State: a slash, perhaps the year, the symbol
        (?:(?P<year>(?:19|20)\d\d)\s?/\s?)?
        (?P<symbol>
            (?:UBTV)?QH\d{1,2}            # the National Assembly and its standing committee: no type
          | [A-ZĐÐ][A-Za-zĐÐđ]{0,9}\d{0,2}
            (?:[-–](?:\n|\s(?=[A-ZĐÐƯ]{2}))?[A-ZĐÐƯ](?:[A-Za-zĐÐđƯư&.0-9]*[A-Za-zĐÐđƯư0-9])?
              |\s[-–]\s?(?=[A-ZĐÐƯ]{2})[A-ZĐÐƯ](?:[A-Za-zĐÐđƯư&.0-9]*[A-Za-zĐÐđƯư0-9])?)+
        )
      |
        -(?P<old>CP|TTg|HĐBT|CT|LCT/HĐNN\d?)   # before 1997: 163-CP
    )
    (?![\w/])
    """,
    re.VERBOSE,
)
# "245/TLĐ": only the body. Too much like other things to be looked for in a text.
_BARE = re.compile(r"(?P<serial>\d{1,6})\s?/\s?(?P<body>[A-ZĐÐ]{2,8})")
_PREFIX = re.compile(r"^\s*(?:số|so|s6|sô)?\s*(?:hiệu)?\s*[:.]?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A document's number, canonical: ``07-KL/TW`` (Party) or ``15/2020/NĐ-CP`` (State)."""

    serial: str  # as printed: "07", "66.10", "12a"
    symbol: str  # "KL/TW", "NĐ-CP", "QH15"
    year: str | None = None
    party: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads one whole number in any usual form (``Số 129 - BS/VPTU``). ValueError when it is none."""
        text = normalize(text).strip().translate(_HOMOGLYPHS)
        match = _NUMBER.fullmatch(_PREFIX.sub("", text)) or _NUMBER.fullmatch(text)
        found = cls._of(match) if match else None
        if found is None and (bare := _BARE.fullmatch(_PREFIX.sub("", text))):
            found = cls(bare["serial"], _symbol(bare["body"]))
        if found is None:
            raise ValueError(f"not a document number: {text!r}")
        return found

    @classmethod
    def _of(cls, match: re.Match[str]) -> Self | None:
        serial = match["serial"]
        if match["type"]:
            return cls(serial, f"{_symbol(match['type'])}/{_symbol(match['body'])}", None, True)
        if match["old"]:
            return cls(serial, match["old"], None, True)
        symbol = _symbol(match["symbol"])
        if "-" not in symbol and not re.fullmatch(r"(?:UBTV)?QH\d+", symbol):
            return None
        return cls(serial, symbol, match["year"], False)

    def __str__(self) -> str:
        if self.party:
            return f"{self.serial}-{self.symbol}"
        return f"{self.serial}/{self.year}/{self.symbol}" if self.year else f"{self.serial}/{self.symbol}"

    @property
    def type_abbreviation(self) -> str:
        """``KL`` of ``07-KL/TW``, ``NĐ`` of ``15/2020/NĐ-CP``; empty when the symbol names no type."""
        head = re.split(r"[-/]", self.symbol)[0]
        return head if type_of(head) and head != self.symbol else ""

    @property
    def body(self) -> str:
        """Who issued it, as abbreviated: ``TW``, ``CP``, ``QH15``, ``VPCP``."""
        parts = re.split(r"[-/]", self.symbol, maxsplit=1)
        return parts[1] if self.type_abbreviation else parts[0]

    @property
    def type(self) -> str | None:
        """The type the abbreviation stands for (``Kết luận``), None when it names none (a letter, a law)."""
        return type_of(self.type_abbreviation) if self.type_abbreviation else None

    @property
    def key(self) -> str:
        """Equal for two ways of printing one number: no marks, no leading zeros. Never equal for two values."""
        serial = re.sub(r"^0+(?=\d)", "", self.serial.lower())
        return f"{serial}/{self.year or ''}/{fold(self.symbol).replace('-', '/')}"


@lru_cache(maxsize=4096)
def _symbol(text: str) -> str:
    parts = re.split(r"([-/.&])", re.sub(r"\s*[-–—]\s*", "-", text).replace("Ð", "Đ").strip())
    return "".join(_MIXED.get(p.upper(), p.upper()) for p in parts)


# Cyrillic capitals that look like Latin ones, as some keyboards and scans give them.
_HOMOGLYPHS = str.maketrans("АВСЕНКМОРТХ", "ABCEHKMOPTX")


_CYRILLIC = re.compile("[АВСЕНКМОРТХ]")


def find_numbers(text: str, start: int = 0, end: int | None = None) -> list[tuple[str, int, int]]:
    """Every document number in `text[start:end]`: (canonical, start, end), in order."""
    out = []
    if _CYRILLIC.search(text):
        text = text.translate(_HOMOGLYPHS)
    for match in _NUMBER.finditer(text, start, len(text) if end is None else end):
        number = DocumentNumber._of(match)
        if number is not None:
            out.append((str(number), match.start(), match.end()))
    return out
