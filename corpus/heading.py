"""What a document says of itself: number, type, issuer, date, subject, signer; stamps and certified copies apart."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from corpus.dates import LONG, find_dates, to_date
from corpus.issuers import body_named, in_mixed_case
from corpus.lines import Line
from corpus.model import Stamp, Trust
from corpus.numbers import DocumentNumber, find_numbers
from corpus.text import fold, fold_same, one_line
from corpus.types import NAMES
from corpus.zones import OFFICES, Zones, is_capitals, type_on_line

_SO = re.compile(r"(?:s[oố60ôỗóồổ]|luat so|so)\s*(?:hieu)?\s*[:.;]?\s*$", re.IGNORECASE)
_STATE_HEAD = re.compile(r"c[oôộ]ng h[oòôỏ]a xa h[oôộ]i|doc lap\s*[-–]?\s*tu do|dang cong san viet nam")
_HEADLINE = re.compile(
    rf"(?P<type>{'|'.join(NAMES)})\s+(?:số\s*:?\s*)?(?P<number>\d[^\s,;]*)\s*,?\s*(?:ngày\s+(?P<date>\d{{1,2}}/\d{{1,2}}/\d{{4}}|\d{{1,2}} tháng \d{{1,2}} năm \d{{4}})\s*,?\s*)?"
    r"(?:của\s+(?P<issuer>.+?)\s*,?\s+)?(?P<title>(?:về|quy định|hướng dẫn|kết luận|ban hành|sửa đổi)\b.*)?$",
    re.IGNORECASE,
)
_ADOPTED = re.compile(
    r"(?:thong qua|ban hanh)(?: tai [^.]{0,120}?)?,?\s*(?:vao\s+)?ngay\s*(\d{1,2})\s*thang\s*(\d{1,2})\s*nam\s*((?:19|20)\d\d)"
)
_META = {"so hieu": "number", "so ky hieu": "number", "loai van ban": "type", "noi ban hanh": "issuer",
         "co quan ban hanh": "issuer", "nguoi ky": "signer", "ngay ban hanh": "date", "trich yeu": "title"}  # fmt: skip
_TITLE_STOP = re.compile(
    r"(?:can cu|kinh gui|xet|theo de nghi|sau khi|thuc hien|de thuc hien|ngay \d|tai phien hop|trong thoi gian|thoi gian qua"
    r"|so:|ho so|\(|luat so|tren co so|quyet nghi|quyet dinh|dieu \d|chuong [ivx\d]|phan thu|[ivx]+\. |1\. |thi hanh|nham |hien nay|vua qua|- )"
)
_AUTHORITY = re.compile(
    r"(?:uy ban nhan dan|hoi dong nhan dan|chinh phu|quoc hoi|uy ban thuong vu|thu tuong chinh phu|bo truong|bo chinh tri|ban bi thu"
    r"|ban chap hanh|chu tich|tong cuc truong|cuc truong|giam doc|bo [a-z]+|hoi dong tham phan|tong kiem toan|thong doc|vien truong|chanh an|van phong|ban to chuc|so [a-z]+)"
)
_NAME = re.compile(r"(?:[A-ZĐÀ-ỸƠƯÂÊÔĂ][a-zđà-ỹơưâêôăA-ZĐÀ-Ỹ]{0,8}\s?){2,5}$")
_RANK = re.compile(r"^(?:(?:đã ký|da ky)\s*:?|\(đã ký\)|(?:đại|thượng|trung|thiếu) tướng|(?:GS|PGS|TS|ThS|BS|Ts|KS)\.?|,|\.)\s*", re.I)


@dataclass(slots=True)
class Heading:
    """What `read_heading` found; None where the document does not say it."""

    number: str | None = None
    type: str | None = None
    issuer: str | None = None
    date: dt.date | None = None
    month: str | None = None
    title: str | None = None
    signer: str | None = None
    trust: Trust = Trust.OFFICIAL
    received: list[Stamp] = field(default_factory=list)
    copies: list[Stamp] = field(default_factory=list)
    stamp_lines: set[int] = field(default_factory=set)
    title_lines: set[int] = field(default_factory=set)
    report: bool = False


def read_heading(lines: Sequence[Line], zones: Zones, has_clauses: bool, month: str | None, meta_range: range) -> Heading:
    """Reads the letterhead, the heading line, the signature block and, where these are silent, the site's table."""
    h = Heading(month=month)
    _stamps(lines, zones, h)
    _copies(lines, zones, h)
    meta = _site_table(lines, meta_range)
    top_end = zones.body if zones.type_line is not None else min(zones.start + 60, zones.tail)
    top = [n for n in range(zones.start, top_end) if n not in h.stamp_lines and not lines[n].furniture]
    headline = _headline(lines, zones, top, h)
    if zones.type_line is not None:
        h.type = h.type or type_on_line(lines[zones.type_line])
    letterhead = _letterhead_end(lines, top)
    if not headline:
        _number(lines, top, zones, h)
    _date(lines, top, zones, h)
    if h.number is None and meta.get("number"):
        h.number = _canonical(meta["number"])
    if h.type is None and meta.get("type"):
        h.type = meta["type"]
    if h.date is None and meta.get("date"):
        dates = find_dates(meta["date"])
        h.date = dates[0][0] if dates else None
    letter = h.type is None and h.number is not None and letterhead is not None
    if letter:
        h.type = DocumentNumber.parse(h.number or "").type or "Công văn"
    if h.type is None and h.number and not headline:
        h.type = DocumentNumber.parse(h.number).type
    _title(lines, zones, top, h, meta)
    h.signer = h.signer or _signer(lines, zones) or meta.get("signer")
    if h.issuer is None:
        h.issuer = _issuer(lines, zones, top, letterhead, h, meta)
    if h.type is None and h.number is None and not has_clauses and not meta:
        h.report = True
    if h.report:
        h.type, h.number, h.date, h.issuer, h.signer, h.trust = "Tin", None, None, None, None, Trust.REPORT
        h.title = _report_title(lines, zones)
    elif h.copies and h.trust is Trust.OFFICIAL:
        h.trust = Trust.COPY
    return h


