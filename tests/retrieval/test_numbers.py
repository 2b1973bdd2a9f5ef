"""Which document and clause a question names: tables a clerk could read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.numbers import DocumentNumber
from retrieval.question.clauses import find_clause_ask
from retrieval.question.numbers import Role, find_number_asks

NUMBERS = [
    ("12-KL/TW mục 3", "12", ("Kết luận",), "tw", None),
    ("12 / kl tw noi gi", "12", ("Kết luận",), "tw", None),
    ("kết luận số 012", "12", ("Kết luận",), None, None),
    ("KL 12", "12", ("Kết luận",), None, None),
    ("tb 5 vptu khoan 2", "5", ("Thông báo",), "vptu", None),
    ("Thông báo số 5-TB/VPTU do ai ký", "5", ("Thông báo",), "vptu", None),
    ("chỉ thị 9 quy định gì", "9", ("Chỉ thị",), None, None),
    ("Nghị định 30/2020/NĐ-CP", "30", ("Nghị định",), "cp", "2020"),
    ("nghi dinh 30/2020", "30", ("Nghị định",), None, "2020"),
    ("Nghị quyết 66.5/2025/NQ-CP", "66.5", ("Nghị quyết",), "cp", "2025"),
    ("Luật 41/2021/QH15", "41", (), "qh15", "2021"),
    ("báo cáo 77", "77", ("Báo cáo",), None, None),
]


@pytest.mark.parametrize(("question", "serial", "types", "body", "year"), NUMBERS)
def test_a_number_is_read_in_any_usual_form(
    question: str, serial: str, types: tuple[str, ...], body: str | None, year: str | None
) -> None:
    found = find_number_asks(question)
    assert len(found) == 1
    assert (found[0].serial, found[0].body, found[0].year) == (serial, body, year)
    assert set(types) <= set(found[0].types)


@pytest.mark.parametrize(
    ("question", "role"),
    [("công văn đến số 45", Role.RECEIVED), ("bản sao 33-BS/VPTU", Role.COPY), ("số 45 là gì", Role.ANY)],
)
def test_stamps_and_copies_are_told_apart(question: str, role: Role) -> None:
    assert [a.role for a in find_number_asks(question)] == [role]


@pytest.mark.parametrize(
    "question",
    [
        "hỗ trợ 25.000 đồng một ngày",
        "4 tại chỗ là gì",
        "tinh thần 3 không",
        "ngày 24/8/2021 họp gì",
        "tiêm mũi 2 cách mũi 1 mấy tuần",
        "giảm 2% thuế",
        "nhiệm kỳ 2021-2026",
    ],
)
def test_what_is_counted_is_no_number_of_a_document(question: str) -> None:
    assert find_number_asks(question) == []


@given(st.integers(1, 99999), st.integers(1, 99999), st.sampled_from(["KL/TW", "TB/VPTW", "CT/TW"]))
def test_a_number_never_means_another(asked: int, other: int, symbol: str) -> None:
    ask = find_number_asks(f"{asked:02d}-{symbol}")[0]
    number = DocumentNumber.parse(f"{other:02d}-{symbol}")
    assert ask.fits(number, None) == (asked == other)


@given(st.sampled_from(["KL", "TB", "CT", "NQ"]), st.sampled_from(["KL", "TB", "CT", "NQ"]), st.integers(1, 400))
def test_a_type_never_means_another(asked: str, other: str, serial: int) -> None:
    ask = find_number_asks(f"{serial}-{asked}/TW")[0]
    assert ask.fits(DocumentNumber.parse(f"{serial}-{other}/TW"), None) == (asked == other)


CLAUSES = [
    ("Điều 5.2.đ", "Điều 5.2.đ"),
    ("dieu 5.2.d", "Điều 5.2.d"),
    ("mục 3.3", "3.3"),
    ("diem 3.4 noi gi", "3.4"),
    ("khoản 2.2 quy định gì", "2.2"),
    ("điểm d mục 8", "8.d"),
    ("điểm đ khoản 2 Điều 5", "Điều 5.2.đ"),
    ("Điều 5 khoản 2 điểm đ", "Điều 5.2.đ"),
    ("phần II mục 5", "II.5"),
    ("mục 5 phần II", "II.5"),
    ("dieu 7", "Điều 7"),
]


@pytest.mark.parametrize(("question", "path"), CLAUSES)
def test_a_clause_is_read_from_the_inside_out_or_the_other_way(question: str, path: str) -> None:
    found = find_clause_ask(question)
    assert found is not None
    assert found.path == path


@pytest.mark.parametrize(
    "question",
    [
        "điều trị bệnh nhân nặng",
        "khoảng cách giữa hai mũi",
        "mục tiêu năm 2025",
        "điểm y tế lưu động",
        "ý kiến của dân",
    ],
)
def test_words_that_look_like_a_clause_are_none(question: str) -> None:
    assert find_clause_ask(question) is None


@given(st.lists(st.integers(1, 30), min_size=1, max_size=3), st.lists(st.integers(1, 30), min_size=1, max_size=3))
def test_a_clause_is_never_a_near_one(asked: list[int], there: list[int]) -> None:
    ask = find_clause_ask("mục " + ".".join(map(str, asked)))
    assert ask is not None
    path = ".".join(map(str, there))
    for found in ask.find([path]):
        assert found == ask.path or found.endswith("." + ask.path)
