"""Incoming stamps (ĐẾN) and certified copies (SAO LỤC): numbers and days on a document that are not its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.dates import find_dates, to_date
from corpus.issuers import in_mixed_case
from corpus.letterhead import STATE
from corpus.lines import Line
from corpus.model import Stamp
from corpus.numbers import find_numbers
from corpus.text import fold, one_line
from corpus.zones import NAME, Zones, bare_name

_INCOMING = re.compile(r"(?:ĐẾN|ĐÊN|Đến|CÔNG VĂN ĐẾN)\b(?!\s+(?:nay|năm|hết|ngày \d+ tháng|thời|các|khi))")
_COPY = re.compile(r"(?:SAO LỤC|SAO Y|TRÍCH SAO|SAO NGUYÊN)\b")
_BLOCK = 12  # lines a stamp or a copy's letterhead takes at most


def incoming(lines: Sequence[Line], zones: Zones) -> tuple[list[Stamp], set[int]]:
    """Incoming stamps and the lines they stand on: ĐẾN with a number and a day beside it."""
    found: list[Stamp] = []
    on: set[int] = set()
    for n in range(zones.start, zones.after):
        line = lines[n]
        if (
            n in on
            or not line.text
            or line.text[0] not in "ĐC"
            or len(line.text) > 60
            or not _INCOMING.match(line.text)
        ):
            continue
        near = [k for k in range(n, min(n + _BLOCK, zones.after)) if lines[k].text][:6]
        joined = " ".join(lines[k].text for k in near)
        number = re.search(r"Số\s*:?\s*([\d/.-]*\d)", joined)
        day = re.search(r"Ngày\s*:?\s*(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})", joined)
        if not number and not day:
            continue
        on.add(n)
        for k in near[1:]:
            if not re.match(r"(?:số|ngày|chuyển|lưu|giờ|phòng)\b", lines[k].text, re.IGNORECASE):
                break
            on.add(k)
        by = None
        before = [k for k in range(max(zones.start, n - 2), n) if lines[k].text]
        if before and lines[before[-1]].capitals and not STATE.search(lines[before[-1]].folded):
            by = one_line(lines[before[-1]].text)
            on.add(before[-1])
        found.append(Stamp(number=number[1] if number else None, date=to_date(*day.groups()) if day else None, by=by))
    return found, on


_SIGNED_BY = re.compile(
    r"(?:k[yý] b[oởơ]i|nguoi k[yý]|thoi gian k[yý]|sao ?y\b.*thoi gian|email|co quan|dia chi|chuc vu|ngay k[yý])\s*:"
)


def digital_signature(lines: Sequence[Line], start: int, end: int) -> set[int]:
    """The lines of a digital signature printed above the letterhead: "Ký bởi: …", "Thời gian ký: …"."""
    on: set[int] = set()
    for n in range(start, min(start + 14, end)):
        line = lines[n]
        if not line.text:
            continue
        if _SIGNED_BY.search(line.folded[:60]) or (on and len(line.text) < 20 and n - 1 in on):
            on.add(n)
        elif STATE.search(line.folded) or len(line.text) > 90:
            break
    return on if any("ky" in lines[n].folded for n in on) else set()


def copies(lines: Sequence[Line], zones: Zones) -> tuple[list[Stamp], set[int]]:
    """Certified copies and their lines: SAO LỤC with a letterhead, a number and a day of its own."""
    found: list[Stamp] = []
    on: set[int] = set()
    for n in range(zones.body, len(lines)):
        line = lines[n]
        if n in on or line.furniture or not line.text or len(line.text) > 90:
            continue
        if "SAO" not in line.text or not _COPY.search(line.text[:60]):
            continue
        first = last = n
        for k in range(n - 1, max(zones.body, n - _BLOCK), -1):
            text = lines[k].text
            if text and (
                len(text) > 80 or "đã ký" in text.lower() or (not lines[k].capitals and NAME.fullmatch(bare_name(text)))
            ):
                break
            first = k
        for k in range(n + 1, min(n + 8, len(lines))):
            if len(lines[k].text) > 80 or lines[k].folded.startswith("noi nhan"):
                break
            last = k
        block = "\n".join(lines[k].text for k in range(first, last + 1))
        numbers, dates = find_numbers(block), find_dates(block)
        if not numbers and not dates:
            continue
        names = [t.text for t in lines[first:n] if t.capitals and not find_numbers(t.text)]
        if len(names) == 2 and fold(names[1]).strip() == "van phong":
            names.reverse()  # an office stands under its parent body, and before it in a name
        found.append(
            Stamp(
                number=numbers[0][0] if numbers else None,
                date=dates[0][0] if dates else None,
                by=in_mixed_case(" ".join(names)) if names else None,
            )
        )
        on |= {k for k in range(first, last + 1) if lines[k].text}
    return found, on
