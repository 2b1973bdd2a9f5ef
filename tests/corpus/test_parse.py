"""The whole way from text to directive: the five starter documents, and what holds for any text."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corpus
from corpus.model import Directive, Part, Trust
from corpus.parse import parse_file, parse_string
from corpus.report import directive_json

STARTER = sorted((Path(corpus.__file__).parent / "starter").glob("*.txt"))


def starter(prefix: str) -> Directive:
    [file] = [f for f in STARTER if f.name.startswith(prefix)]
    [directive] = parse_file(file)
    return directive


def text_of(d: Directive, part: Part) -> list[str]:
    return [d.shown(p.start, p.end) for p in d.paragraphs if p.part is part]


def test_a_party_conclusion_with_a_site_around_it() -> None:
    d = starter("001")
    assert (d.number, d.type, d.issuer, d.date) == ("07-KL/TW", "Kết luận", "Bộ Chính trị", dt.date(2021, 6, 11))
    assert d.signer == "Võ Văn Thưởng"
    assert d.title is not None
    assert d.title.startswith("về một số nhiệm vụ trọng tâm")
    assert [c.path for c in d.clauses] == ["1", "2", "3", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6"]
    assert text_of(d, Part.CLOSING) == ["Kết luận này phổ biến đến chi bộ."]
    assert text_of(d, Part.FURNITURE) == ["Thứ Tư, 15/1/2025", "Gửi cho bạn bè", "Xem nhiều nhất"]
    assert d.trust is Trust.OFFICIAL


def test_a_certified_copy_with_an_incoming_stamp_keeps_four_numbers_apart() -> None:
    d = starter("003")
    assert (d.number, d.type, d.issuer) == ("10-TB/VPTW", "Thông báo", "Văn phòng Trung ương Đảng")
    assert d.date == dt.date(2021, 8, 24)
    assert [(s.number, s.date) for s in d.received] == [("1698", dt.date(2021, 9, 7))]
    assert [(s.number, s.date, s.by) for s in d.copies] == [
        ("129-BS/VPTU", dt.date(2021, 8, 30), "Văn phòng Thành ủy Hà Nội")
    ]
    assert [r.number for r in d.references] == ["234/BC-BCSD"]
    assert [c.path for c in d.clauses] == ["1", "2", "2.1", "2.2", "2.3", "2.4", "2.5", "3", "4"]
    assert d.signer == "Lê Minh Hưng"
    assert d.trust is Trust.COPY
    # A page ends in the middle of the last paragraph of clause 1.
    [across] = [p for p in d.paragraphs if "ở các cấp, các" in d.text[p.start : p.end]]
    assert d.text[across.start : across.end].endswith("chưa kịp thời, hiệu quả.")


@pytest.mark.parametrize(
    ("prefix", "month", "count"), [("000", "2021-06", 6), ("002", "2021-07", 8), ("004", None, 10)]
)
def test_a_press_report_has_numbered_paragraphs_and_nothing_of_its_own(
    prefix: str, month: str | None, count: int
) -> None:
    d = starter(prefix)
    assert (d.type, d.number, d.issuer, d.date, d.month) == ("Tin", None, None, None, month)
    assert d.clauses == ()
    assert d.trust is Trust.REPORT
    body = [p for p in d.paragraphs if p.part is Part.BODY]
    assert [p.number for p in body] == list(range(1, count + 1))


def test_captions_are_not_counted_as_paragraphs() -> None:
    assert text_of(starter("000"), Part.NOTE) == [
        "Tổng Bí thư Nguyễn Phú Trọng phát biểu tại cuộc họp",
        "Toàn cảnh cuộc họp",
    ]


TELEGRAM = """\
|
**THỦ TƯỚNG CHÍNH
PHỦ**
-------
|
**CỘNG HÒA XÃ HỘI
CHỦ NGHĨA VIỆT NAM**
Độc lập - Tự do - Hạnh phúc
---------------
|
Số: 99/CĐ-TTg
|
*Hà Nội, ngày 20
tháng 11 năm 2025*
|
**CÔNG ĐIỆN**
VỀ VIỆC THỬ NGHIỆM HỆ THỐNG
TRÊN CẢ NƯỚC
**THỦ TƯỚNG CHÍNH PHỦ điện:**
- Bộ trưởng các Bộ;
Theo Công điện số 98/CĐ-TTg ngày 01/11/2025 và điểm a khoản 2 Điều 5 Nghị định số 15/2020/NĐ-CP, yêu cầu:
**1.** Bộ Y tế tập trung
chỉ đạo *trước ngày 30*.
**2.** Bộ Xây dựng:
a) Rà soát.
b) Báo cáo.
|
Nơi nhận:
- Như trên;
- Lưu: VT.
|
**KT. THỦ TƯỚNG
PHÓ THỦ TƯỚNG**
Trần Văn
Hà
|
"""


def test_a_telegram_in_table_cells() -> None:
    d = parse_string(TELEGRAM)
    assert (d.number, d.type, d.issuer) == ("99/CĐ-TTg", "Công điện", "Thủ tướng Chính phủ")
    assert (d.date, d.signer) == (dt.date(2025, 11, 20), "Trần Văn Hà")
    assert d.title == "VỀ VIỆC THỬ NGHIỆM HỆ THỐNG TRÊN CẢ NƯỚC"
    assert [c.path for c in d.clauses] == ["1", "2", "2.a", "2.b"]
    assert [(r.number, r.clause) for r in d.references] == [("98/CĐ-TTg", None), ("15/2020/NĐ-CP", "Điều 5.2.a")]
    first = d.clauses[0]
    assert d.shown(first.start, first.end) == "1. Bộ Y tế tập trung\nchỉ đạo trước ngày 30."


def test_two_columns_on_one_line() -> None:
    d = parse_string(
        "TỔNG CỤC THUẾ CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nCỤC THUẾ TỈNH BẮC NINH Độc lập - Tự do - Hạnh phúc\n"
        "Số: 839/CTBNI-TTHT Bắc Ninh, ngày 3 tháng 3 năm 2020\nV/v chính sách thuế\nthu nhập cá nhân\n\n"
        "Kính gửi: Công ty A\n\nTrả lời công văn số 12/CV-A ngày 1/3/2020, Cục Thuế có ý kiến như sau.\n"
    )
    assert (d.type, d.number, d.issuer) == ("Công văn", "839/CTBNI-TTHT", "Cục Thuế tỉnh Bắc Ninh")
    assert (d.date, d.title) == (dt.date(2020, 3, 3), "V/v chính sách thuế thu nhập cá nhân")
    assert [r.number for r in d.references] == ["12/CV-A"]


def test_a_number_that_cannot_be_read_is_no_other_number() -> None:
    d = parse_string(
        "BỘ TÀI CHÍNH CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: #40 /TCT-DNNCN Hà Nội, ngày 27 tháng 10 năm 2021\n"
        "Kính gửi: Công ty A\nTheo văn bản số 183/PC-TCT ngày 3/3/2021.\n"
    )
    assert d.number is None
    assert d.date == dt.date(2021, 10, 27)


def test_the_day_of_adoption_stands_for_a_lost_letterhead() -> None:
    d = parse_string(
        "**NGHỊ QUYẾT**\n**Về việc thử**\n\n**QUỐC HỘI**\n\n*Căn cứ Hiến pháp;*\n\n**Điều 1**\n\nThử.\n\n"
        "Nghị quyết này được Quốc hội nước Cộng hòa xã hội chủ nghĩa Việt Nam khóa XV, kỳ họp thứ 9 thông qua ngày 19"
        " tháng 02 năm 2025.\n"
    )
    assert (d.type, d.issuer, d.number, d.date) == ("Nghị quyết", "Quốc hội", None, dt.date(2025, 2, 19))


def test_an_article_about_a_directive_is_a_report() -> None:
    d = parse_string(
        "# Toàn văn Chỉ thị 26/CT-TTg về biên chế giáo viên ra sao?\n\nNgày 15/9/2025, Thủ tướng ban hành Chỉ thị"
        " 26/CT-TTg.\n\n1. Một ý của bài.\n\n*(Hình từ Internet)*\n"
    )
    assert (d.number, d.issuer, d.date, d.trust) == (None, None, None, Trust.REPORT)
    assert d.clauses == ()
    assert d.references[0].number == "26/CT-TTg"
    assert d.title == "Toàn văn Chỉ thị 26/CT-TTg về biên chế giáo viên ra sao?"


def test_page_breaks_and_numbers_inside_a_clause_are_hidden() -> None:
    d = parse_string(
        "QUỐC HỘI\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nNGHỊ QUYẾT\nVề việc thử\n\n"
        "1. Điều hành linh hoạt, phối hợp chặt chẽ các chính sách vĩ mô\n\n\n--- PAGE BREAK ---\n\n2\n\n"
        "khác; kiểm soát chặt chẽ lạm phát và bảo đảm cân đối lớn.\n\n2. Hai.\n"
    )
    first = d.clauses[0]
    shown = d.shown(first.start, first.end)
    assert "PAGE" not in shown
    assert "2" not in shown
    assert shown.split() == [
        "1.",
        "Điều",
        "hành",
        "linh",
        "hoạt,",
        "phối",
        "hợp",
        "chặt",
        "chẽ",
        "các",
        "chính",
        "sách",
        "vĩ",
        "mô",
        "khác;",
        "kiểm",
        "soát",
        "chặt",
        "chẽ",
        "lạm",
        "phát",
        "và",
        "bảo",
        "đảm",
        "cân",
        "đối",
        "lớn.",
    ]


LINES = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(
            [
                "|",
                "**Điều",
                "1. Một",
                "2. Hai",
                "a) A",
                "đ) Đ",
                "I. La Mã",
                "Điều 1. Phạm vi",
                "Điều 2[1]. Hai",
                "1.1. Con",
                "“Điều 5. Trích",
                "hết.”",
                "Nơi nhận:",
                "KT. CHỦ TỊCH",
                "Nguyễn Văn An",
                "PHỤ LỤC I",
                "(Kèm theo Nghị quyết số 5/NQ-CP)",
                "NGHỊ QUYẾT",
                "CĂN CỨ",
                "Số: 5/NQ-CP",
                "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc",
                "Hà Nội, ngày 31 tháng 2 năm 2024",
                "SAO LỤC",
                "ĐẾN Số: 12",
                "--- PAGE BREAK ---",
                "3",
                ". Mất số",
                "*nghiêng* **đậm**",
                "---",
                "# Đề mục?",
                ">>> Tải về",
                " date 2021-06 Tin",
                "QUYẾT",
                "ĐỊNH",
                "Trên đây là Chỉ thị",
                "- Gạch",
                "kết luận: 1. Cơ bản",
                "cực.2. Giao Sở",
            ]
        ),
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_any_text_becomes_a_directive_whose_offsets_hold(lines: list[str]) -> None:
    d = parse_string("\n".join(lines))
    check(d)


@pytest.mark.parametrize("file", STARTER, ids=lambda f: f.name[:3])
def test_offsets_hold_in_the_starter_documents(file: Path) -> None:
    for d in parse_file(file):
        check(d)


def check(d: Directive) -> None:
    at = 0
    for p in d.paragraphs:
        assert not any(c.isalnum() for c in d.shown(at, p.start))
        assert not d.text[p.start].isspace()
        assert not d.text[p.end - 1].isspace()
        assert (p.number is not None) == (p.part is Part.BODY)
        at = p.end
    assert not any(c.isalnum() for c in d.shown(at, len(d.text)))
    starts = [c.start for c in d.clauses]
    assert starts == sorted(starts)
    for c, after in zip(d.clauses, d.clauses[1:], strict=False):
        assert c.end <= after.start
    for c in d.clauses:
        assert not d.text[c.start].isspace()
        label = c.path.rpartition("/")[2].rpartition(".")[2].removeprefix("Điều ")
        assert label
    assert len({c.path for c in d.clauses}) == len(d.clauses)
    numbers = [p.number for p in d.paragraphs if p.number is not None]
    assert numbers == list(range(1, len(numbers) + 1))
    row = directive_json(d)
    for clause in row["clauses"]:
        assert d.text[clause["start"] : clause["end"]] == clause["text"]
    assert Directive.model_validate_json(d.model_dump_json()) == d
