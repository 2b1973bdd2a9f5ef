"""Word's automatic list numbers, as Word prints them (ECMA-376 part 1, 17.9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_PRINTED_BULLETS = frozenset("-–—+*•○●▪■□◦")


@dataclass(frozen=True)
class Level:
    """One level of a list definition."""

    start: int = 1
    format: str = "decimal"
    text: str = ""
    restart: int | None = None  # 1-based level after which it begins anew; 0 never; None after any higher one
    suffix: str = "tab"
    style: str | None = None
    legal: bool = False  # all numbers of the label in decimals


@dataclass(frozen=True)
class _List:
    abstract: str
    levels: Mapping[int, Level]
    overrides: Mapping[int, int]  # level to its start in this list


@dataclass
class Numbering:
    """Counts through a document: `label` must be called once for each numbered paragraph, in order."""

    lists: Mapping[str, _List] = field(default_factory=dict)
    _counts: dict[str, list[int | None]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def parse(cls, root: etree._Element | None, style_lists: Mapping[str, str] | None = None) -> Numbering:
        """From the root of numbering.xml (None when the file has none). `style_lists` maps a numbering style to the
        numId it stands for."""
        if root is None:
            return cls()
        abstracts: dict[str, dict[int, Level]] = {}
        links: dict[str, str] = {}
        for el in root.iterfind(f"{W}abstractNum"):
            id = el.get(f"{W}abstractNumId", "")
            abstracts[id] = {_int(lvl.get(f"{W}ilvl"), 0): _level(lvl) for lvl in el.iterfind(f"{W}lvl")}
            link = el.find(f"{W}numStyleLink")
            if link is not None:
                links[id] = link.get(f"{W}val", "")
        nums = {el.get(f"{W}numId", ""): el for el in root.iterfind(f"{W}num")}
        abstract_of = {id: _value(el, "abstractNumId") or "" for id, el in nums.items()}
        lists: dict[str, _List] = {}
        for id, el in nums.items():
            abstract = abstract_of[id]
            if abstract in links and style_lists:  # the definition stands in the list that the style names
                abstract = abstract_of.get(style_lists.get(links[abstract], ""), abstract)
            levels = dict(abstracts.get(abstract, {}))
            overrides: dict[int, int] = {}
            for over in el.iterfind(f"{W}lvlOverride"):
                at = _int(over.get(f"{W}ilvl"), 0)
                own = over.find(f"{W}lvl")
                if own is not None:
                    levels[at] = _level(own)
                start = _value(over, "startOverride")
                if start is not None:
                    overrides[at] = _int(start, 1)
            lists[id] = _List(abstract, levels, overrides)
        return cls(lists)

    def level_of_style(self, list_id: str, style: str) -> int | None:
        """The level of a list that belongs to a paragraph style, or None."""
        found = self.lists.get(list_id)
        if found is None:
            return None
        return next((at for at, level in found.levels.items() if level.style == style), None)

    def label(self, list_id: str, level: int) -> str:
        """The printed number of the next paragraph of that list and level with what follows it; "" for none."""
        found = self.lists.get(list_id)
        if found is None or not 0 <= level < _LEVELS or level not in found.levels:
            return ""
        counts = self._counts.setdefault(found.abstract, [None] * _LEVELS)
        if level in found.overrides and (list_id, level) not in self._begun:
            counts[level] = found.overrides[level] - 1
        self._begun.add((list_id, level))
        for above in range(level):
            if counts[above] is None:  # Word prints a level that has not been used yet with its first number
                counts[above] = found.overrides.get(above, found.levels.get(above, Level()).start)
        before = counts[level]
        counts[level] = found.levels[level].start if before is None else before + 1
        for below in range(level + 1, _LEVELS):
            restart = found.levels.get(below, Level()).restart
            if restart is None or 0 < level + 1 <= restart:
                counts[below] = None
        return _print(found.levels, level, counts)


def _print(levels: Mapping[int, Level], level: int, counts: list[int | None]) -> str:
    this = levels[level]
    if this.format == "bullet":
        text = this.text if this.text in _PRINTED_BULLETS else "-"
    elif this.format == "none" and not _PLACE.search(this.text):
        text = this.text
    else:

        def number(match: re.Match[str]) -> str:
            at = int(match.group(1)) - 1
            form = "decimal" if this.legal else levels.get(at, Level()).format
            return format_number(counts[at] or 0, form)

        text = _PLACE.sub(number, this.text)
    return text + ("" if this.suffix == "nothing" or not text else " ")


def format_number(number: int, form: str) -> str:
    """A number in one of Word's formats; those not used in Vietnamese documents come out as digits."""
    if form == "none":
        return ""
    if form == "decimalZero":
        return f"{number:02d}"
    if form in ("upperRoman", "lowerRoman") and 0 < number < 5000:
        out = ""
        for value, letters in _ROMAN:
            out += letters * (number // value)
            number %= value
        return out.upper() if form == "upperRoman" else out
    if form in ("upperLetter", "lowerLetter") and 0 < number <= 26 * 30:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    return str(number)


def _level(el: etree._Element) -> Level:
    restart = _value(el, "lvlRestart")
    legal = el.find(f"{W}isLgl")
    return Level(
        start=_int(_value(el, "start"), 1),
        format=_value(el, "numFmt") or "decimal",
        text=_value(el, "lvlText") or "",
        restart=None if restart is None else _int(restart, 0),
        suffix=_value(el, "suff") or "tab",
        style=_value(el, "pStyle"),
        legal=legal is not None and legal.get(f"{W}val", "1") not in ("0", "false"),
    )


def _value(el: etree._Element, name: str) -> str | None:
    child = el.find(f"{W}{name}")
    return None if child is None else child.get(f"{W}val")


def _int(text: str | None, default: int) -> int:
    try:
        return int(text) if text is not None else default
    except ValueError:
        return default
