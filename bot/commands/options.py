"""Options that several commands share, and how each opens the data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bot.home import Home, open_home
from bot.messages import text
from bot.settings import load_settings

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

HomeOption = Annotated[Path | None, typer.Option("--home", help="Thư mục dữ liệu (TRICHDAN_HOME) · data folder")]
JsonOption = Annotated[bool, typer.Option("--json", help="Kết quả dạng JSON · results as JSON")]


@contextmanager
def opened(home: Path | None, *, starter: bool = True) -> Iterator[Home]:
    """The data folder, with a progress bar on stderr for whatever is slow (first use converts the model)."""
    settings = load_settings(home)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    ) as bar:
        yield open_home(settings, starter=starter, progress=_Reporter(bar, settings.language))


class _Reporter:
    """Shows each step named by the workers (message key `progress.<step>`) as a bar of its own."""

    def __init__(self, bar: Progress, language: str) -> None:
        self.bar = bar
        self.language = language
        self.tasks: dict[str, TaskID] = {}

    def __call__(self, step: str, share: float) -> None:
        if step not in self.tasks:
            self.tasks[step] = self.bar.add_task(text(self.language, f"progress.{step}"), total=1.0)
        self.bar.update(self.tasks[step], completed=share, visible=share < 1.0)
