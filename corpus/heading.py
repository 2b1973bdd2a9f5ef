"""What a document says of itself: number, type, issuer, date, subject, signer; stamps and certified copies apart."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from corpus.dates import LONG, SHORT, find_dates, to_date
from corpus.issuers import BODIES, body_named, in_mixed_case, issuer_in_heading, repaired
from corpus.letterhead import MOTTO, STATE, Letterhead
from corpus.lines import Line
from corpus.model import Stamp, Trust
from corpus.numbers import DocumentNumber, find_numbers
from corpus.signer import signer
from corpus.stamps import copies, digital_signature, incoming
from corpus.subject import AUTHORITY, RUNS_ON, report_title, subject
from corpus.text import CAPITALS, fold, fold_same, one_line
from corpus.types import ABBREVIATIONS, NAMES, names_type, type_on_line
from corpus.zones import Zones, type_over_lines

_LABEL = re.compile(
    r"(?:^|(?<=[\s|]))(?:(?P<kind>luật|nghị quyết|pháp lệnh|bộ luật)\s+)?(?:s[ốoóôồổỗéèê]|S[6o]|\$6)\s*(?:hiệu"
    r"|ký hiệu)?\s*(?P<colon>[:;.]?)\s*"
    r"(?=[^\s\w]{0,2}\d|l \d)",
    re.IGNORECASE | re.MULTILINE,
)
_ANY_TYPE = "|".join(NAMES)
_HEADLINE = re.compile(
    rf"(?P<type>{_ANY_TYPE})\s+(?:số\s*:?\s*)?(?P<number>\d[^\s,;]*)\s*,?\s*"
    r"(?:ngày\s+(?P<date>\d{1,2}/\d{1,2}/\d{4}|\d{1,2} tháng \d{1,2} năm \d{4})\s*,?\s*)?"
    r"(?:của\s+(?P<issuer>.+?)\s*,?\s+)?"
    r"(?P<title>(?:về|quy định|hướng dẫn|kết luận|ban hành|sửa đổi)\b.*)?$",
    re.IGNORECASE,
)
_ADOPTED = re.compile(r"thong qua\b[^.;]{0,160}?ngay\s*(\d{1,2})\s*th[a-z]ng\s*(\d{1,2})\s*n[a-z]m\s*((?:19|20)\d\d)")
_ADOPTING = re.compile(r"(?:luat|nghi quyet|phap lenh|bo luat|hien phap)\b.{0,30}\b(?:nay|da duoc)\b")
_META = {"so hieu": "number", "so ky hieu": "number", "loai van ban": "type", "noi ban hanh": "issuer",
         "co quan ban hanh": "issuer", "nguoi ky": "signer", "ngay ban hanh": "date", "trich yeu": "title"}  # fmt: skip
_UNKNOWN = frozenset(("da biet", "dang cap nhat", "khong xac dinh"))
# "(Kèm theo Hướng dẫn số 40-HD/BTGDVTW, ngày 27/11/2025 của …)" above an attachment names the document itself.
_ATTACHED_TO = re.compile(
    rf"kèm theo\s+(?P<type>{'|'.join(NAMES)})\s+(?:số\s*:?\s*)?(?P<rest>[^)\n]{{0,160}}(?:\n[^)\n]{{0,120}})?)",
    re.IGNORECASE,
)


_FEWEST = 4  # clauses that make a text without any heading a directive


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


def read_heading(
    text: str,
    lines: Sequence[Line],
    zones: Zones,
    letterhead: Letterhead,
    clauses: int,
    month: str | None,
    table: range,
    article: bool,
) -> Heading:
    """Reads the letterhead, the heading lines, the signature block and, where these are silent, the site's table."""
    h = Heading(month=month)
    h.received, on_stamps = incoming(lines, zones)
    h.copies, on_copies = copies(lines, zones)
    h.stamp_lines = on_stamps | on_copies | digital_signature(lines, zones.start, zones.body)
    top = [
        n
        for n in range(zones.start, max(letterhead.end, zones.body))
        if n not in h.stamp_lines and not lines[n].furniture and lines[n].text
    ]
    meta = _site_table(lines, table)
    headed = zones.type_line is not None or letterhead.state is not None or bool(meta)
    if article or not (headed or _headline(lines, zones, top, h) or clauses >= _FEWEST or _speaks(lines, zones)):
        return _report(lines, zones, h, article)
    letter = zones.type_line is None and letterhead.state is not None
    if zones.type_line is not None:
        h.type = type_on_line(lines[zones.type_line]) or type_over_lines(lines, zones.type_line)
    if h.number is None:
        h.number = _number(lines, top, zones, letterhead) or _canonical(meta.get("number"))
    if h.date is None:
        h.date = _date(lines, top, letterhead, zones)
    _named_by_attachment(text, lines, zones, h)
    if h.number is None:
        _number_of_page(lines, zones, h)
    h.number = _mended(h.number, h.type)
    if h.type is None or (h.number and DocumentNumber.parse(h.number).type == "Văn bản hợp nhất"):
        h.type = _type(h, meta, letter, lines, zones)
    if h.title is None:
        h.title, h.title_lines = subject(lines, zones, h.stamp_lines, h.type == "Công văn" or letter)
    if h.date is None:
        h.date = _adopted(lines, zones) or _first_date(meta.get("date"))
    if h.title is None:
        h.title = meta.get("title") or _title_of_site(lines, h)
    h.signer = signer(lines, zones) or meta.get("signer")
    if h.issuer is None:
        h.issuer = _issuer(lines, zones, top, letterhead, h, meta)
    if h.title and h.issuer and len(h.title_lines) <= 2 and len(h.title) > _UNWRAPPED:
        h.title = _without_issuer(h.title, h.issuer)
    if h.copies:
        h.trust = Trust.COPY
    return h