def _stamps(lines: Sequence[Line], zones: Zones, h: Heading) -> None:
    """An incoming stamp: ĐẾN with a number and a day beside it."""
    for n in range(zones.start, zones.after):
        line = lines[n]
        if not re.match(r"(?:ĐẾN|ĐÊN|Đến)\b(?!\s+(?:nay|năm|ngày \d+ tháng))", line.text) or len(line.text) > 60:
            continue
        near = [k for k in range(n, min(n + 8, zones.after)) if lines[k].text][:6]
        joined = " ".join(lines[k].text for k in near)
        number = re.search(r"Số\s*:?\s*([\d/.-]*\d)", joined)
        day = re.search(r"Ngày\s*:?\s*(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})", joined)
        if not number and not day:
            continue
        used = {n}
        for k in near[1:]:
            if re.match(r"(?:số|ngày|chuyển|lưu|giờ|phòng)\b", lines[k].text, re.I):
                used.add(k)
            else:
                break
        by = None
        before = [k for k in range(max(zones.start, n - 2), n) if lines[k].text]
        if before and is_capitals(lines[before[-1]].text) and not _STATE_HEAD.search(lines[before[-1]].folded):
            by = one_line(lines[before[-1]].text)
            used.add(before[-1])
        h.stamp_lines |= used
        h.received.append(
            Stamp(number=number[1] if number else None, date=to_date(*day.groups()) if day else None, by=by)
        )


def _copies(lines: Sequence[Line], zones: Zones, h: Heading) -> None:
    """A certified copy: SAO LỤC, SAO Y, with its own letterhead, number and day around it."""
    for n in range(zones.body, len(lines)):
        line = lines[n]
        if line.furniture or not re.match(r"(?:SAO LỤC|SAO Y|TRÍCH SAO|SAO LỤC Y|SAO NGUYÊN)\b", line.text):
            continue
        first = n
        for k in range(n - 1, max(zones.body, n - 12), -1):
            text = lines[k].text
            if text and (len(text) > 80 or _NAME.fullmatch(text) and not is_capitals(text) or "Đã ký" in text):
                break
            first = k
        last = n
        for k in range(n + 1, min(n + 8, len(lines))):
            if len(lines[k].text) > 80 or lines[k].folded.startswith("noi nhan"):
                break
            last = k
        block = "\n".join(lines[k].text for k in range(first, last + 1))
        numbers, dates = find_numbers(block), find_dates(block)
        names = [lines[k].text for k in range(first, n) if is_capitals(lines[k].text) and not find_numbers(lines[k].text)]
        h.copies.append(
            Stamp(
                number=numbers[0][0] if numbers else None,
                date=dates[0][0] if dates else None,
                by=in_mixed_case(" ".join(_office_order(names))) if names else None,
            )
        )
        h.stamp_lines |= {k for k in range(first, last + 1) if lines[k].text}


def _office_order(names: Sequence[str]) -> list[str]:
    """An office printed under its parent body stands before it in a name: THÀNH ỦY HÀ NỘI / VĂN PHÒNG."""
    if len(names) == 2 and fold(names[1]).strip() == "van phong":
        return [names[1], names[0]]
    return list(names)


