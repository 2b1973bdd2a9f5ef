"""A document that waits to be published, as a screen: what was read, what it would change, what may be wrong."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from bot.callback import MAX_NUMBER, OnDraft, ShowCard, Undo
from bot.citation import clause_words, date_words, month_words, type_words
from bot.drafts import Draft
from bot.fields import FIELDS
from bot.markup import MAX_TEXT, escape, utf16
from bot.messages import has, html, text
from bot.publishing import Plan, Published
from bot.render import Button, Screen, shorten
from corpus.access import Collection
from corpus.extract.limits import LOW_CONFIDENCE
from corpus.library import ClauseDiff, DocumentInfo
from corpus.model import Directive

SUBJECT = 300  # characters
LISTED = 8  # documents of an archive named in the preview
TREE = 14  # clauses named
WARNINGS = 6
PATHS = 10  # changed clauses named
NAMED = 40  # characters of a collection's name


def preview(draft: Draft, plans: Sequence[Plan], group: bool, collections: Sequence[Collection], lang: str) -> Screen:
    """What will be published. `plans`: one a document, for where it would go first; `collections`: those besides
    everyone's that an administrator may choose."""
    if len(draft.directives) == 1:
        lines = _one(draft.directives[0], plans[0], lang)
    else:
        lines = _several(draft.directives, plans, lang)
    return Screen(_fitting(lines), _rows(draft, plans, group, collections, lang))


def choose_field(draft: Draft, lang: str) -> Screen:
    """Which field of the (one) document is to be changed?"""
    d = draft.directives[0]
    lines = [html(lang, "draft.which_field")]
    lines += [f"{escape(text(lang, f'draft.field.{f}'))}: {_value(d, f, lang)}" for f in FIELDS]
    buttons = [Button(text(lang, f"draft.field.{f}"), OnDraft(draft.id, "f", n)) for n, f in enumerate(FIELDS)]
    back = Button(text(lang, "button.back"), OnDraft(draft.id, "p"))
    return Screen("\n".join(lines), (tuple(buttons[:3]), (*buttons[3:], back)))


def ask_field(field: str, lang: str) -> Screen:
    """Asks for a field; the answer is a reply."""
    said = html(lang, "draft.ask", field=text(lang, f"draft.field.{field}").lower())
    return Screen(f"{said}\n{html(lang, f'draft.example.{field}')}", prompt=True)


def choose_collection(draft: Draft, collections: Sequence[Collection], lang: str) -> Screen:
    """Where else it may be published."""
    rows = [(Button(shorten(c.name, NAMED), OnDraft(draft.id, "c", tag(c))),) for c in collections]
    back = (Button(text(lang, "button.back"), OnDraft(draft.id, "p")),)
    return Screen(html(lang, "draft.which_collection"), (*rows, back))


def tag(c: Collection) -> int:
    """A collection in a button. Not its place in a list: that may be another's by the time the button is pressed."""
    return int(hashlib.sha256(c.id.encode()).hexdigest(), 16) % MAX_NUMBER


def published(done: Published, where: str | None, lang: str, offered: Sequence[DocumentInfo] = ()) -> Screen:
    """What was published and what it took the place of, with the way to it and the way back. `where`: the
    collection's name, "" for the group's own, None for everyone's. `offered`: the new documents that are to be looked
    at for what they say of others."""
    if not done.documents:
        return Screen(html(lang, "draft.nothing_new"))
    names = "; ".join(shorten(_name(i), 80) for i in done.documents[:LISTED])
    more = " …" if len(done.documents) > LISTED else ""
    key = "draft.done" if where is None else "draft.done_in" if where else "draft.done_here"
    lines = [html(lang, key, name=names + more, collection=where)]
    if len(done.plans) == 1 and done.plans[0].diff:
        lines += [html(lang, "draft.replaced"), *_diff(done.plans[0].diff, lang)]
    lines += ["\n" + html(lang, "validity.proposed", name=i.number or i.file) for i in offered[:3]]
    undo = Button(text(lang, "button.undo"), Undo(done.number))
    look = Button(text(lang, "button.card"), ShowCard(done.documents[0].id))
    alone = done.documents[0].id if len(done.documents) == 1 else None
    return Screen(_fitting(lines), ((look, undo),), alone)


def _one(d: Directive, plan: Plan, lang: str) -> list[str]:
    lines = [html(lang, "draft.title"), ""]
    lines += [f"{escape(text(lang, f'draft.field.{f}'))}: {_value(d, f, lang)}" for f in FIELDS]
    lines.append(f"{escape(text(lang, 'draft.kind'))}: {html(lang, f'trust.{d.trust.value}')}")
    recognised = [p.confidence for p in d.pages if p.confidence is not None]
    if recognised:
        mean = round(100 * sum(recognised) / len(recognised))
        lines.append(html(lang, "draft.recognised", pages=len(recognised), mean=mean, low=round(100 * min(recognised))))
    lines.append(_tree(d, lang))
    lines += _changes(plan, lang)
    warnings = _warnings(d, lang)
    return [*lines, "", *warnings] if warnings else lines


