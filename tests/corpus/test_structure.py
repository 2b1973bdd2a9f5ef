"""The clause grammar, as tables of (what is printed, the paths)."""

import pytest

from corpus.parse import parse_string

HEAD = (
    "CHÍNH PHỦ\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: 5/NQ-CP\nHà Nội, ngày 2 tháng 3 năm 2024\n"
    "NGHỊ QUYẾT\nVề việc thử\n"
)


def paths(body: str) -> list[str]:
    return [c.path for c in parse_string(HEAD + body).clauses]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("1. Một.\n2. Hai.\n2.1. Hai một.\n2.2. Hai hai.\n3. Ba.", ["1", "2", "2.1", "2.2", "3"]),
        (
            "I- Đánh giá\n1. Một.\na) Điểm.\nb) Điểm.\nII- Nhiệm vụ\n1. Một.",
            ["I", "I.1", "I.1.a", "I.1.b", "II", "II.1"],
        ),
        ("I. Phần\n2.1. Lạc\n1. Một.\n1.1. Một một.\n2. Hai.\n2.1. Hai một.", ["I", "I.1", "I.1.1", "I.2", "I.2.1"]),
        ("A. Lớn\nI. Vừa\n1. Nhỏ.\nB. Lớn\nI. Vừa", ["A", "A.I", "A.I.1", "B", "B.I"]),
        (
            "II. Vừa trước\nI. Một\nII. Hai\nA. Lĩnh vực\n1. Tên\nB. Lĩnh vực\n1. Tên",
            ["I", "II", "II.A", "II.A.1", "II.B", "II.B.1"],
        ),
        (
            "Chương I\nCHUNG\nĐiều 1. Phạm vi\n1. Khoản.\na) Điểm;\nđ) Lạc;\nb) Điểm.\nChương II\nĐiều 2. Đối tượng",
            ["Điều 1", "Điều 1.1", "Điều 1.1.a", "Điều 1.1.b", "Điều 2"],
        ),
        (
            "Điều 1. Phê duyệt Chương trình sau:\nI. Quan điểm\n1. Một.\nII. Mục tiêu\n1. Một.\nĐiều 2. Hiệu lực",
            ["Điều 1", "Điều 1.I", "Điều 1.I.1", "Điều 1.II", "Điều 1.II.1", "Điều 2"],
        ),
        (
            "Điều 3. Chính sách\n1. Tài khóa:\n1.1. Thuế:\na) Giảm.\n1.2. Chi:",
            ["Điều 3", "Điều 3.1", "Điều 3.1.1", "Điều 3.1.1.a", "Điều 3.1.2"],
        ),
        ("1. Một.\na) A\nb) B\nc) C\nd) D\nđ) Đ\ne) E\ng) G", ["1", "1.a", "1.b", "1.c", "1.d", "1.đ", "1.e", "1.g"]),
    ],
)
def test_levels(body: str, expected: list[str]) -> None:
    got = paths(body)
    assert [p for p in got if p in expected] == expected
    assert set(got) <= set(expected) | {"Điều 1.1.đ"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("**1.** Một.\n**2.****Hai.", ["1", "2"]),
        ("#### 1. Mục tiêu\n##### 2. Phạm vi\n3. Tiến độ", ["1", "2", "3"]),
        ("Điều ****5**. Một.\n**Điều 6**. Hai.", ["Điều 5", "Điều 6"]),
        ("|\n**1.\nHàng hóa đề nghị\n|\n|\n**2. Mô tả\n|", ["1", "2"]),
        ("**Điều\n1. Phạm vi**\n1. Khoản.\n**Điều\n2. Đối tượng**", ["Điều 1", "Điều 1.1", "Điều 2"]),
        ("Bộ Chính trị kết luận như sau:**1. Cơ bản thống nhất.\n2. Yêu cầu.", ["1", "2"]),
        ("1. Không để xảy ra tiêu cực.2. Giao Sở Nội vụ.\n3. Giao Sở Y tế.", ["1", "2", "3"]),
        ("I- Một\nII- Hai\nHI- Ba", ["I", "II", "III"]),
        ("1. Một.\n. Đề nghị hai.\n3. Ba.", ["1", "2", "3"]),
        ("a) Một\nb) Hai\n©) Ba", ["a", "b", "c"]),
        ("Điều 8[7]. Một.\n1.[3] Khoản.\na[2]) Điểm.", ["Điều 8", "Điều 8.1", "Điều 8.1.a"]),
        ("1- Một\n2- Hai\n3/ Ba", ["1", "2", "3"]),
    ],
)
def test_markers_as_files_really_print_them(body: str, expected: list[str]) -> None:
    assert paths(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("1. Giảm\n2. Tăng lên mức\n10. Bộ Tài chính không phải là khoản mười.\n3. Giữ.", ["1", "2", "3"]),
        ("1. Thực hiện theo\nkhoản 2 Điều 5 của Luật này.\nĐiều 7 của Luật cũng vậy.\n2. Hai.", ["1", "2"]),
        ("1. Theo Kết luận số\n07-KL/TW ngày 11/6/2021.\n2. Theo Nghị quyết số\n71/NQ-CP.", ["1", "2"]),
        (
            "Điều 1. Sửa đổi như sau:\n1. Sửa đổi Điều 5:\n“Điều 5. Mới\n1. Khoản mới.\n2. Khoản mới.”\n"
            "2. Bãi bỏ Điều 6.\nĐiều 2. Hiệu lực",
            ["Điều 1", "Điều 1.1", "Điều 1.2", "Điều 2"],
        ),
        (
            'Điều 1. Sửa đổi như sau:\n1. Sửa đổi khoản 1:\n"1. Mức mới:\na) Một;\nb) Hai".\n2. Bãi bỏ Điều 6.',
            ["Điều 1", "Điều 1.1", "Điều 1.2"],
        ),
        ("1. Một\n|\n1\n|\nDòng của bảng\n|\n1.1\n|\nDòng nữa\n|\n2. Hai", ["1", "2"]),
        ("1. Gồm:\n- Gạch đầu dòng\n+ Dấu cộng\n(1) Ngoặc\n(i) Ngoặc nhỏ\n2. Hai", ["1", "2"]),
        ("V/v báo cáo\n1. Một.", ["1"]),
    ],
)
def test_what_is_no_clause(body: str, expected: list[str]) -> None:
    assert paths(body) == expected


