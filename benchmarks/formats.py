"""The same directive in every format: do its clauses and its text come out the same?

    python -m benchmarks.formats [FOLDER] [--count N] [--scans N] [--keep DIR]

Takes directives from FOLDER (default: the starter library), lays each out as an office would (A4, Times-like letters,
letterhead in two columns, page numbers) as txt, docx, docx with Word's automatic numbers, doc, odt, html, pdf, and as
a 200-dpi scan of that pdf, clean and as a worn copy (turned by a degree, noisy, compressed). Prints a Markdown table:
share of the txt's clause paths found, clauses that are not in the txt, and similarity of the text.
Needs LibreOffice for doc, odt and pdf, Tesseract for scans; leaves those rows out where they are missing.
"""

from __future__ import annotations

import argparse
import difflib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import docx
import pypdfium2 as pdfium
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from PIL import Image, ImageFilter

from corpus.model import Directive, Part
from corpus.parse import parse_file
from tests.corpus.extract.makers import to_1258, to_tcvn3, to_vni

ROOT = Path(__file__).resolve().parent.parent
# Letters an old table does not have are left out of the file, as its typist would have.
_ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-16": lambda text: text.encode("utf-16"),
    "Windows-1258": to_1258,
    "TCVN3": to_tcvn3,
    "VNI": to_vni,
}
_MARKUP = re.compile(r"</?[a-z][^>]*>|[*#_|]+", re.I)
_RIGHT = re.compile(r"CỘNG H[ÒO][ÀA]? XÃ HỘI|Độc lập|ĐẢNG CỘNG SẢN|ngày\s+\d{1,2}\s+tháng", re.I)
_MARKER = re.compile(r"(Điều\s+)?(\d{1,3}(?:\.\d{1,3})*|[a-zđ]|[IVX]{1,5})([.)])\s+(?=\S)")
_CELL_LINE = 50  # characters: longer stands in no letterhead and is no name
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Plan:
    """A directive as an office lays it out."""

    name: str
    left: tuple[str, ...]  # letterhead: issuer and number
    right: tuple[str, ...]  # letterhead: the state's or Party's name, place and date
    title: tuple[str, ...]
    body: tuple[str, ...]
    recipients: tuple[str, ...]
    signature: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """In the order in which a reader of the page meets them."""
        for part in (self.left, self.right, self.title, self.body, self.recipients, self.signature):
            yield from part


def plan(directive: Directive) -> Plan:
    """Lines by their place on the page; mark-up and site furniture of the source left out."""
    parts: dict[str, list[str]] = defaultdict(list)
    for paragraph in directive.paragraphs:
        for raw in directive.shown(paragraph.start, paragraph.end).split("\n"):
            line = _SPACES.sub(" ", _MARKUP.sub(" ", raw)).strip(" -–")
            if not any(c.isalnum() for c in line):
                continue
            if paragraph.part is Part.HEADING:
                if _RIGHT.search(line) and len(line) < 60:
                    parts["right"].append(line)
                else:
                    below = parts["title"] or _is_type(line, directive) or len(line) >= _CELL_LINE
                    parts["title" if below else "left"].append(line)
            elif paragraph.part is Part.RECIPIENTS:
                first = "nơi nhận" in line.casefold()
                parts["recipients"].append(line if first else f"- {line}")
            elif paragraph.part is Part.SIGNATURE and len(line) < _CELL_LINE and len(parts["signature"]) < 6:
                parts["signature"].append(line)
            elif paragraph.part is not Part.FURNITURE:
                dash = "- " if re.match(r"\s*[-–]\s", raw) else ""
                parts["body"].append(dash + line)
    return Plan(
        Path(directive.file).stem,
        *(tuple(parts[name]) for name in ("left", "right", "title", "body", "recipients", "signature")),
    )


def _is_type(line: str, directive: Directive) -> bool:
    return bool(directive.type) and line.casefold().startswith((directive.type or "").casefold())


