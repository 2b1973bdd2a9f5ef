"""Commands on backups: backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.backup import backup as take
from bot.backup import restore as put_back
from bot.commands.options import HomeOption, out
from bot.messages import text
from bot.settings import load_settings

FileArgument = Annotated[Path, typer.Argument(help="Tệp sao lưu · backup file")]


def register(app: typer.Typer) -> None:
    """Hangs this file's commands on the application."""
    for command in (backup, restore):
        app.command()(command)


def backup(file: FileArgument, home: HomeOption = None) -> None:
    """Sao lưu thư viện vào một tệp, bot vẫn chạy · Backs the library up into a file; the bot may go on."""
    settings = load_settings(home)
    take(settings.home, file)
    out.print(text(settings.language, "cli.backed_up", path=str(file)), markup=False)


def restore(file: FileArgument, home: HomeOption = None) -> None:
    """Lấy lại thư viện từ tệp sao lưu, bot vẫn chạy · Puts a backup back; the bot may go on."""
    settings = load_settings(home)
    manifest = put_back(settings.home, file)
    out.print(text(settings.language, "cli.restored", path=str(file), made=manifest["made"]), markup=False)
