"""An `Answer` or a clause as one message: HTML and buttons. Data in, data out; nothing is sent here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.callback import Action, Choose, ShowClause, ShowDocument, ShowResult
from bot.citation import cite, clause_words, date_words, document_words, first_words, type_words
from bot.markup import CUT, EXPANDABLE_FROM, MAX_TEXT, escape, pages, quote, trim, utf16, window
from bot.messages import has, html, placeholders, table, text
from corpus.model import Clause, Directive, Part, Trust
from corpus.paths import parent
from retrieval.answer import Answer, Choice, Citation, Note, Passage, Status

MAX_CHOICES = 8
MAX_LISTED = 12
LABEL = 60  # characters of a button's label
CHOICE = 300  # characters of a document's name in a list to choose from

Fetch = Callable[[str], Directive | None]
"""A document by id, or None when it is not in the library (any more)."""


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    action: Action


@dataclass(frozen=True, slots=True)
class Screen:
    """One message: `html` is at most 4096 UTF-16 units after entities, buttons row by row."""

    html: str
    rows: tuple[tuple[Button, ...], ...] = ()


def answer(a: Answer, fetch: Fetch, lang: str, n: int = 0, *, fold: bool = False) -> Screen:
    """The answer's `n`-th passage, or what is to be said where there is none. `fold` folds every quote (groups)."""
    if a.status is Status.CHOOSE and a.choices:
        return _choose(a.choices, lang)
    n = min(n, len(a.passages) - 1)
    if n < 0:
        return Screen(escape(note_text(a.note, lang, fetch)) if a.note else html(lang, "status.none"))
    passage = a.passages[n]
    directive = fetch(passage.citation.document_id)
    above = html(lang, "status.related") if a.status is Status.RELATED else ""
    if a.note and a.note.code != "below":
        above = "\n\n".join(filter(None, (escape(note_text(a.note, lang, fetch)), above)))
    rows: list[tuple[Button, ...]] = []
    if directive and (whole := _whole(passage, directive, lang, n)):
        rows.append((whole,))
    turn = []
    if n > 0:
        turn.append(Button(text(lang, "button.previous", n=n, count=len(a.passages)), ShowResult(n - 1)))
    if n + 1 < len(a.passages):
        turn.append(Button(text(lang, "button.next", n=n + 2, count=len(a.passages)), ShowResult(n + 1)))
    if turn:
        rows.append(tuple(turn))
    return Screen(_passage(passage, directive, above, lang, fold), tuple(rows))


def clause(document_id: str, d: Directive, action: ShowClause, lang: str) -> Screen | None:
    """A page of a clause with everything below it; None when no clause starts there."""
    found = next((c for c in d.clauses if c.start == action.start), None)
    if found is None:
        return None
    c = citation_of(document_id, d, clause=found.path)
    shown = d.shown(found.start, found.whole_end)

    def turn(page: int) -> ShowClause:
        return ShowClause(document_id, action.start, page, action.back)

    return _paged(cite(c, lang), shown, d.trust, action.page, turn, action.back, lang)


def whole(document_id: str, d: Directive, action: ShowDocument, lang: str) -> Screen:
    """A page of the whole document, without what belongs to the page it was found on."""
    shown = "\n\n".join(d.shown(p.start, p.end).strip() for p in d.paragraphs if p.part is not Part.FURNITURE)

    def turn(page: int) -> ShowDocument:
        return ShowDocument(document_id, page, action.back)

    title = cite(citation_of(document_id, d), lang)
    return _paged(title, shown, d.trust, action.page, turn, action.back, lang)


def citation_of(document_id: str, d: Directive, clause: str | None = None) -> Citation:
    """The citation of a document, or of a clause of it."""
    return Citation(
        document_id=document_id,
        file=d.file,
        number=d.number,
        type=d.type,
        issuer=d.issuer,
        date=d.date,
        month=d.month,
        title=d.name,
        clause=clause,
        paragraph=None,
        part=Part.CLAUSE if clause else Part.BODY,
        trust=d.trust,
    )


def note_text(n: Note, lang: str, fetch: Fetch | None = None) -> str:
    """A note in plain words; one without a message says that nothing was found. Documents are named with `fetch`."""
    params = dict(n.params)
    if params.get("clause"):
        params["clause"] = clause_words(str(params["clause"]), lang)
    lines = []
    # A note may lack a parameter its message asks for; then the rest is said without it.
    if has(key := f"note.{n.code}") and placeholders(table(lang)[key]) <= params.keys():
        lines.append(text(lang, key, **params))
    if places := _mentions(params.get("mentioned"), lang, fetch):
        lines.append(text(lang, "note.mentioned", places="; ".join(places)))
    if clauses := params.get("clauses"):
        lines.append(text(lang, "note.clauses", clauses=_listed([clause_words(str(p), lang) for p in clauses])))
    return "\n".join(lines) or text(lang, "status.none")


def _mentions(pairs: object, lang: str, fetch: Fetch | None) -> list[str]:
    """[document id, clause] pairs in words, each once; what is not in the library (any more) is left out."""
    said: list[str] = []
    for pair in pairs if fetch and isinstance(pairs, (list, tuple)) else ():
        id, path = pair
        if len(said) < MAX_LISTED and fetch and (d := fetch(id)) is not None:
            words = cite(citation_of(id, d, clause=path), lang)
            said += [words] if words not in said else []
    return said


def _listed(items: Sequence[str]) -> str:
    return ", ".join(items[:MAX_LISTED]) + (" …" if len(items) > MAX_LISTED else "")


