"""Days as documents print them."""

from __future__ import annotations

import datetime as dt
import re

# "ngày 24 tháng 8 năm 2021", with what scans make of the words, and across line breaks; "ngày 11/6/2021".
LONG = re.compile(r"ng[aà]y\s*(\d{1,2})\s*th[aáảà]ng\s*(\d{1,2})\s*n[aăäâà]m\s*((?:19|20)\d\d)(?!\d)", re.IGNORECASE)
SHORT = re.compile(r"(?<![\d/.-])(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?((?:19|20)\d\d)(?!\d|[/.-]\d)")


def to_date(day: str, month: str, year: str) -> dt.date | None:
    """The day, None when the calendar has no such one."""
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def find_dates(text: str, start: int = 0, end: int | None = None) -> list[tuple[dt.date, int, int]]:
    """Every day named in `text[start:end]`, in order: (day, start, end)."""
    end = len(text) if end is None else end
    out = []
    for pattern in (LONG, SHORT):
        for m in pattern.finditer(text, start, end):
            if (date := to_date(m[1], m[2], m[3])) is not None:
                out.append((date, m.start(), m.end()))
    return sorted(out, key=lambda d: d[1])
