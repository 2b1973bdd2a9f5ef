"""Where a clause may begin: what a line's first characters could be read as, without deciding yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from corpus.lines import Line
from corpus.paths import LETTERS, roman_value
from corpus.text import CAPITALS, SMALLS

NEXT = -1  # the ordinal of a marker that can only be told from its neighbours


class Level(IntEnum):
    """Levels of numbering, outermost first."""

    PART = 0  # Phần thứ nhất, Phần I
    UPPER = 1  # A. B.
    ROMAN = 2  # I. II.
    ARTICLE = 3  # Điều 5
    SECTION = 4  # I. II. inside a Điều that approves a programme
    SUBPART = 5  # A. B. under a Roman number
    NUMBER = 6  # 1. 2.
    DECIMAL = 7  # 2.1. 2.1.3.
    LETTER = 8  # a) b)


@dataclass(slots=True)
class Reading:
    """One way to read a marker. `cost` is what speaks against it; `label` is how the path names it."""

    level: Level
    ordinal: int
    label: str
    cost: float = 0.0
    prefix: tuple[int, ...] = ()  # 2.1.3 → (2, 1): the numbers it stands under
    style: str = ""  # what follows the label: "." ")" "-"


@dataclass(slots=True)
class Candidate:
    """A place where a clause may begin. `loss` is what it costs not to take it for one."""

    line: int
    start: int  # source offset of the marker's first character
    body: int  # source offset behind the marker
    readings: tuple[Reading, ...]
    loss: float
    tail: str = ""  # what follows the marker on its line


_FOOTNOTE = r"(?:\[\d{1,3}\])?"  # "Điều 8[7].", "a[2])": a footnote's sign inside the marker
_ARTICLE = re.compile(
    rf"(?:[^\w\s“\"«(]{{1,2}}\s)?(?:Điều|ĐIỀU|Ðiều|Điêu|Diéu|Điểu|Dieu|Điễu|Ðiêu|Điéu|Diều"
    rf"|Đỉều)\s*(\d{{1,3}})([a-zđ])?{_FOOTNOTE}\s*([.:–-]|(?=\s|$))"
)
_ARTICLE_WORD = re.compile(r"(?:Điều|ĐIỀU|Ðiều)")
_ARTICLE_NUMBER = re.compile(rf"(\d{{1,3}})([a-zđ])?{_FOOTNOTE}\s*[.:]")
_PART = re.compile(
    r"(?i:phần)\s+(?:(?i:thứ)\s+)?(?:(?P<roman>[IVXL]+)|(?P<upper>[A-E])|(?P<number>\d{1,2})"
    r"|(?i:(?P<word>nhất|một|hai|ba|bốn|tư|năm|sáu|bảy|tám|chín|mười)))\b\s*[.:–-]?"
)
_WORDS = {
    w: n
    for n, ws in enumerate(["nhất|một", "hai", "ba", "bốn|tư", "năm", "sáu", "bảy", "tám", "chín", "mười"], 1)
    for w in ws.split("|")
}
_ROMAN = re.compile(r"([IVXLCHl1]{1,6})\s?([.)](?!\d)|[-–](?!\d)|/(?=\s))\s*(?=\S|$)")
UPPER = "ABCDĐEGHIK"
_UPPER = re.compile(r"([A-EĐGHK])\s?([.\-–)])(?!\d)\s*(?=\S|$)")
_NUMBER = re.compile(rf"(\d{{1,3}}){_FOOTNOTE}\s?([.)]|/(?=\s)|[-–](?=\s|$))(?!\d)\s*")
_DECIMAL = re.compile(r"(\d{1,3}(?:\.\d{1,3}){1,3})\s?([.)\-–:]?)(?![\d/%,])\s*")
_LETTER = re.compile(rf"([a-zđðĐ©]){_FOOTNOTE}\s?([.)]|[-–](?=\s))\s*")
# What scans make of Roman numerals.
_ROMAN_FIXES = {"HI": "III", "Il": "II", "lI": "II", "ll": "II", "IlI": "III", "IH": "III", "lII": "III",
                "Ill": "III", "lll": "III", "l": "I", "H": "II", "IIl": "III", "1": "I", "lV": "IV", "Vl": "VI",
                "VIl": "VII"}  # fmt: skip
# What a quantity, a date or a reference goes on with: "12. 5 km", "30 tháng", "5 Điều 7".
_NOT_HEAD = re.compile(r"(?:khoản|điểm|điều|tháng|năm|của|và|hoặc|thì|là|%|tỷ|triệu|đồng|nghìn|ha\b|km\b|giờ|phút)")


_NEVER = frozenset("“\"'(‘[-+–•…")
_WORDY = frozenset("ĐÐDđPp")
_HEADS = frozenset("ĐÐPpIVXLCHABEGKDlð" + LETTERS)


def read_marker(line: Line, start: int = 0) -> Candidate | None:
    """The marker `line.text[start:]` may begin with, None when it begins with none."""
    text = line.text
    if start >= len(text):
        return None
    head = text[start]
    if head in _NEVER or (head.isalpha() and head not in _HEADS):
        return None
    second = text[start + 1 : start + 2]
    # Behind the first letter of a word only "Điều", "Phần" and a scanned "Il." go on with a small one.
    if second.islower() and (head.islower() or (head.isalpha() and second != "l" and head not in _WORDY)):
        return None
    readings: list[Reading] = []
    loss = 0.0
    end = start
    if (head in "ĐÐDđ" or not head.isalnum()) and (m := _ARTICLE.match(text, start)):
        tail = text[m.end() :].lstrip()
        cost = 0.0
        if not m[3] and tail and not (tail[0].isupper() and line.bold):
            # "Điều 5 của Luật này": a reference that begins a line.
            cost = 8.0
        elif tail and tail[0].islower() and m[3] != ".":
            cost = 6.0
        if cost < 7:
            suffix = (m[2] or "").lower()
            readings.append(
                Reading(Level.ARTICLE, int(m[1]), f"Điều {int(m[1])}{suffix}", cost, style="+" if suffix else "")
            )
            loss = 7.0 if not cost else 1.0
            end = m.end()
        if not readings:
            return None
    elif head in "Pp" and (m := _PART.match(text, start)):
        ordinal = _part_ordinal(m)
        if ordinal is None:
            return None
        readings.append(Reading(Level.PART, ordinal, m["upper"] or _roman(ordinal), 0.0))
        loss, end = 3.0, m.end()
    elif head.isdigit():
        if m := _DECIMAL.match(text, start):
            tail = text[m.end() :]
            if not m[2] and not tail:
                return None  # a table's cell
            numbers = [int(n) for n in m[1].split(".")]
            cost = 0.0 if m[2] else 1.0
            if not _opens(tail):
                cost += 2.0
            if any(n == 0 or n > 60 for n in numbers) or any(len(n) == 3 for n in m[1].split(".")):
                return None
            if any(len(n) > 1 and n[0] == "0" for n in m[1].split(".")):
                cost += 1.0
            readings.append(Reading(Level.DECIMAL, numbers[-1], str(numbers[-1]), cost, tuple(numbers[:-1]), m[2]))
            loss, end = max(0.5, 3.0 - cost), m.end()
        elif m := _NUMBER.match(text, start):
            tail = text[m.end() :]
            cost = 0.0
            if m[2] == "/":
                cost += 1.0
            if not _opens(tail):
                cost += 1.5
            if _NOT_HEAD.match(tail):
                cost += 1.5
            if int(m[1]) == 0:
                return None
            if m[1][0] == "0":
                cost += 0.5
            readings.append(Reading(Level.NUMBER, int(m[1]), str(int(m[1])), cost, style=m[2]))
            loss, end = max(0.5, 3.0 - cost), m.end()
    if not readings and head in "IVXLCHl1" and (m := _ROMAN.match(text, start)):
        raw = m[1]
        tail = text[m.end() :]
        value = roman_value(raw)
        cost = 0.0
        if value is None and raw in _ROMAN_FIXES:
            value = roman_value(_ROMAN_FIXES[raw])
            cost = 1.5
        if value is not None and not raw.islower():
            if not _opens(tail):
                cost += 1.5
            readings.append(Reading(Level.ROMAN, value, _roman(value), cost, style=m[2]))
            loss, end = max(0.5, 4.0 - cost), m.end()
    if head in UPPER and (m := _UPPER.match(text, start)):
        tail = text[m.end() :]
        if _opens(tail):
            readings.append(Reading(Level.UPPER, UPPER.index(m[1]) + 1, m[1], 0.5, style=m[2]))
            loss, end = max(loss, 2.0), m.end()
    if (head.islower() or head in "Đ©") and (m := _LETTER.match(text, start)):
        letter = {"ð": "đ", "©": "c", "Đ": "đ"}.get(m[1], m[1])
        cost = 0.0 if m[1] == letter else 0.5
        tail = text[m.end() :]
        if m[2] != ")":
            cost += 0.5
        if not _opens(tail):
            cost += 1.0
        if letter in LETTERS:
            readings.append(Reading(Level.LETTER, LETTERS.index(letter) + 1, letter, cost, style=m[2]))
            if letter == "đ":
                readings.append(Reading(Level.LETTER, LETTERS.index("d") + 1, "d", cost + 1.0, style=m[2]))
            elif letter == "e":
                # Scans read c as e.
                readings.append(Reading(Level.LETTER, LETTERS.index("c") + 1, "c", cost + 1.2, style=m[2]))
            elif letter == "d":
                readings.append(Reading(Level.LETTER, LETTERS.index("đ") + 1, "đ", cost + 1.0, style=m[2]))
            loss, end = max(loss, 3.0 - cost), m.end()
    if not readings:
        return None
    return Candidate(line.index, line.at(start), line.at(end), tuple(readings), loss, text[end:])


# "… kết luận như sau: 1. Cơ bản thống nhất": the first of a list behind a colon, on the same line.
_GLUED = re.compile(rf":\s*(?=(?:1|I|a)\s?[.)]\s*[{CAPITALS}])")
# What a scan leaves of "2." or "b)".
_LOST = re.compile(rf"(?:[^\w\s“\"«(+•·*–—-]\s?)?([.)])\s+(?=[{CAPITALS}])")
# "5 Tổng Liên đoàn …": the point is lost. Only neighbours can make a clause of it.
_POINTLESS = re.compile(rf"(\d{{1,2}})\s(?=[{CAPITALS}][{SMALLS}])")
# "… không để xảy ra tiêu cực.2. Giao Thường trực": the line break is lost.
_RUN_ON = re.compile(rf"[.;](?=(?:\d{{1,2}}|[a-zđ])[.)]\s?[{CAPITALS}])(?<=[{SMALLS})”].)")


def glued_marker(line: Line) -> Candidate | None:
    """The first item of a list that begins inside a line, behind a colon."""
    for m in _GLUED.finditer(line.text):
        if m.end() < 3:
            continue
        found = read_marker(line, m.end())
        if found is not None:
            first = tuple(r for r in found.readings if r.ordinal == 1)
            if first:
                return Candidate(found.line, found.start, found.body, first, 0.3, found.tail)
    for m in _RUN_ON.finditer(line.text):
        found = read_marker(line, m.end())
        if found is not None:
            readings = tuple(r for r in found.readings if r.ordinal > 1 and r.level in (Level.NUMBER, Level.LETTER))
            if readings:
                return Candidate(found.line, found.start, found.body, readings, 0.5, found.tail)
    return None


def broken_article(line: Line, below: Line | None) -> Candidate | None:
    """``Điều`` at the end of a line and its number at the beginning of the next."""
    if below is None or not _ARTICLE_WORD.fullmatch(line.text):
        return None
    m = _ARTICLE_NUMBER.match(below.text)
    if m is None:
        return None
    suffix = m[2] or ""
    reading = Reading(Level.ARTICLE, int(m[1]), f"Điều {int(m[1])}{suffix}", 0.0, style="+" if suffix else "")
    return Candidate(line.index, line.at(0), below.at(m.end()), (reading,), 7.0, below.text[m.end() :])


def lost_marker(line: Line) -> Candidate | None:
    """A line that begins with the point or bracket of a marker whose number or letter the scan has lost."""
    m = None if line.text[0].isalnum() else _LOST.match(line.text)
    if m is None:
        if line.text[0].isdigit() and (m := _POINTLESS.match(line.text)):
            reading = Reading(Level.NUMBER, int(m[1]), str(int(m[1])), 1.0, style=".")
            return Candidate(line.index, line.at(0), line.at(m.end()), (reading,), 0.2, line.text[m.end() :])
        return None
    level = Level.NUMBER if m[1] == "." else Level.LETTER
    reading = Reading(level, NEXT, "", 0.3, style=m[1])
    return Candidate(line.index, line.at(0), line.at(m.end()), (reading,), 1.0, line.text[m.end() :])


def _opens(tail: str) -> bool:
    """Does this look like the beginning of a clause's words? An empty rest may go on below."""
    tail = tail.lstrip(" \t\"“‘'([–-")
    return not tail or tail[0].isupper() or tail[0].isdigit()


def _part_ordinal(m: re.Match[str]) -> int | None:
    if m["roman"]:
        return roman_value(m["roman"])
    if m["upper"]:
        return ord(m["upper"]) - 64
    if m["number"]:
        return int(m["number"])
    return _WORDS.get(m["word"].lower())


def _roman(value: int) -> str:
    from corpus.paths import roman

    return roman(value)
