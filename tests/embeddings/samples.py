"""What is encoded: clauses, headings, questions, and what people type."""

from __future__ import annotations

from hypothesis import strategies as st

SENTENCES = (
    "Các cấp uỷ, tổ chức đảng tập trung lãnh đạo, chỉ đạo công tác phòng, chống lụt bão trên địa bàn.",
    "Điều 5. Hiệu lực thi hành",
    "1. Quyết định này có hiệu lực kể từ ngày ký; thay thế Quyết định số 12-QĐ/TW, ngày 03/4/2010.",
    "Ban Tổ chức Trung ương chủ trì, phối hợp với các cơ quan liên quan hướng dẫn, kiểm tra, đôn đốc việc thực hiện"
    " và định kỳ 6 tháng báo cáo Ban Bí thư.",
    "ai ký văn bản này vậy?",
    "thoi han nop bao cao la khi nao",
    "Nơi nhận: - Các tỉnh uỷ, thành uỷ; - Lưu Văn phòng.",
    "ĐẢNG CỘNG SẢN VIỆT NAM",
    "Tổng kinh phí: 1.250.000.000 đồng (một tỷ hai trăm năm mươi triệu đồng).",
    "Gửi e-mail đến vanthu@example.vn, “hoả tốc” — trước 17h00’ ngày 30-9",
    "Y tế",
)

_LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂĐÊÔƠƯàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
VIETNAMESE = st.text(st.sampled_from(_LETTERS + "    0123456789.,;:/-()?%“”"), max_size=150)
"""What a Vietnamese keyboard gives."""

ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
