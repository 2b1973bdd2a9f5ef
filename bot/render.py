"""An `Answer` or a clause as one message: HTML and buttons. Data in, data out; nothing is sent here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.callback import (
    Action,
    Choose,
    DrawClause,
    DrawResult,
    Rate,
    ShowCard,
    ShowClause,
    ShowContents,
    ShowDocument,
    ShowResult,
)
from bot.citation import cite, clause_words, date_words, document_words, first_words, type_words
from bot.deeplink import Place, link, payload
from bot.markup import CUT, EXPANDABLE_FROM, MAX_TEXT, escape, pages, quote, trim, utf16, window
from bot.messages import has, html, placeholders, table, text
from bot.standing import Newer, Standing, unmarked
from corpus.library import DocumentInfo
from corpus.model import Clause, Directive, Paragraph, Part, Trust
from corpus.paths import parent
from retrieval.answer import Answer, Choice, Citation, Note, Passage, Status

MAX_CHOICES = 8
MAX_FINDS = 10
MAX_LISTED = 12
MAX_NEWER = 3
LABEL = 60  # characters of a button's label
NEIGHBOUR = 26  # characters where two buttons share a row
TITLE, DESCRIPTION = 128, 160  # characters of a result in a list; phones show less
CHOICE = 300  # characters of a document's name in a list to choose from

Fetch = Callable[[str], Directive | None]
"""A document by id, or None when it is not in the library (any more)."""


@dataclass(frozen=True, slots=True)
class Share:
    """Opens a list of chats; there `words` are asked in inline mode."""

    words: str


@dataclass(frozen=True, slots=True)
class Link:
    """Opens an address."""

    url: str


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    action: Action | Share | Link


@dataclass(frozen=True, slots=True)
class Screen:
    """One message: `html` is at most 4096 UTF-16 units after entities, buttons row by row. `document` is the id of the
    one it shows: a reply to the message asks about that. `prompt`: it asks for a reply; then it has no buttons."""

    html: str
    rows: tuple[tuple[Button, ...], ...] = ()
    document: str | None = None
    prompt: bool = False


def answer(
    a: Answer,
    fetch: Fetch,
    lang: str,
    n: int = 0,
    *,
    fold: bool = False,
    bot: str | None = None,
    share: bool = False,
    standing: Standing = unmarked,
    above: str = "",
) -> Screen:
    """The answer's `n`-th passage, or what is to be said where there is none. `fold` folds every quote and leaves out
    the way to the clauses beside it (groups); with `bot`, its username, the citation is a link to its place; `share`
    adds the button to pass it on, which needs inline mode; `standing` says which documents are replaced by now;
    `above` is HTML that goes first."""
    if a.status is Status.CHOOSE and a.choices:
        asked = choose(a.choices, lang, lambda c: Choose(c.document_id))
        return replace(asked, html=f"{above}\n\n{asked.html}") if above else asked
    n = min(n, len(a.passages) - 1)
    if n < 0:
        return Screen(escape(note_text(a.note, lang, fetch)) if a.note else html(lang, "status.none"))
    passage = a.passages[n]
    directive = fetch(passage.citation.document_id)
    note = escape(note_text(a.note, lang, fetch)) if a.note and a.note.code != "below" else ""
    unsure = html(lang, "status.related") if a.status is Status.RELATED else ""
    above = "\n\n".join(filter(None, (above, note, unsure)))
    rows: list[tuple[Button, ...]] = []
    if directive:
        rows += _into(passage, directive, lang, n, beside=not fold)
    turn = []
    if n > 0:
        turn.append(Button(text(lang, "button.previous", n=n, count=len(a.passages)), ShowResult(n - 1)))
    if n + 1 < len(a.passages):
        turn.append(Button(text(lang, "button.next", n=n + 2, count=len(a.passages)), ShowResult(n + 1)))
    if turn:
        rows.append(tuple(turn))
    last = [Button(text(lang, "button.up"), Rate(n, True)), Button(text(lang, "button.down"), Rate(n, False))]
    last.append(Button(text(lang, "button.picture"), DrawResult(n)))
    if share:
        last.append(Button(text(lang, "button.share"), Share(share_words(passage, directive))))
    rows.append(tuple(last))
    said = _passage(passage, directive, above, lang, fold, bot, standing)
    return Screen(said, tuple(rows), passage.citation.document_id)


@dataclass(frozen=True, slots=True)
class Find:
    """One result to choose from: two lines of a list, and the message that is posted."""

    title: str
    description: str
    html: str


def finds(a: Answer, fetch: Fetch, lang: str, bot: str, standing: Standing = unmarked) -> list[Find]:
    """The answer's passages as results to choose from; each is posted as quote and citation, folded. Where several
    documents fit, those: each is posted as its name and subject."""
    out = [_find(c, lang, bot) for c in a.choices[:MAX_FINDS]] if a.status is Status.CHOOSE else []
    for p in a.passages:
        directive = fetch(p.citation.document_id)
        said = _passage(p, directive, "", lang, True, bot, standing)
        old = "⚠️ " if standing(p.citation.document_id) else ""
        title = shorten(old + cite(p.citation, lang), TITLE)
        out.append(Find(title, shorten(" ".join(p.shown.split()), DESCRIPTION), said))
    return out


def clause(
    document_id: str,
    d: Directive,
    action: ShowClause,
    lang: str,
    bot: str | None = None,
    standing: Standing = unmarked,
) -> Screen | None:
    """A page of a clause with everything below it; None when no clause starts there. `bot` as for `answer`."""
    found = next((c for c in d.clauses if c.start == action.start), None)
    if found is None:
        return None
    c = citation_of(document_id, d, clause=found.path)
    shown = d.shown(found.start, found.whole_end)

    def turn(page: int) -> ShowClause:
        return ShowClause(document_id, action.start, page, action.back)

    said = linked(cite(c, lang), Place(document_id, found.start), bot)
    screen = _paged(_below(said, document_id, d.trust, lang, bot, standing), shown, action.page, turn, lang)
    rows = (*_around(document_id, d, found, action.back, lang), *back_row(action.back, lang))
    return Screen(screen.html, (*screen.rows, *rows), document_id)


def whole(document_id: str, d: Directive, action: ShowDocument, lang: str, standing: Standing = unmarked) -> Screen:
    """A page of the whole document, without what belongs to the page it was found on."""
    shown = _whole_text(d)

    def turn(page: int) -> ShowDocument:
        return ShowDocument(document_id, page, action.back)

    title = linked(cite(citation_of(document_id, d), lang), Place(document_id), None)
    screen = _paged(_below(title, document_id, d.trust, lang, None, standing), shown, action.page, turn, lang)
    about = Button(text(lang, "button.card"), ShowCard(document_id, action.back))
    return Screen(screen.html, (*screen.rows, (about,), *back_row(action.back, lang)), document_id)


def page_at(document_id: str, d: Directive, start: int, lang: str, standing: Standing = unmarked) -> int:
    """The page of `whole` on which the paragraph at character `start` of the document begins."""
    before = sum(len(d.shown(p.start, p.end).strip()) + 2 for p in _readable(d) if p.end <= start)
    title = cite(citation_of(document_id, d), lang)
    below = _below(linked(title, Place(document_id), None), document_id, d.trust, lang, None, standing)
    spans = _cut(_whole_text(d), below, lang)
    return next((n for n, (_, end) in enumerate(spans) if before < end), len(spans) - 1)


def _readable(d: Directive) -> list[Paragraph]:
    return [p for p in d.paragraphs if p.part is not Part.FURNITURE]


def _whole_text(d: Directive) -> str:
    return "\n\n".join(d.shown(p.start, p.end).strip() for p in _readable(d))


def _below(said: str, id: str, mark: Trust, lang: str, bot: str | None, standing: Standing) -> str:
    return "\n".join((said, html(lang, f"trust.{mark.value}"), *standing_lines(id, standing, lang, bot)))


def standing_lines(id: str, standing: Standing, lang: str, bot: str | None) -> list[str]:
    """What became of a document, a line each, with a link to the newer one where `bot` is known; HTML."""
    lines = []
    for newer in standing(id)[:MAX_NEWER]:
        words = escape(_newer(newer, lang))
        name = f'<a href="{link(bot, Place(newer.info.id))}">{words}</a>' if bot else words
        lines.append(f"⚠️ {text(lang, f'standing.{newer.effect.value}', name=name)}")
    return lines


def standing_words(id: str, standing: Standing, lang: str) -> list[str]:
    """The same as plain text."""
    return [text(lang, f"standing.{n.effect.value}", name=_newer(n, lang)) for n in standing(id)[:MAX_NEWER]]


def _newer(n: Newer, lang: str) -> str:
    return shorten(document_words(citation_of_info(n.info), lang), CHOICE)


def citation_of_info(i: DocumentInfo) -> Citation:
    """The citation of a document that is known by its heading alone."""
    return Citation.of(i, i.id, part=Part.BODY)


def folded(screen: Screen) -> Screen:
    """The same with every quote folded. (All other text is escaped, so the tag can be nothing but a quote's.)"""
    return replace(screen, html=screen.html.replace("<blockquote>", "<blockquote expandable>"))


def back_row(back: int | None, lang: str) -> tuple[tuple[Button, ...], ...]:
    """The way back to the answer a screen was opened from."""
    return () if back is None else ((Button(text(lang, "button.back"), ShowResult(back)),),)


def citation_of(document_id: str, d: Directive, clause: str | None = None) -> Citation:
    """The citation of a document, or of a clause of it."""
    return Citation.of(d, document_id, clause=clause, part=Part.CLAUSE if clause else Part.BODY)


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


def choose(choices: Sequence[Choice], lang: str, action: Callable[[Choice], Action]) -> Screen:
    """Which of these documents? All of them in full in the text, a short button for each: phones show little of one."""
    listed = choices[:MAX_CHOICES]
    lines = [html(lang, "status.choose")]
    rows = []
    for n, c in enumerate(listed, 1):
        lines.append(f"{n}. {escape(shorten(_choice(c, lang), CHOICE))}")
        when = date_words(c.date, lang) if c.date else ""
        name = c.number or type_words(c.type, lang)
        label = " · ".join(filter(None, (f"{n}. {name}", when, c.issuer or ("" if c.number else c.file))))
        rows.append((Button(shorten(label), action(c)),))
    if len(choices) > len(listed):
        lines.append(html(lang, "status.choose_more", count=len(choices) - len(listed)))
    return Screen("\n".join(lines), tuple(rows))


def _find(c: Choice, lang: str, bot: str) -> Find:
    said, subject = shorten(_choice(c, lang), CHOICE), shorten(c.title or c.file, CHOICE)
    return Find(shorten(said, TITLE), shorten(subject, DESCRIPTION), linked(said, Place(c.document_id), bot))


def _choice(c: Choice, lang: str) -> str:
    fields = {k: getattr(c, k) for k in ("document_id", "file", "number", "type", "issuer", "date", "title")}
    named = Citation(**fields, month=None, clause=None, paragraph=None, part=Part.BODY)
    said = document_words(named, lang)
    # Two papers may carry the same number, date and issuer; the subject tells them apart.
    return f"{said}: {first_words(c.title)}" if c.number and c.title else said


def linked(said: str, place: Place, bot: str | None) -> str:
    """A citation in bold, with `bot`'s username a link to the place; HTML."""
    words = escape(said)
    return f'<b><a href="{link(bot, place)}">{words}</a></b>' if bot else f"<b>{words}</b>"


def place_of(p: Passage, d: Directive | None) -> Place:
    """Where a citation leads: the clause it names, else where the quote begins."""
    found = _clause(d, p.citation.clause, p.start) if d and p.citation.clause else None
    return Place(p.citation.document_id, found.start if found else p.start)


def share_words(p: Passage, d: Directive | None) -> str:
    """What asks for this passage in inline mode: as a person would where that is enough, else the link's payload."""
    c = p.citation
    if c.number and c.clause and "/" not in c.clause:
        return f"{c.number} {clause_words(c.clause)}"
    return payload(place_of(p, d))


def _passage(
    p: Passage, d: Directive | None, above: str, lang: str, fold: bool, bot: str | None, standing: Standing
) -> str:
    old = standing_lines(p.citation.document_id, standing, lang, bot)
    below = "\n".join((linked(cite(p.citation, lang), place_of(p, d), bot), trust(p.citation, lang), *old))
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


def quoted(p: Passage, d: Directive | None) -> str:
    """A passage's words whole, with […] where its clause goes on before or after."""
    before, after = _cut_of(p, d)
    return f"{f'{CUT} ' if before else ''}{p.shown.strip()}{f' {CUT}' if after else ''}"


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


def _whole(p: Passage, d: Directive, lang: str, n: int) -> Button:
    """The button to more: the whole clause; where the quote is all of it, the clause around it; else the document."""
    id, path = p.citation.document_id, p.citation.clause
    while path:
        found = _clause(d, path, p.start)
        if found and (d.shown(found.start, p.start).strip() or d.shown(p.end, max(p.end, found.whole_end)).strip()):
            label = text(lang, "button.clause", clause=clause_words(path, lang))
            return Button(shorten(label), ShowClause(id, found.start, 0, n))
        path = parent(path)
    return Button(text(lang, "button.document"), ShowDocument(id, 0, n))


def _into(p: Passage, d: Directive, lang: str, n: int, *, beside: bool) -> tuple[tuple[Button, ...], ...]:
    """From a quote into its document: the whole clause, the contents; with `beside` the clauses before and after."""
    id = p.citation.document_id
    first = [_whole(p, d, lang, n)]
    found = _clause(d, p.citation.clause, p.start) if p.citation.clause else None
    if found:
        first.append(Button(text(lang, "button.contents"), ShowContents(id, 0, n)))
    near = _beside(id, d, found, n, lang) if found and beside else ()
    return tuple(row for row in (tuple(first), near) if row)


def trust(c: Citation, lang: str) -> str:
    """How far the words may be relied on, with the page where it is known; HTML."""
    said = html(lang, f"trust.{c.trust.value}")
    return f"{said}, {html(lang, 'trust.page', page=c.page)}" if c.page else said


def _around(id: str, d: Directive, c: Clause, back: int | None, lang: str) -> tuple[tuple[Button, ...], ...]:
    """From a clause to the one before, the one after, the one it stands in, and the table of contents."""
    above = _clause(d, path, c.start) if (path := parent(c.path)) else None
    up = [_to(id, above, "button.clause_above", back, lang)] if above else []
    up.append(Button(text(lang, "button.contents"), ShowContents(id, 0, back)))
    up.append(Button(text(lang, "button.picture"), DrawClause(id, c.start)))
    return tuple(row for row in (_beside(id, d, c, back, lang), tuple(up)) if row)


def _beside(id: str, d: Directive, c: Clause, back: int | None, lang: str) -> tuple[Button, ...]:
    before = [x for x in d.clauses if x.whole_end <= c.start and x.path.count(".") <= c.path.count(".")]
    after = next((x for x in d.clauses if x.start >= c.whole_end), None)
    row = [_to(id, before[-1], "button.clause_before", back, lang)] if before else []
    row += [_to(id, after, "button.clause_after", back, lang)] if after else []
    return tuple(row)


def _to(id: str, c: Clause, key: str, back: int | None, lang: str) -> Button:
    label = text(lang, key, clause=clause_words(c.path, lang))
    return Button(shorten(label, NEIGHBOUR), ShowClause(id, c.start, 0, back))


def _cut(shown: str, below: str, lang: str) -> list[tuple[int, int]]:
    counter = html(lang, "page.of", n=9999, count=9999)
    return pages(shown, MAX_TEXT - utf16(below) - utf16(counter) - 4)


def _paged(below: str, shown: str, page: int, turn: Callable[[int], Action], lang: str) -> Screen:
    spans = _cut(shown, below, lang)
    page = min(page, len(spans) - 1)
    start, end = spans[page]
    lines = [quote(shown[start:end]), below]
    if len(spans) > 1:
        lines.append(html(lang, "page.of", n=page + 1, count=len(spans)))
    return Screen("\n".join(lines), turning(page, len(spans), turn, lang))


def turning(page: int, count: int, turn: Callable[[int], Action], lang: str) -> tuple[tuple[Button, ...], ...]:
    """A row of buttons to the page before and after; none where there is one page."""
    buttons = []
    if page > 0:
        buttons.append(Button(text(lang, "button.previous_page", n=page, count=count), turn(page - 1)))
    if page + 1 < count:
        buttons.append(Button(text(lang, "button.next_page", n=page + 2, count=count), turn(page + 1)))
    return (tuple(buttons),) if buttons else ()


def shorten(words: str, most: int = LABEL) -> str:
    """At most `most` characters, with … where something is left out."""
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
