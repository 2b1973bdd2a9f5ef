"""PDF: wrapped lines are paragraphs again, page furniture is told from the text, pages are kept."""

from __future__ import annotations

import pytest

from corpus.errors import UnreadableError
from corpus.extract.pdf import read_pdf
from tests.corpus.extract.makers import pdf, wrapped

LONG = (
    "1. Tiếp tục quán triệt, thực hiện nghiêm các chỉ đạo của Bộ Chính trị, Ban Bí thư về phòng, chống dịch và phát"
    " triển kinh tế - xã hội trong tình hình mới; tuyệt đối không được chủ quan, lơ là, mất cảnh giác trước dịch bệnh."
)
OTHER = (
    "2. Giao các cấp ủy, tổ chức đảng, chính quyền các địa phương chỉ đạo thực hiện đồng bộ các biện pháp; kịp thời"
    " tháo gỡ khó khăn cho người dân và doanh nghiệp, bảo đảm an sinh xã hội, giữ vững quốc phòng và an ninh ở cơ sở."
)


def test_wrapped_lines_are_joined() -> None:
    page = [*wrapped(LONG, 100), *wrapped(OTHER, 200)]
    assert read_pdf(pdf([page]), "a.pdf").text.split("\n") == [LONG, OTHER, ""]


def test_short_lines_stay_lines() -> None:
    heads = [(200, 60, 14, "KẾT LUẬN"), (160, 80, 14, "CỦA BỘ CHÍNH TRỊ"), (140, 100, 14, "về phòng, chống dịch")]
    page = [*heads, *wrapped(LONG, 140), *wrapped(OTHER, 240)]
    lines = read_pdf(pdf([page]), "a.pdf").text.split("\n")
    assert lines[:4] == ["KẾT LUẬN", "CỦA BỘ CHÍNH TRỊ", "về phòng, chống dịch", LONG]


def test_a_paragraph_goes_on_over_the_page_and_the_page_number_stands_after_it() -> None:
    first, second = wrapped(LONG, 100), wrapped(OTHER, 200)
    rest = [(x, 100 + n * 15.6, size, text) for n, (x, _, size, text) in enumerate(second[2:])]
    last = wrapped(LONG.replace("1.", "3."), 200)
    document = read_pdf(
        pdf([[*first, *second[:2]], [(290, 40, 12, "2"), *rest, *last, *wrapped(OTHER.replace("2.", "4."), 300)]]),
        "a.pdf",
    )
    assert document.text.split("\n")[:3] == [LONG, OTHER, "2"]
    assert [document.text[h.start : h.end] for h in document.hidden] == ["2\n"]
    assert [page.number for page in document.pages] == [1, 2]
    assert document.text[document.pages[1].start :].startswith(rest[0][3])


def test_running_heads_are_furniture_from_the_second_page_on() -> None:
    pages = [
        [(85, 40, 10, f"CÔNG BÁO/Số {n}/Ngày 05"), *wrapped(LONG.replace("1.", f"{n}."), 200), *wrapped(OTHER, 300)]
        for n in (1, 2, 3, 4)
    ]
    document = read_pdf(pdf(pages), "a.pdf")
    assert sum(document.text[h.start : h.end].startswith("CÔNG BÁO") for h in document.hidden) == 4


def test_numbers_in_a_table_at_the_edge_are_no_page_numbers() -> None:
    page = [*wrapped(LONG, 100), *wrapped(OTHER, 200), (85, 800, 12, "2025"), (300, 800, 12, "571100")]
    assert not read_pdf(pdf([page, page]), "a.pdf").hidden


def test_hyphens_of_words_stay_and_take_no_space() -> None:
    page = [
        (85, 100, 12, "Tăng cường các biện pháp cấp bách để phòng, chống dịch COVID-"),
        (85, 115, 12, "19 theo kết luận của các cơ quan có thẩm quyền ở trung ương và"),
        (85, 130, 12, "các địa phương, đơn vị trong cả nước theo hướng dẫn của Bộ Y tế"),
        (85, 145, 12, "và các cơ quan có liên quan theo quy định của pháp luật có hiệu lực"),
    ]
    assert "COVID-19 theo kết luận" in read_pdf(pdf([page]), "a.pdf").text


@pytest.mark.parametrize("cut", [10, 200, 900])
def test_a_cut_one_is_refused_or_read(cut: int) -> None:
    data = pdf([wrapped(LONG, 100)])
    try:
        assert read_pdf(data[:-cut], "a.pdf").text
    except UnreadableError as e:
        assert e.reason in ("damaged", "empty")  # noqa: PT017


def test_a_blank_one_is_refused() -> None:
    with pytest.raises(UnreadableError) as e:
        read_pdf(pdf([[]]), "a.pdf")
    assert e.value.reason == "empty"
