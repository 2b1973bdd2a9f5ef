"""PDF: the text layer by PDFium, character by character; pages without one through character recognition."""

from __future__ import annotations

import ctypes
import itertools
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from corpus.errors import UnreadableError
from corpus.extract import legacy, limits, progress
from corpus.extract.columns import reading_order
from corpus.extract.extracted import Extracted, clean_text, invisible_spans, merge_hidden, sha256
from corpus.extract.layout import Line, PageLines, compose
from corpus.extract.likeness import likeness
from corpus.model import Warning

_MIN_CHARS = 16  # a page with fewer is a picture with a stamp on it
_MAX_UNKNOWN = 0.2  # of a page's characters without a Unicode value: its fonts cannot be read
_MAX_BACKWARDS = 0.25  # of line steps that go up the page: the file's order is not the reader's
_GAP = 3.0  # letters' heights between two words of different columns
_LARGE_PICTURE = 0.2  # of the page
_MANY_OUTLINES = 200
_INVISIBLE = 3  # text render mode of the layer a scanner's own recognition writes
_PAGES_A_BEAT = 50  # of text: some 50 milliseconds each
_SCALE_300_DPI = 300 / 72


@dataclass(frozen=True)
class _Char:
    text: str
    left: float
    right: float
    top: float
    bottom: float
    base: float
    generated: bool


def read_pdf(data: bytes, file: str) -> Extracted:
    """A PDF. Wrapped lines are joined to paragraphs, running heads and page numbers are hidden, each page's start is
    kept. Pages that are pictures are read by character recognition, and the document is then marked as scanned.

    UnreadableError when it is damaged, protected, too long, has no text, or needs Tesseract and it is not installed.
    """
    document = _open(data, file)
    try:
        count = len(document)
        if count > limits.MAX_PDF_PAGES:
            raise UnreadableError(file, "too_large", f"{count} pages; up to {limits.MAX_PDF_PAGES} are read, split it")
        pages: list[PageLines] = []
        pictures: list[int] = []
        layered = False
        for at in range(count):
            if at % _PAGES_A_BEAT == _PAGES_A_BEAT - 1:
                progress.beat()
            try:
                page = document[at]
            except pdfium.PdfiumError as e:
                raise _damaged(file) from e
            try:
                lines, unknown = _page_lines(page)
                width, height = page.get_size()
                read = PageLines(at + 1, width, height, tuple(lines))
                chars = sum(len(line.text) for line in lines)
                illegible = chars < _MIN_CHARS or unknown > _MAX_UNKNOWN * chars
                if illegible and _is_picture(page, chars):
                    pictures.append(at)
                elif chars >= _MIN_CHARS and _is_scanner_layer(page):
                    layered = True
                    if likeness(" ".join(line.text for line in lines)).share < 0.75:
                        pictures.append(at)
                pages.append(read)
            finally:
                page.close()
        unread: list[int] = []
        if pictures and _can_do_without(pages, pictures):
            pictures, unread = [], pictures
        elif pictures:
            pages, pictures = _recognise(document, pages, pictures, file)
    finally:
        document.close()
    pages, converted = _repair(pages)
    composed = compose(pages)
    text = composed.text
    if not text.strip():
        raise UnreadableError(file, "empty", "there is no text in it")
    warnings = [Warning(code="encoding_converted", detail=converted)] if converted else []
    if layered and not pictures:
        warnings.append(Warning(code="scanner_text", detail="recognised by the scanner"))
    warnings.extend(Warning(code="page_not_read", detail=f"page {at + 1}") for at in unread)
    warnings.extend(low_confidence(pages))
    return Extracted(
        file=file,
        sha256=sha256(data),
        text=text,
        hidden=merge_hidden((*composed.hidden, *invisible_spans(text))),
        pages=composed.pages,
        scanned=bool(pictures) or layered,
        warnings=tuple(warnings),
    )


