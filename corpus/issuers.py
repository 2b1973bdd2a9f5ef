"""Who issues directives: the bodies that abbreviations in numbers stand for, and how a name in capitals is written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

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
        *BODIES.values(), "Bộ Chính trị", "Ban Bí thư", "Ban Chấp hành Trung ương", "Ban Thường vụ",
        "Thường trực Ban Bí thư",
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
    r"\b(tỉnh|thành phố|tp\.?|quận|huyện|thị xã|phường|xã|thị trấn|đặc khu|Thành ủy|Tỉnh ủy|Đảng bộ tỉnh"
    r"|Đảng bộ thành phố)\s+"
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


# Provinces and cities, before and after the mergers of 2025.
PROVINCES = [
    "An Giang",
    "Bà Rịa - Vũng Tàu",
    "Bạc Liêu",
    "Bắc Giang",
    "Bắc Kạn",
    "Bắc Ninh",
    "Bến Tre",
    "Bình Dương",
    "Bình Định",
    "Bình Phước",
    "Bình Thuận",
    "Cà Mau",
    "Cao Bằng",
    "Cần Thơ",
    "Đà Nẵng",
    "Đắk Lắk",
    "Đắk Nông",
    "Điện Biên",
    "Đồng Nai",
    "Đồng Tháp",
    "Gia Lai",
    "Hà Giang",
    "Hà Nam",
    "Hà Nội",
    "Hà Tĩnh",
    "Hải Dương",
    "Hải Phòng",
    "Hậu Giang",
    "Hòa Bình",
    "Hồ Chí Minh",
    "Huế",
    "Hưng Yên",
    "Khánh Hòa",
    "Kiên Giang",
    "Kon Tum",
    "Lai Châu",
    "Lạng Sơn",
    "Lào Cai",
    "Lâm Đồng",
    "Long An",
    "Nam Định",
    "Nghệ An",
    "Ninh Bình",
    "Ninh Thuận",
    "Phú Thọ",
    "Phú Yên",
    "Quảng Bình",
    "Quảng Nam",
    "Quảng Ngãi",
    "Quảng Ninh",
    "Quảng Trị",
    "Sóc Trăng",
    "Sơn La",
    "Tây Ninh",
    "Thái Bình",
    "Thái Nguyên",
    "Thanh Hóa",
    "Thừa Thiên Huế",
    "Tiền Giang",
    "Trà Vinh",
    "Tuyên Quang",
    "Vĩnh Long",
    "Vĩnh Phúc",
    "Yên Bái",
]
_PLACES = {fold(p): p for p in PROVINCES}
_LOCAL = ("Ủy ban nhân dân tỉnh", "Ủy ban nhân dân thành phố", "Hội đồng nhân dân tỉnh", "Hội đồng nhân dân thành phố",
          "Cục Thuế tỉnh", "Cục Thuế thành phố", "Cục Thuế", "Cục Hải quan tỉnh", "Cục Hải quan thành phố",
          "Tỉnh ủy", "Thành ủy", "Sở Tài chính", "Sở Y tế", "Chi cục Thuế")  # fmt: skip
_KNOWN = {fold(name): name for name in (*BODIES.values(), "Bộ Chính trị", "Ban Bí thư", "Ban Chấp hành Trung ương")}
_LIKE = 0.84  # below this two names differ by more than what a scan does to one


def repaired(name: str) -> str:
    """A body's name as it is written, where `name` is one that a scan has damaged (``Quoc hoi`` → ``Quốc hội``)."""
    key = one_line(re.sub(r"[^a-z ]", " ", fold(name)))
    if key in _KNOWN:
        return _KNOWN[key]
    for office in _LOCAL:
        head = fold(office)
        if key.startswith(head + " ") and (place := _PLACES.get(key[len(head) + 1 :])):
            return f"{office} {place}"
    local = key.split(" ")[0] in ("so", "uy", "hoi", "trung", "dang", "tinh", "thanh", "cuc", "chi")
    close = difflib.get_close_matches(key, _KNOWN, n=1, cutoff=0.92 if local else _LIKE)
    if not close and len(key) > 15:
        close = [known for known in _KNOWN if known.startswith(key + " ")]
    return _KNOWN[close[0]] if close else name


_UNFINISHED = frozenset(
    [
        "van phong",
        "thu tuong",
        "uy ban thuong vu",
        "uy",
        "bo",
        "ban",
        "so",
        "cuc",
        "uy ban nhan",
        "uy ban",
        "hoi dong nhan",
        "hoi dong",
        "ngan hang",
        "ban chap",
        "tong cuc",
        "hoi",
    ]
)
_BODY_WORDS = re.compile(
    r"(?:uy ban|hoi dong|bo |chinh phu|thu tuong|quoc hoi|van phong|cuc |tong cuc|so |ban |tinh uy|thanh uy|huyen uy"
    r"|quan uy|dang uy"
    r"|ngan hang|toa an|vien |kiem toan|thanh tra|bao hiem|tong lien doan|doan |mat tran|truong |chu tich|lien doan"
    r"|tong cong ty|chi cuc|trung tam|ubnd|hdnd|dang bo|hoi )"
)


def issuer_in_heading(column: Sequence[str]) -> str | None:
    """The body that issued it, from the capitals of a letterhead's left column: the last name, with its place."""
    names: list[str] = []
    for text in column:
        text = one_line(text).strip(" *")
        if not text:
            continue
        folded = fold(text)
        begins = bool(_BODY_WORDS.match(folded + " "))
        if names and (not begins or fold(names[-1]).strip() in _UNFINISHED):
            names[-1] += " " + text
        else:
            names.append(text)
    if not names:
        return None
    last = names[-1]
    if len(names) >= 2 and fold(last).strip() == "van phong":
        parent = names[-2]
        last = "Văn phòng Trung ương Đảng" if "chap hanh" in fold(parent) else f"VĂN PHÒNG {parent}"
    return repaired(in_mixed_case(last))
