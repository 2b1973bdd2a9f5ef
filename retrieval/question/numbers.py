"""Which document and clause a question names. Tolerant of form, never of value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from corpus.numbers import DocumentNumber
from corpus.text import fold_same, normalize
from corpus.types import ABBREVIATIONS, BY_FOLDED


class Role(StrEnum):
    """What the number is on the paper."""

    OWN = "own"
    RECEIVED = "received"  # the incoming stamp, ĐẾN
    COPY = "copy"  # the certified copy's, SAO LỤC
    ANY = "any"


@dataclass(frozen=True)
class NumberAsk:
    """A number a question names. `types` are names of types ("Kết luận"), empty when none was said; `body` is the
    folded code of the issuer ("vptw"), `year` four digits. `start:end` is where it stands in the question."""

    serial: str  # no leading zeros, lower case
    role: Role
    types: tuple[str, ...]
    body: str | None
    year: str | None
    start: int
    end: int
    written: str

    @property
    def may_be_a_year(self) -> bool:
        """`Hiến pháp 2013`, `nghị quyết 2025`: four digits alone after a type are mostly its year."""
        bare = self.body is None and self.year is None and "/" not in self.written and "số" not in self.written.lower()
        return bare and self.serial.isdigit() and 1945 <= int(self.serial) <= 2100

    def fits(self, number: DocumentNumber, type: str | None) -> bool:
        """True when everything that was said of the number is so. `type` is the document's own type, if known."""
        if self.serial != plain_serial(number.serial):
            return False
        if self.year and number.year and self.year != number.year:
            return False
        symbol = code(number.symbol)
        if self.types:
            has = {t for t in (type, number.type) if t}
            if has and not has & set(self.types):
                return False
            if not has:
                return False
        return self.body is None or self.body == symbol or self.body == code(number.body)


def plain_serial(serial: str) -> str:
    """`07` and `7` are one number; `66.10` stays what it is."""
    return re.sub(r"^0+(?=\d)", "", serial.lower())


def code(symbol: str) -> str:
    """A symbol without marks, dashes and slashes: `NQ-HĐND` → `nqhdnd`."""
    return re.sub(r"[^a-z0-9]", "", fold_same(symbol))


_CODES: Mapping[str, tuple[str, ...]] = {
    c: tuple(dict.fromkeys(ABBREVIATIONS[a] for a in ABBREVIATIONS if fold_same(a) == c))
    for c in {fold_same(a) for a in ABBREVIATIONS}
}
# Everyday words in lower case, so these stand for a type only before a number ("tb 10", "ct 16").
_CODE = "|".join(sorted((c for c in _CODES if len(c) > 1), key=len, reverse=True))
_ENGLISH: Mapping[str, str] = {
    "conclusion": "Kết luận", "notice": "Thông báo", "notification": "Thông báo", "announcement": "Thông báo",
    "directive": "Chỉ thị", "resolution": "Nghị quyết", "decree": "Nghị định", "circular": "Thông tư",
    "decision": "Quyết định", "telegram": "Công điện", "report": "Báo cáo",
}  # fmt: skip
_NAME = (
    "|".join(_ENGLISH)
    + "|"
    + "|".join(sorted(map(re.escape, BY_FOLDED), key=len, reverse=True))
    + "|bao cao|van ban|ban sao|sao luc|cong van"
)
_SERIAL = r"\d{1,6}(?:\.\d{1,3})?[a-z]?"
_BODY = r"[a-z][a-z0-9]*(?:[-.][a-z][a-z0-9]*)*"

_FULL = re.compile(
    rf"(?<![\w/.,])(?P<serial>{_SERIAL})\s*(?:/\s*(?P<year>(?:19|20)\d\d)\s*)?[-–/ ]\s*"
    rf"(?P<code>{_CODE})\s*[-–/ ]\s*(?P<body>{_BODY})(?!\w)"
)
_ASSEMBLY = re.compile(
    rf"(?<![\w/.,])(?P<serial>{_SERIAL})\s*/\s*(?P<year>(?:19|20)\d\d)\s*/\s*(?P<body>qh\d\d?)(?!\w)"
)
_HALF = re.compile(rf"(?<![\w/.,])(?P<serial>{_SERIAL})\s*[-–/ ]\s*(?P<code>{_CODE})(?![\w])")
_YEAR_CODE = re.compile(
    rf"(?<![\w/.,])(?P<serial>{_SERIAL})\s*/\s*(?P<year>(?:19|20)\d\d)\s*/\s*(?P<code>{_CODE})(?![\w-])"
)
_YEAR_ONLY = re.compile(
    rf"(?<!\w)(?P<type>{_NAME}|{_CODE})\s+(?:so\s*)?(?P<serial>{_SERIAL})\s*/\s*(?P<year>(?:19|20)\d\d)(?![\w/])"
)
_TYPED = re.compile(
    rf"(?<!\w)(?P<type>{_NAME}|{_CODE})\s*(?P<arrived>den\s*)?(?:(?:so|no|number)\s*(?:hieu\s*)?[:.]?\s*)?"
    rf"(?P<serial>{_SERIAL})(?![\w/%]|[.,]\d|-\d)"
    rf"(?:\s*(?:[-–/]|\s|cua\s)\s*(?P<body>vptw|tw|bct|bbt|ttg|cp|vpcp|vptu|tu|ubnd|hdnd|byt|btc|bca|bqp|bnv|qh\d*)(?!\w))?"
)
_ARRIVED = re.compile(
    r"(?<!\w)(?:den\s*so|so\s*den|so\s*cong\s*van\s*den|dau\s*den\s*so|dau\s*den)\s*[:.]?\s*(?P<serial>\d{1,6})(?!\w)"
)
_BARE = re.compile(rf"(?<!\w)so\s*(?:hieu\s*)?[:.]?\s*(?P<serial>{_SERIAL})(?![\w/%]|[.,]\d)")
_LONG = re.compile(r"(?<![\w/])(?P<serial>[a-z]*\d[\da-z]{4,})(?:\s*[-/]\s*(?P<body>[a-z]+(?:[-/][a-z]+)*))?(?!\w)")