def low_confidence(pages: list[PageLines]) -> list[Warning]:
    """A warning for each page that recognition was not sure of."""
    return [
        Warning(code="low_confidence", detail=f"page {page.number}: {page.confidence:.0%}")
        for page in pages
        if page.confidence is not None and page.confidence < limits.LOW_CONFIDENCE
    ]


def _open(data: bytes, file: str) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as e:
        if pdfium_c.FPDF_GetLastError() == pdfium_c.FPDF_ERR_PASSWORD or "password" in str(e).lower():
            raise UnreadableError(file, "encrypted", "it is protected by a password; save it without one") from e
        raise _damaged(file) from e


def _damaged(file: str) -> UnreadableError:
    return UnreadableError(file, "damaged", "the PDF is damaged or cut short; copy it again from its source")


def _can_do_without(pages: list[PageLines], pictures: list[int]) -> bool:
    """Without Tesseract, a text document with a picture among its pages is read all the same, and the page is named
    in a warning; one that is pictures for the most part is refused."""
    from corpus.extract.ocr import tesseract

    return tesseract() is None and 2 * len(pictures) < len(pages)


def _recognise(
    document: pdfium.PdfDocument, pages: list[PageLines], pictures: list[int], file: str
) -> tuple[list[PageLines], list[int]]:
    """The pages with those at `pictures` read from their image; pages that turn out blank are left as they are."""
    from corpus.extract.ocr import recognise

    if len(pictures) > limits.MAX_OCR_PAGES:
        raise UnreadableError(
            file, "too_large", f"{len(pictures)} scanned pages; up to {limits.MAX_OCR_PAGES} are read, split it"
        )

    def images() -> Iterator[Image.Image]:
        for at in pictures:
            page = document[at]
            width, height = page.get_size()
            scale = min(_SCALE_300_DPI, (limits.MAX_IMAGE_PIXELS / max(1.0, width * height)) ** 0.5)
            bitmap = page.render(scale=scale, grayscale=True)
            image = bitmap.to_pil().copy()
            bitmap.close()
            page.close()
            yield image

    done = list(pages)
    read: list[int] = []
    for at, result in zip(pictures, recognise(images(), file), strict=True):
        if result.lines:
            done[at] = replace(result, number=at + 1)
            read.append(at)
    return done, read


def _page_lines(page: pdfium.PdfPage) -> tuple[list[Line], int]:
    """(lines in reading order, number of characters without a Unicode value)."""
    chars, unknown = _chars(page)
    lines = _lines(chars)
    steps = list(itertools.pairwise(lines))
    backwards = sum(b.bottom < a.top for a, b in steps)
    if len(steps) > 8 and backwards > _MAX_BACKWARDS * len(steps):
        lines = reading_order(lines)
    return lines, unknown


def _chars(page: pdfium.PdfPage) -> tuple[list[_Char], int]:
    textpage = page.get_textpage()
    unknown = 0
    chars: list[_Char] = []
    try:
        place = _placer(page)
        box, x, y = pdfium_c.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
        for n in range(pdfium_c.FPDFText_CountChars(textpage)):
            code = pdfium_c.FPDFText_GetUnicode(textpage, n)
            if code in (0, 0xFFFD) or 0xE000 <= code <= 0xF8FF:
                unknown += 1
                continue
            if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                continue
            if pdfium_c.FPDFText_IsGenerated(textpage, n) == 1:
                if chars and code in (0x20, 0xA0):
                    last = chars[-1]
                    chars.append(replace(last, text=" ", left=last.right, generated=True))
                continue
            pdfium_c.FPDFText_GetLooseCharBox(textpage, n, box)
            pdfium_c.FPDFText_GetCharOrigin(textpage, n, x, y)
            left, top = place(box.left, box.top)
            right, bottom = place(box.right, box.bottom)
            _, base = place(x.value, y.value)
            if right < left:
                left, right = right, left
            if bottom < top:
                top, bottom = bottom, top
            # PDFium gives U+0002 for a hyphen at a line's end that it takes for a break inside a word.
            text = "-" if code == 2 else chr(code)
            chars.append(_Char(text, left, right, top, bottom, base, generated=False))
    finally:
        textpage.close()
    return chars, unknown


