"""What a document says it does to others is found by its wording; what it tells of others is not."""

from __future__ import annotations

import pytest

from corpus.effects import Effect, find_effects
from corpus.parse import parse_string

PAPER = """ỦY BAN NHÂN DÂN
TỈNH A

Số: 10/2025/QĐ-UBND

A, ngày 10 tháng 3 năm 2025

QUYẾT ĐỊNH
Về quản lý hè phố

Căn cứ Nghị định số 187/2025/NĐ-CP sửa đổi, bổ sung một số điều của Nghị định số 78/2025/NĐ-CP;

Điều 1. Ban hành quy định về quản lý hè phố.

Điều 2. {words}

CHỦ TỊCH
Nguyễn Văn A
"""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (
            "Quyết định này có hiệu lực từ ngày ký và thay thế Quyết định số 26/2019/QĐ-UBND ngày 16/8/2019.",
            {"26/2019/QĐ-UBND": Effect.REPLACED},
        ),
        (
            "Quyết định này thay thế các Quyết định: số 23/2016/QĐ-UBND về thoát nước; số 21/2023/QĐ-UBND.",
            {"23/2016/QĐ-UBND": Effect.REPLACED, "21/2023/QĐ-UBND": Effect.REPLACED},
        ),
        ("Bãi bỏ Quyết định số 29/2024/QĐ-UBND ngày 16/9/2024.", {"29/2024/QĐ-UBND": Effect.ENDED}),
        (
            "Quyết định số 29/2024/QĐ-UBND ngày 16/9/2024 hết hiệu lực kể từ ngày Quyết định này có hiệu lực.",
            {"29/2024/QĐ-UBND": Effect.ENDED},
        ),
        (
            "Sửa đổi, bổ sung một số điều của Quyết định số 29/2024/QĐ-UBND như sau:",
            {"29/2024/QĐ-UBND": Effect.AMENDED},
        ),
        ("Bãi bỏ khoản 1 Điều 3 Quyết định số 29/2024/QĐ-UBND.", {"29/2024/QĐ-UBND": Effect.AMENDED}),
        (
            "Kế hoạch này thay thế Kế hoạch số 371/KH-UBND ngày 31/7/2023 về thực hiện Nghị quyết số 48/NQ-CP.",
            {"371/KH-UBND": Effect.REPLACED},
        ),
        ("Thực hiện theo Nghị định số 138/2020/NĐ-CP, được sửa đổi bởi Nghị định số 116/2024/NĐ-CP.", {}),
        ("Giao Sở Nội vụ tham mưu sửa đổi hoặc thay thế Quyết định số 15/2021/QĐ-UBND.", {}),
        ("Áp dụng cho đến khi Quyết định số 15/2021/QĐ-UBND chưa hết hiệu lực.", {}),
        ("Điều này [bị bãi bỏ bởi Nghị định số 16/2023/NĐ-CP (VB hết hiệu lực: 15/12/2025)] vẫn áp dụng.", {}),
        ("Thực hiện Quyết định số 15/2021/QĐ-UBND.", {}),
    ],
)
def test_only_its_own_doing_is_found(words: str, found: dict[str, Effect]) -> None:
    assert {s.number: s.effect for s in find_effects(parse_string(PAPER.format(words=words)))} == found


def test_the_words_that_say_it_are_a_slice_of_the_text() -> None:
    d = parse_string(PAPER.format(words="Bãi bỏ Quyết định số 29/2024/QĐ-UBND. Điều khác giữ nguyên."))
    [said] = find_effects(d)
    assert "Bãi bỏ Quyết định số 29/2024/QĐ-UBND." in d.text[said.start : said.end]
    assert "giữ nguyên" not in d.text[said.start : said.end]
