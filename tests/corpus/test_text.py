import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text import fold, fold_same, normalize, sentences


@given(st.text())
def test_normalized_text_is_nfc_with_plain_line_ends_and_stays_so(text: str) -> None:
    once = normalize(text)
    assert unicodedata.is_normalized("NFC", once)
    assert "\r" not in once
    assert normalize(once) == once


@given(st.text())
def test_folding_in_place_keeps_every_offset(text: str) -> None:
    assert len(fold_same(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Chỉ thị", "chi thi"),
        ("ĐẢNG UỶ", "dang uy"),
        ("Ðiều", "dieu"),
        ("đ) mục", "d) muc"),
        ("Hoà = Hòa", "hoa = hoa"),
    ],
)
def test_folding_drops_marks_and_case(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold_same(text) == folded


def test_folding_takes_decomposed_text_as_well() -> None:
    assert fold(unicodedata.normalize("NFD", "Nghị quyết")) == "nghi quyet"


@given(st.text(alphabet="aAđĐ .,;:!?…\n1230/()“”-", max_size=200))
def test_sentences_are_slices_in_order_and_lose_no_word(text: str) -> None:
    spans = sentences(text)
    at = 0
    for start, end in spans:
        assert at <= start < end <= len(text)
        assert not text[at:start].strip()
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        at = end
    assert not text[at:].strip()


@pytest.mark.parametrize(
    "sentence",
    [
        "Tổng vốn là 1.300 tỷ đồng, tăng 3.5 lần so với năm 2024.",
        "Ban Dân vận T.Ư và TP. Hồ Chí Minh triển khai ngay.",
        "Hoàn thành trước ngày 16.12.2025 theo Kết luận số 07-KL/TW.",
        "Các địa phương như Bình Dương, Đồng Nai..., sớm thực hiện tiêm vắc-xin.",
        "3.1. Toàn hệ thống chính trị tập trung cao nhất.",
        "Điều 5. Hiệu lực thi hành",
    ],
)
def test_points_that_end_no_sentence(sentence: str) -> None:
    assert [sentence[a:b] for a, b in sentences(sentence)] == [sentence]


def test_sentences_of_a_paragraph() -> None:
    text = "Bao vây hẹp, giãn cách rộng. Không máy móc!\nXét nghiệm là chìa khóa dập dịch.\n\nĐoạn sau"
    assert [text[a:b] for a, b in sentences(text)] == [
        "Bao vây hẹp, giãn cách rộng.",
        "Không máy móc!",
        "Xét nghiệm là chìa khóa dập dịch.",
        "Đoạn sau",
    ]
