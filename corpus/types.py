"""The kinds of documents offices write, and the abbreviations their numbers use for them.

Sources: Nghị định 30/2020/NĐ-CP, Phụ lục III (State); Quy định 66-QĐ/TW 2017 and Hướng dẫn 36-HD/VPTW 2018 (Party).
"""

from __future__ import annotations

import re

from corpus.lines import Line, is_capitals
from corpus.text import fold

# Abbreviation in a number → the type it stands for. Where Party and State differ the Party form wins only with a
# Party number ("QĐ" is both Quyết định and Quy định there: the heading decides).
ABBREVIATIONS: dict[str, str] = {
    "NQ": "Nghị quyết", "QĐ": "Quyết định", "CT": "Chỉ thị", "KL": "Kết luận", "QC": "Quy chế", "QyĐ": "Quy định",
    "QYĐ": "Quy định", "TB": "Thông báo", "HD": "Hướng dẫn", "CTr": "Chương trình", "CTR": "Chương trình",
    "KH": "Kế hoạch", "PA": "Phương án", "ĐA": "Đề án", "DA": "Dự án", "BC": "Báo cáo", "TTr": "Tờ trình",
    "TTR": "Tờ trình", "HĐ": "Hợp đồng", "CĐ": "Công điện", "BGN": "Bản ghi nhớ", "BTT": "Bản thỏa thuận",
    "GUQ": "Giấy ủy quyền", "GM": "Giấy mời", "GGT": "Giấy giới thiệu", "NĐ": "Nghị định", "TT": "Thông tư",
    "TTLT": "Thông tư liên tịch", "NQLT": "Nghị quyết liên tịch", "PL": "Pháp lệnh", "L": "Lệnh",
    "VBHN": "Văn bản hợp nhất", "CV": "Công văn", "TTri": "Thông tri", "BS": "Bản sao", "SY": "Sao y", "SL": "Sao lục",
    "TS": "Trích sao", "ĐL": "Điều lệ", "TC": "Thông cáo", "CL": "Chiến lược", "BB": "Biên bản", "QT": "Quy trình",
    "QCPH": "Quy chế phối hợp", "CTPH": "Chương trình phối hợp", "KHPH": "Kế hoạch phối hợp",
}  # fmt: skip

# Types as a heading prints them, longest first so that "Thông tư liên tịch" is not read as "Thông tư".
NAMES: tuple[str, ...] = tuple(
    sorted(
        {
            "Hiến pháp", "Bộ luật", "Luật", "Pháp lệnh", "Lệnh", "Sắc lệnh", "Nghị quyết", "Nghị quyết liên tịch",
            "Nghị định", "Quyết định", "Thông tư", "Thông tư liên tịch", "Chỉ thị", "Công điện", "Kết luận",
            "Thông báo", "Hướng dẫn", "Quy định", "Quy chế", "Kế hoạch", "Chương trình", "Báo cáo", "Tờ trình",
            "Văn bản hợp nhất", "Thông tri", "Tuyên bố", "Lời kêu gọi", "Đề án", "Công văn", "Điều lệ", "Thông cáo",
            "Chiến lược", "Phương án", "Biên bản", "Công hàm", "Quy trình", "Thông báo liên tịch",
            "Chương trình hành động", "Kế hoạch liên tịch", "Hướng dẫn liên ngành", "Thông tư liên bộ",
            "Quy chế phối hợp", "Giấy mời",
        },
        key=lambda name: (-len(name), name),
    )
)  # fmt: skip

BY_FOLDED: dict[str, str] = {fold(name): name for name in NAMES}


def type_of(abbreviation: str) -> str | None:
    """``KL`` → ``Kết luận``; None when the abbreviation stands for no type of document."""
    return ABBREVIATIONS.get(abbreviation) or ABBREVIATIONS.get(abbreviation.upper())


def names_type(name: str) -> str | None:
    """``CHỈ THỊ`` or ``chỉ thị`` → ``Chỉ thị``; None when it names no type."""
    return BY_FOLDED.get(fold(name).strip())


_ON_LINE = re.compile(
    rf"({'|'.join(re.escape(k) for k in sorted(BY_FOLDED, key=len, reverse=True))})(?=cua\b|ve\b|v/v|\W|$)"
)


def type_on_line(line: Line) -> str | None:
    """The type of document a heading line prints, in capitals at its beginning; None when it prints none."""
    if not line.text or not line.text[:4].isupper():
        return None
    m = _ON_LINE.match(line.folded)
    if not m or not is_capitals(line.text[: m.end()]):
        return None
    if line.text[m.end() :].strip() == ":":
        return None  # "QUYẾT ĐỊNH:" opens the body
    return BY_FOLDED[m[1]]