_UNWRAPPED = 60  # characters of a subject on one line: what speaks may be printed behind it


def _without_issuer(title: str, issuer: str) -> str:
    """``… GIAI ĐOẠN 2021 - 2030 QUỐC HỘI`` → without the body that speaks, unless the words run on into it."""
    folded = fold_same(title)
    for body in (fold(issuer), fold(issuer).rpartition(" tinh ")[0] + " tinh"):
        for office in ("chu tich ", ""):
            tail = f" {office}{body}"
            if len(tail) > 6 and folded.endswith(tail):
                kept = title[: -len(tail)].rstrip()
                return title if fold(kept).split()[-1] in RUNS_ON else kept
    return title


def _report(lines: Sequence[Line], zones: Zones, h: Heading, article: bool) -> Heading:
    """A press report ("Tin") or an article about a directive ("Bài viết"): no number, issuer or day of its own."""
    title, on = report_title(lines, zones)
    kind = "Bài viết" if article or (title and h.month is None) else "Tin"
    return Heading(
        type=kind,
        month=h.month,
        title=title,
        title_lines=on,
        trust=Trust.REPORT,
        report=True,
        stamp_lines=h.stamp_lines,
    )


def _speaks(lines: Sequence[Line], zones: Zones) -> bool:
    """Does a text without any heading still end or begin as a directive does?"""
    if zones.recipients is not None or zones.signature is not None:
        return True
    return any(
        lines[n].folded.startswith(("can cu ", "dieu 1"))
        for n in range(zones.start, min(zones.start + 80, zones.after))
    )


def _site_table(lines: Sequence[Line], where: range) -> dict[str, str]:
    """The table a site prints above a document: ``Số hiệu:`` / ``224/CĐ-TTg``."""
    out: dict[str, str] = {}
    for n in where:
        key, colon, _ = lines[n].folded.partition(":")
        name = _META.get(key.strip())
        if name is None or not colon or name in out:
            continue
        value = lines[n].text.partition(":")[2].strip()
        if not value:
            value = next((lines[k].text for k in range(n + 1, min(n + 6, len(lines))) if lines[k].text), "")
        if value and not value.endswith(":") and fold(value) not in _UNKNOWN:
            out[name] = one_line(value)
    return out


def _headline(lines: Sequence[Line], zones: Zones, top: Sequence[int], h: Heading) -> bool:
    """``Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị về …``: the whole heading in one sentence."""
    for n in top[:4]:
        line = one_line(lines[n].text)
        if not 20 < len(line) < 500 or "?" in line:
            continue
        m = _HEADLINE.match(line)
        if not m or not m["date"]:
            continue
        number = _canonical(m["number"])
        if number is None:
            continue
        h.number, h.date = number, _first_date("ngày " + m["date"])
        h.type = names_type(m["type"])
        h.issuer = in_mixed_case(m["issuer"]) if m["issuer"] else None
        h.title, h.title_lines = m["title"], {n}
        return True
    return False