def write_docx(plan: Plan, path: Path, automatic: bool) -> None:
    """Word file; `automatic` prints the clauses' numbers by Word's lists instead of typing them."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(3), Cm(1.5)
    section.top_margin = section.bottom_margin = Cm(2)
    section.different_first_page_header_footer = True
    _page_number(section.header.paragraphs[0])
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(14)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Times New Roman")
    if plan.left or plan.right:
        _side_by_side(document, plan.left, plan.right)
    for line in plan.title:
        _paragraph(document, line, WD_ALIGN_PARAGRAPH.CENTER, bold=True)
    numbers = _Numbers(document) if automatic else None
    for line in plan.body:
        text = line
        label = numbers.take(line) if numbers else None
        if label:
            text = line[label[1] :]
        paragraph = _paragraph(document, text, WD_ALIGN_PARAGRAPH.JUSTIFY)
        paragraph.paragraph_format.first_line_indent = Cm(1.27)
        paragraph.paragraph_format.space_after = Pt(6)
        if label:
            _number(paragraph, *label[0])
    if plan.recipients or plan.signature:
        _side_by_side(document, plan.recipients, plan.signature, closing=True)
    document.save(str(path))


class _Numbers:
    """Word lists that print the markers a text holds: one definition, a new list wherever the count does not go on."""

    def __init__(self, document: docx.document.Document) -> None:
        self._root = document.part.numbering_part.element
        self._abstracts: dict[tuple[str, str, str], int] = {}
        self._stack: list[tuple[tuple[str, str, str], int, int]] = []  # style, number, list
        self._next = 500

    def take(self, line: str) -> tuple[tuple[int, int], int] | None:
        """((list, level), length of the marker) for a line that begins with one Word can print."""
        found = _MARKER.match(line)
        if not found or "." in found.group(2):
            return None
        word, label, end = found.group(1) or "", found.group(2), found.group(3)
        if label.isdigit():
            style, number = ("decimal", f"{word}%1{end}", ""), int(label)
        elif label.isupper() and label.strip("IVX") == "":
            style, number = ("upperRoman", f"{word}%1{end}", ""), _roman(label)
        elif label in "abcd":  # Word has no đ: after it an office types the letter
            style, number = ("lowerLetter", f"{word}%1{end}", ""), ord(label) - ord("a") + 1
        else:
            return None
        for depth, (known, count, id) in enumerate(self._stack):
            if known == style and number == count + 1:
                del self._stack[depth + 1 :]
                self._stack[depth] = (style, number, id)
                return (id, 0), found.end()
        del self._stack[next((d for d, item in enumerate(self._stack) if item[0] == style), len(self._stack)) :]
        id = self._new(style, number)
        self._stack.append((style, number, id))
        return (id, 0), found.end()

    def _new(self, style: tuple[str, str, str], start: int) -> int:
        if style not in self._abstracts:
            self._abstracts[style] = id = self._id()
            abstract = _element("w:abstractNum", {"w:abstractNumId": str(id)})
            level = _element("w:lvl", {"w:ilvl": "0"})
            for name, value in (("start", "1"), ("numFmt", style[0]), ("suff", "space"), ("lvlText", style[1])):
                level.append(_element(f"w:{name}", {"w:val": value}))
            abstract.append(level)
            first = self._root.find(qn("w:num"))
            first.addprevious(abstract) if first is not None else self._root.append(abstract)
        id = self._id()
        num = _element("w:num", {"w:numId": str(id)})
        num.append(_element("w:abstractNumId", {"w:val": str(self._abstracts[style])}))
        override = _element("w:lvlOverride", {"w:ilvl": "0"})
        override.append(_element("w:startOverride", {"w:val": str(start)}))
        num.append(override)
        self._root.append(num)
        return id

    def _id(self) -> int:
        self._next += 1
        return self._next


def _number(paragraph: docx.text.paragraph.Paragraph, list_id: int, level: int) -> None:
    properties = _element("w:numPr", {})
    properties.append(_element("w:ilvl", {"w:val": str(level)}))
    properties.append(_element("w:numId", {"w:val": str(list_id)}))
    paragraph._p.get_or_add_pPr()._insert_numPr(properties)


def _element(name: str, attributes: dict[str, str]) -> OxmlElement:
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(key), value)
    return element


def _roman(label: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[c] for c in label]
    return sum(-v if any(w > v for w in values[n + 1 :]) else v for n, v in enumerate(values))


def _paragraph(where, text: str, align: WD_ALIGN_PARAGRAPH, bold: bool = False):  # type: ignore[no-untyped-def]
    paragraph = where.add_paragraph()
    paragraph.alignment = align
    paragraph.add_run(text).bold = bold
    paragraph.paragraph_format.space_after = Pt(0)
    return paragraph


def _side_by_side(
    document: docx.document.Document, left: Sequence[str], right: Sequence[str], closing: bool = False
) -> None:
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    widths = (Cm(6.5), Cm(10))
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for cell, lines, width in zip(table.rows[0].cells, (left, right), widths, strict=True):
        cell.width = width
        for n, line in enumerate(lines):
            paragraph = cell.paragraphs[0] if n == 0 else cell.add_paragraph()
            list_of_recipients = closing and lines is left
            paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if list_of_recipients else WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.space_after = Pt(0)
            paragraph.add_run(line).font.size = Pt(11 if list_of_recipients else 13)


def _page_number(paragraph: docx.text.paragraph.Paragraph) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        if kind:
            run._r.append(_element("w:fldChar", {"w:fldCharType": kind}))
        else:
            code = OxmlElement("w:instrText")
            code.text = text
            run._r.append(code)


def write_html(plan: Plan, path: Path) -> None:
    """A page as a web site of laws shows it."""

    def block(lines: Sequence[str]) -> str:
        return "<br>\n".join(map(escape, lines))

    body = "\n".join(f'<p style="text-align:justify">{escape(line)}</p>' for line in plan.body)
    path.write_text(
        f"""<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{escape(plan.name)}</title>