def _placer(page: pdfium.PdfPage) -> Callable[[float, float], tuple[float, float]]:
    """From a point of the page's own space to one of the page as shown, y downwards, its rotation undone."""
    x0, y0, x1, y1 = page.get_cropbox()
    turn = page.get_rotation()
    if turn == 90:
        return lambda x, y: (y - y0, x - x0)
    if turn == 180:
        return lambda x, y: (x1 - x, y - y0)
    if turn == 270:
        return lambda x, y: (y1 - y, x1 - x)
    return lambda x, y: (x - x0, y1 - y)


def _lines(chars: list[_Char]) -> list[Line]:
    """Runs of characters on one baseline, in the order of the file; a wide gap or a step back begins another."""
    lines: list[Line] = []
    run: list[_Char] = []
    for char in chars:
        if run and not char.generated and _breaks(run[-1], char):
            _close(run, lines)
        run.append(char)
    _close(run, lines)
    return lines


def _breaks(a: _Char, b: _Char) -> bool:
    height = max(a.bottom - a.top, b.bottom - b.top, 0.1)
    overlap = min(a.bottom, b.bottom) - max(a.top, b.top)
    if abs(a.base - b.base) > 0.2 * height and overlap < 0.6 * min(a.bottom - a.top, b.bottom - b.top):
        return True
    return b.left - a.right > _GAP * height or b.left < a.left - 2 * height


def _close(run: list[_Char], lines: list[Line]) -> None:
    text = clean_text("".join(char.text for char in run))
    text = " ".join(text.split())
    solid = [char for char in run if not char.text.isspace()]
    if text and solid:
        height = statistics.median(char.bottom - char.top for char in solid)
        bottom = statistics.median(char.bottom for char in solid)
        lines.append(
            Line(text, min(c.left for c in solid), max(c.right for c in solid), bottom - max(height, 0.1), bottom)
        )
    run.clear()


def _is_picture(page: pdfium.PdfPage, chars: int) -> bool:
    """Whether there is something on the page to recognise: a large picture, letters turned to outlines or letters
    without a meaning. A seal, a rule or a blank page is not worth it."""
    width, height = page.get_size()
    outlines, pictured = 0, 0.0
    for obj in page.get_objects(max_depth=2):
        if obj.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = obj.get_bounds()
            pictured += abs((right - left) * (top - bottom))  # some scanners cut a page into strips
        elif obj.type == pdfium_c.FPDF_PAGEOBJ_PATH:
            outlines += 1
        elif obj.type == pdfium_c.FPDF_PAGEOBJ_TEXT and chars >= _MIN_CHARS:
            return True
    return outlines > _MANY_OUTLINES or pictured > _LARGE_PICTURE * width * height


def _is_scanner_layer(page: pdfium.PdfPage) -> bool:
    """Whether the text lies invisible over a picture of the page: recognised by the scanner, not written."""
    width, height = page.get_size()
    invisible = picture = False
    for obj in page.get_objects(max_depth=2):
        if obj.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
            if pdfium_c.FPDFTextObj_GetTextRenderMode(obj) != _INVISIBLE:
                return False
            invisible = True
        elif obj.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = obj.get_bounds()
            picture |= abs((right - left) * (top - bottom)) > 0.5 * width * height
    return invisible and picture


def _repair(pages: list[PageLines]) -> tuple[list[PageLines], str | None]:
    """Lines in letters of a legacy font turned to Unicode, decided over the whole document."""
    texts = [line.text for page in pages for line in page.lines]
    fixed, converted = legacy.repair("\n".join(texts))
    if converted is None:
        return pages, None
    words = iter(fixed.split("\n"))
    return [
        replace(page, lines=tuple(replace(line, text=next(words)) for line in page.lines)) for page in pages
    ], converted