def _site_table(lines: Sequence[Line], where: range) -> dict[str, str]:
    """The table a site prints above a document: ``Số hiệu:`` / ``224/CĐ-TTg``."""
    out: dict[str, str] = {}
    for n in where:
        key, colon, rest = lines[n].folded.partition(":")
        name = _META.get(key.strip())
        if name is None or not colon or name in out:
            continue
        value = lines[n].text.partition(":")[2].strip()
        if not value:
            value = next((lines[k].text for k in range(n + 1, min(n + 6, len(lines))) if lines[k].text), "")
        if value and not value.endswith(":") and fold(value) not in ("da biet", "dang cap nhat", "khong xac dinh"):
            out[name] = one_line(value)
    return out


def _headline(lines: Sequence[Line], zones: Zones, top: Sequence[int], h: Heading) -> bool:
    """``Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị về …``: the whole heading in one sentence."""
    if zones.type_line is not None:
        return False
    for n in top[:30]:
        text = one_line(lines[n].text)
        if not 20 < len(text) < 500:
            continue
        m = _HEADLINE.match(text)
        if not m or not m["date"] or "?" in text:
            continue
        number = _canonical(m["number"])
        if number is None:
            continue
        dates = find_dates("ngày " + m["date"])
        h.number, h.date = number, dates[0][0] if dates else None
        h.type = next(t for t in NAMES if fold(t) == fold(m["type"]))
        h.issuer = in_mixed_case(m["issuer"]) if m["issuer"] else None
        h.title = m["title"]
        h.title_lines = {n}
        return True
    return False


def _letterhead_end(lines: Sequence[Line], top: Sequence[int]) -> int | None:
    """The line that prints the State's or the Party's name above the motto."""
    return next((n for n in top if _STATE_HEAD.search(lines[n].folded)), None)


def _number(lines: Sequence[Line], top: Sequence[int], zones: Zones, h: Heading) -> None:
    joined, at = _joined(lines, top)
    best = None
    for number, start, _ in find_numbers(joined):
        before = fold_same(joined[max(0, start - 14) : start])
        if not _SO.search(before):
            continue
        lead = fold_same(joined[max(0, start - 60) : start])
        if re.search(r"(?:can cu|theo|thay the|quyet dinh|nghi quyet|thong bao|cong van|to trinh)\s+(?:so)?\s*[:.]?\s*$", lead):
            continue
        best = number
        break
    h.number = best


def _joined(lines: Sequence[Line], which: Sequence[int]) -> tuple[str, int]:
    return "\n".join(lines[n].text for n in which if lines[n].text), 0


def _canonical(text: str) -> str | None:
    try:
        return str(DocumentNumber.parse(text))
    except ValueError:
        found = find_numbers(text)
        return found[0][0] if found else None


def _date(lines: Sequence[Line], top: Sequence[int], zones: Zones, h: Heading) -> None:
    if h.date is not None:
        return
    joined, _ = _joined(lines, top)
    for m in LONG.finditer(joined):
        before = joined[max(0, m.start() - 40) : m.start()]
        if re.search(r"[,\s]\s*$", before) and re.search(r"[A-ZĐ]\w+\s*,\s*$|^\s*$|\n\s*$|,\s*$", before):
            h.date = to_date(m[1], m[2], m[3])
            if h.date:
                return
    for n in range(zones.body, zones.after):
        if lines[n].furniture or "thong qua" not in lines[n].folded and "ban hanh" not in lines[n].folded:
            continue
        if not re.match(r"(?:luat|nghi quyet|phap lenh|bo luat)\b.{0,12}\bnay\b", lines[n].folded):
            continue
        text = " ".join(lines[k].folded for k in range(n, min(n + 6, zones.after)))
        m2 = _ADOPTED.search(text)
        if m2 and (date := to_date(m2[1], m2[2], m2[3])):
            h.date = date
            return


def _title(lines: Sequence[Line], zones: Zones, top: Sequence[int], h: Heading, meta: dict[str, str]) -> None:
    if h.title is not None:
        return
    if zones.type_line is None:
        for n in top:
            m = re.match(r"(?:v\s?[/i]\s?v|ve viec|trich yeu)\b\s*:?\s*", lines[n].folded)
            at = m.end() if m else None
            if m is None and (inner := re.search(r"\bV/v\b", lines[n].text)):
                at = inner.start()
            if at is None:
                continue
            parts = [lines[n].text[0 if m else at :]]
            h.title_lines.add(n)
            for k in range(n + 1, min(n + 6, len(lines))):
                if not lines[k].text or _TITLE_STOP.match(lines[k].folded) or LONG.search(lines[k].text):
                    break
                parts.append(lines[k].text)
                h.title_lines.add(k)
            h.title = one_line(" ".join(parts))
            return
        h.title = meta.get("title")
        return
    n = zones.type_line
    kind = type_on_line(lines[n])
    rest = lines[n].text[len(kind or "") :].strip(" :")
    parts = [rest] if rest else []
    h.title_lines.add(n)
    gap = 0
    capitals = is_capitals(rest) if rest else None
    for k in range(n + 1, min(n + 30, zones.tail)):
        line = lines[k]
        if line.furniture or k in h.stamp_lines:
            continue
        if not line.text:
            gap += 1
            if parts:
                break
            continue
        if _TITLE_STOP.match(line.folded) and (parts or not is_capitals(line.text)):
            break
        upper = is_capitals(line.text)
        if parts and capitals and not upper and not line.folded.startswith("ve "):
            break
        if not upper:
            capitals = False
        if parts and _AUTHORITY.match(line.folded) and upper and (not capitals or lines[k].bold or gap):
            break
        if parts and len(one_line(" ".join(parts))) > 700:
            break
        if not parts:
            capitals = upper
        parts.append(line.text)
        h.title_lines.add(k)
        gap = 0
    h.title = one_line(" ".join(parts)) or None


