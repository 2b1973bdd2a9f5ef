"""The letterhead: its two columns are often one line in the file, or one column in many lines; both are taken apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.lines import Line, cut_line
from corpus.text import CAPITALS, SMALLS
from corpus.types import BY_FOLDED, type_on_line

_TYPES = "|".join(sorted((re.escape(k) for k in BY_FOLDED), key=len, reverse=True))
# The State's name and motto, the Party's name, as printed and as scans misread them.
STATE = re.compile(
    r"c[o0][nu]g\s+h[o0][ao]?[oa]?\s+xa\s+h|cong hoa xa|xa hoi chu nghia viet|^cong hoa$|cong\s+san\s+viet\s+nam"
    r"|d[a-z]ng c[a-z]ng s[a-z]n vi"
)
MOTTO = re.compile(r"doc lap\s*[-–—~]")
# Folded text. "Hà Nội, ngày 5 tháng 4 năm 2019", the blanks that a pen fills included.
PLACE_DATE = re.compile(
    r"(?<!\w)(?:[a-zđ.]+ ){0,4}[a-zđ.\-]+,?\s*ng[a-z]y\s?[^\s]{0,5}\s*thang\s?[^\s]{0,4}\s*n[a-z]m\s*(?:\d{4})?"
)
_NUMBER_LABEL = re.compile(r"(?<!\w)(?:luat |nghi quyet |phap lenh )?s[o0ôeé6]l?\s?[:;.]")
BODY = re.compile(
    r"(?:c[aă]n c[uư]\b|kinh gui|dieu 1\b|quyet nghi|xet\b|theo de nghi|chuong i\b|qu?oc hoi ban hanh|1\. |i\. "
    r"|thuc hien |tai phien)"
)
_INLINE_BODY = re.compile(r"(?<=\s)k[ií]nh\s?g[uư]i\s?:", re.I)
_LETTERHEAD_LINES = 90  # a letterhead split over table cells takes about 30


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Line indexes of what a letterhead holds; None for what it does not."""

    state: int | None  # the State's or the Party's name
    end: int  # the first line behind it


def take_apart(lines: list[Line], start: int, end: int) -> tuple[list[Line], int]:
    """Cuts letterhead lines that hold several things, and joins none. Gives the lines and how many came to be."""
    stop = min(end, start + _LETTERHEAD_LINES)
    out = lines[:start]
    seen_date = False
    n = start
    while n < stop:
        line = lines[n]
        if line.text and not line.furniture:
            if BODY.match(line.folded) and not STATE.search(line.folded[:200]):
                break
            cuts, dated = _cuts(line, seen_date)
            seen_date = seen_date or dated or type_on_line(line) is not None
            out += cut_line(line, cuts) if cuts else [line]
        else:
            out.append(line)
        n += 1
    added = len(out) - n
    out += lines[n:]
    if added:
        for index, line in enumerate(out):
            line.index = index
    return out, added


def _cuts(line: Line, seen_date: bool) -> tuple[list[int], bool]:
    folded, text = line.folded, line.text
    if len(folded) > 3000:
        folded, text = folded[:3000], text[:3000]
    cuts: list[int] = []
    dated = False
    state = STATE.search(folded)
    if state and _caps(text[state.start() : state.end()]):
        cuts.append(state.start())
    motto = MOTTO.search(folded)
    if motto and (len(folded) < 600 or state):
        cuts.append(motto.start())
        if end := re.match(r"[^\n]{0,12}?hanh phuc[\s|]*", folded[motto.end() :]):
            cuts.append(motto.end() + end.end())
        rule = re.search(r"[-_=–]{5,}[\s|]*", folded[motto.end() :])
        if rule:
            cuts.append(motto.end() + rule.end())
    for m in _NUMBER_LABEL.finditer(folded):
        if (
            text[m.start()] in "SsLNP"
            and (m.start() < 60 or cuts)
            and re.match(r"\s*[^\s]{0,4}\s?[\d/.…#]", folded[m.end() :])
        ):
            cuts.append(m.start())
            break
    date = None if seen_date else PLACE_DATE.search(folded)
    if date and text[date.start()].isupper() and (date.start() < 100 or cuts) and len(folded[: date.start()]) < 250:
        place = re.match(r"[^,]*", text[date.start() :])
        begin = date.start()
        if place:
            # Only the capitalised words straight before the comma are the place.
            words = place.group().split(" ")
            keep = len(words)
            while keep > 0 and _names_place(words[keep - 1]) and len(words) - keep < 4:
                keep -= 1
            begin += len(" ".join(words[:keep])) + (1 if keep else 0)
        cuts += [begin, date.end()]
        dated = True
        rest = text[date.end() :].lstrip()
        kind = re.match(rf"\W{{0,3}}({_TYPES})(?!\w)", folded[date.end() :].lstrip())
        if kind and rest[: kind.end()].isupper():
            at = date.end() + len(text[date.end() :]) - len(rest)
            cuts.append(at)
            # What follows a subject in capitals on the same line is the body already.
            if lower := re.search(rf"(?<=\s)\[?(?:[{CAPITALS}]\w*[{SMALLS}]\w*|\[)", rest[kind.end() :]):
                cuts.append(at + kind.end() + lower.start())
    if kind := re.match(rf"({_TYPES})(?=[a-z])", folded):
        rest = text[kind.end() :]
        if text[: kind.end()].isupper() and (rest[:2].istitle() or rest[:2].islower() or rest.startswith("CỦA")):
            cuts.append(kind.end())  # "NGHỊ ĐỊNHQuy định …": a line break lost with its mark-up
    if about := re.search(r"(?<=\s)V/v\b", text):
        cuts.append(about.start())
    if to := _INLINE_BODY.search(text):
        cuts.append(to.start())
    return [c for c in cuts if c > 0], dated


def _names_place(word: str) -> bool:
    return word[:1].isupper() and (not word.isupper() or word.rstrip(".") == "TP")


def _caps(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and sum(c.isupper() for c in letters) > 0.6 * len(letters)


def find_letterhead(lines: Sequence[Line], start: int, end: int) -> Letterhead:
    """Where the letterhead stands; `state` is None when its right column is lost."""
    stop = min(end, start + _LETTERHEAD_LINES)
    state = None
    for n in range(start, stop):
        line = lines[n]
        if not line.text or line.furniture:
            continue
        if state is None and STATE.search(line.folded) and len(line.text) < 120 and _caps(line.text):
            state = n
        elif BODY.match(line.folded):
            return Letterhead(state, n)
    return Letterhead(state, stop)
