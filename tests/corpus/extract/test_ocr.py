"""Pictures of pages. Needs Tesseract with Vietnamese; the rest of the tests do not."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from corpus.errors import UnreadableError
from corpus.extract import extract, ocr
from corpus.extract.columns import reading_order
from corpus.extract.layout import Line
from corpus.extract.picture import deskewed, readable, skew
from tests.corpus.extract.makers import picture

LINES = [
    "KẾT LUẬN CỦA BỘ CHÍNH TRỊ",
    "1. Tiếp tục thực hiện nghiêm các chỉ đạo",
    "2. Giao các địa phương tổ chức thực hiện",
]


def page() -> Image.Image:
    try:
        return picture(LINES)
    except OSError as e:
        pytest.skip(str(e))


def assert_read(text: str) -> None:
    """The lines and their numbers, but for a mark or two: recognition differs from version to version."""
    lines = text.strip().split("\n")
    assert [line[:2] for line in lines] == [line[:2] for line in LINES]
    assert difflib.SequenceMatcher(None, text.strip(), "\n".join(LINES)).ratio() > 0.95


@pytest.fixture
def tesseract() -> None:
    program = ocr.tesseract()
    if program is None or "vie" not in ocr._languages(program):
        pytest.skip("Tesseract with Vietnamese is not installed")


@pytest.mark.usefixtures("tesseract")
@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "PDF"])
def test_a_picture_is_read_and_marked_as_scanned(tmp_path: Path, form: str) -> None:
    path = tmp_path / "scan"
    page().rotate(1.5, expand=True, fillcolor=255).save(path, form, resolution=300)
    document = extract(path)[0]
    assert_read(document.text)
    assert document.scanned
    assert [p.number for p in document.pages] == [1]
    assert document.pages[0].confidence is not None
    assert document.pages[0].confidence > 0.8


@pytest.mark.usefixtures("tesseract")
def test_a_heic_photo_is_read(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    path = tmp_path / "IMG_1.HEIC"
    page().convert("RGB").save(path, "HEIF", quality=70)
    assert_read(extract(path)[0].text)


@pytest.mark.usefixtures("tesseract")
def test_pages_of_a_tiff_are_pages(tmp_path: Path) -> None:
    path = tmp_path / "scan.tiff"
    page().save(path, "TIFF", save_all=True, append_images=[page()])
    document = extract(path)[0]
    assert [p.number for p in document.pages] == [1, 2]
    assert document.text[document.pages[1].start :].startswith(LINES[0])


@pytest.mark.usefixtures("tesseract")
def test_a_blank_page_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "blank.png"
    Image.new("L", (1700, 2200), 255).save(path)
    with pytest.raises(UnreadableError) as e:
        extract(path)
    assert e.value.reason == "empty"


@pytest.mark.parametrize("printed", ["I.", "II.", "III."])
@pytest.mark.parametrize("misread", ["II.", "HI.", "IlI.", "I.", "H."])
def test_roman_numbers_are_told_by_their_strokes(printed: str, misread: str) -> None:
    assert mended(printed, misread) == printed


@pytest.mark.parametrize("printed", ["H.", "L."])
def test_real_letters_stay(printed: str) -> None:
    assert mended(printed, printed) == printed


def mended(printed: str, read: str) -> str:
    """What becomes of a first word printed so and read otherwise."""
    try:
        image = picture([printed]).filter(ImageFilter.GaussianBlur(1))
    except OSError as e:
        pytest.skip(str(e))
    left, top, right, bottom = image.point([255] * 200 + [0] * 56).getbbox() or (0, 0, 0, 0)
    word = ocr._Word(read, left, right, top, bottom, 0.9)
    pieces = [[word, ocr._Word("Tình", 0, 0, 0, 0, 0.9)]]
    ocr._mend_markers(image, pieces)
    return pieces[0][0].text


@pytest.mark.parametrize("angle", [-4.0, -1.0, 0.0, 0.7, 3.0])
def test_skew_is_found(angle: float) -> None:
    lines = [LINES[n % 3] for n in range(20)]
    try:
        image = picture(lines).rotate(angle, expand=True, fillcolor=255)
    except OSError as e:
        pytest.skip(str(e))
    assert skew(image) == pytest.approx(-angle, abs=0.25)
    assert abs(skew(deskewed(image))) <= 0.25


def test_uneven_light_is_made_even() -> None:
    dark = Image.linear_gradient("L").resize((1500, 2000)).point([120 + v // 3 for v in range(256)])
    assert min(readable(dark).getextrema()) > 235


@pytest.mark.parametrize("mode", ["RGBA", "P", "1", "CMYK", "LA", "I;16"])
def test_every_kind_of_picture_becomes_grey(mode: str) -> None:
    assert readable(Image.new(mode, (1500, 1500))).mode == "L"


def test_letterhead_is_read_column_by_column() -> None:
    def piece(text: str, left: float, top: float, width: float = 300) -> Line:
        return Line(text, left, left + width, top, top + 40)

    pieces = [
        piece("BỘ CHÍNH TRỊ", 100, 0), piece("ĐẢNG CỘNG SẢN VIỆT NAM", 600, 2, 500),
        piece("*", 240, 50, 20), piece("Hà Nội, ngày 11", 650, 60, 400),
        piece("Số 07-KL/TW", 110, 105),
        piece("KẾT LUẬN", 450, 200, 250),
        piece("1. Việc một", 100, 300, 1000), piece("2. Việc hai", 100, 350, 1000),
    ]  # fmt: skip
    assert [p.text for p in reading_order(pieces[::-1])] == [
        "BỘ CHÍNH TRỊ", "*", "Số 07-KL/TW", "ĐẢNG CỘNG SẢN VIỆT NAM", "Hà Nội, ngày 11",
        "KẾT LUẬN", "1. Việc một", "2. Việc hai",
    ]  # fmt: skip
