"""The subject of a document (trích yếu): the lines under its type, the V/v of a letter, a report's heading."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.dates import LONG
from corpus.letterhead import MOTTO, PLACE_DATE, STATE
from corpus.lines import Line, is_capitals
from corpus.text import fold, one_line
from corpus.types import type_on_line
from corpus.zones import NAME, Zones

STOP = re.compile(
    r"(?:ca[n¢]\s*cu\b|can$|kinh gui|xet\b|theo de nghi|theo bao cao|sau khi|thuc hien|de thuc hien|ngay \d"
    r"|tai phien hop|trong thoi gian|thoi gian qua"
    r"|so:|ho so|\(|luat so|(?:bo luat|luat|phap lenh) .{3,90} so \d|tren co so|quy?et nghi|quyet dinh:|dieu \d"
    r"|chuong [ivx\d]|phan thu|[ivx]+\. |1\. "
    r"|thi hanh|nham |hien nay|vua qua|- |\[)"
)
# In a subject printed in capitals only these end it: "THỰC HIỆN …" may be a line of it.
STOP_CAPITALS = re.compile(
    r"(?:ca[n¢]\s*cu\b|kinh gui|quy?et nghi\b|quyet dinh:|dieu 1\b|chuong [i1]\b|phan thu|i\. |1\. |so: |thi hanh )"
)
# A line that ends with one of these goes on below.
RUNS_ON = frozenset(
    ("cua", "thuoc", "do", "va", "boi", "cho", "tai", "giao", "voi", "tich", "truong", "doc", "nhan", "hanh", "quyen",
     "gom", "ly", "la", "ve")
)  # fmt: skip
_NOT_A_BODY = re.compile(r"\W*(?:bỏ|bố|bổ|bó|bò|sở hữu|văn phòng phẩm|phó\w|phố)\b", re.IGNORECASE)
AUTHORITY = re.compile(
    r"(?:uy ban nhan dan|hoi dong nhan dan|chinh phu|q[ou]+c h[o0]i|uy ban thuong vu|thu tuong chinh phu|bo truong"
    r"|bo chinh tri|ban bi thu|pho "
    r"|ban chap hanh|chu tich|tong cuc truong|cuc truong|giam doc|bo [a-z]+|hoi dong tham phan|tong kiem toan"
    r"|thong doc|vien truong|chanh an|van phong|ban to chuc|so [a-z]+"
    r"|tong thanh tra|bao hiem xa hoi|truong ban|tong cuc|ban thuong|tinh uy|thanh uy)"
)
_ABOUT = re.compile(r"(?:v\s?[/iíìw]\s?v|ve viec|trich yeu|va(?=\s))\b\s*:?\s*")
_SHORT = 24  # characters; "HƯỚNG DẪN TẠM THỜI" is no whole subject
_LONGEST = 900  # characters; a subject longer than this is the body's first paragraph


def subject(lines: Sequence[Line], zones: Zones, skip: set[int], letter: bool) -> tuple[str | None, set[int]]:
    """The subject on one line and the lines it stands on."""
    if zones.type_line is not None:
        return _under_type(lines, zones, skip)
    return _of_letter(lines, zones, skip) if letter else (None, set())


def _under_type(lines: Sequence[Line], zones: Zones, skip: set[int]) -> tuple[str | None, set[int]]:
    n = zones.type_line or 0
    kind = type_on_line(lines[n]) or ""
    on = {n}
    if not kind:
        n += 1  # the type runs over two lines
        on.add(n)
    rest = lines[n].text[len(kind) :].strip(" :-–") if kind else ""
    parts = [rest] if rest else []
    capitals = is_capitals(rest) if rest else None
    again = 0  # how much of a subject printed twice has come by
    for k in range(n + 1, min(n + 40, zones.tail)):
        line = lines[k]
        if line.furniture or k in skip:
            continue
        text = line.text
        if not text:
            if parts:
                break
            continue
        if not any(c.isalnum() for c in text):
            if parts:
                break
            continue
        if (STATE.search(line.folded) and line.capitals) or MOTTO.match(line.folded) or _is_place_date(line):
            continue
        if not parts and re.match(
            r"(?:của|CỦA)\s+(?:bộ chính trị|ban bí thư|ban chấp hành trung ương)[^.]{0,40}$", text, re.I
        ):
            on.add(k)
            continue
        if not parts and re.match(r"số\s*:?\s*\S*\d", text, re.I) and len(text) < 90:
            on.add(k)
            continue
        stop = STOP_CAPITALS if line.capitals else STOP
        if stop.match(line.folded) and (parts or not line.capitals):
            break
        if parts and capitals and not line.capitals:
            goes_on = (line.folded.startswith("ve ") and len(parts) < 4) or len(text) < 15
            if not goes_on and sum(map(len, parts)) > _SHORT:
                break
        body = line.capitals and AUTHORITY.match(line.folded) and not _NOT_A_BODY.match(text)
        if parts and body and _stands_alone(lines, k, parts, capitals):
            break
        if not line.capitals:
            if not parts and len(text) > 350 and not (lines[k].bold and len(text) < _LONGEST):
                break
            capitals = False
        elif not parts:
            capitals = True
        on.add(k)
        if rest and fold(rest).startswith(line.folded, again):
            again += len(line.folded) + 1
            continue  # the page prints its subject a second time, line by line
        parts.append(text)
        if sum(map(len, parts)) > _LONGEST:
            break
    title = _OF_PARTY.sub("", one_line(" ".join(parts)))
    return title or None, on


# "KẾT LUẬN CỦA BỘ CHÍNH TRỊ về …": who speaks is no part of the subject.
_OF_PARTY = re.compile(
    r"^của (?:bộ chính trị|ban bí thư|ban chấp hành trung ương(?: đảng)?)(?:, ban bí thư)?\s*(?=về)", re.IGNORECASE
)


def _is_place_date(line: Line) -> bool:
    return bool(PLACE_DATE.fullmatch(line.folded.strip(" *,"))) and line.text[0].isupper() and "," in line.text


def _stands_alone(lines: Sequence[Line], k: int, parts: Sequence[str], capitals: bool | None) -> bool:
    """Is this line in capitals the body that speaks, and not the subject going on?"""
    if not capitals or (lines[k].bold and not lines[k - 1].bold):
        return True
    if not lines[k - 1].text:
        return True
    # The subject may name a body at a line's start; then the words above run on into it.
    before = lines[k - 1].text
    below = next((lines[j] for j in range(k + 1, min(k + 4, len(lines))) if lines[j].text), None)
    speaks = below is not None and (
        STOP.match(below.folded) is not None or (below.capitals and AUTHORITY.match(below.folded) is None)
    )
    # In wrapped lines a full one goes on; in a file without wrapping a line is a paragraph.
    ends = len(before) < 60 or len(before) > 92
    return (
        speaks and ends and fold(before).split()[-1].strip("*_") not in RUNS_ON and not before.endswith((",", "-", "–"))
    )


def _of_letter(lines: Sequence[Line], zones: Zones, skip: set[int]) -> tuple[str | None, set[int]]:
    end = min(zones.start + 60, zones.tail)
    to = next((n for n in range(zones.start, end) if re.match(r"k\w{2,3}h\s*g\w{1,2}\b", lines[n].folded)), None)
    for n in range(zones.start, to if to is not None else end):
        line = lines[n]
        if n in skip or not line.text:
            continue
        if not _ABOUT.match(line.folded) or (line.folded.startswith("va") and not (to and to - n < 4)):
            continue
        on, parts = {n}, [line.text]
        for k in range(n + 1, min(n + 12, to if to is not None else end)):
            text = lines[k].text
            if not text:
                continue
            if LONG.search(text) or STATE.search(lines[k].folded) or PLACE_DATE.search(lines[k].folded):
                continue
            if to is None and STOP.match(lines[k].folded):
                break
            parts.append(text)
            on.add(k)
        return one_line(re.sub(r"[\s\\_~-]+$", "", " ".join(parts))), on
    return None, set()


def report_title(lines: Sequence[Line], zones: Zones) -> tuple[str | None, set[int]]:
    """A report's heading: a markdown heading, or a first line of its own that is no sentence."""
    for n in range(zones.start, min(zones.start + 12, zones.after)):
        line = lines[n]
        if not line.text or line.furniture:
            continue
        if line.heading:
            return one_line(line.text), {n}
        if (
            len(line.text) < 220
            and line.text[-1] not in ".;,…"
            and not NAME.fullmatch(line.text)
            and len(line.text) > 25
        ):
            below = next((lines[k] for k in range(n + 1, min(n + 6, zones.after)) if lines[k].text), None)
            if below is not None and len(below.text) > len(line.text):
                return one_line(line.text), {n}
        break
    return None, set()