def test_a_quotation_whose_end_is_lost_does_not_swallow_the_next_article() -> None:
    body = (
        "Điều 1. Một\n1. Sửa đổi như sau:\n“1. Trích dẫn không đóng.\nĐiều 2. Hai\n"
        "1. Thay cụm từ “a” bằng “b”.\nĐiều 3. Ba"
    )
    got = paths(body)
    assert [p for p in got if p.count(".") == 0] == ["Điều 1", "Điều 2", "Điều 3"]


def test_a_missing_number_is_a_warning_that_names_the_line() -> None:
    d = parse_string(HEAD + "3. Ba.\n3.1. Một.\n3.2. Hai.\n3.4. Bốn.")
    gap = [w for w in d.warnings if w.code == "clause_gap" and w.detail == "3.4"]
    assert [d.text.split("\n")[w.line - 1] for w in gap if w.line] == ["3.4. Bốn."]


def test_own_text_ends_at_the_next_marker_and_the_whole_holds_the_children() -> None:
    d = parse_string(HEAD + "1. Một:\na) Điểm a.\nb) Điểm b.\n2. Hai.\nNơi nhận:\n- Như trên.")
    by = {c.path: c for c in d.clauses}
    assert d.text[by["1"].start : by["1"].end] == "1. Một:"
    assert d.text[by["1"].start : by["1"].whole_end] == "1. Một:\na) Điểm a.\nb) Điểm b."
    assert d.text[by["2"].start : by["2"].end] == "2. Hai."


