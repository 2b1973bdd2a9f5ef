"""Photographs of pages become one file, a page each."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image

from corpus.errors import UnreadableError
from corpus.scans import join_pages


def photo(width: int, height: int, turned: int = 1) -> bytes:
    picture, out = Image.new("RGB", (width, height), "white"), io.BytesIO()
    exif = picture.getexif()
    exif[0x0112] = turned
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_each_photograph_is_a_page_turned_as_the_camera_says() -> None:
    pdf = pypdfium2.PdfDocument(join_pages([photo(40, 60), photo(60, 40, turned=6)], "a.pdf"))
    sizes = [page.get_size() for page in pdf]
    assert [width < height for width, height in sizes] == [True, True]


@pytest.mark.parametrize("bad", [b"", b"no picture", photo(40, 60)[:200]])
def test_a_damaged_one_is_refused(bad: bytes) -> None:
    with pytest.raises(UnreadableError, match="damaged"):
        join_pages([photo(40, 60), bad], "a.pdf")
