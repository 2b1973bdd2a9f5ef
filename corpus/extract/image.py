"""Pictures of pages: jpg, png, tiff (of several pages), webp, bmp, heic from a telephone."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

from PIL import Image, ImageOps, UnidentifiedImageError

from corpus.errors import UnreadableError
from corpus.extract import limits
from corpus.extract.extracted import Extracted, invisible_spans, merge_hidden, sha256
from corpus.extract.layout import compose
from corpus.extract.ocr import recognise
from corpus.extract.pdf import low_confidence

_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "HEIF", "AVIF", "MPO")
_MIN_SIDE = 100  # pixels: an icon


def read_image(data: bytes, file: str) -> Extracted:
    """A picture of one page, or of several in a tiff, read by character recognition.

    UnreadableError when it is damaged, too large, shows no text, or Tesseract is not installed.
    """
    pages = recognise(_frames(data, file), file)
    composed = compose(pages)
    text = composed.text
    if not any(c.isalnum() for c in text):
        raise UnreadableError(file, "empty", "no text can be seen in the picture; photograph it again, in good light")
    return Extracted(
        file=file,
        sha256=sha256(data),
        text=text,
        hidden=merge_hidden((*composed.hidden, *invisible_spans(text))),
        pages=composed.pages,
        scanned=True,
        warnings=tuple(low_confidence(pages)),
    )


def _frames(data: bytes, file: str) -> Iterator[Image.Image]:
    _register_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the size is checked here
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
        # A GIF's frames are an animation, not pages.
        count = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
        if count > limits.MAX_OCR_PAGES:
            raise UnreadableError(file, "too_large", f"{count} pages; up to {limits.MAX_OCR_PAGES} are read")
        for n in range(count):
            if count > 1:
                image.seek(n)
            if image.width * image.height > limits.MAX_IMAGE_PIXELS:
                raise UnreadableError(file, "too_large", f"{image.width} x {image.height} pixels; scan it at 300 dpi")
            if min(image.size) < _MIN_SIDE:
                raise UnreadableError(file, "empty", "the picture is too small to hold text")
            yield ImageOps.exif_transpose(image.copy())
    except UnreadableError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError) as e:
        raise UnreadableError(file, "damaged", "the picture is damaged or cut short; copy it again") from e


def _register_heif() -> None:
    """HEIC is read where the plug-in is installed (it is a wheel with its own library)."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return
    register_heif_opener()
