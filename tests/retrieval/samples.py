"""A small library made up for these tests, and an encoder that needs no model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from corpus.model import Directive
from corpus.parse import parse_string
from embeddings.encoder import Vectors
from retrieval.tokens import fold, syllables
from retrieval.units import units
from retrieval.word_segment import WordSegment
from retrieval.words import Words

DECISION = """ỦY BAN NHÂN DÂN
TỈNH BÌNH AN

Số: 15/2024/QĐ-UBND

Bình An, ngày 20 tháng 3 năm 2024

QUYẾT ĐỊNH
Về hỗ trợ tiền ăn trưa cho học sinh vùng cao

Căn cứ Luật Tổ chức chính quyền địa phương;

Điều 1. Đối tượng được hỗ trợ

1. Học sinh tiểu học là con hộ nghèo, hộ cận nghèo ở xã vùng cao.

2. Học sinh trung học cơ sở bán trú.

Điều 2. Mức hỗ trợ

1. Mỗi học sinh được hỗ trợ 25.000 đồng một ngày học.

2. Thời gian hỗ trợ không quá 9 tháng một năm học. Kinh phí lấy từ ngân sách tỉnh. Nhà trường công khai danh sách.

Điều 3. Hiệu lực thi hành

Quyết định này có hiệu lực kể từ ngày 01 tháng 4 năm 2024.

TM. ỦY BAN NHÂN DÂN
CHỦ TỊCH

Trần Văn Minh
"""

NOTICE = """TỈNH ỦY BÌNH AN
VĂN PHÒNG

Số 7-TB/VPTU

Bình An, ngày 5 tháng 5 năm 2024

THÔNG BÁO
về phòng cháy rừng mùa khô

1. Các huyện ủy chỉ đạo kiểm lâm tuần tra rừng hai ngày một lần, báo cáo Tỉnh ủy trước ngày 30/5/2024.

2. Người dân không đốt nương vào những ngày nắng nóng.

2.1. Trưởng bản chịu trách nhiệm nhắc nhở từng nhà.

2.2. Ai cố ý đốt rừng thì xử lý nghiêm. Việc này theo Kế hoạch số 88/KH-UBND ngày 02/01/2024.

CHÁNH VĂN PHÒNG

Lê Thị Hoa
"""


def directives() -> list[Directive]:
    return [parse_string(DECISION, "quyet-dinh.txt"), parse_string(NOTICE, "thong-bao.txt")]


class WordEncoder:
    """Folded syllables hashed into 64 places: near when words are shared, which is enough to test what is around it."""

    def __init__(self, name: str = "words-64") -> None:
        self.name = name
        self.dimension = 64
        self.passages = 0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        out = np.full((len(texts), self.dimension), 0.15, dtype=np.float32)
        for n, text in enumerate(texts):
            for w in syllables(fold(text)):
                out[n, hashlib.sha256(w.encode()).digest()[0] % self.dimension] += 1.0
        return out / np.linalg.norm(out, axis=1, keepdims=True)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.passages += len(texts)
        return self.encode_queries(texts)


def words_of(directives: Iterable[Directive]) -> Words:
    """The word index of some documents."""
    passages = [(u.text, f"{u.subject} {u.lead}", n) for n, u in enumerate(u for d in directives for u in units(d))]
    return Words((WordSegment.build(passages),))