def _signer(lines: Sequence[Line], zones: Zones) -> str | None:
    for n in range(zones.body, zones.after):
        if m := re.match(r"(?:Đã ký|Da ky)\s*:\s*(.{4,40})$", lines[n].text):
            return one_line(m[1])
    if zones.signature is None:
        return None
    for n in range(zones.signature + 1, min(zones.signature + 16, zones.after)):
        text = _RANK.sub("", lines[n].text).strip(" .,-()")
        if not text or is_capitals(text) or fold(text).startswith(("da ky", "ky ten")):
            continue
        if _NAME.fullmatch(text):
            return one_line(text)
    return None


def _issuer(
    lines: Sequence[Line], zones: Zones, top: Sequence[int], letterhead: int | None, h: Heading, meta: dict[str, str]
) -> str | None:
    number = DocumentNumber.parse(h.number) if h.number else None
    if number and (named := body_named(number.body)) is not None:
        return named
    # The left column of the letterhead: capitals above the State's or the Party's name.
    head: list[str] = []
    for n in top:
        line = lines[n]
        if letterhead is not None and n >= letterhead:
            break
        if letterhead is None or not line.text or not is_capitals(line.text) or not re.search(r"\w{2}", line.text):
            continue
        if line.folded.startswith(("so", "mau")) and len(line.text) < 20:
            continue
        head.append(line.text)
    if head:
        return in_mixed_case(_body_of(head))
    if meta.get("issuer"):
        return meta["issuer"]
    # The body that speaks: a line of its own under the subject, or "X điện:", or the signature.
    for n in range(zones.body, min(zones.body + 40, zones.tail)):
        text = lines[n].text
        if n not in h.title_lines and text and is_capitals(text.split("điện")[0]) and _AUTHORITY.match(lines[n].folded):
            return in_mixed_case(re.sub(r"\s*điện\s*:?$", "", text))
    if h.title and (m := re.match(r"(?:của)\s+(.+?)\s+(?:về|tại)\b", h.title, re.I)):
        return in_mixed_case(m[1])
    if zones.signature is not None:
        text = lines[zones.signature].text
        if m := re.match(r"\W*T/?M\s?[.,]?\s+(.+)$", text):
            return in_mixed_case(m[1])
        office = re.match(rf"(?:{OFFICES})", lines[zones.signature].folded)
        if office and office.group() == "thu tuong":
            return "Thủ tướng Chính phủ"
    return None


def _body_of(head: Sequence[str]) -> str:
    """The issuing body of a letterhead: the last name, with the lines it runs over and the place it needs."""
    names: list[str] = []
    for text in head:
        text = re.sub(r"[-–—_*]{2,}.*$", "", one_line(text)).strip(" *")
        if not text:
            continue
        if names and not _begins_body(fold(text)):
            names[-1] += " " + text
        else:
            names.append(text)
    if len(names) >= 2 and fold(names[-1]).strip() == "van phong":
        return "VĂN PHÒNG " + names[-2] if "chap hanh" not in fold(names[-2]) else "VĂN PHÒNG TRUNG ƯƠNG ĐẢNG"
    return names[-1] if names else ""


_BODY_WORDS = re.compile(
    r"(?:uy ban|hoi dong|bo |chinh phu|thu tuong|quoc hoi|van phong|cuc |tong cuc|so |ban |tinh uy|thanh uy|huyen uy|quan uy|dang uy"
    r"|ngan hang|toa an|vien |kiem toan|thanh tra|bao hiem|tong lien doan|doan |mat tran|truong |chu tich|lien |tong cong ty|chi cuc)"
)


def _begins_body(folded: str) -> bool:
    return bool(_BODY_WORDS.match(folded + " "))


def _report_title(lines: Sequence[Line], zones: Zones) -> str | None:
    """A report's heading line: a markdown heading, or a short first line followed by the text."""
    for n in range(zones.start, min(zones.start + 12, zones.after)):
        if lines[n].text and not lines[n].furniture:
            if lines[n].heading:
                return one_line(lines[n].text)
            break
    return None
