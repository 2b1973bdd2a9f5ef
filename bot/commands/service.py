"""Commands around the bot: bot, doctor, init, demo."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.text import Text

from bot.commands.options import HomeOption, JsonOption, opened, out
from bot.errors import BotError
from bot.messages import text

DEMO_QUESTIONS = (
    "Ai làm Trưởng Ban Chỉ đạo quốc gia phòng, chống dịch?",
    "07-KL/TW mục 3.4",
    "co tiem vac xin cho tre em khong",
    "Kết luận 88-KL/TW có những nội dung nào?",
)


class HomeInUseError(BotError):
    """`init` on a data folder that has a library already."""

    code = "home_in_use"


def register(app: typer.Typer) -> None:
    """Hangs this file's commands on the application."""
    for command in (bot, doctor, init, demo, migrate):
        app.command()(command)


class Only(StrEnum):
    """One part of the bot, where several processes share a database; bot.run.Part says more."""

    POLL = "poll"
    ANSWER = "answer"


def bot(
    only: Annotated[
        Only | None,
        typer.Option("--only", help="Chỉ nhận hoặc chỉ trả lời (cần PostgreSQL) · one part alone (with PostgreSQL)"),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Chạy bot Telegram · Runs the Telegram bot (TRICHDAN_TOKEN)."""
    from bot.run import Part, check_part, run_bot
    from bot.searchers import Searcher, Searchers
    from bot.settings import load_settings
    from corpus.access import PUBLIC
    from embeddings.machine import cores

    part = Part(only or Part.ALL)
    check_part(load_settings(home), part)
    with opened(home) as opened_home:
        # Model and index are loaded while the progress bar is there to see.
        opened_home.engine.warm(frozenset({PUBLIC}))
    settings = opened_home.settings
    searchers = Searchers(opened_home.engine, lambda: Searcher(settings.home), settings.processes or cores())
    try:
        run_bot(settings, searchers, opened_home.library, part)
    finally:
        searchers.close()


def doctor(json_: JsonOption = False, home: HomeOption = None) -> None:
    """Kiểm tra cài đặt, nói cần làm gì · Checks the installation and says what to do."""
    from bot.doctor import diagnose, print_checks

    with opened(home) as opened_home:
        checks = diagnose(opened_home)
    print_checks(checks, opened_home.settings.language, out, as_json=json_)
    if any(c.ok is False for c in checks):
        raise typer.Exit(1)


def init(
    empty: Annotated[bool, typer.Option("--empty", help="Không kèm thư viện mẫu · no starter library")] = False,
    home: HomeOption = None,
) -> None:
    """Tạo thư mục dữ liệu · Makes the data folder."""
    from bot.settings import load_settings

    settings = load_settings(home)
    if (settings.home / "library.db").exists():
        raise HomeInUseError(
            f"{settings.home}: has a library already; name another folder with --home", path=str(settings.home)
        )
    with opened(home, starter=not empty) as opened_home:
        count = len(opened_home.library.documents())
    out.print(text(settings.language, "cli.made", path=str(settings.home), count=count), markup=False)


def migrate() -> None:
    """Tạo hoặc nâng cấp các bảng trong PostgreSQL · Makes or updates the tables in PostgreSQL."""
    from bot.database import migrate_shared, place_of
    from bot.settings import load_settings

    settings = load_settings()
    if settings.database_url is None:
        out.print(text(settings.language, "cli.nothing_to_migrate"))
        return
    steps = migrate_shared(settings)
    key = "cli.migrated" if steps else "cli.migrated_already"
    out.print(text(settings.language, key, name=place_of(settings), steps=", ".join(steps)), markup=False)


def demo(home: HomeOption = None) -> None:
    """Hỏi thử thư viện mẫu · Answers real questions from the starter library."""
    from bot.terminal import print_answer

    with opened(home) as opened_home:
        answers = [opened_home.engine.ask(q, 1) for q in DEMO_QUESTIONS]
        language, fetch = opened_home.settings.language, opened_home.library.get
    for question, answer in zip(DEMO_QUESTIONS, answers, strict=True):
        out.print(Text(f"❯ {question}", style="bold cyan"))
        print_answer(answer, language, out, fetch)
    out.print(Text(text(language, "cli.demo_next")))
