"""Character recognition: pictures of pages to lines, by Tesseract with its Vietnamese data."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache

from PIL import Image, ImageStat

from corpus.errors import UnreadableError
from corpus.extract import limits, progress
from corpus.extract.columns import reading_order
from corpus.extract.extracted import clean_text
from corpus.extract.layout import Line, PageLines
from corpus.extract.picture import deskewed, readable

_LANGUAGE = "vie"
_GAP = 2.2  # letters' heights between two words of different columns
_UNSURE = 0.6  # mean confidence below which the page may lie on its side
_BLANK = 253.0  # grey level, mean: a page with a line of text is darker
_SPECK = 0.35  # confidence below which one or two characters are a speck, not text
_ROMAN_ONES = re.compile(r"(?=.*[IlHL|])[IlHL1!|T]{1,4}([.)\-–])")
_TITLES = frozenset(("lục", "phần", "chương", "mục"))
# Without a full stop "1" is a number as likely as a letter: one of the others must be there.
_TITLE_ONES = re.compile(r"(?=.*[IlH|])[IlHL1!|]{1,4}([.:]?)")
_NARROW_L = 0.85  # of its height: a real L and its full stop are wider
_COMMA = re.compile(r"\d{1,2},")
_INK = 110  # grey level, mean of a column's middle
_PARALLEL = max(1, min(4, os.cpu_count() or 1))
_ROTATE = re.compile(r"^Rotate:\s*(\d+)", re.M)
_ADVICE = (
    "it is a picture of a page and is read with Tesseract, which is not installed{what}: install it (Debian:"
    " apt-get install tesseract-ocr tesseract-ocr-vie), or give the file with its text"
)


@dataclass(frozen=True)
class _Word:
    text: str
    left: float
    right: float
    top: float
    bottom: float
    confidence: float


def tesseract() -> str | None:
    """Path of the program, or None when it is not installed."""
    return shutil.which("tesseract")


def recognise(images: Iterable[Image.Image], file: str) -> list[PageLines]:
    """The lines of each picture, numbered from 1, in reading order, with the mean confidence of its words.

    UnreadableError when Tesseract or its Vietnamese data is not installed, or a page takes too long.
    """
    program = tesseract()
    if program is None:
        raise UnreadableError(file, "needs_tesseract", _ADVICE.format(what=""))
    if _LANGUAGE not in _languages(program):
        raise UnreadableError(file, "needs_tesseract", _ADVICE.format(what=" with Vietnamese (vie)"))
    pages: list[PageLines] = []
    waiting: list[Future[PageLines]] = []
    with ThreadPoolExecutor(_PARALLEL) as pool:
        try:
            for n, image in enumerate(images, 1):
                waiting.append(pool.submit(_page, program, image, n, file))
                if len(waiting) > _PARALLEL:  # pictures are large: only a few at a time
                    pages.append(waiting.pop(0).result())
                    progress.beat()
            for future in waiting:
                pages.append(future.result())
                progress.beat()
        except BaseException:
            for future in waiting:
                future.cancel()
            raise
    return pages


def _page(program: str, image: Image.Image, number: int, file: str) -> PageLines:
    image = deskewed(readable(image))
    page = _read(program, image, number, file)
    if (page.confidence or 0) < _UNSURE and ImageStat.Stat(image).mean[0] < _BLANK:
        turn = _rotation(program, image, file)
        if turn:
            turned = _read(program, deskewed(image.rotate(-turn, expand=True, fillcolor=255)), number, file)
            if (turned.confidence or 0) > (page.confidence or 0):
                return turned
    return page


def _read(program: str, image: Image.Image, number: int, file: str) -> PageLines:
    # One column of lines of all sizes: full layout analysis takes a column of clause numbers for a table.
    table = _run(program, image, ["-l", _LANGUAGE, "--psm", "4", "--dpi", "300", "tsv"], file)
    pieces = [piece for line in _words(table).values() for piece in _pieces(line)]
    _mend_markers(image, pieces)
    _mend_titles(image, pieces)
    pieces = [piece for piece in pieces if not _is_speck(piece)]
    lines = reading_order(_evened([_line(piece) for piece in pieces]))
    letters = sum(len(w.text) for piece in pieces for w in piece)
    sure = sum(len(w.text) * max(0.0, w.confidence) for piece in pieces for w in piece)
    return PageLines(number, image.width, image.height, tuple(lines), min(1.0, sure / letters) if letters else 0.0)


def _words(table: str) -> dict[tuple[str, str, str], list[_Word]]:
    """The words of each line of Tesseract's table."""
    words: dict[tuple[str, str, str], list[_Word]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = clean_text(row.get("text") or "").strip()
        if row.get("level") != "5" or not text:
            continue
        left, top = float(row["left"]), float(row["top"])
        words[row["block_num"], row["par_num"], row["line_num"]].append(
            _Word(text, left, left + float(row["width"]), top, top + float(row["height"]), float(row["conf"]) / 100)
        )
    return words


def _mend_markers(image: Image.Image, pieces: list[list[_Word]]) -> None:
    """Clause numbers are short and no words, and are misread in a few known ways.

    I, II and III are told by counting their strokes: Tesseract, looking for words, reads "HI." or "II." for "III.",
    and a part's number lost takes every clause below it along. A comma after a number that begins a line is its full
    stop, and a © there is a c in a bracket.
    """
    for piece in pieces:
        word = piece[0]
        if _COMMA.fullmatch(word.text) and len(piece) > 1 and piece[1].text[:1].isupper():
            piece[0] = word = replace(word, text=word.text[:-1] + ".")
        elif word.text == "©":
            piece[0] = word = replace(word, text="c)")
        found = _ROMAN_ONES.fullmatch(word.text)
        if word.text == "L." and word.right - word.left > _NARROW_L * (word.bottom - word.top):
            continue
        if not found or (len(piece) > 1 and not piece[1].text[:1].isupper()):
            continue
        piece[0] = _roman(image, word, found.group(1))


def _mend_titles(image: Image.Image, pieces: list[list[_Word]]) -> None:
    """The Roman number after PHẦN, CHƯƠNG, MỤC and PHỤ LỤC at the head of a line, as in `_mend_markers`."""
    for piece in pieces:
        for n, word in enumerate(piece[1:3], 1):
            found = _TITLE_ONES.fullmatch(word.text)
            if found and piece[n - 1].text.casefold() in _TITLES:
                piece[n] = _roman(image, word, found.group(1))


def _roman(image: Image.Image, word: _Word, end: str) -> _Word:
    strokes = _strokes(image, word)
    return replace(word, text="I" * strokes + end) if 1 <= strokes <= 3 else word


def _strokes(image: Image.Image, word: _Word) -> int:
    """Dark runs across the middle of a word, where letters have neither serifs nor the full stop; 0 when a bar joins
    them, as in a real H."""
    height = word.bottom - word.top
    top, bottom = int(word.top + 0.35 * height), int(word.top + 0.65 * height)
    band = image.crop((int(word.left) - 3, top, int(word.right) + 3, bottom))
    dark = [column < _INK for column in band.resize((band.width, 1), Image.Resampling.BOX).tobytes()]
    if True not in dark:
        return 0
    first, last = dark.index(True), len(dark) - dark[::-1].index(True)
    rows = band.crop((first, 0, last, band.height)).resize((1, band.height), Image.Resampling.BOX).tobytes()
    strokes = sum(here and not before for before, here in zip([False, *dark], dark, strict=False))
    return 0 if strokes > 1 and min(rows) < _INK and max(rows) > 1.5 * min(rows) else strokes


def _pieces(line: list[_Word]) -> list[list[_Word]]:
    """A line cut where a gap shows that two columns stand side by side."""
    height = statistics.median(word.bottom - word.top for word in line)
    pieces: list[list[_Word]] = [[]]
    for word in line:
        if pieces[-1] and word.left - pieces[-1][-1].right > _GAP * height:
            pieces.append([])
        pieces[-1].append(word)
    return pieces


def _is_speck(piece: list[_Word]) -> bool:
    text = "".join(word.text for word in piece)
    best = max(word.confidence for word in piece)
    return best < _SPECK and (len(text) <= 2 or not any(c.isalnum() for c in text))


def _line(words: list[_Word]) -> Line:
    bottom = statistics.median(word.bottom for word in words)
    height = statistics.median(word.bottom - word.top for word in words)
    return Line(
        " ".join(word.text for word in words),
        min(word.left for word in words),
        max(word.right for word in words),
        bottom - height,
        bottom,
    )


def _evened(lines: list[Line]) -> list[Line]:
    """Boxes of words without tall letters are lower; lines of nearly the usual height get just that."""
    if not lines:
        return lines
    usual = statistics.median(line.size for line in lines)
    return [
        Line(line.text, line.left, line.right, line.bottom - usual, line.bottom)
        if 0.6 * usual < line.size < 1.5 * usual
        else line
        for line in lines
    ]


def _rotation(program: str, image: Image.Image, file: str) -> int:
    """Degrees by which the page must be turned clockwise to be upright; 0 also when that cannot be told."""
    if "osd" not in _languages(program):
        return 0
    try:
        found = _ROTATE.search(_run(program, image, ["-l", "osd", "--psm", "0", "--dpi", "300"], file))
    except _Failed:
        return 0  # too few letters to tell
    return int(found.group(1)) % 360 if found else 0


class _Failed(UnreadableError):
    """Tesseract ended with an error."""


def _run(program: str, image: Image.Image, options: list[str], file: str) -> str:
    source = io.BytesIO()
    image.save(source, "PPM")  # uncompressed: packing a page as PNG takes longer than piping it
    try:
        done = subprocess.run(
            [program, "stdin", "stdout", *options],
            input=source.getvalue(),
            capture_output=True,
            timeout=limits.OCR_PAGE_SECONDS,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # pages in parallel are faster than threads in a page
        )
    except subprocess.TimeoutExpired as e:
        raise UnreadableError(file, "time", "a page took too long to recognise; scan it again at 300 dpi") from e
    except OSError as e:
        raise UnreadableError(file, "needs_tesseract", f"Tesseract could not be started ({e.strerror})") from e
    if done.returncode != 0:
        raise _Failed(file, "damaged", "Tesseract could not read a page; scan it again")
    return done.stdout.decode("utf-8", "replace")


@cache
def _languages(program: str) -> frozenset[str]:
    try:
        done = subprocess.run([program, "--list-langs"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    return frozenset(done.stdout.decode("utf-8", "replace").split())
