"""Telegram's HTML style, as the Bot API server reads it: markup in, text and entities out, or Telegram's own refusal.

Source: https://core.telegram.org/bots/api#html-style and the refusals the public servers give. Offsets and lengths of
entities are in UTF-16 code units, offsets in refusals are in bytes of UTF-8.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

ENTITY_OF_TAG = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
NAMED_CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

_CHARACTER = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]+));?")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']*))?""")


class MarkupError(ValueError):
    """Markup Telegram refuses; the text is what follows "can't parse entities: "."""


def utf16(text: str) -> int:
    """Length in UTF-16 code units: how Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


@dataclass
class Parsed:
    """What a person sees: plain text and where it is bold, quoted, …"""

    text: str
    entities: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class _Open:
    tag: str
    kind: str
    at: int
    extra: dict[str, Any]


def parse_html(html: str) -> Parsed:
    """Reads `html` the way the Bot API does with parse_mode=HTML. MarkupError when it would refuse."""
    out: list[str] = []
    size = 0
    stack: list[_Open] = []
    entities: list[dict[str, Any]] = []
    at = 0
    while at < len(html):
        c = html[at]
        if c == "&":
            m = _CHARACTER.match(html, at)
            read = _character(m) if m else None
            if m and read is not None:
                out.append(read)
                size += utf16(read)
                at = m.end()
                continue
        if c != "<":
            out.append(c)
            size += utf16(c)
            at += 1
            continue
        byte = len(html[:at].encode())
        if html.startswith("</", at):
            if not stack:
                raise MarkupError(f"Unexpected end tag at byte offset {byte}")
            close = html.find(">", at)
            if close < 0:
                raise MarkupError(f"Unclosed end tag at byte offset {byte}")
            name, top = html[at + 2 : close].strip().lower(), stack.pop()
            if name and name != top.tag:
                raise MarkupError(
                    f'Unmatched end tag at byte offset {byte}, expected "</{top.tag}>", found "</{name}>"'
                )
            if size > top.at:
                entities.append({"type": top.kind, "offset": top.at, "length": size - top.at, **top.extra})
            at = close + 1
            continue
        m = re.compile(r"[^\s>]*").match(html, at + 1)
        assert m is not None
        tag = m.group().lower()
        if m.end() >= len(html):
            raise MarkupError(f"Unclosed start tag at byte offset {byte}")
        if tag not in ENTITY_OF_TAG:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {byte}')
        attributes, at = _attributes(html, m.end(), byte)
        kind, extra = _entity(tag, attributes, stack, byte)
        stack.append(_Open(tag, kind, size, extra))
    if stack:
        raise MarkupError(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    return _settle("".join(out), entities)


def _character(m: re.Match[str]) -> str | None:
    decimal, hexadecimal, name = m.groups()
    if name:
        return NAMED_CHARACTERS.get(name)
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else None


def _attributes(html: str, at: int, byte: int) -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    while True:
        while at < len(html) and html[at].isspace():
            at += 1
        if at >= len(html):
            raise MarkupError(f"Unclosed start tag at byte offset {byte}")
        if html[at] == ">":
            return found, at + 1
        m = _ATTRIBUTE.match(html, at)
        if not m:
            raise MarkupError(f"Unclosed start tag at byte offset {byte}")
        value = (m.group(2) or "").strip("\"'")
        found[m.group(1).lower()] = _CHARACTER.sub(lambda c: _character(c) or c.group(), value)
        at = m.end()


def _entity(tag: str, attributes: dict[str, str], stack: list[_Open], byte: int) -> tuple[str, dict[str, Any]]:
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {byte}')
    if tag == "a":
        return "text_link", {"url": attributes.get("href", "")}
    if tag == "blockquote" and "expandable" in attributes:
        return "expandable_blockquote", {}
    if tag == "code" and stack and stack[-1].tag == "pre" and attributes.get("class", "").startswith("language-"):
        return "pre", {"language": attributes["class"].removeprefix("language-")}
    return ENTITY_OF_TAG[tag], {}


def _settle(text: str, entities: list[dict[str, Any]]) -> Parsed:
    """What Telegram does to what it has read: outer white space goes, quotes do not nest, code holds no other style."""
    stripped = text.strip()
    lead, size = utf16(text[: len(text) - len(text.lstrip())]), utf16(stripped)
    kept: list[dict[str, Any]] = []
    for e in sorted(entities, key=lambda e: (e["offset"], -e["length"])):
        start, end = max(0, e["offset"] - lead), min(size, e["offset"] + e["length"] - lead)
        if end <= start or (e["type"] == "text_link" and "." not in e["url"] and not e["url"].startswith("tg://")):
            continue
        around = [k for k in kept if k["offset"] <= start and end <= k["offset"] + k["length"]]
        if any(k["type"] in ("code", "pre") for k in around):
            continue
        if "blockquote" in e["type"] and any("blockquote" in k["type"] for k in around):
            continue
        kept.append({**e, "offset": start, "length": end - start})
    return Parsed(stripped, kept)
