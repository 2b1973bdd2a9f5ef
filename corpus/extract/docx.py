"""Word documents (docx): paragraphs in order, with list numbers as printed, tables, notes and text boxes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree

from corpus.errors import UnreadableError
from corpus.extract import legacy
from corpus.extract.container import Container
from corpus.extract.extracted import Extracted, clean_text, invisible_spans, sha256
from corpus.extract.numbering import Numbering, W
from corpus.extract.table import row_lines
from corpus.extract.xml import parse_xml
from corpus.model import Warning

_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_TRANSITIONAL = W[1:-1].encode()
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DOCUMENT = "/officeDocument"
_GONE = frozenset(f"{W}{n}" for n in ("del", "moveFrom", "instrText", "delText", "rPr", "pPr", "sectPr", "sdtPr"))
_SYMBOL_DASHES = frozenset("\uf02d\uf0b7\uf0a7\uf0d8\uf0fc")
_MAX_BASED_ON = 20


@dataclass(frozen=True)
class _Style:
    """What a paragraph or character style says, its ancestors included."""

    font: str | None = None
    caps: bool = False
    vanish: bool = False
    list_id: str | None = None
    level: int | None = None
    list_style: str = ""  # the style that names the list, to look its level up


def read_docx(data: bytes, file: str) -> Extracted:
    """A Word document. Page headers and footers, comments and deleted text are left out; inserted text counts.

    UnreadableError when it is damaged, encrypted, too large when unpacked, or holds no text.
    """
    container = Container(data, file)
    reader = _Reader(container, file)
    text = clean_text("\n".join(reader.lines()))
    text, converted = legacy.repair(text)
    if not text.strip():
        raise UnreadableError(file, "empty", "there is no text in it; if it holds pictures, give it as pdf")
    warnings = (Warning(code="encoding_converted", detail=converted),) if converted else ()
    if reader.fonts_converted and not converted:
        warnings = (Warning(code="encoding_converted", detail="fonts"),)
    return Extracted(file=file, sha256=sha256(data), text=text, hidden=invisible_spans(text), warnings=warnings)


class _Reader:
    def __init__(self, container: Container, file: str) -> None:
        self._container = container
        self._file = file
        self.fonts_converted = False
        main = self._main_part()
        self._root = self._xml(main)
        folder = posixpath.dirname(main)
        self._styles, self._default_style = _styles(self._optional(f"{folder}/styles.xml"))
        numbering = self._optional(f"{folder}/numbering.xml")
        list_styles = {id: style.list_id for id, style in self._styles.items() if style.list_id}
        self._numbering = Numbering.parse(numbering, list_styles)
        self._notes = {
            "footnote": _notes(self._optional(f"{folder}/footnotes.xml"), "footnote"),
            "endnote": _notes(self._optional(f"{folder}/endnotes.xml"), "endnote"),
        }
        self._cited: list[etree._Element] = []
        self._boxes: list[etree._Element] = []

    def lines(self) -> list[str]:
        body = self._root.find(f"{W}body")
        if body is None:
            raise UnreadableError(self._file, "damaged", "it is no Word document; save it again as docx")
        lines = list(self._blocks(body))
        for n, note in enumerate(self._cited, 1):
            text = " ".join(" ".join(self._blocks(note)).split())
            lines.append(f"[{n}] {text}")
        return lines

    def _main_part(self) -> str:
        if "_rels/.rels" in self._container:
            for rel in self._xml("_rels/.rels"):
                if rel.get("Type", "").endswith(_DOCUMENT):
                    target = rel.get("Target", "").lstrip("/")
                    if target in self._container:
                        return target
        if "word/document.xml" in self._container:
            return "word/document.xml"
        raise UnreadableError(self._file, "damaged", "the docx file has no text part; copy it again from its source")

    def _xml(self, name: str) -> etree._Element:
        return parse_xml(self._container.read(name).replace(_STRICT, _TRANSITIONAL), self._file)

    def _optional(self, name: str) -> etree._Element | None:
        """A part whose loss costs numbers or styles, not the text."""
        return self._xml(name) if name in self._container else None

    def _blocks(self, parent: etree._Element) -> Iterator[str]:
        """The lines of the paragraphs and tables in a body, cell, note or text box."""
        pending = ""  # of a paragraph whose end mark is deleted: it runs on into the next
        for el in _unwrapped(parent):
            if el.tag == f"{W}p":
                text = pending + self._paragraph(el)
                if _mark_deleted(el):
                    pending = text
                    continue
                pending = ""
                yield from text.split("\n")
                while self._boxes:
                    yield from self._blocks(self._boxes.pop(0))
            elif el.tag == f"{W}tbl":
                yield from self._table(el)
        if pending:
            yield from pending.split("\n")

    def _table(self, table: etree._Element) -> Iterator[str]:
        rows = []
        for row in _unwrapped(table):
            if row.tag != f"{W}tr" or row.find(f"{W}trPr/{W}del") is not None:
                continue
            cells = [c for c in _unwrapped(row) if c.tag == f"{W}tc"]
            rows.append([list(self._blocks(cell)) for cell in cells])
        yield from row_lines(rows)

    def _paragraph(self, p: etree._Element) -> str:
        properties = p.find(f"{W}pPr")
        style = self._styles.get(_val(properties, "pStyle") or self._default_style, _Style())
        label = self._label(properties, style)
        return label + "".join(self._inline(p, style))

    def _label(self, properties: etree._Element | None, style: _Style) -> str:
        own = properties.find(f"{W}numPr") if properties is not None else None
        list_id, level = style.list_id, style.level
        if own is not None:
            list_id = _val(own, "numId") or list_id
            ilvl = _val(own, "ilvl")
            level = int(ilvl) if ilvl is not None and ilvl.isdigit() else level
        if list_id is None or list_id == "0":
            return ""
        if level is None:
            level = self._numbering.level_of_style(list_id, style.list_style)
        return self._numbering.label(list_id, level or 0)

    def _inline(self, parent: etree._Element, style: _Style) -> Iterator[str]:
        for el in _unwrapped(parent):
            if el.tag == f"{W}r":
                yield self._run(el, style)
            elif el.tag not in _GONE and el.tag != f"{W}p":
                yield from self._inline(el, style)

    def _run(self, run: etree._Element, paragraph: _Style) -> str:
        properties = run.find(f"{W}rPr")
        style = _merge(paragraph, self._styles.get(_val(properties, "rStyle") or "", _Style()))
        style = _merge(style, _run_style(properties), properties)
        if style.vanish:
            return ""
        text = "".join(self._pieces(run))
        fixed = legacy.by_font(text, style.font)
        self.fonts_converted |= fixed != text and not text.isascii()
        return fixed.upper() if style.caps else fixed

    def _pieces(self, run: etree._Element) -> Iterator[str]:
        for el in _unwrapped(run):
            name = el.tag.rpartition("}")[2] if isinstance(el.tag, str) else ""
            if el.tag == f"{W}t":
                yield el.text or ""
            elif name == "tab" or name == "ptab":
                yield "\t"
            elif name in ("br", "cr"):
                yield "\n"
            elif name == "noBreakHyphen":
                yield "-"
            elif name == "softHyphen":
                yield "\u00ad"
            elif name == "sym":
                yield _symbol(el)
            elif name in ("footnoteReference", "endnoteReference"):
                note = self._notes[name.removesuffix("Reference")].get(el.get(f"{W}id", ""))
                if note is not None:
                    self._cited.append(note)
                    yield f"[{len(self._cited)}]"
            elif name in ("drawing", "pict", "object"):
                self._boxes.extend(el.iter(f"{W}txbxContent"))


def _unwrapped(parent: etree._Element) -> Iterator[etree._Element]:
    """Children, with content controls, insertions and the like opened, and one branch of each alternative taken."""
    for el in parent:
        if el.tag == f"{_MC}AlternateContent":
            branch = el.find(f"{_MC}Choice")
            branch = el.find(f"{_MC}Fallback") if branch is None else branch
            if branch is not None:
                yield from _unwrapped(branch)
        elif el.tag == f"{W}sdt":
            content = el.find(f"{W}sdtContent")
            if content is not None:
                yield from _unwrapped(content)
        elif el.tag in (f"{W}ins", f"{W}moveTo", f"{W}customXml", f"{W}smartTag"):
            yield from _unwrapped(el)
        elif el.tag not in _GONE:
            yield el


def _styles(root: etree._Element | None) -> tuple[dict[str, _Style], str]:
    """Styles by id with inheritance resolved, and the id of the default paragraph style."""
    if root is None:
        return {}, ""
    default = _run_style(root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"))
    elements = {el.get(f"{W}styleId", ""): el for el in root.iterfind(f"{W}style")}
    standard = next(
        (
            id
            for id, el in elements.items()
            if el.get(f"{W}type") == "paragraph" and el.get(f"{W}default") in ("1", "true")
        ),
        "",
    )
    resolved: dict[str, _Style] = {}
    for id in elements:
        chain: list[str] = []
        at = id
        while at in elements and at not in chain and len(chain) < _MAX_BASED_ON:
            chain.append(at)
            at = _val(elements[at], "basedOn") or ""
        # A character style must not bring the document's default font back over the paragraph's.
        style = default if elements[id].get(f"{W}type") == "paragraph" else _Style()
        for step in reversed(chain):
            el = elements[step]
            properties = el.find(f"{W}rPr")
            style = _merge(style, _run_style(properties), properties)
            number = el.find(f"{W}pPr/{W}numPr")
            if number is not None:
                ilvl = _val(number, "ilvl")
                style = replace(
                    style,
                    list_id=_val(number, "numId") or style.list_id,
                    level=int(ilvl) if ilvl is not None and ilvl.isdigit() else None,
                    list_style=step,
                )
        if style.list_id and style.level is None:
            style = replace(
                style, list_style=id if elements[id].find(f"{W}pPr/{W}numPr") is not None else style.list_style
            )
        resolved[id] = style
    return resolved, standard


def _run_style(properties: etree._Element | None) -> _Style:
    if properties is None:
        return _Style()
    fonts = properties.find(f"{W}rFonts")
    font = None if fonts is None else fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi")
    return _Style(font=font, caps=bool(_on(properties, "caps")), vanish=bool(_on(properties, "vanish")))


def _merge(base: _Style, over: _Style, said: etree._Element | None = None) -> _Style:
    """`base` with what `over` sets; `said` are the properties over came from, where an explicit "off" counts."""
    caps = base.caps or over.caps
    vanish = base.vanish or over.vanish
    if said is not None:
        caps = base.caps if _on(said, "caps") is None else over.caps
        vanish = base.vanish if _on(said, "vanish") is None else over.vanish
    return replace(base, font=over.font or base.font, caps=caps, vanish=vanish)


def _on(properties: etree._Element, name: str) -> bool | None:
    el = properties.find(f"{W}{name}")
    return None if el is None else el.get(f"{W}val", "1") not in ("0", "false", "off", "none")


def _val(el: etree._Element | None, name: str) -> str | None:
    child = el.find(f"{W}{name}") if el is not None else None
    return None if child is None else child.get(f"{W}val")


def _mark_deleted(p: etree._Element) -> bool:
    return p.find(f"{W}pPr/{W}rPr/{W}del") is not None


def _notes(root: etree._Element | None, kind: str) -> dict[str, etree._Element]:
    """Notes by id, without the separators Word keeps among them."""
    if root is None:
        return {}
    return {el.get(f"{W}id", ""): el for el in root.iterfind(f"{W}{kind}") if el.get(f"{W}type", "normal") == "normal"}


def _symbol(el: etree._Element) -> str:
    code = el.get(f"{W}char", "")
    if not re.fullmatch(r"[0-9A-Fa-f]{1,5}", code):
        return ""
    char = chr(int(code, 16))
    if char in _SYMBOL_DASHES:
        return "-"
    return "" if 0xE000 <= ord(char) <= 0xF8FF else char
