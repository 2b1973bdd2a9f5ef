"""A picture of a page made ready for recognition: grey, of a useful size, evenly lit, straight."""

from __future__ import annotations

import itertools
import statistics

from PIL import Image, ImageFilter, ImageMath, ImageStat

_A4_WIDTH_300_DPI = 2480
_NARROW, _WIDE = 1400, 4200  # pixels across the shorter side: outside, the picture is brought to 300 dpi of an A4 page
_SKEW_WIDTH = 800  # pixels; enough to see lines, small enough to turn forty times
_MAX_SKEW = 8.0  # degrees
_MIN_SKEW = 0.15  # below, turning blurs more than it helps
_UNEVEN = 10.0  # grey levels, standard deviation of the paper's own shade


def readable(image: Image.Image) -> Image.Image:
    """Grey, with paper made white where the light is uneven, scaled so that letters are as tall as at 300 dpi."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        alpha = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", alpha.size, "white"), alpha)
    grey = image.convert("L")
    short = min(grey.size)
    if short < _NARROW or short > _WIDE:
        scale = _A4_WIDTH_300_DPI / short
        if scale < 4:  # a thumbnail holds no text, enlarging it costs memory
            grey = grey.resize((round(grey.width * scale), round(grey.height * scale)), Image.Resampling.LANCZOS)
    return _evenly_lit(grey)


def deskewed(image: Image.Image) -> Image.Image:
    """The picture turned so that its lines are level, when they are not."""
    angle = skew(image)
    if abs(angle) < _MIN_SKEW:
        return image
    return image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def skew(image: Image.Image) -> float:
    """Degrees, counter-clockwise, by which the picture must be turned for its lines to be level: the angle at which
    dark rows and light rows differ most."""
    scale = _SKEW_WIDTH / image.width
    small = image.resize((_SKEW_WIDTH, max(1, round(image.height * scale))), Image.Resampling.BOX)
    level = max(1.0, ImageStat.Stat(small).mean[0] * 0.75)
    ink = small.point([255 if value < level else 0 for value in range(256)])
    coarse = max(
        (n * 0.5 for n in range(int(-_MAX_SKEW * 2), int(_MAX_SKEW * 2) + 1)), key=lambda a: _sharpness(ink, a)
    )
    fine = max((coarse + n * 0.1 for n in range(-5, 6)), key=lambda a: _sharpness(ink, a))
    return fine if _sharpness(ink, fine) > 1.05 * _sharpness(ink, 0.0) else 0.0


def _sharpness(ink: Image.Image, angle: float) -> float:
    turned = ink.rotate(angle, Image.Resampling.BILINEAR) if angle else ink
    rows = turned.resize((1, turned.height), Image.Resampling.BOX).tobytes()
    return statistics.fmean((a - b) ** 2 for a, b in itertools.pairwise(rows)) if len(rows) > 1 else 0.0


def _evenly_lit(grey: Image.Image) -> Image.Image:
    small = grey.resize((max(1, grey.width // 24), max(1, grey.height // 24)), Image.Resampling.BOX)
    paper = small.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.GaussianBlur(4))
    if ImageStat.Stat(paper).stddev[0] < _UNEVEN:
        return grey
    light = paper.resize(grey.size, Image.Resampling.BILINEAR)
    flat: Image.Image = ImageMath.lambda_eval(
        lambda a: a["convert"](a["min"](a["grey"] * 255 / a["max"](a["light"], 1), 255), "L"), grey=grey, light=light
    )
    return flat
