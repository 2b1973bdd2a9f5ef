"""Commands on backups: backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.backup import backup as take
from bot.backup import restore as put_back
from bot.commands.options import HomeOption, out
from bot.database import place_of
from bot.errors import BotError
from bot.messages import text
from bot.settings import Settings, load_settings

FileArgument = Annotated[Path, typer.Argument(help="Tệp sao lưu · backup file")]


class SharedError(BotError):
    """What is in PostgreSQL is backed up by PostgreSQL's own tools."""

    code = "shared_backup"


def register(app: typer.Typer) -> None:
    """Hangs this file's commands on the application."""
    for command in (backup, restore):
        app.command()(command)


def backup(file: FileArgument, home: HomeOption = None) -> None:
    """Sao lưu thư viện vào một tệp, bot vẫn chạy · Backs the library up into a file; the bot may go on."""
    settings = _in_files(load_settings(home))
    take(settings.home, file)
    out.print(text(settings.language, "cli.backed_up", path=str(file)), markup=False)


def restore(file: FileArgument, home: HomeOption = None) -> None:
    """Lấy lại thư viện từ tệp sao lưu, bot vẫn chạy · Puts a backup back; the bot may go on."""
    settings = _in_files(load_settings(home))
    manifest = put_back(settings.home, file)
    out.print(text(settings.language, "cli.restored", path=str(file), made=manifest["made"]), markup=False)


def _in_files(settings: Settings) -> Settings:
    if settings.database_url is not None:
        name = place_of(settings)
        raise SharedError(
            f"{name}: is in PostgreSQL; back it up and put it back with pg_dump and pg_restore", name=name
        )
    return settings