def _choose(choices: Sequence[Choice], lang: str) -> Screen:
    """The documents in full in the text, and a short button for each: a phone shows little of a button."""
    listed = choices[:MAX_CHOICES]
    lines = [html(lang, "status.choose")]
    rows = []
    for n, c in enumerate(listed, 1):
        lines.append(f"{n}. {escape(_shorten(_choice(c, lang), CHOICE))}")
        when = date_words(c.date, lang) if c.date else ""
        name = c.number or type_words(c.type, lang)
        label = " · ".join(filter(None, (f"{n}. {name}", when, c.issuer or ("" if c.number else c.file))))
        rows.append((Button(_shorten(label), Choose(c.document_id)),))
    if len(choices) > len(listed):
        lines.append(html(lang, "status.choose_more", count=len(choices) - len(listed)))
    return Screen("\n".join(lines), tuple(rows))


def _choice(c: Choice, lang: str) -> str:
    fields = {k: getattr(c, k) for k in ("document_id", "file", "number", "type", "issuer", "date", "title")}
    named = Citation(**fields, month=None, clause=None, paragraph=None, part=Part.BODY)
    said = document_words(named, lang)
    # Two papers may carry the same number, date and issuer; the subject tells them apart.
    return f"{said}: {first_words(c.title)}" if c.number and c.title else said


def _passage(p: Passage, d: Directive | None, above: str, lang: str, fold: bool) -> str:
    below = f"<b>{escape(cite(p.citation, lang))}</b>\n{trust(p.citation, lang)}"
    # Tags and escapes count here though Telegram does not count them: the sum is on the safe side.
    room = MAX_TEXT - utf16(above) - utf16(below) - 2 * (utf16(CUT) + 1) - 4
    shown = p.shown
    start, end = trim(shown, 0, len(shown))
    if utf16(shown[start:end]) > room:
        around = p.emphasis or (start, start)
        a, b = window(shown[start:end], (around[0] - start, around[1] - start), room)
        start, end = start + a, start + b
    before, after = _cut_of(p, d)
    lead = f"{CUT} " if before or shown[:start].strip() else ""
    tail = f" {CUT}" if after or shown[end:].strip() else ""
    bold = None
    if p.emphasis:
        a, b = max(p.emphasis[0], start), min(p.emphasis[1], end)
        if a < b and trim(shown, a, b) != (start, end):
            bold = (len(lead) + a - start, len(lead) + b - start)
    words = f"{lead}{shown[start:end]}{tail}"
    said = quote(words, bold, expandable=fold or utf16(words) > EXPANDABLE_FROM)
    return "\n".join(filter(None, (above, said, below)))


def _cut_of(p: Passage, d: Directive | None) -> tuple[bool, bool]:
    """Whether words of its clause (or paragraph) stand before the quote, and after it."""
    unit = _unit(p, d) if d else None
    if d is None or unit is None:
        return False, False
    return bool(d.shown(unit[0], max(unit[0], p.start)).strip()), bool(d.shown(min(p.end, unit[1]), unit[1]).strip())


def _unit(p: Passage, d: Directive) -> tuple[int, int] | None:
    if p.citation.clause:
        found = _clause(d, p.citation.clause, p.start)
        return (found.start, found.whole_end) if found else None
    holding = [q for q in d.paragraphs if q.start < p.end and p.start < q.end]
    return (holding[0].start, holding[-1].end) if holding else None


def _clause(d: Directive, path: str, at: int) -> Clause | None:
    """The clause of this path that holds `at` (a damaged document may have two of one path)."""
    named = [c for c in d.clauses if c.path == path]
    return next((c for c in named if c.start <= at < c.whole_end), named[0] if named else None)


def _whole(p: Passage, d: Directive, lang: str, n: int) -> Button | None:
    """The button to more: the whole clause; where the quote is all of it, the clause around it; else the document."""
    id, path = p.citation.document_id, p.citation.clause
    while path:
        found = _clause(d, path, p.start)
        if found and (d.shown(found.start, p.start).strip() or d.shown(p.end, max(p.end, found.whole_end)).strip()):
            label = text(lang, "button.clause", clause=clause_words(path, lang))
            return Button(_shorten(label), ShowClause(id, found.start, 0, n))
        path = parent(path)
    return Button(text(lang, "button.document"), ShowDocument(id, 0, n))


def trust(c: Citation, lang: str) -> str:
    """How far the words may be relied on, with the page where it is known; HTML."""
    said = html(lang, f"trust.{c.trust.value}")
    return f"{said}, {html(lang, 'trust.page', page=c.page)}" if c.page else said


def _paged(
    title: str, shown: str, mark: Trust, page: int, turn: Callable[[int], Action], back: int, lang: str
) -> Screen:
    below = f"<b>{escape(title)}</b>\n{html(lang, f'trust.{mark.value}')}"
    counter = html(lang, "page.of", n=9999, count=9999)
    room = MAX_TEXT - utf16(below) - utf16(counter) - 4
    spans = pages(shown, room)
    page = min(page, len(spans) - 1)
    start, end = spans[page]
    lines = [quote(shown[start:end]), below]
    buttons = []
    if len(spans) > 1:
        lines.append(html(lang, "page.of", n=page + 1, count=len(spans)))
        if page > 0:
            buttons.append(Button(text(lang, "button.previous_page", n=page, count=len(spans)), turn(page - 1)))
        if page + 1 < len(spans):
            buttons.append(Button(text(lang, "button.next_page", n=page + 2, count=len(spans)), turn(page + 1)))
    rows = (tuple(buttons),) if buttons else ()
    return Screen("\n".join(lines), (*rows, (Button(text(lang, "button.back"), ShowResult(back)),)))


def _shorten(words: str, most: int = LABEL) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
