"""A citation in words, as people write them: the one place that knows how."""

from __future__ import annotations

import datetime as dt
import re
from itertools import groupby

from bot.messages import has, table, text
from corpus.model import Part
from corpus.paths import ClausePath, parse_path
from retrieval.answer import Citation

TITLE_WORDS = 12
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def cite(c: Citation, lang: str = "vi") -> str:
    """The whole citation: ``Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị, mục 3.3``."""
    path = _path(c.clause)
    name = document_words(c, lang)
    if path and path.labels[0].startswith("Điều "):
        if path.attachment:
            name = text(lang, "citation.within", attachment=path.attachment, document=name)
        said = text(lang, "citation.article", place=_labels(path, lang), document=name)
    elif place := place_words(c, lang):
        said = text(lang, "citation.place", document=name, place=place)
    else:
        said = name
    return said if c.number else f"{said} ({text(lang, 'citation.unnumbered')})"


def document_words(c: Citation, lang: str = "vi") -> str:
    """The document alone: ``Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị``, ``Tin “…” (tháng 6/2021)``."""
    kind = type_words(c.type, lang)
    when = (
        text(lang, "citation.date", date=date_words(c.date, lang))
        if c.date
        else text(lang, "citation.month", month=month_words(c.month, lang))
        if c.month
        else ""
    )
    by = text(lang, "citation.issuer", issuer=c.issuer) if c.issuer else ""
    if c.number:
        return " ".join(filter(None, (kind, text(lang, "citation.number", number=c.number), when, by)))
    if c.title:
        name = text(lang, "citation.titled", type=kind, title=first_words(c.title))
    else:
        name = text(lang, "citation.untitled", type=kind, file=c.file)
    return " ".join(filter(None, (name, f"({when})" if when else "", by)))


def place_words(c: Citation, lang: str = "vi") -> str:
    """Where in the document, or "": ``mục 3.3``, ``đoạn 4``, ``phần ký``."""
    if c.clause:
        return clause_words(c.clause, lang)
    if c.paragraph is not None:
        return text(lang, "citation.paragraph", n=c.paragraph)
    key = f"part.{c.part.value}"
    return text(lang, key) if c.part not in (Part.CLAUSE, Part.BODY) and has(key) else ""


def clause_words(path: str, lang: str = "vi") -> str:
    """A clause path in words: ``điểm a mục 1 phần I``; a path that cannot be read is given as it is."""
    read = _path(path)
    if read is None:
        return path
    words = _labels(read, lang)
    return text(lang, "clause.join", inner=words, outer=read.attachment) if read.attachment else words


def type_words(kind: str | None, lang: str = "vi") -> str:
    """The document's type in `lang`; a type without a translation stays as it is printed."""
    if not kind:
        return text(lang, "citation.plain_type")
    for key, name in table("vi").items():
        if key.startswith("type.") and name == kind:
            return text(lang, key)
    return kind


def date_words(date: dt.date, lang: str = "vi") -> str:
    """``07/9/2021``: days below 10 and months 1 and 2 take a zero (Nghị định 30/2020/NĐ-CP, Phụ lục I)."""
    if lang == "en":
        return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"
    month = f"{date.month:02}" if date.month < 3 else str(date.month)
    return f"{date.day:02}/{month}/{date.year}"


def month_words(month: str, lang: str = "vi") -> str:
    """ "2021-06" → ``6/2021``, ``June 2021``."""
    m = re.fullmatch(r"(\d{4})-(\d{1,2})", month)
    if not m or not 1 <= int(m[2]) <= 12:
        return month
    return f"{_MONTHS[int(m[2]) - 1]} {m[1]}" if lang == "en" else f"{int(m[2])}/{m[1]}"


def first_words(title: str) -> str:
    """The first words of a heading, with … where it goes on."""
    words = title.split()
    return " ".join(words) if len(words) <= TITLE_WORDS else " ".join(words[:TITLE_WORDS]).rstrip(",;:.–-") + "…"


def _path(path: str | None) -> ClausePath | None:
    try:
        return parse_path(path) if path else None
    except ValueError:
        return None


def _labels(path: ClausePath, lang: str) -> str:
    """Inner first. Numbers that follow each other are one printed label (``3.3``, ``Điều 5`` and ``2.1``)."""
    article = path.labels[0].startswith("Điều ")
    levels = [text(lang, "clause.article", n=path.labels[0].removeprefix("Điều "))] if article else []
    below_point = False
    for kind, group in groupby(path.labels[article:], key=_kind):
        label = ".".join(group)
        if kind == "number":
            name = "clause.tiet" if below_point else "clause.khoan" if article else "clause.section"
        else:
            name = "clause.diem" if kind == "letter" else "clause.part"
            below_point = kind == "letter"
        levels.append(text(lang, name, n=label))
    said = levels[0]
    for level in levels[1:]:
        said = text(lang, "clause.join", inner=level, outer=said)
    return said


def _kind(label: str) -> str:
    return "number" if label[0].isdigit() else "letter" if label[0].islower() else "part"
