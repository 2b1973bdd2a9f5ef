"""Does a passage hold the kind of thing a question asks for: a number, a date, a name?"""

from __future__ import annotations

import re

from corpus.text import fold_same

_LABEL = re.compile(r"^\W*(?:điều\s+)?(?:\d+(?:\.\d+)*|[IVXLC]+|[a-zđ])[.)]\s", re.IGNORECASE)
_NAMES_WITH_DIGITS = re.compile(
    r"(?i)covid[- ]?19|\d+-[A-ZĐ]{2,}\S*|\d+/(?:\d{4}/)?[A-ZĐ]{2,}\S*|(?:số|mục|khoản|điều|điểm)\s+\d[\d.]*"
)
_DATES = re.compile(
    r"(?:ngày\s+)?\d{1,2}\s*[/-]\s*\d{1,2}(?:\s*[/-]\s*\d{4})?"
    r"|ngày\s+\d{1,2}(?:\s+tháng\s+\d{1,2})?(?:\s+năm\s+\d{4})?"
    r"|năm\s+\d{4}|tháng\s+\d{1,2}(?:\s*/\s*\d{4})?|\d{4}\s*[-–]\s*\d{4}"
)
_AMOUNT = re.compile(
    r"\d|\b(?:mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi|tram|nghin|trieu|ty)\s+"
    r"(?:nguoi|tinh|ngay|tuan|thang|nam|lan|dong|ty|trieu|phan tram|nghin|tram|muoi)\b"
)
_TIME = re.compile(
    r"\d{1,2}\s*/\s*\d{1,2}|\b(?:ngay|thang|nam|quy|tuan|gio|luc)\s+\d|\bngay ky\b|\bhang (?:ngay|thang|nam|quy)\b"
    r"|\b(?:truoc|het|sau) (?:ngay|thang|nam)\b|\bsang nay\b|\bhom nay\b"
)
_NAME = re.compile(r"(?:[A-ZĐÀ-Ỹ][a-zà-ỹđ]+\s+){1,4}[A-ZĐÀ-Ỹ][a-zà-ỹđ]+")
_TITLE = re.compile(
    r"\b(?:dong chi|thu truong|bo truong|thu tuong|chu tich|tong bi thu|bi thu"
    r"|chanh van phong|pho thu tuong|giam doc|cuc truong|truong ban|nguoi dung dau|ong|ba)\b"
)


def kind_shown(kind: str, text: str) -> bool:
    """True when `text` holds something of the kind (`amount`, `time`, `person`); always true of other kinds."""
    if kind == "amount":
        bare = _DATES.sub(" ", _NAMES_WITH_DIGITS.sub(" ", _LABEL.sub("", text)))
        return _AMOUNT.search(fold_same(bare)) is not None
    if kind == "time":
        return _TIME.search(fold_same(_LABEL.sub("", text))) is not None
    if kind == "person":
        return _TITLE.search(fold_same(text)) is not None or _NAME.search(text) is not None
    return True
