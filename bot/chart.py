"""A month's questions as a picture: for each day how many were answered, nearest only, refused."""

from __future__ import annotations

import io

from bot.messages import text
from bot.tally import Month

COLOURS = {"answered": "#2e7d32", "related": "#f0a500", "refused": "#b22222"}


def draw(month: Month, lang: str) -> bytes:
    """PNG. Blocking; matplotlib is loaded here and nowhere else, since it takes a second."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    days = range(1, len(month.days) + 1)
    below = [0] * len(month.days)
    for outcome, colour in COLOURS.items():
        counts = [getattr(d, outcome) for d in month.days]
        axes.bar(days, counts, bottom=below, color=colour, label=text(lang, f"stats.{outcome}"))
        below = [a + b for a, b in zip(below, counts, strict=True)]
    axes.set_title(text(lang, "stats.title", month=month.month, year=month.year))
    axes.set_xlabel(text(lang, "stats.day"))
    axes.set_xlim(0.3, len(month.days) + 0.7)
    axes.set_ylim(0, max(4, *below) * 1.15)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xticks([1, 5, 10, 15, 20, 25, len(month.days)])
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(ncols=3, loc="upper left", frameon=False)
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
