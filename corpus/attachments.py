"""Attachments: what is issued with a document and numbered anew (Phụ lục, Quy chế, Danh mục, forms)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.lines import Line, is_capitals
from corpus.types import type_on_line

_WITH = re.compile(r"\(?\W{0,3}(?:duoc )?(?:ban hanh )?(?:kem|dinh kem|ban hanh) theo\b|\(?\W{0,3}ban hanh theo\b")
_NAMED = re.compile(
    r"(?P<name>phu luc|bieu mau|mau so|mau|bieu so|phu bieu|danh muc)\b\s*(?:so\s*)?[:.]?\s*(?P<n>[ivx]+\b"
    r"|\d{1,3}[a-z]?\b)?"
)
_STATE = re.compile(r"xa hoi chu nghia|cong hoa xa hoi")  # a draft with a letterhead of its own
_NEAR = 10  # lines between an attachment's name and "(Kèm theo …)"
_CAPTION = 12  # lines a name in capitals takes at most


@dataclass(slots=True)
class Attachment:
    """Lines `first` to `end` hold an attachment; `label` is how its paths begin."""

    label: str
    first: int
    end: int


def starts_attachment(lines: Sequence[Line], n: int, end: int, behind_signature: bool) -> str | None:
    """The label of the attachment that begins on this line, None when none does.

    Before the signature only what says "(Kèm theo …)" below its name is one.
    """
    line = lines[n]
    text = line.text
    if not text or len(text) > 200 or line.quoted or line.furniture or not text[0].isupper():
        return None
    named = _NAMED.match(_joined(lines, n) if text in ("PHỤ", "Phụ") else line.folded) if text[0] in "PBMD" else None
    if named is not None:
        label = _label(text, named, lines[n + 1].text if text in ("PHỤ", "Phụ") else "")
        if label is None:
            return None
        strong = named["name"] in ("phu luc", "bieu mau") or named["n"] is not None
        if (behind_signature and strong) or _issued_with(lines, n, end):
            return label
        return None
    if (
        line.capitals
        and len(text) < 140
        and _STATE.search(line.folded)
        and (behind_signature or _on_new_page(lines, n))
    ):
        below = (type_on_line(lines[k]) for k in range(n, min(n + 16, end)))
        kind = next((name for name in below if name), None)
        if kind:
            return kind
    kind = type_on_line(line)
    if kind and is_capitals(text.split("(")[0]) and _issued_with(lines, n, end):
        return kind
    return None


def _label(text: str, named: re.Match[str], below: str) -> str | None:
    if below:
        words = f"{text} {below}"
    else:
        words = text
        rest = words[named.end() :].strip(" :.-–")
        if named["name"] == "phu luc":
            if not is_capitals(text) and len(text) > 40:
                return None
        elif not is_capitals(text[: named.end("name")]) and not (named["name"].startswith("mau") and len(text) < 30):
            return None
        if rest and not is_capitals(rest) and len(text) > 60:
            return None
        if text.endswith((";", ",")) or rest[:4].lower() in ("kèm ", "này ", "này", "ban ", "theo", "của ", "quy "):
            return None
    name = {"phu luc": "Phụ lục", "mau so": "Mẫu", "mau": "Mẫu", "bieu mau": "Biểu mẫu"}.get(
        named["name"], words[: named.end("name")].capitalize()
    )
    if name == "Mẫu" and not named["n"]:
        return None
    return f"{name} {named['n'].upper()}" if named["n"] else name


def _on_new_page(lines: Sequence[Line], n: int) -> bool:
    """Does a page break stand within the few lines above?"""
    return any("page break" in lines[k].folded for k in range(max(0, n - 6), n))


def _joined(lines: Sequence[Line], n: int) -> str:
    return f"{lines[n].folded} {lines[n + 1].folded}" if n + 1 < len(lines) else lines[n].folded


def _issued_with(lines: Sequence[Line], n: int, end: int) -> bool:
    """Does "(Ban hành kèm theo …)" stand within a few lines?"""
    for k in range(n, min(n + _NEAR, end)):
        folded = lines[k].folded
        if (
            folded
            and folded[0] in "(bkd*"
            and _WITH.match(f"{folded} {_joined(lines, k + 1)}" if k + 1 < end else folded)
        ):
            return True
    return False


def find_attachments(lines: Sequence[Line], start: int, end: int, behind_signature: bool) -> list[Attachment]:
    """The attachments in lines [start, end), in order; each runs to the next one."""
    starts: list[tuple[int, str]] = []
    shown = 0  # visible lines since the last one began
    for n in range(start, end):
        line = lines[n]
        if not line.text:
            continue
        shown += 1
        label = starts_attachment(lines, n, end, behind_signature or bool(starts))
        if (
            label is None
            and line.text[0] == "("
            and _WITH.match(f"{line.folded} {_joined(lines, n + 1)}" if n + 1 < end else line.folded)
        ):
            if starts and shown <= _CAPTION:
                continue
            first = _caption_start(lines, n, start)
            if first is not None:
                starts.append((first, "Phụ lục"))
                shown = n - first
            continue
        if label is None:
            continue
        if starts and shown <= _NEAR and (not label.startswith("Phụ lục") or label == starts[-1][1]):
            continue  # "PHỤ LỤC I" / "DANH MỤC …": the second is the first one's title
        starts.append((n, label))
        shown = 0
    seen: dict[str, int] = {}
    out = []
    for k, (n, label) in enumerate(starts):
        seen[label] = seen.get(label, 0) + 1
        name = label if seen[label] == 1 else f"{label} ({seen[label]})"
        out.append(Attachment(name, n, starts[k + 1][0] if k + 1 < len(starts) else end))
    return out


def _caption_start(lines: Sequence[Line], n: int, start: int) -> int | None:
    """The first line of the name in capitals above "(Kèm theo …)"."""
    first = None
    for k in range(n - 1, max(start, n - _CAPTION) - 1, -1):
        line = lines[k]
        if not line.text:
            continue
        if not line.capitals:
            break
        first = k
    return first
