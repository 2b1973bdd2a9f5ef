"""Photographs of one paper's pages, made into one file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import ExitStack

from PIL import Image, ImageOps

from corpus.errors import UnreadableError
from corpus.extract import limits


def join_pages(photos: Sequence[bytes], file: str) -> bytes:
    """A PDF with one photograph a page, in order, turned as the camera says. UnreadableError when one is damaged or
    they are too large together."""
    with ExitStack() as opened:
        pages = []
        pixels = 0
        for photo in photos:
            try:
                picture = opened.enter_context(Image.open(io.BytesIO(photo)))
                pixels += picture.width * picture.height
                if pixels > limits.MAX_IMAGE_PIXELS:
                    raise UnreadableError(file, "too_large", "the photographs are too large together; send fewer")
                upright = ImageOps.exif_transpose(picture)
                pages.append((upright or picture).convert("RGB"))
            except (OSError, Image.DecompressionBombError, SyntaxError, ValueError) as e:
                raise UnreadableError(file, "damaged", "a photograph is damaged; send it again") from e
        out = io.BytesIO()
        pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], quality=90, resolution=200)
    return out.getvalue()
