"""The large parts of a document, by line: heading, body, closing, recipients and signature, attachments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from corpus.attachments import Attachment, find_attachments, starts_attachment
from corpus.lines import Line, is_capitals
from corpus.text import CAPITALS, SMALLS
from corpus.types import BY_FOLDED, type_on_line

_RECIPIENTS = re.compile(r"n[oơ]i\s*(?:nh[aâ]n|gui)\b\s*[:.;,]?|noi nhan\s*:|kinh gui:? nhu tren")
_SIGN = re.compile(rf"^\W{{0,3}}(?i:t/?m|k\s?t|t\s?l|tuq|t/l|k/t)\s?[.,]?\s+(?=[{CAPITALS}])")
OFFICES = (
    "chanh van phong|pho chanh van phong|thu tuong|pho thu tuong|chu tich|pho chu tich|bo truong|thu truong|truong ban"
    "|pho truong ban|tong bi thu|bi thu|pho bi thu|cuc truong|pho cuc truong|giam doc|pho giam doc|tong cuc truong"
    "|pho tong cuc truong|vu truong|pho vu truong|thong doc|pho thong doc|chanh an|pho chanh an|vien truong|pho vien"
    " truong|tong thanh tra|tong kiem toan|chu nhiem|pho chu nhiem|chanh thanh tra|hieu truong|thuong truc"
    "|tong giam doc|pho tong giam doc|truong doan|uy vien|chu tich nuoc|chu tich quoc hoi|tu lenh|chinh uy"
)
_OFFICE_LINE = re.compile(rf"^(?:q\. ?)?(?:{OFFICES})\b")
_NOT_UNDER_OFFICE = re.compile(
    r"(?:can cu|quyet dinh|quyet nghi|xet |theo |chi thi|dieu \d|- |\+ |kinh gui|thuc hien|de |tai |[ivx]+\.|\d+\.)"
)
# A Vietnamese name: two to five words, each with a capital first.
NAME = re.compile(rf"(?:[{CAPITALS}][{SMALLS}]{{0,7}}[ ]){{1,4}}[{CAPITALS}][{SMALLS}]{{1,7}}")
# "Nguyễn Văn An (đã ký)"
SIGNED_BEHIND = re.compile(r"(\S.{4,40}?)\s*\(?\s*(?:đã ký|Đã ký|ĐÃ KÝ)\s*\)?\s*\.?$")
_RANK = re.compile(
    r"^(?:\(?đã ký\)?\s*[:.]?|\(đã ký\)|(?:đại|thượng|trung|thiếu) tướng|(?:đại|thượng|trung) tá|(?:GS|PGS|TS|ThS|BS"
    r"|Ts|KS|LS|DS)\.)\s*[.,]?\s*",
    re.IGNORECASE,
)
_CLOSING_OF_ARTICLES = re.compile(
    r"(?:(?:luat|nghi quyet|phap lenh|bo luat|hien phap"
    r"|nghi quyet lien tich)\b.{0,30}?(?:nay )?(?:da )?duoc (?:quoc hoi|hoi dong"
    r"|uy ban|ban chap hanh|thong qua|dai hoi)|tren day la (?:noi dung|toan bo)|[^.]{3,50} thong bao de )"
)
_CLOSING = re.compile(
    r"(?:tren day la|can cu (?:chi thi|ket luan|nghi quyet|thong bao|huong dan|cong dien|ke hoach) nay"
    r"|tren co so (?:thong bao|ket luan|chi thi|nghi quyet|huong dan) nay"
    r"|(?:ket luan|chi thi|nghi quyet|thong bao|huong dan|quy dinh|quyet dinh|luat|phap lenh|nghi dinh|cong dien"
    r"|thong tu) nay"
    r" (?:duoc |nay |da duoc |se duoc )*(?:pho bien|thong qua|quoc hoi|hoi dong|uy ban|ban chap hanh|co hieu luc"
    r"|thay the|sao gui|quan triet|trien khai|gui|in|ap dung)"
    r"|van phong [^.]{2,60}?(?:xin )?(?:tran trong )?thong bao (?:de|den|toi)"
    r"|van phong [^.,]{2,50} theo doi, don doc"
    r"|yeu cau (?:cac bo|cac lien doan|cac don vi|cac dong chi|thu truong|chu tich|cac co quan|cac cap"
    r"|cac so)[^.]{0,200}(?:nghiem tuc"
    r"|trien khai thuc hien|thuc hien)"
    r"|trong qua trinh (?:to chuc )?(?:trien khai )?(?:to chuc )?(?:thuc hien|trien khai)\b[^.]{0,120}(?:vuong mac"
    r"|phat sinh|kho khan)"
    r"|nhan duoc (?:cong dien|chi thi|cong van)"
    r"|xin (?:tran trong )?thong bao|tran trong (?:thong bao|cam on|\./)|[^.]{3,50} thong bao de (?:cac|quy|cong ty"
    r"|don vi|nguoi|cuc)"
    r"|(?:luat|nghi quyet|phap lenh) nay (?:da )?duoc)"
)


@dataclass(slots=True)
class Zones:
    """Line indexes: heading [start, body), body [body, tail), recipients and signature [tail, after)."""

    start: int
    type_line: int | None
    body: int
    tail: int
    after: int
    recipients: int | None = None
    signature: int | None = None
    attachments: list[Attachment] = field(default_factory=list)


def type_over_lines(lines: Sequence[Line], n: int) -> str | None:
    """The type broken over two lines by the page's width: ``QUYẾT`` / ``ĐỊNH``."""
    line = lines[n]
    if not line.capitals or len(line.text) > 12 or n + 1 >= len(lines) or not lines[n + 1].capitals:
        return None
    below = lines[n + 1]
    return BY_FOLDED.get(f"{line.folded} {below.folded}") if len(below.text) < 20 and " " not in line.text else None