def _number(lines: Sequence[Line], top: Sequence[int], zones: Zones, letterhead: Letterhead) -> str | None:
    """The number behind "Số:" in the letterhead."""
    bare = letterhead.state is None
    if bare:
        # Without the State's name above, only what stands about the type line can be the letterhead's rest.
        top = [n for n in top if zones.type_line is not None and n < zones.type_line + 6]
    joined = "\n".join(lines[n].text for n in top)
    for label in _LABEL.finditer(joined):
        if not label["colon"] and label["kind"]:
            continue  # "Nghị quyết số 5/2020/…" in a sentence
        line_start = joined.rfind("\n", 0, label.start()) + 1
        before = fold(joined[line_start : label.start()])
        if re.search(r"(?:can cu|theo|thay the|thuc hien|phieu|cong van|to trinh|bao cao|cua)\W*$", before):
            continue
        if before.strip() and (bare or (not label["colon"] and len(before) > 30)):
            continue
        found = _printed_number(joined[label.end() : label.end() + 60])
        if found:
            return found
        if label["colon"]:
            return None  # a label whose number cannot be read: no other number is the document's
    return None


def _printed_number(printed: str) -> str | None:
    """A number as a letterhead prints it: blanks between digits and letters, scanned letters."""
    printed = re.sub(r"^l (?=\d)", "1", printed.lstrip(" \n*_"))
    # Digits that are spaced out: "1 0 9 4 3 /BYT-MT".
    spaced = re.match(r"(?:\d\s){2,6}\d?(?=\s*[/-])", printed)
    if spaced:
        printed = re.sub(r"\s", "", spaced.group()) + printed[spaced.end() :]
    printed = re.sub(r"^(\d+)\s+(?=[/-])", r"\1", printed)
    printed = re.sub(r"(?<=QH)[Il](?=\d)|(?<=QH1)[Il](?!\w)", "1", printed)
    # Scans lose the bar of Đ; no abbreviation of a type has a plain D there.
    printed = re.sub(r"(?<=[\d/])(Q|N|C)D(?=-)", lambda m: f"{m[1]}Đ", printed)
    printed = re.sub(r"-(?:HDND|HBND)\b", "-HĐND", printed)
    printed = re.sub(r"-(?:IIDTP|HDTP|IIĐTP)\b", "-HĐTP", printed)
    # A slash the scan has lost between number and year: 052019/NQ-….
    printed = re.sub(r"^(\d{2})((?:19|20)\d\d)(?=/[A-ZĐ])", r"\1/\2", printed)
    found = find_numbers(printed[:60])
    if found and found[0][1] == 0:
        return found[0][0]
    bare = re.match(r"(\d{1,6})/([A-ZĐ]{2,8})(?![\w-])", printed)
    body = next((b for b in BODIES if fold(b) == fold(bare[2])), None) if bare else None
    return f"{bare[1]}/{body}" if bare and body else None


def _mended(number: str | None, kind: str | None) -> str | None:
    """``2439/OD-BTC`` of a Quyết định → ``2439/QĐ-BTC``: the abbreviation of a type, damaged in one letter."""
    if number is None or kind is None or DocumentNumber.parse(number).type is not None:
        return number
    serial, slash, symbol = number.rpartition("/")
    head, dash, body = symbol.partition("-")
    for abbreviation, name in ABBREVIATIONS.items():
        if name == kind and len(head) == len(abbreviation) > 1 and dash:
            wrong = sum(a != b for a, b in zip(fold(head), fold(abbreviation), strict=True))
            if wrong <= 1:
                return _canonical(f"{serial}{slash}{abbreviation}{dash}{body}")
    return number


def _canonical(printed: str | None) -> str | None:
    if not printed:
        return None
    try:
        return str(DocumentNumber.parse(printed))
    except ValueError:
        found = find_numbers(printed)
        return found[0][0] if found else None


