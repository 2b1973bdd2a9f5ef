"""What belongs to the page or the site and not to the document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.letterhead import STATE
from corpus.lines import Line, cut_line
from corpus.types import names_type

_CRAWL_PREFIX = re.compile(r"\s*date ((?:19|20)\d{2}-(?:0[1-9]|1[0-2]))(?:-\d{2})?\s+")
_LINE = re.compile(
    r"(?:gui cho ban be|xem nhieu nhat|tin lien quan|tin khac|cac tin khac|chia se|luu bai|in trang|ban in|tu khoa"
    r"|ve dau trang"
    r"|dang tai van ban\.*|thu (?:hai|ba|tu|nam|sau|bay), \d{1,2}/\d{1,2}/\d{4}|chu nhat, \d{1,2}/\d{1,2}/\d{4}"
    r"|scanned (?:with|by) camscanner|--- page (?:break|\d+) ---|trang \d+(?:/\d+)?|page \d+ ?(?:of ?\d+)?"
    r"|in chu de (?:dong)?"
    r"|link bai viet goc:.*|ngay gio dang bai viet goc:.*|theo (?:cong thong tin dien tu chinh phu|ttxvn|vgp"
    r"|chinhphu\.vn)"
    r"|-\s?\d{1,3}\s?-|[\w.]{3,16}[. ]do[c¢]x?\.? \d{1,3}|ghi chu:?|trang chu .{0,200}"
    r"|tin bai ve .{0,80}|tong cuc thue tin tuc.{0,80}"
    r"|quy khach can hoi them thong tin .*|(?:>+ ?)?tai ve (?:toan van|file|tron bo)? ?.{0,160}"
    r"|\d{2}:\d{2}, \d{2}/\d{2}/\d{4} .{0,120}|https?://\S+(?: \d{2}/\d{2}/\d{4})?)$"
)
_PRINT_OR_SEND = re.compile(r".{0,80}in bai gui bai.{0,80}$")
_PICTURE = re.compile(r".{0,300}\(hinh (?:anh )?(?:tu )?internet\)$")
# Footers of a law site and its phone numbers, as scans read them.
_FOOTER = re.compile(r"thu ?vi[e3]n ?phap ?lu|[l|i\W]?awsoft|39\s?30\s?3279|www\s?\.\s?thu\w{0,4}vien", re.IGNORECASE)
_FOOTER_SIGNS = ("thu vi", "thuvi", "awsoft", "3279", "www")  # no footer is without one of these
_PAGE_BREAK = re.compile(r"--- page (?:break|\d+) ---$")
# What a law site prints behind the document.
_BEHIND = ("van ban nay chua cap nhat noi dung tieng anh", "van ban lien quan", "ra chuot vao noi dung")
_NEAR_BREAK = 6  # lines; a bare number this near to a page break is the page's


@dataclass(frozen=True, slots=True)
class Extent:
    """Lines [start, end) hold the document; a site's table of data may stand in [table, start)."""

    start: int
    end: int
    table: int
    month: str | None
    prefix: int  # characters of the first line that a crawler put there
    article: bool  # a site's article about directives, not a directive
    scanned: bool  # its own front matter says that it was read from a scan


def find_furniture(lines: Sequence[Line]) -> Extent:
    """Marks the lines that are not the document's (`Line.furniture`) and says where the document stands."""
    month, prefix, start, end = None, 0, 0, len(lines)
    if lines and (m := _CRAWL_PREFIX.match(lines[0].text + " ")):
        month, prefix = m[1], min(m.end(), len(lines[0].text))
    if lines and lines[0].text == "---":
        stop = next((n for n in range(1, min(len(lines), 60)) if lines[n].text == "---"), 0)
        start = stop + 1 if stop else 0
    table = start
    site = next((n for n in range(start, min(len(lines), 200)) if lines[n].folded.startswith("so hieu:")), None)
    if site is not None:
        table = site
        state = next(
            (n for n in range(site, min(len(lines), site + 90)) if lines[n].folded.startswith("tinh trang:")), None
        )
        if state is not None:
            start = next((n + 1 for n in range(state + 1, min(len(lines), state + 8)) if lines[n].text), state + 1)
        for n in range(start, len(lines)):
            if lines[n].folded.startswith(_BEHIND):
                end = n
                break
        start = _letterhead_start(lines, start, end)
        number = next((t.text for t in lines[site + 1 : site + 6] if t.text), "")
        while end > start and (not lines[end - 1].text or _retells(lines[end - 1], number)):
            end -= 1
    last_break = -_NEAR_BREAK - 1
    for n, line in enumerate(lines):
        text = line.text
        if not text:
            continue
        if n < start or n >= end:
            line.furniture = True
        elif len(text) > 400:
            continue
        elif text[0] == "-" and _PAGE_BREAK.match(line.folded):
            line.furniture, last_break = True, n
            for k in range(n - 1, max(n - _NEAR_BREAK, start), -1):
                if lines[k].text:
                    lines[k].furniture = lines[k].furniture or _bare_number(lines[k].text)
                    break
        elif (
            _is_site_line(line.folded)
            or (len(text) < 120 and _mentions_site(line))
            or (n - last_break <= _NEAR_BREAK and _bare_number(text))
        ):
            line.furniture = True
    return Extent(start, end, table, month, prefix, _is_article(lines, start), _is_scan(lines, start))