<style>p {{ margin: 0 }}</style><script>var a = 1;</script></head><body>
<nav><a href="/">Trang chủ</a> <a href="/vb">Văn bản</a></nav>
<table><tr><td>{block(plan.left)}</td><td>{block(plan.right)}</td></tr></table>
<p align="center"><b>{block(plan.title)}</b></p>
{body}
<table><tr><td>{block(plan.recipients)}</td><td>{block(plan.signature)}</td></tr></table>
</body></html>""",
        encoding="utf-8",
    )


def convert(files: Sequence[Path], target: str, folder: Path) -> None:
    """All files to `target` with one start of LibreOffice."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    assert program is not None
    with tempfile.TemporaryDirectory() as profile:
        command = [program, f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--convert-to", target]
        subprocess.run(
            [*command, "--outdir", str(folder), *map(str, files)], check=True, capture_output=True, timeout=600
        )


def scan(pdf: Path, target: Path, worn: bool) -> None:
    """The pages of a PDF as grey pictures of 200 dpi in a PDF; `worn`: turned, noisy, blurred, compressed."""
    chance = random.Random(7)
    document = pdfium.PdfDocument(pdf)
    pages = []
    for n in range(len(document)):
        image = document[n].render(scale=200 / 72, grayscale=True).to_pil()
        if worn:
            image = image.rotate(chance.uniform(-1.2, 1.2), Image.Resampling.BICUBIC, fillcolor=255)
            noise = Image.effect_noise(image.size, 36)
            image = Image.blend(image.filter(ImageFilter.GaussianBlur(0.6)), noise, 0.12)
        pages.append(image)
    pages[0].save(target, "PDF", resolution=200, save_all=True, append_images=pages[1:], quality=55 if worn else 85)


def similarity(a: str, b: str) -> float:
    """Of two texts, 0 to 1, word by word with close words compared letter by letter; white space does not count."""
    x, y = a.split(), b.split()
    matcher = difflib.SequenceMatcher(None, x, y, autojunk=False)
    same = 0.0
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            same += sum(map(len, x[i1:i2]))
        elif tag == "replace":
            left, right = " ".join(x[i1:i2]), " ".join(y[j1:j2])
            close = difflib.SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
            same += sum(left[m.a : m.a + m.size].replace(" ", "").__len__() for m in close)
    return 2 * same / max(1, sum(map(len, x)) + sum(map(len, y)))


def choose(folder: Path, count: int) -> list[Directive]:
    """Directives with clauses, of some two to six pages, spread over the folder."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.suffix not in (".txt", ".md") or not 3_000 < path.stat().st_size < 40_000:
            continue
        directive = parse_file(path)[0]
        if len(directive.clauses) >= 3 and directive.number and max(map(len, directive.text.split("\n"))) > 300:
            found.append(directive)
    step = max(1, len(found) // count)
    return found[::step][:count]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "corpus" / "starter")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--scans", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="leave the files made here")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        plans = [plan(directive) for directive in choose(options.folder, options.count)]
        made = _make(plans, folder, options.scans)
        _report(plans, made, options.verbose)
    return 0


def _make(plans: Sequence[Plan], folder: Path, scans: int) -> dict[str, dict[str, Path]]:
    """Format to (name of the directive to its file)."""
    made: dict[str, dict[str, Path]] = defaultdict(dict)

    def put(kind: str, plan: Plan, suffix: str, write: Callable[[Path], None]) -> None:
        path = folder / kind / f"{plan.name}{suffix}"
        path.parent.mkdir(exist_ok=True)
        write(path)
        made[kind][plan.name] = path

    for p in plans:
        put("txt", p, ".txt", lambda path, p=p: path.write_text("\n".join(p.lines()), encoding="utf-8"))
        for name, encode in _ENCODINGS.items():
            put(
                f"txt, {name}",
                p,
                ".txt",
                lambda path, p=p, encode=encode: path.write_bytes(encode("\n".join(p.lines()))),
            )
        put("docx", p, ".docx", lambda path, p=p: write_docx(p, path, automatic=False))
        put("docx, automatic numbers", p, ".docx", lambda path, p=p: write_docx(p, path, automatic=True))
        put("html", p, ".html", lambda path, p=p: write_html(p, path))
    if not (shutil.which("soffice") or shutil.which("libreoffice")):
        return made
    for kind, source, target in (
        ("pdf", "docx", "pdf"),
        ("pdf, automatic numbers", "docx, automatic numbers", "pdf"),
        ("html by LibreOffice", "docx", "html"),
        ("doc", "docx", "doc"),  # LibreOffice loses starts of automatic numbers when it writes doc
        ("odt", "docx", "odt"),
    ):
        convert(list(made[source].values()), target, folder / kind)
        made[kind] = {name: folder / kind / f"{name}.{target}" for name in made[source]}
    if shutil.which("tesseract"):
        for p in plans[:scans]:
            for kind, worn in (("scan", False), ("worn scan", True)):
                put(kind, p, ".pdf", lambda path, p=p, worn=worn: scan(made["pdf"][p.name], path, worn))
    return made


def _report(plans: Sequence[Plan], made: dict[str, dict[str, Path]], verbose: bool) -> None:
    truth = {name: parse_file(path)[0] for name, path in made["txt"].items()}
    print(
        "| format | files | clause paths found | not in the txt | number and date right | text similarity | s a file |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind, files in made.items():
        found = extra = total = heads = 0
        alike: list[float] = []
        begin = time.monotonic()
        for name, path in files.items():
            directive, true = parse_file(path)[0], truth[name]
            paths, expected = {c.path for c in directive.clauses}, {c.path for c in true.clauses}
            found += len(paths & expected)
            extra += len(paths - expected)
            total += len(expected)
            shown = directive.shown(0, len(directive.text))
            alike.append(similarity(shown, true.shown(0, len(true.text))))
            same_head = (directive.number, directive.date) == (true.number, true.date)
            heads += same_head
            if verbose and (paths != expected or alike[-1] < 0.99 or not same_head):
                print(
                    f"{kind} {name}: lost {sorted(expected - paths)[:8]} extra {sorted(paths - expected)[:8]}"
                    f" {alike[-1]:.3f} {directive.number} {directive.date}",
                    file=sys.stderr,
                )
        seconds = (time.monotonic() - begin) / len(files)
        print(
            f"| {kind} | {len(files)} | {found / max(1, total):.1%} | {extra} | {heads}/{len(files)} |"
            f" {sum(alike) / len(alike):.4f} (least {min(alike):.3f}) | {seconds:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    raise SystemExit(main())
