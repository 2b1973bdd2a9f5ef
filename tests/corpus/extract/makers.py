"""Small files of every kind, made in the tests: nothing binary is kept."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from corpus.extract import legacy

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_FONTS = ("LiberationSerif-Regular.ttf", "DejaVuSerif.ttf", "DejaVuSans.ttf", "NotoSerif-Regular.ttf", "arial.ttf")
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}


def docx(body: str, numbering: str = "", styles: str = "", footnotes: str = "") -> bytes:
    """A docx from the XML inside its body and its parts."""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
    }
    for name, inner in (("numbering", numbering), ("styles", styles), ("footnotes", footnotes)):
        if inner:
            parts[f"word/{name}.xml"] = f"<w:{name} {W}>{inner}</w:{name}>"
    return zipped(parts)


def paragraph(text: str, properties: str = "", run: str = "") -> str:
    """A paragraph of one run; `properties` are its pPr, `run` its rPr."""
    return (
        f'<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


def numbered(text: str, list_id: int, level: int = 0) -> str:
    """A paragraph with an automatic number."""
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>')


def level(at: int, form: str, text: str, more: str = "") -> str:
    """A level of a list definition."""
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbering(levels: str, lists: str = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>') -> str:
    """numbering.xml's inside: one definition, by default with one list of it."""
    return f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>{lists}'


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """A zip of names and contents."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def pdf(pages: Sequence[Sequence[tuple[float, float, float, str]]]) -> bytes:
    """A PDF of A4 pages from (x, y from the top, size, text) in points; every letter is half its size wide.

    Its font is not embedded and its codes are UTF-16, told by a ToUnicode map, so any letter can be printed.
    """
    letters = sorted({c for page in pages for *_, text in page for c in text})
    cmap = (
        "/CIDInit /ProcSet findresource begin begincmap /CMapName /U def 1 begincodespacerange <0000> <FFFF>"
        " endcodespacerange\n"
    )
    for n in range(0, len(letters), 100):
        some = letters[n : n + 100]
        cmap += f"{len(some)} beginbfchar\n" + "".join(f"<{ord(c):04X}> <{ord(c):04X}>\n" for c in some) + "endbfchar\n"
    cmap += "endcmap end"
    objects: list[bytes] = []

    def add(body: str | bytes) -> int:
        objects.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(objects)

    def stream(body: str) -> bytes:
        return f"<< /Length {len(body)} >>\nstream\n{body}\nendstream".encode("latin-1")

    add("<< /Type /Catalog /Pages 2 0 R >>")
    add("")  # the page tree, known when its pages are
    unicode = add(stream(cmap))
    described = add(
        "<< /Type /FontDescriptor /FontName /Plain /Flags 4 /FontBBox [0 -200 1000 800] /ItalicAngle 0 /Ascent 800"
        " /Descent -200 /CapHeight 700 /StemV 80 >>"
    )
    inner = add(
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Plain /CIDSystemInfo << /Registry (Adobe) /Ordering"
        f" (Identity) /Supplement 0 >> /FontDescriptor {described} 0 R /DW 500 >>"
    )
    font = add(
        f"<< /Type /Font /Subtype /Type0 /BaseFont /Plain /Encoding /Identity-H /DescendantFonts [{inner} 0 R]"
        f" /ToUnicode {unicode} 0 R >>"
    )
    kids = []
    for page in pages:
        drawn = "".join(
            f"BT /F {size} Tf 1 0 0 1 {x} {842 - y} Tm <{''.join(f'{ord(c):04X}' for c in text)}> Tj ET\n"
            for x, y, size, text in page
        )
        content = add(stream(drawn))
        kids.append(
            add(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R"
                f" /Resources << /Font << /F {font} 0 R >> >> >>"
            )
        )
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{k} 0 R' for k in kids)}] >>".encode()
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{n} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def wrapped(text: str, y: float, width: int = 60, indent: int = 4, x: float = 85, size: float = 12) -> list:
    """A paragraph as lines for `pdf`: wrapped at `width` letters, the first one indented."""
    lines, line = [], " " * indent
    for word in text.split():
        if len(line) + len(word) > width and line.strip():
            lines.append(line.rstrip())
            line = ""
        line += word + " "
    lines.append(line.rstrip())
    out = []
    for n, text_line in enumerate(lines):
        shift = indent * size / 2 if n == 0 else 0
        out.append((x + shift, y + n * size * 1.3, size, text_line.strip()))
    return out


def picture(lines: Sequence[str], size: int = 44, width: int = 2480) -> Image.Image:
    """A page at 300 dpi with those lines; OSError when no font with Vietnamese letters is installed."""
    image = Image.new("L", (width, 300 + 2 * size * len(lines)), 255)
    font = _font(size)
    for n, line in enumerate(lines):
        ImageDraw.Draw(image).text((200, 150 + n * 2 * size), line, fill=0, font=font)
    return image


def _font(size: int) -> ImageFont.FreeTypeFont:
    for name in _FONTS:
        for folder in ("", "/usr/share/fonts/truetype/liberation2/", "/usr/share/fonts/truetype/dejavu/"):
            if not folder or Path(folder).is_dir():
                try:
                    return ImageFont.truetype(folder + name, size)
                except OSError:
                    continue
    raise OSError("no font with Vietnamese letters")


def to_1258(text: str) -> bytes:
    """Windows-1258: letters with their hats, tones after them."""
    out = []
    for char in text:
        parts = unicodedata.normalize("NFD", char)
        base = unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONES))
        out.append(base + "".join(c for c in parts if c in _TONES))
    return "".join(out).encode("cp1258", "ignore")


def to_tcvn3(text: str) -> bytes:
    """TCVN3, as typed for the fonts .VnTime: it has no capitals with tones."""
    codes = {letter: code for code, letter in legacy.TCVN3.items()}
    return "".join(codes.get(c) or codes.get(c.lower(), c) for c in text).encode("cp1252", "ignore")


def to_vni(text: str) -> bytes:
    """VNI for Windows."""
    codes: dict[str, str] = {}
    for code, letter in legacy.VNI.items():
        if letter not in codes or (letter.isupper() and code.isupper()):
            codes[letter] = code
    return "".join(codes.get(c, c) for c in text).encode("cp1252", "ignore")