# What may follow "số 5" in everyday speech without being a document's number.
_COUNTED = re.compile(
    r"\s*(?:ca|nguoi|tinh|ty|trieu|nghin|dong"
    r"|(?:ngay|thang|nam)(?!\s*(?:\d|nao|may|bao))|tuoi|lan|%|phan tram|tai cho|khong)\b"
)
_TYPE_WORDS = re.compile(rf"(?<!\w)(?P<type>{_NAME})(?!\w)")


def find_number_asks(question: str) -> list[NumberAsk]:
    """The documents a question names by number, first to last; a number is read once, in its fullest form."""
    text = fold_same(normalize(question))
    taken: list[tuple[int, int]] = []
    out: list[NumberAsk] = []

    def take(match: re.Match[str], role: Role, types: tuple[str, ...], body: str | None, year: str | None) -> None:
        start, end = match.span()
        if any(start < e and s < end for s, e in taken):
            return
        taken.append((start, end))
        serial = plain_serial(match["serial"])
        out.append(NumberAsk(serial, role, types, body, year, start, end, question[start:end].strip()))

    for m in _ASSEMBLY.finditer(text):
        take(m, Role.OWN, (), code(m["body"]), m["year"])
    for m in _FULL.finditer(text):
        before = _type_before(text, m.start())
        role = Role.COPY if m["code"] == "bs" else Role.OWN
        body = m["body"]
        if body in (
            "cua",
            "muc",
            "diem",
            "khoan",
            "noi",
            "la",
            "dieu",
            "phan",
            "ngay",
            "ve",
            "nam",
            "co",
            "quy",
            "giao",
        ):
            continue
        take(m, role, _types(m["code"], before, body), code(body), m["year"])
    for m in _YEAR_CODE.finditer(text):
        take(m, Role.OWN, _types(m["code"], None, None), None, m["year"])
    for m in _ARRIVED.finditer(text):
        take(m, Role.RECEIVED, (), None, None)
    for m in _YEAR_ONLY.finditer(text):
        take(m, Role.OWN, _named(m["type"]), None, m["year"])
    for m in _TYPED.finditer(text):
        if _COUNTED.match(text, m.end()) and not m["arrived"]:
            continue
        if (
            m["type"] in _CODES
            and m["type"] in ("da", "tt", "cd", "l", "hd", "ts", "tc", "cl", "qt", "bb")
            and not (question[m.start() : m.start() + len(m["type"])].isupper())
        ):
            continue
        name = m["type"]
        if m["arrived"]:
            take(m, Role.RECEIVED, (), None, None)
        elif name in ("ban sao", "sao luc", "bs"):
            take(m, Role.COPY, (), m["body"] and code(m["body"]), None)
        else:
            body = code(m["body"]) if m["body"] else None
            take(m, Role.ANY if name == "van ban" else Role.OWN, _named(name), _issuer_code(body), None)
    for m in _HALF.finditer(text):
        if m["code"] in ("da", "tt", "cd", "hd", "ts", "tc", "cl", "qt", "bb", "ct", "pa", "l", "kh") and not (
            question[m.start("code") : m.end("code")].isupper()
        ):
            continue
        take(m, Role.COPY if m["code"] == "bs" else Role.OWN, _types(m["code"], None, None), None, None)
    for m in _BARE.finditer(text):
        if not _COUNTED.match(text, m.end()):
            take(m, Role.ANY, (), None, None)
    for m in _LONG.finditer(text):
        if m["serial"].isdigit() and not m["body"]:
            continue
        take(m, Role.ANY, (), code(m["body"]) if m["body"] else None, None)
    return sorted(out, key=lambda a: a.start)


def _types(abbreviation: str, named: str | None, body: str | None) -> tuple[str, ...]:
    types = _CODES[abbreviation]
    # "QĐ" of a Party number is a Quyết định or a Quy định: the paper says which.
    if "Quyết định" in types:
        types = (*types, "Quy định")
    return types


def _named(word: str) -> tuple[str, ...]:
    if word == "van ban":
        return ()
    if word in _ENGLISH:
        return (_ENGLISH[word],)
    if word in BY_FOLDED:
        return (BY_FOLDED[word],)
    if word in _CODES:
        return _types(word, None, None)
    return ()


def _issuer_code(body: str | None) -> str | None:
    return {"bct": "tw", "bbt": "tw"}.get(body, body) if body else None


def _type_before(text: str, at: int) -> str | None:
    last = None
    for m in _TYPE_WORDS.finditer(text, max(0, at - 30), at):
        last = m["type"]
    return last
