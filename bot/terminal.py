"""An Answer on a terminal: the quote between bars, its citation under it."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.citation import cite
from bot.messages import text
from bot.render import Fetch, note_text
from retrieval.answer import Answer, Passage, Status


def print_answer(answer: Answer, language: str, console: Console, fetch: Fetch) -> None:
    """Prints note, quotes and choices; document text is never read as mark-up."""
    if answer.note:
        console.print(Text(note_text(answer.note, language, fetch)))
    if answer.status is Status.RELATED:
        console.print(Text(text(language, "cli.related"), style="yellow"))
    for passage in answer.passages:
        print_passage(passage, language, console)
    if answer.status is Status.CHOOSE:
        console.print(Text(text(language, "cli.choose"), style="yellow"))
    for choice in answer.choices:
        date = f"{choice.date:%d/%m/%Y}" if choice.date else "?"
        console.print(
            Text(f"  {choice.number or choice.file} · {date} · {choice.issuer or '?'} · {choice.title or ''}")
        )
    if answer.status is Status.NONE and not answer.note:
        console.print(Text(text(language, "cli.none")))


def print_passage(passage: Passage, language: str, console: Console) -> None:
    """One quote and its citation."""
    words = Text(passage.shown.strip("\n"))
    console.print(Padding(words, (0, 2), style="italic"))
    console.print(Text("  — " + cite(passage.citation, language), style="bold"))
    console.print()
