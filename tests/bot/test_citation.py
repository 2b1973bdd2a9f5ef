"""Citations as people write them: a table a lawyer could read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bot.citation import cite, clause_words, date_words, document_words, first_words, month_words, type_words
from corpus.model import Part
from retrieval.answer import Citation

NOTHING: dict[str, Any] = dict.fromkeys(("number", "type", "issuer", "date", "month", "title", "clause", "paragraph"))
KL = {"number": "07-KL/TW", "type": "Kết luận", "issuer": "Bộ Chính trị", "date": dt.date(2021, 6, 11)}
NQ = {"number": "08/2025/NQ-CP", "type": "Nghị quyết", "issuer": "Chính phủ", "date": dt.date(2025, 2, 9)}
TIN = {"type": "Tin", "month": "2021-06", "title": "Bộ Chính trị họp về phòng, chống dịch", "part": Part.BODY}


def citation(**fields: Any) -> Citation:
    return Citation(**{"document_id": "0" * 16, "file": "a.txt", "part": Part.CLAUSE, **NOTHING, **fields})


@pytest.mark.parametrize(
    ("fields", "vi", "en"),
    [
        (
            KL | {"clause": "3.3"},
            "Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị, mục 3.3",
            "Conclusion No. 07-KL/TW of 11 June 2021 by Bộ Chính trị, section 3.3",
        ),
        (
            KL | {"clause": "I.1.a"},
            "Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị, điểm a mục 1 phần I",
            "Conclusion No. 07-KL/TW of 11 June 2021 by Bộ Chính trị, point a of section 1 of part I",
        ),
        (
            NQ | {"clause": "Điều 5.2.đ"},
            "điểm đ khoản 2 Điều 5 Nghị quyết số 08/2025/NQ-CP ngày 09/02/2025 của Chính phủ",
            "point đ of clause 2 of Article 5, Resolution No. 08/2025/NQ-CP of 9 February 2025 by Chính phủ",
        ),
        (
            NQ | {"clause": "Quy chế/Điều 3.1"},
            "khoản 1 Điều 3 Quy chế kèm theo Nghị quyết số 08/2025/NQ-CP ngày 09/02/2025 của Chính phủ",
            "clause 1 of Article 3, Quy chế attached to Resolution No. 08/2025/NQ-CP of 9 February 2025 by Chính phủ",
        ),
        (
            NQ | {"clause": "Phụ lục I/2.a"},
            "Nghị quyết số 08/2025/NQ-CP ngày 09/02/2025 của Chính phủ, điểm a mục 2 Phụ lục I",
            "Resolution No. 08/2025/NQ-CP of 9 February 2025 by Chính phủ, point a of section 2 of Phụ lục I",
        ),
        (
            TIN | {"paragraph": 4},
            "Tin “Bộ Chính trị họp về phòng, chống dịch” (tháng 6/2021), đoạn 4 (không có số hiệu)",
            "News report “Bộ Chính trị họp về phòng, chống dịch” (June 2021), paragraph 4 (no number)",
        ),
        (
            {"type": "Tin", "part": Part.BODY, "paragraph": 1},
            "Tin (tệp a.txt), đoạn 1 (không có số hiệu)",
            "News report (file a.txt), paragraph 1 (no number)",
        ),
        (
            {"type": "Công điện", "title": "về ứng phó bão", "issuer": "Thủ tướng", "date": dt.date(2024, 9, 7)},
            "Công điện “về ứng phó bão” (ngày 07/9/2024) của Thủ tướng (không có số hiệu)",
            "Official telegram “về ứng phó bão” (of 7 September 2024) by Thủ tướng (no number)",
        ),
        ({"number": "5/X"}, "Văn bản số 5/X", "Document No. 5/X"),
        (KL | {"part": Part.PREAMBLE}, "Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị, phần mở đầu", None),
        (KL | {"part": Part.SIGNATURE}, "Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị, phần ký", None),
        (KL | {"part": Part.RECIPIENTS}, "Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị, nơi nhận", None),
        (KL | {"part": Part.HEADING}, "Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị, phần đầu văn bản", None),
        (KL | {"part": Part.CLOSING}, "Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị, phần kết", None),
    ],
)  # fmt: skip
def test_citations(fields: dict[str, Any], vi: str, en: str | None) -> None:
    assert cite(citation(**fields)) == vi
    if en:
        assert cite(citation(**fields), "en") == en


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("3", "mục 3"),
        ("3.a", "điểm a mục 3"),
        ("I", "phần I"),
        ("I.2.1", "mục 2.1 phần I"),
        ("I.a", "điểm a phần I"),
        ("A.I.1", "mục 1 phần A.I"),
        ("Điều 5", "Điều 5"),
        ("Điều 5a.1", "khoản 1 Điều 5a"),
        ("Điều 5.đ", "điểm đ Điều 5"),
        ("Điều 5.2.đ.1", "tiết 1 điểm đ khoản 2 Điều 5"),
        ("Phụ lục II/Điều 4.1", "khoản 1 Điều 4 Phụ lục II"),
        ("chẳng phải mục", "chẳng phải mục"),
    ],
)
def test_clause_paths_in_words(path: str, words: str) -> None:
    assert clause_words(path) == words


def test_dates_take_a_zero_where_the_decree_says_so() -> None:
    assert date_words(dt.date(2021, 2, 7)) == "07/02/2021"
    assert date_words(dt.date(2021, 11, 30)) == "30/11/2021"
    assert month_words("2021-06") == "6/2021"
    assert month_words("2021-13") == "2021-13"


def test_long_headings_are_cut_at_a_word() -> None:
    assert first_words("một hai ba bốn năm sáu bảy tám chín mười mười một mười hai") == (
        "một hai ba bốn năm sáu bảy tám chín mười mười một…"
    )


def test_types_without_a_translation_stay() -> None:
    assert type_words("Thông tri", "en") == "Thông tri"
    assert document_words(citation(**KL), "en").startswith("Conclusion No. 07-KL/TW")