def _several(directives: Sequence[Directive], plans: Sequence[Plan], lang: str) -> list[str]:
    lines = [html(lang, "draft.several", count=len(directives)), ""]
    for d in directives[:LISTED]:
        name = d.number or type_words(d.type, lang)
        lines.append(f"• {escape(shorten(f'{name}: {d.name or d.file}', 120))}")
    if len(directives) > LISTED:
        lines.append(html(lang, "draft.more", count=len(directives) - LISTED))
    replaced = sum(p.old is not None and not p.known for p in plans)
    known = sum(p.known for p in plans)
    if replaced:
        lines += ["", html(lang, "draft.replaces_some", count=replaced)]
    if known:
        lines += ["", html(lang, "draft.known_some", count=known)]
    warned = sum(bool(d.warnings) for d in directives)
    if warned:
        lines += ["", html(lang, "draft.warned_some", count=warned)]
    return lines


def _value(d: Directive, field: str, lang: str) -> str:
    match field:
        case "date" if d.date:
            said = date_words(d.date, lang)
        case "date" if d.month:
            said = month_words(d.month, lang)
        case "date":
            said = ""
        case "type":
            said = type_words(d.type, lang) if d.type else ""
        case _:
            said = getattr(d, field) or ""
    return f"<b>{escape(shorten(said, SUBJECT))}</b>" if said else html(lang, "draft.unknown")


def _tree(d: Directive, lang: str) -> str:
    if not d.clauses:
        return html(lang, "draft.no_clauses", count=sum(p.number is not None for p in d.paragraphs))
    outer = [c.path for c in d.clauses if "." not in c.path.rpartition("/")[2]] or [c.path for c in d.clauses]
    listed = ", ".join(shorten(p, 24) for p in outer[:TREE]) + (" …" if len(outer) > TREE else "")
    return html(lang, "draft.clauses", count=len(d.clauses), listed=listed)


def _changes(plan: Plan, lang: str) -> list[str]:
    if plan.known:
        return ["", html(lang, "draft.known")]
    if plan.old is None or plan.diff is None:
        return []
    return ["", html(lang, "draft.replaces", name=_name(plan.old)), *_diff(plan.diff, lang)]


def _diff(diff: ClauseDiff, lang: str) -> list[str]:
    lines = []
    for key, paths in (("added", diff.added), ("removed", diff.removed), ("changed", diff.changed)):
        if paths:
            words = [clause_words(p, lang) for p in paths[:PATHS]]
            more = " …" if len(paths) > PATHS else ""
            lines.append(html(lang, f"draft.diff.{key}", clauses=", ".join(words) + more))
    return lines or [html(lang, "draft.diff.none")]


def _name(i: DocumentInfo) -> str:
    return i.number or i.title or i.file


def _warnings(d: Directive, lang: str) -> list[str]:
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for w in d.warnings:
        counts[w.code] += 1
        first.setdefault(w.code, w.detail)
    lines = []
    for code, count in counts.most_common(WARNINGS):
        if not has(key := f"warning.{code}"):
            continue
        said = html(lang, key, detail=shorten(_detail(code, first[code], lang), 60))
        lines.append(f"⚠️ {said}" + (f" (+{count - 1})" if count > 1 else ""))
    if any(p.confidence is not None and p.confidence < LOW_CONFIDENCE for p in d.pages):
        lines.append(f"⚠️ {html(lang, 'draft.look_at_paper')}")
    return lines


def _detail(code: str, detail: str, lang: str) -> str:
    """Clauses and pages, the way a reader calls them."""
    if code.startswith("clause_"):
        return clause_words(detail, lang)
    return re.sub(r"^page (\d+)", lambda m: text(lang, "trust.page", page=m[1]), detail)


def _rows(
    draft: Draft, plans: Sequence[Plan], group: bool, collections: Sequence[Collection], lang: str
) -> tuple[tuple[Button, ...], ...]:
    rows: list[tuple[Button, ...]] = [(Button(text(lang, "button.publish"), OnDraft(draft.id, "e")),)]
    if group:
        rows.append((Button(text(lang, "button.publish_here"), OnDraft(draft.id, "g")),))
    elif collections:
        rows.append((Button(text(lang, "button.publish_elsewhere"), OnDraft(draft.id, "k")),))
    if draft.separate or any(p.old and not p.known for p in plans):
        key = "button.replace" if draft.separate else "button.keep_both"
        rows.append((Button(text(lang, key), OnDraft(draft.id, "s")),))
    last = [Button(text(lang, "button.edit_field"), OnDraft(draft.id, "w"))] if len(draft.directives) == 1 else []
    rows.append((*last, Button(text(lang, "button.cancel"), OnDraft(draft.id, "x"))))
    return tuple(rows)


def _fitting(lines: Sequence[str]) -> str:
    out: list[str] = []
    room = MAX_TEXT
    for line in lines:
        room -= utf16(line) + 1
        if room < 0:
            break
        out.append(line)
    return "\n".join(out)
