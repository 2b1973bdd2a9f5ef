"""/hieuluc: what became of a document, what its words propose, and the buttons that confirm or take back."""

from __future__ import annotations

from collections.abc import Sequence

from bot.callback import Judge, ShowCard
from bot.markup import escape
from bot.messages import html, text
from bot.render import Button, Screen, shorten
from bot.standing import Newer, Proposal
from corpus.effects import Effect
from corpus.library import DocumentInfo
from corpus.text import one_line

WORDS = 300  # characters of what a document says
MOST = 6
LETTERS = {Effect.REPLACED: "r", Effect.ENDED: "e", Effect.AMENDED: "a"}


def overview(
    info: DocumentInfo, marks: Sequence[Newer], offers: Sequence[Proposal], says: Sequence[str], lang: str
) -> Screen:
    """`says`: the words behind each proposal."""
    lines = [f"<b>{escape(name(info))}</b>"]
    rows: list[tuple[Button, ...]] = []
    for m in marks:
        lines.append(f"⚠️ {html(lang, f'standing.{m.effect.value}', name=name(m.info))}")
        label = text(lang, "button.unmark", name=shorten(name(m.info), 30))
        rows.append((Button(label, Judge(info.id, m.info.id, "x")),))
    if not marks:
        lines.append(html(lang, "validity.none"))
    for p, words in zip(offers[:MOST], says, strict=False):
        lines.append("\n" + html(lang, "validity.says", name=name(p.new)))
        lines.append(f"<blockquote>{escape(shorten(one_line(words), WORDS))}</blockquote>")
        key = f"button.mark.{p.statement.effect.value}"
        label = text(lang, key, name=shorten(name(p.old), 24))
        rows.append((Button(label, Judge(p.old.id, p.new.id, LETTERS[p.statement.effect])),))
    if not offers:
        lines.append(html(lang, "validity.how"))
    rows.append((Button(text(lang, "button.card"), ShowCard(info.id)),))
    return Screen("\n".join(lines), tuple(rows), info.id)


def choose_effect(old: DocumentInfo, new: DocumentInfo, lang: str) -> Screen:
    """What does `new` do to `old`?"""
    said = html(lang, "validity.which", old=name(old), new=name(new))
    rows = tuple((Button(text(lang, f"button.effect.{e.value}"), Judge(old.id, new.id, LETTERS[e])),) for e in Effect)
    return Screen(said, rows)


def name(i: DocumentInfo) -> str:
    """A document in a line of this screen."""
    return shorten(i.number or i.title or i.file, 80)
