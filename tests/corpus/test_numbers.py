import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.numbers import DocumentNumber, find_numbers

PARTY = st.builds(
    lambda n, t, b: f"{n:02d}-{t}/{b}",
    st.integers(1, 9999),
    st.sampled_from(["KL", "CT", "NQ", "TB", "HD", "QĐ", "BC", "TTr", "CTr", "BS", "QyĐ", "CV"]),
    st.sampled_from(["TW", "VPTW", "BTGDVTW", "TU", "HU", "BTCTW", "ĐU", "BCSĐ", "VPTU", "UBKTTW"]),
)
STATE = st.builds(
    lambda n, y, s: f"{n}/{y}{s}",
    st.integers(1, 99999),
    st.sampled_from(["", "2020/", "2025/", "1998/"]),
    st.sampled_from(
        [
            "CT-TTg",
            "NĐ-CP",
            "QĐ-UBND",
            "TTLT-BTC-BTP",
            "QH15",
            "NQ-UBTVQH15",
            "TB-CHQ",
            "VPCP-ĐMDN",
            "UBTVQH13",
            "TTr-CP",
        ]
    ),
)


@given(st.one_of(PARTY, STATE))
def test_a_canonical_number_reads_as_itself(number: str) -> None:
    assert str(DocumentNumber.parse(number)) == number


@given(st.one_of(PARTY, STATE))
def test_what_is_read_once_is_read_the_same_again(number: str) -> None:
    once = DocumentNumber.parse(f"Số: {number}")
    assert DocumentNumber.parse(str(once)) == once
    assert DocumentNumber.parse(str(once)).key == once.key


@given(st.one_of(PARTY, STATE), st.text(alphabet="abcđ ,.;\n", max_size=20))
def test_a_number_is_found_where_it_stands(number: str, around: str) -> None:
    text = f"{around} theo {number} của {around}"
    assert [(n, text[a:b]) for n, a, b in find_numbers(text)] == [(number, number)]


@given(st.text())
def test_no_text_is_too_odd_to_look_through(text: str) -> None:
    for number, start, end in find_numbers(text):
        assert 0 <= start < end <= len(text)
        assert str(DocumentNumber.parse(number)) == number


@pytest.mark.parametrize(
    ("printed", "canonical"),
    [
        ("Số 07-KL/TW", "07-KL/TW"),
        ("Số 129 - BS/VPTU", "129-BS/VPTU"),
        ("Số: 129 – BS/VPTU", "129-BS/VPTU"),
        ("16/CT-TTG", "16/CT-TTg"),
        ("66.10/2025/NQ-CP", "66.10/2025/NQ-CP"),
        ("15/2020/NÐ-CP", "15/2020/NĐ-CP"),
        ("43/2022/QH15", "43/2022/QH15"),
        ("1663/NQ-UBTVQH15", "1663/NQ-UBTVQH15"),
        ("40-HD/BTGDVTW", "40-HD/BTGDVTW"),
        ("12a/2019/NQ-HĐND", "12a/2019/NQ-HĐND"),
        ("245/TLĐ", "245/TLĐ"),
        ("16/2020/NĐ-СР", "16/2020/NĐ-CP"),
    ],
)
def test_usual_ways_of_printing_a_number(printed: str, canonical: str) -> None:
    assert str(DocumentNumber.parse(printed)) == canonical


@pytest.mark.parametrize("text", ["24/7", "11/6/2021", "100.000 đồng/người", "km/h", "3.3", "5G/AI", "1698", "", "Số"])
def test_what_is_no_number(text: str) -> None:
    assert find_numbers(text) == []
    with pytest.raises(ValueError, match="not a document number"):
        DocumentNumber.parse(text)


@pytest.mark.parametrize(
    ("number", "type", "body"),
    [
        ("07-KL/TW", "Kết luận", "TW"),
        ("16/CT-TTg", "Chỉ thị", "TTg"),
        ("15/2020/NĐ-CP", "Nghị định", "CP"),
        ("2739/VPCP-ĐMDN", None, "VPCP"),
        ("43/2022/QH15", None, "QH15"),
        ("40-HD/BTGDVTW", "Hướng dẫn", "BTGDVTW"),
    ],
)
def test_type_and_body_named_by_a_number(number: str, type: str | None, body: str) -> None:
    read = DocumentNumber.parse(number)
    assert (read.type, read.body) == (type, body)


def test_numbers_of_other_values_have_other_keys() -> None:
    assert DocumentNumber.parse("07-KL/TW").key == DocumentNumber.parse("7-KL/TW").key
    assert DocumentNumber.parse("07-KL/TW").key != DocumentNumber.parse("70-KL/TW").key
    assert DocumentNumber.parse("16/CT-TTg").key != DocumentNumber.parse("16/CĐ-TTg").key


@pytest.mark.parametrize("text", ["Nghị quyết số 03/202 1/UBTVQH15", "Nghị quyết số 19- 2016/NQ-CP"])
def test_half_of_a_broken_number_is_no_number(text: str) -> None:
    assert find_numbers(text) == []
