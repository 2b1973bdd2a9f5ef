"""Web pages, saved pages (MHTML) and Word's HTML: the text as a browser would show it, a block a line."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass, field

from lxml import etree, html

from corpus.errors import UnreadableError
from corpus.extract import legacy, limits
from corpus.extract.extracted import Extracted, clean_text, invisible_spans, sha256
from corpus.extract.kind import HEAD, is_mhtml
from corpus.extract.numbering import format_number
from corpus.extract.table import row_lines
from corpus.extract.text import decode
from corpus.model import Warning

_SKIPPED = frozenset(
    (
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "nav",
        "iframe",
        "object",
        "embed",
        "svg",
        "canvas",
        "audio",
        "video",
        "map",
        "button",
        "select",
        "textarea",
        "input",
        "math",
    )
)
_BLOCKS = frozenset(
    (
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "ul",
    )
)
_CELLS = frozenset(("td", "th"))
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.I)
_FONT_STYLE = re.compile(r"font-family\s*:\s*[\"']?([^;,\"']+)", re.I)
_LIST_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]+)", re.I)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0]+")
_OWN_MARKER = re.compile(r"\s*(?:\d{1,3}(?:\.\d{1,3})*[.)/]|[a-zđA-ZĐ][.)]|[IVX]{1,6}[.)]|[-–—+*•]|Điều\s)")
_LIST_TYPES = {
    "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman", "1": "decimal",
    "lower-alpha": "lowerLetter", "lower-latin": "lowerLetter", "upper-alpha": "upperLetter",
    "upper-latin": "upperLetter", "lower-roman": "lowerRoman", "upper-roman": "upperRoman",
    "decimal": "decimal", "decimal-leading-zero": "decimalZero", "none": "none",
}  # fmt: skip


def read_html(data: bytes, file: str) -> Extracted:
    """A web page: blocks and line breaks become lines, numbers of ordered lists are printed, scripts, styles and
    navigation are left out. What else belongs to the site is judged later, by its words.

    UnreadableError when it is empty or too large.
    """
    if len(data) > limits.MAX_TEXT_FILE_BYTES:
        limit = limits.MAX_TEXT_FILE_BYTES // limits.MIB
        raise UnreadableError(file, "too_large", f"web pages up to {limit} MiB are read; save it as text")
    source, warnings = decode(_page(data), file)
    source = _XML_DECLARATION.sub("", source.replace("\0", ""))
    parser = html.HTMLParser(
        remove_comments=True, remove_pis=True, no_network=True, huge_tree=True, encoding="utf-8", recover=True
    )
    try:
        root = html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as e:
        raise UnreadableError(file, "empty", "there is no text in it") from e
    walk = _Walk()
    walk.run(root)
    text, converted = legacy.repair(clean_text("\n".join(walk.lines)))
    if converted:
        warnings = (*warnings, Warning(code="encoding_converted", detail=converted))
    if not text.strip():
        raise UnreadableError(file, "empty", "there is no text in it; save the page again when it has loaded")
    return Extracted(file=file, sha256=sha256(data), text=text, hidden=invisible_spans(text), warnings=warnings)


def _page(data: bytes) -> bytes:
    """The HTML part of a page saved whole; other data as it is."""
    if not is_mhtml(data[:HEAD]):
        return data
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return payload
    return data


@dataclass
class _List:
    format: str
    next: int
    step: int = 1


@dataclass
class _Table:
    rows: list[list[list[str]]] = field(default_factory=list)


class _Walk:
    """One pass over the tree without recursion: pages nest deeper than Python's stack is."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._line: list[str] = []
        self._marker = ""  # of a list item whose text has not begun
        self._fonts: list[str | None] = [None]
        self._lists: list[_List | None] = []
        self._tables: list[_Table] = []
        self._outer: list[list[str]] = []  # the lines around each open cell
        self._pre = 0

    def run(self, root: etree._Element) -> None:
        walker = etree.iterwalk(root, events=("start", "end"))
        for event, el in walker:
            name = el.tag.lower() if isinstance(el.tag, str) else ""
            if event == "start":
                if name in _SKIPPED or _is_hidden(el):
                    walker.skip_subtree()
                    continue
                self._start(el, name)
                self._text(el.text)
            else:
                if not (name in _SKIPPED or _is_hidden(el)):
                    self._end(name)
                self._text(el.tail)
        self._break()

    def _start(self, el: etree._Element, name: str) -> None:
        self._fonts.append(_font(el) or self._fonts[-1])
        if name == "br":
            self._break()
        elif name == "table":
            self._break()
            self._tables.append(_Table())
        elif name == "tr" and self._tables:
            self._break()
            self._tables[-1].rows.append([])
        elif name in _CELLS and self._tables:
            self._break()
            self._outer.append(self.lines)
            self.lines = []
        elif name in _BLOCKS:
            self._break()
            if name in ("ol", "ul"):
                self._lists.append(_list(el, name))
            elif name == "li":
                self._item(el)
            elif name == "pre":
                self._pre += 1

    def _end(self, name: str) -> None:
        self._fonts.pop()
        if name in _CELLS and self._tables and self._outer:
            self._break()
            cell, self.lines = self.lines, self._outer.pop()
            table = self._tables[-1]
            if not table.rows:
                table.rows.append([])
            table.rows[-1].append(cell)
        elif name == "table" and self._tables:
            self._break()
            self.lines.extend(row_lines(self._tables.pop().rows))
        elif name in _BLOCKS or name == "tr":
            self._break()
            if name in ("ol", "ul") and self._lists:
                self._lists.pop()
            elif name == "pre":
                self._pre -= 1
            elif name == "li":
                self._marker = ""

    def _item(self, el: etree._Element) -> None:
        here = self._lists[-1] if self._lists else None
        if here is None:
            self._marker = "- "
            return
        value = el.get("value", "")
        if value.lstrip("-").isdigit() and len(value) < 6:
            here.next = int(value)
        number = format_number(here.next, here.format)
        here.next += here.step
        self._marker = f"{number}. " if number else ""

    def _text(self, text: str | None) -> None:
        if not text:
            return
        text = legacy.by_font(text, self._fonts[-1])
        if self._pre:
            *whole, rest = text.replace("\r\n", "\n").split("\n")
            for line in whole:
                self._line.append(line)
                self._break()
            self._line.append(rest)
        else:
            self._line.append(text)

    def _break(self) -> None:
        line = _SPACES.sub(" ", "".join(self._line)).strip(" ")
        self._line.clear()
        if not line:
            return
        if self._marker:
            line = line if _OWN_MARKER.match(line) else self._marker + line
            self._marker = ""
        self.lines.append(line)


def _list(el: etree._Element, name: str) -> _List | None:
    style = _LIST_STYLE.search(el.get("style", ""))
    kind = style.group(1).lower() if style else el.get("type", "")
    if name == "ul":
        return _List("none", 1) if kind == "none" else None
    start = el.get("start", "")
    count = len([li for li in el if li.tag == "li"])
    backwards = el.get("reversed") is not None
    first = int(start) if start.lstrip("-").isdigit() and len(start) < 6 else (count if backwards else 1)
    return _List(_LIST_TYPES.get(kind, "decimal"), first, -1 if backwards else 1)


def _is_hidden(el: etree._Element) -> bool:
    return el.get("hidden") is not None or bool(_HIDDEN_STYLE.search(el.get("style", "")))


def _font(el: etree._Element) -> str | None:
    face = el.get("face")
    if face:
        return face.split(",")[0].strip(" '\"")
    found = _FONT_STYLE.search(el.get("style", ""))
    return found.group(1).strip() if found else None