def test_closing_recipients_and_signature_belong_to_no_clause() -> None:
    d = parse_string(
        HEAD
        + "1. Một.\n2. Hai.\n\nKết luận này phổ biến đến chi bộ.\n\nNơi nhận:\n- Lưu.\n\nT/M BỘ CHÍNH TRỊ\nVõ Văn An"
    )
    assert d.text[d.clauses[-1].start : d.clauses[-1].whole_end] == "2. Hai."
    assert d.signer == "Võ Văn An"


def test_an_attachment_begins_its_numbers_again_under_its_own_name() -> None:
    d = parse_string(
        HEAD
        + "Điều 1. Ban hành Quy chế.\nĐiều 2. Hiệu lực.\nNơi nhận:\n- Lưu.\nTHỦ TƯỚNG\nPhạm Văn An\n"
        + "QUY CHẾ\nVỀ QUẢN LÝ\n(Ban hành kèm\ntheo Nghị quyết số 5/NQ-CP)\nĐiều 1. Phạm vi\n1. Một.\n"
        + "Phụ\nlục I\nDANH MỤC\n1. Một\na) Hai"
    )
    assert [c.path for c in d.clauses] == [
        "Điều 1", "Điều 2", "Quy chế/Điều 1", "Quy chế/Điều 1.1", "Phụ lục I/1", "Phụ lục I/1.a",
    ]  # fmt: skip


def test_a_clause_keeps_its_own_heading() -> None:
    d = parse_string(
        HEAD + "Điều 1. Phạm vi điều chỉnh\nNghị quyết này quy định việc thử.\nĐiều 2. Bộ Y tế thực hiện.\n"
    )
    assert [c.heading for c in d.clauses] == ["Phạm vi điều chỉnh", None]


def test_what_the_last_article_says_of_its_force_is_no_closing_paragraph() -> None:
    d = parse_string(
        HEAD + "Điều 1. Bãi bỏ.\n\nĐiều 2. Hiệu lực thi hành\n\nNghị quyết này có hiệu lực từ ngày ký.\n\n----\n\n"
        "Nghị quyết này đã được Quốc hội thông qua ngày 1 tháng 2 năm 2024.\n"
    )
    last = d.clauses[-1]
    assert d.text[last.start : last.end].endswith("có hiệu lực từ ngày ký.")


def test_a_chapters_heading_belongs_to_no_clause() -> None:
    d = parse_string(HEAD + "Chương I\nCHUNG\nĐiều 1. Một.\nMục 2\nVIỆC HAI\nChương II\nRIÊNG\nĐiều 2. Hai.\n")
    assert [d.text[c.start : c.whole_end] for c in d.clauses] == ["Điều 1. Một.", "Điều 2. Hai."]


def test_a_number_given_twice_is_told_apart_and_warned_of() -> None:
    d = parse_string(HEAD + "I. Một\nII. Hai\nIII. Ba\nIII. Bốn\n1. Con\nIV. Năm")
    assert [c.path for c in d.clauses] == ["I", "II", "III", "III (2)", "III (2).1", "IV"]
    assert [w.detail for w in d.warnings if w.code == "clause_repeated"] == ["III (2)"]


def test_new_wording_without_quotation_marks_is_text() -> None:
    body = (
        "Điều 1. Sửa đổi\n1. Sửa đổi, bổ sung điểm a, c khoản 1 Điều 3 như sau:\na) Mới.\nc) Mới.\n"
        "2. Bãi bỏ Điều 4.\nĐiều 2. Hiệu lực thi hành\n"
    )
    assert paths(body) == ["Điều 1", "Điều 1.1", "Điều 1.2", "Điều 2"]


def test_footnotes_under_the_last_clause_are_not_its_text() -> None:
    d = parse_string(HEAD + "1. Một.\n2. Hai[1].\n\n[1] Chú thích dài.\n")
    assert d.text[d.clauses[-1].start : d.clauses[-1].end] == "2. Hai[1]."
