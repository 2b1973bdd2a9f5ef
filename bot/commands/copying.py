"""Moving to another place of keeping: copy."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bot.commands.options import HomeOption, err, out
from bot.copying import copy as copy_all
from bot.copying import target_of
from bot.messages import text
from bot.settings import load_settings

ToOption = Annotated[str, typer.Option("--to", help="postgresql://… hoặc thư mục · or a folder")]


def register(app: typer.Typer) -> None:
    """Hangs this file's command on the application."""
    app.command()(copy)


def copy(to: ToOption, home: HomeOption = None) -> None:
    """Chép toàn bộ sang PostgreSQL hoặc ngược lại, bot vẫn chạy · Copies all to PostgreSQL or back."""
    settings = load_settings(home)
    language, target = settings.language, target_of(settings, to)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    ) as bar:
        task = bar.add_task("", total=None)

        def report(what: str, done: int, total: int) -> None:
            if done == 0:
                bar.reset(task, total=total, description=text(language, f"cli.{what}"))
            bar.update(task, completed=done)

        done = copy_all(settings, target, report)
    key = "cli.copied" if done.finished else "cli.copied_so_far"
    switch = "TRICHDAN_HOME" if target.database_url is None else "TRICHDAN_DATABASE_URL"
    said = text(language, key, name=done.name, documents=done.documents, rows=done.rows, variable=switch)
    out.print(said, markup=False, soft_wrap=True)
