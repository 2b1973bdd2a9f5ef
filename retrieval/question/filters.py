"""Dates, types and issuers that a question says: what a document must, or would better, be."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from corpus.text import fold_same, normalize
from corpus.types import BY_FOLDED
from retrieval.lexicon import Lexicon

_DAY = re.compile(
    r"(?<![\d/.-])(?:(?:ngay|hom)\s*)?(?P<d>[0-3]?\d)\s*(?:/|-|\.|\s*thang\s*)\s*(?P<m>[01]?\d)\s*(?:/|-|\.|,?\s*nam\s*)\s*(?P<y>(?:19|20)\d\d)(?![\d])"
)
_MONTH = re.compile(r"(?<!\w)thang\s*(?P<m>[01]?\d)\s*(?:/|-|\.|\s*,?\s*nam\s*|\s+)(?P<y>(?:19|20)\d\d)(?!\d)")
_YEAR = re.compile(r"(?<!\w)nam\s*(?P<y>(?:19|20)\d\d)(?!\d)")
_TYPE = re.compile(r"(?<!\w)(?:" + "|".join(sorted(map(re.escape, BY_FOLDED), key=len, reverse=True)) + r")(?!\w)")
_DOCUMENT = re.compile(r"(?<!\w)(?:van ban|cong van|tai lieu|giay to)(?!\w)")


@dataclass(frozen=True)
class Filters:
    """What the question says of the document it wants. `dated`: a type or "văn bản" stands straight before the date,
    so that it is the document's own date and not the date of something it tells of."""

    dates: tuple[dt.date, ...] = ()
    months: tuple[str, ...] = ()  # "2021-06"
    years: tuple[int, ...] = ()
    types: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()  # folded names
    dated: bool = False
    spans: tuple[tuple[int, int], ...] = ()  # where dates stand in the question


def find_filters(question: str, lexicon: Lexicon, number_spans: list[tuple[int, int]]) -> Filters:
    """Dates with their years, names of types, issuers known to the lexicon."""
    text = fold_same(normalize(question))
    for start, end in number_spans:
        text = text[:start] + " " * (end - start) + text[end:]
    dates: list[dt.date] = []
    months: list[str] = []
    dated = False
    spans: list[tuple[int, int]] = []
    rest = text
    for m in _DAY.finditer(text):
        try:
            dates.append(dt.date(int(m["y"]), int(m["m"]), int(m["d"])))
        except ValueError:
            continue
        spans.append(m.span())
        rest = rest[: m.start()] + " " * (m.end() - m.start()) + rest[m.end() :]
        before = text[max(0, m.start() - 40) : m.start()].rstrip().removesuffix("ngay").rstrip()
        ends = [t.end() for t in (*_TYPE.finditer(before), *_DOCUMENT.finditer(before))]
        dated = dated or any(
            not before[e:].strip(" ,()") or before[e:].strip() in ("ra", "ky", "ban hanh") for e in ends
        )
        dated = dated or any(s <= m.start() and m.start() - e <= 8 for s, e in number_spans)
    for m in _MONTH.finditer(rest):
        if 1 <= int(m["m"]) <= 12:
            spans.append(m.span())
            months.append(f"{m['y']}-{int(m['m']):02d}")
            rest = rest[: m.start()] + " " * (m.end() - m.start()) + rest[m.end() :]
    years = tuple(int(m["y"]) for m in _YEAR.finditer(rest))
    types = tuple(dict.fromkeys(BY_FOLDED[m[0]] for m in _TYPE.finditer(text)))
    said = (n for n in lexicon.issuer_names if n in text)
    issuers = tuple(n for n in said if re.search(rf"(?<!\w){re.escape(n)}(?!\w)", text))
    return Filters(tuple(dates), tuple(months), years, types, issuers, dated, tuple(spans))