def _date(lines: Sequence[Line], top: Sequence[int], letterhead: Letterhead, zones: Zones) -> dt.date | None:
    """The day in the letterhead: behind a place and a comma, or alone on its line."""
    last = zones.type_line if zones.type_line is not None else letterhead.end
    joined = "\n".join(
        lines[n].text for n in top if n <= last or (letterhead.state is None and zones.type_line is None)
    )
    for m in LONG.finditer(joined):
        before = joined[: m.start()].rstrip()
        alone = not before or joined[: m.start()].endswith("\n")
        placed = alone or before.endswith((",", ".")) or _PLACE.search(before)
        if placed and (date := to_date(m[1], m[2], m[3])):
            return date
    for m in _SCANNED_DATE.finditer(joined):
        day, month = (g.translate(_DIGITS) for g in (m[1], m[2]))
        if day.isdigit() and month.isdigit() and (date := to_date(day, month, m[3])):
            return date
    if letterhead.state is not None:
        for m in SHORT.finditer(joined):
            before = joined[: m.start()].rstrip()
            if re.search(r"[,\n]\s*(?:ngày)?$", before) and (date := to_date(m[1], m[2], m[3])):
                return date
    return None


_PLACE = re.compile(rf"(?:^|\n)\W*(?:[{CAPITALS}]\w* ?){{1,4}}$")
_DIGITS = str.maketrans("AOoIl|S", "1001115")
_SCANNED_DATE = re.compile(
    r"[,.]\s*ng[aà]y\s?([\dOIl]{1,2})\s*th[aáảàâ]ng\s?([\dAOoIl]{1,2})\s*n[aăäâà]m\s*((?:19|20)\d\d)(?!\d)",
    re.IGNORECASE,
)


def _adopted(lines: Sequence[Line], zones: Zones) -> dt.date | None:
    """The day an assembly adopted it: "Nghị quyết này đã được Quốc hội … thông qua ngày …"."""
    for n in range(zones.body, zones.after):
        line = lines[n]
        if line.furniture or not _ADOPTING.match(line.folded):
            continue
        joined = " ".join(lines[k].folded for k in range(n, min(n + 8, zones.after)))
        if (m := _ADOPTED.search(joined)) and (date := to_date(m[1], m[2], m[3])):
            return date
    return None


def _title_of_site(lines: Sequence[Line], h: Heading) -> str | None:
    """The subject in the site's own words: "Quyết định 3608/QĐ-BYT ngày 21/11/2025 về … do Bộ Y tế ban hành"."""
    if h.number is None:
        return None
    for line in lines:
        if h.number in line.text[:60] and (
            m := re.match(
                r"\D{3,40}\S+ (?:năm \d{4}|ngày \S+)\s+(.{10,500}?)\s+do .{5,80} (?:ban hành|điện)$", line.text
            )
        ):
            return one_line(m[1])
    return None


def _first_date(printed: str | None) -> dt.date | None:
    dates = find_dates(printed) if printed else []
    return dates[0][0] if dates else None


def _named_by_attachment(text: str, lines: Sequence[Line], zones: Zones, h: Heading) -> None:
    """Number and day from the line under an attachment's heading, where the letterhead is lost."""
    if (h.number is not None and h.date is not None) or h.type is None or not zones.attachments:
        return
    for a in zones.attachments:
        joined = "\n".join(lines[n].text for n in range(a.first, min(a.first + 14, a.end)))
        m = _ATTACHED_TO.search(joined)
        if m is None or names_type(m["type"]) != h.type:
            continue
        numbers = find_numbers(m["rest"])
        if numbers and h.number in (None, numbers[0][0]):
            h.number = numbers[0][0]
            h.date = h.date or _first_date(m["rest"])
            return


def _number_of_page(lines: Sequence[Line], zones: Zones, h: Heading) -> None:
    """The number (and day) in the page's own headline or lead above the document, when it is of the document's type."""
    if zones.type_line is None or h.type is None:
        return
    for n in range(zones.start, zones.type_line):
        line = lines[n]
        lead = re.search(r"\bban hanh\b", line.folded)
        if not line.heading and not line.capitals and not lead:
            continue
        for number, start, _ in find_numbers(line.text):
            named = fold(line.text[:start]).rstrip(" so:")
            if DocumentNumber.parse(number).type != h.type or not named.endswith(fold(h.type)):
                continue
            h.number = number
            if lead and lead.start() < start and (day := re.match(r"(?:ngày|sáng|chiều)\b", line.text, re.IGNORECASE)):
                h.date = h.date or _first_date(line.text[: start - day.start()])
            return


_SELF = re.compile(rf"(?<!\w)({'|'.join(fold(n) for n in NAMES if ' ' in n)})\s+nay\b")


