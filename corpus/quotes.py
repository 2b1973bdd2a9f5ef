"""Quotations that run over lines: what stands in them is text, never a clause."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.lines import Line

_OPENS = re.compile(r"(?:[-+•]\s*|\d{1,2}\.\s*)?[“\"«‘]")
_LONGEST = 600  # lines; a quotation longer than this was never closed
_SENTENCE = 8  # lines; a quotation inside a sentence runs over no more
_AMENDS = re.compile(
    r"(?:\d{1,2}|[a-zđ])[.)]\s*(?:sua doi|bo sung|bai bo|thay the|thay cum)\b"
    r"|dieu \d+\.\s*(?:sua doi|bo sung|bai bo|thay the|hieu luc thi hanh|dieu khoan thi hanh)\b"
)
_NEXT = re.compile(rf"{_AMENDS.pattern}|dieu \d+\.\s*(?:to chuc|trach nhiem|quy dinh chuyen tiep|dieu khoan)")
# Where the author speaks again when the closing mark is lost.
_RESUMES = re.compile(
    r"(?:tai (?:khoan|diem|dieu|cong van|thong tu|nghi dinh|luat)|can cu|theo (?:quy dinh|do)|doi chieu|tu (?:cac"
    r"|nhung)|nhu vay|truong hop cong ty|cuc thue|tong cuc"
    r"|de nghi|noi nhan|(?:\d{1,2}|[a-zđ])[.)]\s*(?:sua doi|bo sung|bai bo|thay the|thay cum)"
    r"|dieu \d+\.\s*(?:sua doi|bo sung|bai bo|hieu luc|dieu khoan|to chuc|trach nhiem thi hanh))"
)


# "Sửa đổi, bổ sung điểm a, c khoản 1 Điều 3 như sau:" – what follows is the new wording, marks or none.
_NEW_WORDING = re.compile(
    r"(?:sua doi|bo sung|thay the)\b(?!.*mot so).*\b(?:diem [a-zđ]\b|khoan \d|dieu \d).*nhu sau:$"
)
_UNMARKED = 80  # lines


def _mark_unmarked(lines: Sequence[Line]) -> None:
    """The new wording of an amended provision that is printed without quotation marks."""
    for n, line in enumerate(lines):
        if line.quoted or not line.text.endswith(":") or not line.folded.endswith("nhu sau:"):
            continue
        joined = " ".join(t.folded for t in lines[max(0, n - 3) : n + 1] if t.text)
        if not _NEW_WORDING.search(joined[joined.rfind(". ", 0, -40) + 1 :]):
            continue
        first = next((k for k in range(n + 1, min(n + 4, len(lines))) if lines[k].text), None)
        if first is None or lines[first].quoted or lines[first].text[0] in '“"«‘' or _AMENDS.match(lines[first].folded):
            continue
        stop = next(
            (k for k in range(first + 1, min(first + _UNMARKED, len(lines))) if _NEXT.match(lines[k].folded)), None
        )
        if stop is not None and not any(lines[k].quoted for k in range(first, stop)):
            for k in range(first, stop):
                lines[k].quoted = True


def mark_quotations(lines: Sequence[Line]) -> None:
    """Sets `Line.quoted` on the lines that quote: between marks, or as the new wording of a provision."""
    _mark_between(lines)
    _mark_unmarked(lines)


def _mark_between(lines: Sequence[Line]) -> None:
    """Sets `Line.quoted` on the lines of a quotation that runs over lines, the line that opens it inside too if it
    begins with the mark."""
    n = 0
    while n < len(lines):
        text = lines[n].text
        if not text or not ("“" in text or "«" in text or '"' in text):
            n += 1
            continue
        begins = bool(_OPENS.match(text)) and text[0] not in "0123456789"
        depth = _depth(text)
        if depth <= 0:
            if text[0] in '“"«':
                lines[n].quoted = True
            n += 1
            continue
        straight = text.count('"') % 2 == 1 and "“" not in text
        if straight and not begins:
            n += 1
            continue
        # Opened in the middle of a sentence it ends with the paragraph; behind a colon it may be a whole provision.
        inside = not begins and not re.search(r":\s*[“«\"][^“«\"]*$", text)
        close = _close(lines, n, depth, straight, _SENTENCE if inside else _LONGEST)
        if close is None and begins:
            close = _resumes(lines, n)
        if close is None:
            n += 1
            continue
        for k in range(n if begins else n + 1, close + 1):
            lines[k].quoted = True
        n = close + 1


def _close(lines: Sequence[Line], n: int, depth: int, straight: bool, longest: int) -> int | None:
    """The line that closes the quotation opened on line `n`."""
    intro: int | None = None  # first line of the paragraph at hand
    before = ""
    for k in range(n + 1, min(n + longest, len(lines))):
        text = lines[k].text
        if not text:
            intro = None
            if longest == _SENTENCE:
                return None
            continue
        if text[0].isalnum() and _AMENDS.match(lines[k].folded):
            return k - 1  # the next amendment: the closing mark is lost
        if text[0] in "“«" and before.endswith("như sau:") and intro is not None and intro > n:
            return intro - 1
        if intro is None or before.endswith((".", ";", ":", "”")):
            intro = k
        before = text
        if straight:
            if text.count('"') % 2 == 1:
                return k
            continue
        depth += text.count("“") + text.count("«") - text.count("”") - text.count("»")
        if depth > 0 and text.count('"') % 2 == 1 and re.search(r"\"\s*[.;,]?$", text):
            depth -= 1  # opened with “, closed with "
        if depth <= 0:
            return k
    return None


def _resumes(lines: Sequence[Line], n: int) -> int | None:
    """The last line of a quotation that is never closed, where what introduces it and what follows can be told."""
    before = next((lines[k] for k in range(n - 1, max(-1, n - 4), -1) if lines[k].text), None)
    if before is None or not before.text.endswith(":"):
        return None
    for k in range(n + 1, min(n + _LONGEST, len(lines))):
        if lines[k].text and (_RESUMES.match(lines[k].folded) or lines[k].text[0] in "“«"):
            return k - 1
    return None


def _depth(text: str) -> int:
    if "“" in text or "«" in text or "”" in text:
        depth = text.count("“") + text.count("«") - text.count("”") - text.count("»")
        if depth > 0 and re.search(r"\"\s*[.;,]?$", text):
            depth -= 1
        return depth
    return text.count('"') % 2
