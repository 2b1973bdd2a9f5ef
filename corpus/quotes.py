"""Quotations that run over lines: what stands in them is text, never a clause."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.lines import Line

_OPENS = re.compile(r"^(?:[-+•]\s*)?[“\"«]")
_LONGEST = 400  # lines; a quotation longer than this was never closed


def mark_quotations(lines: Sequence[Line]) -> None:
    """Sets `Line.quoted` on lines that begin inside “ … ” or are opened by one."""
    n = 0
    while n < len(lines):
        text = lines[n].text
        if not text or not ("“" in text or _OPENS.match(text)):
            n += 1
            continue
        depth = _depth(text)
        begins = bool(_OPENS.match(text))
        if depth <= 0:
            if begins:
                lines[n].quoted = True
            n += 1
            continue
        close = None
        for k in range(n + 1, min(n + _LONGEST, len(lines))):
            depth += _depth(lines[k].text)
            if depth <= 0:
                close = k
                break
        if close is None:
            n += 1
            continue
        for k in range(n if begins else n + 1, close + 1):
            lines[k].quoted = True
        n = close + 1


def _depth(text: str) -> int:
    return text.count("“") - text.count("”")
