"""Who signed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.lines import Line
from corpus.text import CAPITALS, fold, one_line
from corpus.zones import NAME, SIGNED_BEHIND, Zones, bare_name

_SURNAMES = frozenset(
    [
        "nguyen",
        "tran",
        "le",
        "pham",
        "hoang",
        "huynh",
        "phan",
        "vu",
        "vo",
        "dang",
        "bui",
        "do",
        "ho",
        "ngo",
        "duong",
        "ly",
        "dao",
        "dinh",
        "lam",
        "mai",
        "trinh",
        "doan",
        "ha",
        "luong",
        "thai",
        "ta",
        "cao",
        "chau",
        "quach",
        "tang",
        "to",
        "trieu",
        "truong",
        "vuong",
        "luu",
        "phung",
        "thach",
        "kim",
        "ninh",
        "than",
        "khuat",
        "nghiem",
        "kieu",
        "giang",
        "tong",
        "la",
        "lo",
        "ma",
        "nong",
        "quan",
        "sung",
        "cu",
        "vi",
        "chu",
        "mac",
        "van",
        "lu",
        "au",
        "lai",
        "lac",
        "phi",
        "tieu",
        "ton",
        "ung",
        "hua",
        "hau",
        "bach",
        "be",
        "cam",
        "chung",
        "cung",
        "danh",
        "diep",
        "dau",
        "giap",
        "han",
        "khong",
        "khuc",
        "kha",
        "ket",
        "ksor",
        "luc",
        "lieu",
        "manh",
        "nham",
        "ong",
        "phu",
        "quang",
        "si",
        "thieu",
        "thi",
        "tu",
        "uong",
        "viem",
        "vien",
        "xa",
        "y",
    ]
)
_SIGNED = re.compile(r"(?:\(?đã ký\)?)\s*[:.]?\s*(\S.{3,40})$", re.IGNORECASE)


def signer(lines: Sequence[Line], zones: Zones) -> str | None:
    """The name under the signature block, None when it is lost."""
    for n in range(zones.tail, zones.after):
        if m := _SIGNED.match(lines[n].text):
            name = bare_name(m[1])
            if is_person(name):
                return one_line(name)
    for n in range(zones.tail, zones.after):
        if (m := SIGNED_BEHIND.match(lines[n].text)) and is_person(bare_name(m[1])):
            return one_line(bare_name(m[1]))
    if zones.signature is not None:
        first, stop = zones.signature, min(zones.signature + 18, zones.after)
    elif zones.recipients is not None:
        # Scans run the two columns into one another: the name stands alone somewhere below "Nơi nhận".
        first, stop = zones.recipients + 1, min(zones.recipients + 60, zones.after)
    else:
        first, stop = max(zones.body, zones.after - 8), zones.after
    for n in range(first, stop):
        line = lines[n]
        if line.furniture or not line.text or line.capitals:
            continue
        name = bare_name(line.text)
        if is_person(name):
            below = bare_name(lines[n + 1].text) if n + 1 < stop and zones.signature is not None else ""
            if below and " " not in below and is_person(f"{name} {below}") and lines[n].end + 1 == lines[n + 1].start:
                name = f"{name} {below}"
            return one_line(name)
        # The name broken over two lines: "Trần" / "Chí Hùng".
        if n + 1 < stop and not lines[n + 1].capitals and len(name) < 20:
            both = bare_name(f"{name} {bare_name(lines[n + 1].text)}")
            if is_person(both):
                return one_line(both)
        # The office and the name on one line: "CHỦ TỊCH QUỐC HỘI Nguyễn Sinh Hùng".
        tail = re.search(rf"(?<=[{CAPITALS}] )({NAME.pattern})$", line.text)
        if tail and is_person(tail[1]) and (n == first or zones.signature is None):
            return one_line(tail[1])
    return None


def is_person(name: str) -> bool:
    """Two to five capitalised words, the first a family name."""
    if not NAME.fullmatch(name):
        return False
    words = fold(name).split()
    return 2 <= len(words) <= 5 and words[0] in _SURNAMES
