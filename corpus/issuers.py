"""Who issues directives: the bodies that abbreviations in numbers stand for, and how a name in capitals is written."""

from __future__ import annotations

import re

from corpus.text import fold, one_line

# The part of a number that names the issuing body → the body. One meaning in the whole country only; UBND, HĐND, TU
# and the like need a place and come from the letterhead.
BODIES: dict[str, str] = {
    "TTg": "Thủ tướng Chính phủ", "CP": "Chính phủ", "VPCP": "Văn phòng Chính phủ", "CTN": "Chủ tịch nước",
    "VPCTN": "Văn phòng Chủ tịch nước", "UBTVQH": "Ủy ban Thường vụ Quốc hội", "VPQH": "Văn phòng Quốc hội",
    "QH": "Quốc hội", "VPTW": "Văn phòng Trung ương Đảng", "BTCTW": "Ban Tổ chức Trung ương",
    "BTGTW": "Ban Tuyên giáo Trung ương", "BDVTW": "Ban Dân vận Trung ương", "BNCTW": "Ban Nội chính Trung ương",
    "BKTTW": "Ban Kinh tế Trung ương", "BĐNTW": "Ban Đối ngoại Trung ương",
    "BTGDVTW": "Ban Tuyên giáo và Dân vận Trung ương", "BCSTCLTW": "Ban Chính sách, chiến lược Trung ương",
    "UBKTTW": "Ủy ban Kiểm tra Trung ương", "QUTW": "Quân ủy Trung ương",
    "BTC": "Bộ Tài chính", "BKHĐT": "Bộ Kế hoạch và Đầu tư", "BCT": "Bộ Công Thương", "BXD": "Bộ Xây dựng",
    "BGTVT": "Bộ Giao thông vận tải", "BYT": "Bộ Y tế", "BGDĐT": "Bộ Giáo dục và Đào tạo", "BNV": "Bộ Nội vụ",
    "BTP": "Bộ Tư pháp", "BCA": "Bộ Công an", "BQP": "Bộ Quốc phòng", "BNG": "Bộ Ngoại giao",
    "BNNPTNT": "Bộ Nông nghiệp và Phát triển nông thôn", "BNNMT": "Bộ Nông nghiệp và Môi trường",
    "BTNMT": "Bộ Tài nguyên và Môi trường", "BKHCN": "Bộ Khoa học và Công nghệ",
    "BTTTT": "Bộ Thông tin và Truyền thông", "BVHTTDL": "Bộ Văn hóa, Thể thao và Du lịch",
    "BLĐTBXH": "Bộ Lao động - Thương binh và Xã hội", "BDTTG": "Bộ Dân tộc và Tôn giáo",
    "NHNN": "Ngân hàng Nhà nước Việt Nam", "TTCP": "Thanh tra Chính phủ", "UBDT": "Ủy ban Dân tộc",
    "KTNN": "Kiểm toán nhà nước", "TANDTC": "Tòa án nhân dân tối cao", "VKSTC": "Viện kiểm sát nhân dân tối cao",
    "VKSNDTC": "Viện kiểm sát nhân dân tối cao", "HĐTP": "Hội đồng Thẩm phán Tòa án nhân dân tối cao",
    "BHXH": "Bảo hiểm xã hội Việt Nam", "TLĐ": "Tổng Liên đoàn Lao động Việt Nam",
    "CHQ": "Cục Hải quan", "TCHQ": "Tổng cục Hải quan", "TCT": "Tổng cục Thuế",
    "MTTW": "Ủy ban Trung ương Mặt trận Tổ quốc Việt Nam",
    "BGDDT": "Bộ Giáo dục và Đào tạo", "BLDTBXH": "Bộ Lao động - Thương binh và Xã hội",
    "BKHDT": "Bộ Kế hoạch và Đầu tư",
}  # fmt: skip

# Names as they are written, for turning capitals back; proper nouns follow the words in _PLACES_AFTER.
_NAMES = sorted(
    {
        *BODIES.values(), "Bộ Chính trị", "Ban Bí thư", "Ban Chấp hành Trung ương", "Ban Thường vụ", "Thường trực Ban Bí thư",
        "Thành ủy", "Tỉnh ủy", "Đảng ủy", "Hội đồng nhân dân", "Ủy ban nhân dân", "Văn phòng", "Trung ương Đảng",
        "Trung ương", "Ủy ban Thường vụ Quốc hội", "Hội đồng", "Tổng cục", "Cục Thuế", "Cục", "Sở Tài chính", "Sở Y tế",
        "Sở Nội vụ", "Sở Xây dựng", "Sở Tư pháp", "Sở", "Việt Nam", "Mặt trận Tổ quốc", "Đoàn Thanh niên",
        "Đảng Cộng sản", "Trung ương Đoàn", "Ban Chỉ đạo", "Bộ", "Ban", "Viện", "Chính phủ", "Nhà nước", "Quốc hội",
        "Hải quan", "Đảng bộ", "Quân ủy Trung ương", "Thủ tướng", "Chủ tịch", "Bộ trưởng", "Tổng công ty",
    },
    key=len,
    reverse=True,
)  # fmt: skip
_BY_FOLDED = {fold(name): name for name in _NAMES}
_PLACES_AFTER = re.compile(
    r"\b(tỉnh|thành phố|tp\.?|quận|huyện|thị xã|phường|xã|thị trấn|đặc khu|Thành ủy|Tỉnh ủy|Đảng bộ tỉnh|Đảng bộ thành phố)\s+"
    r"([^,;.()]+)$",
    re.IGNORECASE,
)


def in_mixed_case(name: str) -> str:
    """``ỦY BAN NHÂN DÂN THÀNH PHỐ CẦN THƠ`` → ``Ủy ban nhân dân thành phố Cần Thơ``; mixed case stays."""
    name = one_line(name).strip(" -–—_*.,;:|")
    letters = [c for c in name if c.isalpha()]
    if not letters or sum(c.isupper() for c in letters) < 0.7 * len(letters):
        return name[:1].upper() + name[1:]
    low = name.lower()
    folded = fold(low)
    if len(folded) != len(low):
        return low[:1].upper() + low[1:]
    out = list(low)
    taken = [False] * len(low)
    for key, written in _BY_FOLDED.items():
        for m in re.finditer(rf"(?<!\w){re.escape(key)}(?!\w)", folded):
            if not any(taken[m.start() : m.end()]) and len(written) == len(key):
                for n in range(m.start(), m.end()):
                    taken[n] = True
                    if written[n - m.start()].isupper():
                        out[n] = out[n].upper()
    text = "".join(out)
    if place := _PLACES_AFTER.search(text):
        words = [w if w == "và" else w[:1].upper() + w[1:] for w in place[2].split(" ")]
        text = text[: place.start(2)] + " ".join(words)
    return text[:1].upper() + text[1:]


def body_named(abbreviation: str) -> str | None:
    """``VPCP`` → ``Văn phòng Chính phủ``, ``QH15`` → ``Quốc hội``; None when it needs a place or is not known."""
    bare = re.sub(r"\d+$", "", abbreviation)
    return BODIES.get(bare) or BODIES.get(bare.upper())
