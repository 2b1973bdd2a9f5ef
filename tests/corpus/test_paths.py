import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.paths import LETTERS, parent, parse_path, roman, roman_value, sort_key

LABELS = st.one_of(
    st.integers(1, 200).map(str), st.integers(1, 30).map(roman), st.sampled_from(list(LETTERS)), st.sampled_from("ABDE")
)
PATHS = st.builds(
    lambda attachment, article, labels: attachment + ".".join(article + labels),
    st.sampled_from(["", "Phụ lục I/", "Quy chế/", "Phụ lục (2)/"]),
    st.sampled_from([[], ["Điều 5"], ["Điều 12a"]]),
    st.lists(LABELS, min_size=1, max_size=4),
)


@given(PATHS)
def test_a_path_reads_as_itself(path: str) -> None:
    assert str(parse_path(path)) == path


@given(PATHS)
def test_a_clause_comes_behind_its_parent(path: str) -> None:
    above = parent(path)
    if above is not None:
        assert path.startswith(above + ".")
        assert sort_key(above) < sort_key(path)


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("3", None),
        ("3.3", "3"),
        ("I.2.1", "I.2"),
        ("Điều 5", None),
        ("Điều 5.2.đ", "Điều 5.2"),
        ("Phụ lục I/2.a", "Phụ lục I/2"),
    ],
)
def test_parents(path: str, above: str | None) -> None:
    assert parent(path) == above


@pytest.mark.parametrize("path", ["", "/3", "3..1", "Điều", "khoản 2 Điều 5", "3.3.", "Điều 5/"])
def test_peoples_own_words_are_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="not a clause path"):
        parse_path(path)


def test_paths_sort_as_a_document_prints_them() -> None:
    printed = [
        "Điều 2",
        "Điều 2.1",
        "Điều 2.1.c",
        "Điều 2.1.d",
        "Điều 2.1.đ",
        "Điều 2.1.e",
        "Điều 2.2",
        "Điều 10",
        "Phụ lục I/1",
    ]
    assert sorted(sorted(printed), key=sort_key) == printed
    assert sorted(["IX", "V", "X", "IV"], key=sort_key) == ["IV", "V", "IX", "X"]


@given(st.integers(1, 99))
def test_roman_numerals_go_both_ways(value: int) -> None:
    assert roman_value(roman(value)) == value