def _type_by_itself(lines: Sequence[Line], zones: Zones) -> str | None:
    """The type a document calls itself in its last words: "… thực hiện Kết luận này"."""
    for n in range(zones.tail - 1, max(zones.start, zones.tail - 40), -1):
        found = _SELF.findall(lines[n].folded)
        if found:
            return names_type(found[-1])
    return None


def _type(h: Heading, meta: dict[str, str], letter: bool, lines: Sequence[Line], zones: Zones) -> str | None:
    if meta.get("type"):
        return names_type(meta["type"]) or meta["type"]
    if h.number and (named := DocumentNumber.parse(h.number).type):
        return named
    if letter:
        return "Công văn"
    return _type_by_itself(lines, zones)


def _issuer(
    lines: Sequence[Line], zones: Zones, top: Sequence[int], letterhead: Letterhead, h: Heading, meta: dict[str, str]
) -> str | None:
    number = DocumentNumber.parse(h.number) if h.number else None
    if number and (named := body_named(number.body)) is not None:
        return named
    column = _left_column(lines, top, letterhead)
    if column and (named := issuer_in_heading(column)):
        return (_of_central_committee(lines, zones, h) or named) if "chấp hành trung ương" in named.lower() else named
    if meta.get("issuer"):
        place = meta["issuer"]
        body = number.body if number else ""
        kind = {"UBND": "Ủy ban nhân dân", "HĐND": "Hội đồng nhân dân"}.get(body.split("-")[0])
        if kind and fold(place).startswith(("thanh pho", "tinh")):
            return f"{kind} {place[0].lower()}{place[1:]}"
        return place
    if zones.type_line is not None and (named := _of_central_committee(lines, zones, h)):
        return named
    if zones.type_line is not None:
        of = re.match(
            r"\s*của\s+(.{4,60}?)(?:\s*\(|\s+về\b|$)", lines[zones.type_line].text[len(h.type or "") :], re.IGNORECASE
        )
        if of:
            return in_mixed_case(of[1])
    # The body that speaks: a line of its own under the subject, or "X điện:".
    for n in range(zones.body, min(zones.body + 60, zones.tail)):
        line = lines[n]
        words = re.sub(r"\s*(?:điện|ĐIỆN)?\s*:?$", "", line.text)
        if n in h.title_lines or not words or len(words) > 120:
            continue
        if sum(c.isupper() for c in words) > 0.6 * sum(c.isalpha() for c in words) and AUTHORITY.match(line.folded):
            return repaired(_body_of_office(in_mixed_case(words)))
        if line.folded.startswith(("dieu 1", "1. ")):
            break
    for n in range(zones.body, min(zones.body + 120, zones.tail)):
        joined = one_line(" ".join(lines[k].text for k in range(n, min(n + 3, zones.tail))))
        made = re.match(
            r"((?:Bộ trưởng |Thống đốc |Chủ tịch |Chánh án |Tổng |Viện trưởng )?(?:Chính phủ|Quốc hội|Thủ tướng|Bộ"
            r"|Ngân hàng|Ủy ban|Uỷ ban|Hội đồng"
            r"|Ban|Tòa án|Viện|Kiểm toán|Thanh tra)[^.;:]{0,90}?)\s+(?:quyết định )?ban hành\s+(?P<type>\w+ \w+)",
            joined,
        )
        if made and h.type and fold(h.type).startswith(fold(made["type"]).split(" ")[0]):
            return repaired(_body_of_office(in_mixed_case(made[1])))
        concludes = re.search(
            rf"({_CENTRAL.pattern})(?: da)? (?:thao luan va )?(?:ket luan|yeu cau|thong nhat)\b", fold(joined)
        )
        if concludes and h.type in ("Kết luận", "Chỉ thị", "Nghị quyết", None):
            return _central_name(concludes[1])
    # The last words: "Văn phòng Chính phủ thông báo để …".
    for n in range(zones.tail - 1, max(zones.body, zones.tail - 25), -1):
        told = re.match(
            r"((?:Văn phòng|Bộ|Cục|Ban|Tổng cục|Sở|Ủy ban) [^.,;:]{3,60}?)\s+(?:xin |trân trọng )*thông báo\b",
            lines[n].text,
        )
        if told:
            return repaired(told[1])
    if zones.signature is not None:
        return _of_signature(lines, zones, h)
    return None