def _is_site_line(folded: str) -> bool:
    return (
        _LINE.match(folded) is not None
        or ("in bai gui bai" in folded and _PRINT_OR_SEND.match(folded) is not None)
        or (folded.endswith("internet)") and _PICTURE.match(folded) is not None)
    )


def _mentions_site(line: Line) -> bool:
    folded = line.folded
    return any(sign in folded for sign in _FOOTER_SIGNS) and _FOOTER.search(folded) is not None


def _is_scan(lines: Sequence[Line], start: int) -> bool:
    """Does front matter name a PDF that was converted page by page?"""
    head = [line.folded for line in lines[:start]]
    return any(h.startswith("original_format:") and "pdf" in h for h in head) and any(
        _PAGE_BREAK.match(line.folded) for line in lines[start:] if line.text.startswith("---")
    )


def _bare_number(text: str) -> bool:
    return len(text) <= 3 and text.isdigit()


_CAPITALS_RUN = 16  # lines of capitals and rulers above the State's name


def _letterhead_start(lines: Sequence[Line], start: int, end: int) -> int:
    """Where the document begins behind a site's own summary: its letterhead, or its type line."""
    limit = min(end, start + 400)
    state = next((n for n in range(start, limit) if lines[n].capitals and STATE.search(lines[n].folded)), None)
    if state is None:
        bare = (n for n in range(start, limit) if lines[n].capitals and names_type(lines[n].text) is not None)
        return next(bare, start)
    begin = state
    for n in range(state - 1, max(start - 1, state - _CAPITALS_RUN), -1):
        line = lines[n]
        if line.text and not line.capitals and any(c.isalnum() for c in line.text):
            break
        if line.text:
            begin = n
    return begin


def _retells(line: Line, number: str) -> bool:
    """The site's own line under a document: "Quyết định 1486/QĐ-UBND năm 2025 công bố …"."""
    if len(line.text) > 700:
        return False
    head = line.text[:90]
    return (bool(number) and number in head and re.search(r"năm \d{4}|ngày \d", head) is not None) or (
        re.search(r"nam \d{4} .* (?:ban hanh|dien)$", line.folded) is not None
    )


def is_ruler(line: Line) -> bool:
    """A line of dashes, stars or underscores: drawn, not written."""
    text = line.text
    return bool(text) and not text[0].isalnum() and not text[-1].isalnum() and not any(map(str.isalnum, text))


_UNIT = re.compile(
    r"Đ(?<=[.\d] Đ)iều \d+[a-z]?\.|C(?<=[.\d] C)hương [IVXL]+\b|M(?<=[.\d] M)ục \d+\b|P(?<=[.\d] P)hần thứ "
)
_OFTEN = 3  # lines that begin alike before what they share is taken for the page's


def cut_page_titles(lines: list[Line]) -> tuple[list[Line], int]:
    """Cuts off the title of the page where it stands before every article ("Nghị định 16/2023/NĐ-CP. Điều 1. …").

    Gives the lines and how many came to be; the titles are marked as furniture.
    """
    found: dict[str, int] = {}
    for line in lines:
        if ("Điều " in line.text or "Chương " in line.text) and (m := _UNIT.search(line.text, 0, 320)):
            found[line.text[: m.start()]] = found.get(line.text[: m.start()], 0) + 1
    titles = [t for t, n in found.items() if n >= _OFTEN and len(t) > 8]
    if not titles:
        return lines, 0
    title = max(titles, key=lambda t: found[t])
    out: list[Line] = []
    for line in lines:
        if len(line.text) > len(title) and line.text.startswith(title) and line.index > 0:
            head, *rest = cut_line(line, [len(title)])
            head.furniture = True
            out += [head, *rest]
        else:
            out.append(line)
    for index, line in enumerate(out):
        line.index = index
    return out, len(out) - len(lines)


_ARTICLE_SIGNS = re.compile(
    r"hinh (?:anh )?(?:tu )?internet|tai ve (?:toan van|file)|quy khach can hoi them thong tin|\bhoi dap\b.*phap luat"
)


# The head of a news page sent to a printer.
_PRINTED_PAGE = re.compile(r"chi tiet tin\b|^trang chu gioi thieu|\bin bai gui bai\b")


def _is_article(lines: Sequence[Line], start: int) -> bool:
    """A question as a headline and pictures "from the Internet": an article, however much of a directive it quotes."""
    first = next((line for line in lines[start : start + 20] if line.text), None)
    if any(_PRINTED_PAGE.search(line.folded[:160]) for line in lines[start : start + 12]):
        return True
    if first is None or not first.heading:
        return False
    if first.text.endswith("?"):
        return True
    return any(_ARTICLE_SIGNS.search(line.folded) for line in lines if line.text and len(line.text) < 600)