def is_closing(folded: str, articles: bool = False) -> bool:
    """Does the folded text begin a paragraph about the whole document ("Kết luận này phổ biến …")?

    Under Điều only the note of adoption and the last address do: "có hiệu lực" there is what an Điều says.
    """
    return bool((_CLOSING_OF_ARTICLES if articles else _CLOSING).match(folded))


def find_zones(lines: Sequence[Line], start: int, end: int, heading_end: int) -> Zones:
    """Divides lines [start, end) (without the site's furniture); the type is printed before `heading_end`."""
    type_line = None
    for n in range(start, min(heading_end + 1, end)):
        line = lines[n]
        if line.blank or line.furniture:
            continue
        if (type_on_line(line) and len(line.text) < 900) or type_over_lines(lines, n):
            type_line = n
            break
    body = (type_line + 1) if type_line is not None else start
    recipients = signature = None
    limit = end
    for n in range(body, end):
        line = lines[n]
        if line.blank or line.furniture or line.quoted:
            continue
        if recipients is None and line.folded[0] in "nk" and _RECIPIENTS.match(line.folded) and len(line.text) < 120:
            recipients = n
        elif signature is None and is_signature(lines, n, end):
            signature = n
        elif n > body + 5 and starts_attachment(lines, n, end, recipients is not None or signature is not None):
            limit = n
            break
    marks = [m for m in (recipients, signature) if m is not None]
    tail = min(marks) if marks else limit
    attachments = find_attachments(lines, limit if not marks else tail, end, bool(marks))
    after = attachments[0].first if attachments else end
    return Zones(start, type_line, body, min(tail, after), after, recipients, signature, attachments)


def is_signature(lines: Sequence[Line], n: int, end: int) -> bool:
    """Does a signature block begin on this line?"""
    line = lines[n]
    text = line.text
    if len(text) < 60 and (m := SIGNED_BEHIND.match(text)) and NAME.search(m[1]):
        return True
    if len(text) > 90 or text.endswith((":", ",", ";")) or not is_capitals(text.split("(")[0]):
        return False
    on_behalf = bool(_SIGN.match(text))
    if not on_behalf and not _OFFICE_LINE.match(line.folded.lstrip("* ")):
        return False
    # A name follows, perhaps under another office; no sentence does.
    rows = 0
    for k in range(n + 1, min(n + 16, end)):
        below = lines[k].text
        if not below or lines[k].furniture:
            continue
        rows += 1
        if rows > 7 or len(below) > 90 or _NOT_UNDER_OFFICE.match(lines[k].folded):
            return False
        if not is_capitals(below) and (NAME.fullmatch(bare_name(below)) or SIGNED_BEHIND.match(below)):
            return True
    return on_behalf and rows < 6


def bare_name(text: str) -> str:
    """A signer's line without rank, degree, "Đã ký" and rulers."""
    return _RANK.sub("", _RANK.sub("", text.strip(" .,-–—()*_/[]:"))).strip(" .,-–—()*_/[]:")