_CENTRAL = re.compile(r"bo chinh tri,? ban bi thu|bo chinh tri|ban bi thu|ban chap hanh trung uong")


def _of_central_committee(lines: Sequence[Line], zones: Zones, h: Heading) -> str | None:
    """Which of the Party's central bodies speaks: as the heading says ("CỦA BỘ CHÍNH TRỊ"), or the signature."""
    if zones.type_line is not None:
        near = " ".join(lines[k].folded for k in range(zones.type_line, min(zones.type_line + 4, len(lines))))
        if m := re.search(rf"cua\s+({_CENTRAL.pattern})", near[:200]):
            return _central_name(m[1])
    if zones.signature is not None and (m := _CENTRAL.search(lines[zones.signature].folded)):
        return _central_name(m.group())
    return None


def _central_name(folded: str) -> str:
    names = {"bo chinh tri": "Bộ Chính trị", "ban bi thu": "Ban Bí thư", "ban chap hanh": "Ban Chấp hành Trung ương"}
    return ", ".join(name for key, name in names.items() if key in folded)


def _body_of_office(name: str) -> str:
    """``Bộ trưởng Bộ Tài chính`` → ``Bộ Tài chính``; the Prime Minister issues as himself."""
    return re.sub(
        r"^(?:(?:Phó )?(?:Bộ trưởng|Thống đốc|Cục trưởng|Tổng cục trưởng|Chủ tịch|Giám đốc|Chánh án|Viện trưởng"
        r"|Tổng Giám đốc|Trưởng ban|Chủ nhiệm|Tổng Thanh tra)\s+)"
        r"(?=(?:bộ|ngân|cục|tổng|ủy ban|uỷ ban|hội đồng|sở|tòa|toà|viện|trung tâm|ban|thanh tra|văn phòng|bảo hiểm)\b)",
        "",
        name,
        flags=re.IGNORECASE,
    )


def _left_column(lines: Sequence[Line], top: Sequence[int], letterhead: Letterhead) -> list[str]:
    """The issuing bodies of a letterhead: capitals above the first ruler, beside the State's or the Party's name."""
    if letterhead.state is None:
        return []
    out: list[str] = []
    for n in top:
        line = lines[n]
        text = line.text
        if n > letterhead.state + 8 or line.folded.startswith("kinh gui") or type_on_line(line):
            break
        if MOTTO.match(line.folded):
            continue
        if not any(c.isalnum() for c in text):
            if out and n < letterhead.state:
                break
            continue
        if find_numbers(text) and ". " in text:
            text = text.rsplit(". ", 1)[1]  # "Quyết định 435/QĐ-UBND năm 2020. ỦY BAN …": the page's title before it
        if STATE.search(line.folded) or re.fullmatch(
            r"\W*(?:c[oô0]ng(?: h[oòö]a)?|xa h[oô0]i .*|h[oô0]i chu nghia.*|chu nghia.*|viet nam|hoa xa.*)\W*",
            line.folded,
        ):
            if out and n > letterhead.state:
                continue
            continue
        if line.folded.startswith("so:") or (line.folded.startswith("so ") and any(c.isdigit() for c in text)):
            break
        letters = [c for c in text if c.isalpha()]
        if len(letters) < 2 or sum(c.isupper() for c in letters) < 0.6 * len(letters) or len(text) > 120:
            continue
        out.append(re.sub(r"\s*[-–—_*=]{3,}.*$", "", text).strip(" |_-–—*."))
    return [t for t in out if t]


def _of_signature(lines: Sequence[Line], zones: Zones, h: Heading) -> str | None:
    line = lines[zones.signature or 0]
    if m := re.match(r"\W*T/?M\s?[.,]?\s+(.+)$", line.text):
        return repaired(in_mixed_case(m[1]))
    bare = re.sub(r"^\W*(?:k\s?t|t\s?l|tuq|q)[.,/]*\s*", "", line.folded)
    for words, body in (
        ("thu tuong", "Thủ tướng Chính phủ"),
        ("chu tich quoc hoi", "Quốc hội"),
        ("chu tich nuoc", "Chủ tịch nước"),
        ("bo truong, chu nhiem", "Văn phòng Chính phủ"),
        ("tong bi thu", "Ban Chấp hành Trung ương"),
    ):
        if bare.startswith(words):
            return body
    return None
