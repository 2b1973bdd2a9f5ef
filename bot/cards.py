"""Screens to browse by: the list of documents, a document's card, its table of contents. Data in, data out."""

from __future__ import annotations

from collections.abc import Sequence

from bot.callback import Action, Fitting, ShowCard, ShowClause, ShowContents, ShowDocument, ShowFacet, ShowList
from bot.catalogue import Catalogue, Ties
from bot.citation import clause_words, date_words, document_words, first_words, type_words
from bot.markup import MAX_TEXT, escape, utf16
from bot.messages import text
from bot.render import (
    CHOICE,
    MAX_LISTED,
    Button,
    Screen,
    back_row,
    choose,
    citation_of,
    citation_of_info,
    shorten,
    standing_lines,
    trust,
    turning,
)
from bot.standing import Newer
from corpus.effects import Effect
from corpus.library import DocumentInfo
from corpus.model import Clause, Directive, Stamp
from retrieval.answer import Choice

PER_LIST = 6
PER_CONTENTS = 12
MANY = 2 * PER_CONTENTS  # more clauses than this: the table shows the outermost ones
FIRST_WORDS = 70  # characters of a clause in the table of contents
SUBJECT = 600  # characters of a subject on the card
NEAR = 4  # buttons to other documents
FACETS = "tyi"
PER_FACET = 12

Rows = tuple[tuple[Button, ...], ...]


def documents(catalogue: Catalogue, action: ShowList, lang: str) -> Screen:
    """A page of the documents that fit, each with a button to its card."""
    found = catalogue.fitting(action.fitting)
    count = max(1, -(-len(found) // PER_LIST))
    page = min(action.page, count - 1)
    first = page * PER_LIST
    narrowed = [_facet_words(f, name, lang) for f in FACETS if (name := catalogue.name(f, action.fitting))]
    key = "list.narrowed" if narrowed else "list.all"
    lines = [f"<b>{escape(text(lang, key, count=len(found), by=', '.join(narrowed)))}</b>"]
    rows: list[tuple[Button, ...]] = []
    for n, d in enumerate(found[first : first + PER_LIST], first + 1):
        lines.append(f"{n}. {escape(shorten(_named(d, lang), CHOICE))}")
        rows.append((Button(f"{n}. {_short(d, lang)}", ShowCard(d.id)),))
    rows += turning(page, count, lambda p: ShowList(p, action.fitting), lang)
    narrow = [
        Button(text(lang, f"list.filter.{f}"), ShowFacet(f, 0, action.fitting))
        for f in FACETS
        if catalogue.name(f, action.fitting) is None and len(catalogue.facet(f, action.fitting)) > 1
    ]
    rows += [tuple(narrow)] if narrow else []
    if action.fitting != Fitting():
        rows.append((Button(text(lang, "button.all_documents"), ShowList()),))
    return Screen("\n\n".join(lines), tuple(rows))


def facet(catalogue: Catalogue, action: ShowFacet, lang: str) -> Screen:
    """What the list can be narrowed by, each with the number of documents."""
    found = catalogue.facet(action.facet, action.fitting)
    count = max(1, -(-len(found) // PER_FACET))
    page = min(action.page, count - 1)
    rows: list[tuple[Button, ...]] = []
    for name, number, fitting in found[page * PER_FACET : (page + 1) * PER_FACET]:
        label = f"{_facet_words(action.facet, name, lang)} ({number})"
        rows.append((Button(shorten(label), ShowList(0, fitting)),))
    rows += turning(page, count, lambda p: ShowFacet(action.facet, p, action.fitting), lang)
    rows.append((Button(text(lang, "button.documents"), ShowList(0, action.fitting)),))
    return Screen(escape(text(lang, f"list.by.{action.facet}")), tuple(rows))


def card(
    id: str,
    d: Directive,
    ties: Ties,
    back: int | None,
    lang: str,
    became: Sequence[Newer] = (),
    did: Sequence[Newer] = (),
) -> Screen:
    """What a document is and what it has to do with others: what `became` of it, what it `did` to older ones."""
    c = citation_of(id, d)
    lines = [f"<b>{escape(shorten(document_words(c, lang), SUBJECT))}</b>", trust(c, lang)]
    lines += standing_lines(id, lambda _: became, lang, None)
    if not d.number:
        lines.append(escape(text(lang, "card.unnumbered")))
    elif d.title:
        lines.append(f"\n{escape(shorten(d.title, SUBJECT))}\n")
    said: list[tuple[str, str]] = []
    for effect in Effect:
        if done := [_name(n.info) for n in did if n.effect is effect]:
            said.append((effect.value, _joined(done)))
    if d.signer:
        said.append(("signer", d.signer))
    said += [("copy", _stamp(s, lang)) for s in d.copies]
    said += [("received", _stamp(s, lang)) for s in d.received]
    if ties.cites:
        said.append(("cites", _joined([x.number for x in ties.cites])))
    if ties.cited_by:
        places = [
            ", ".join(filter(None, (_name(i), clause_words(path, lang) if path else ""))) for i, path in ties.cited_by
        ]
        said.append(("cited_by", _joined(places)))
    for key, infos in (
        ("same", ties.relatives.same),
        ("reports", ties.relatives.reports),
        ("about", ties.relatives.about),
    ):
        if infos:
            said.append((key, _joined([_name(i) for i in infos])))
    room = MAX_TEXT - utf16("\n".join(lines))
    for key, words in said:
        line = f"{escape(text(lang, f'card.{key}'))}: {escape(shorten(words, SUBJECT))}"
        room -= utf16(line) + 1
        if room > 0:
            lines.append(line)
    return Screen(
        "\n".join(lines),
        (*_card_rows(id, d, ties, back, lang, [n.info for n in (*became, *did)]), *_ways_out(back, lang)),
        id,
    )


def contents(id: str, d: Directive, action: ShowContents, lang: str) -> Screen:
    """A page of the table of contents: first words in the text, a button for each clause."""
    listed: Sequence[Clause] = d.clauses
    if len(listed) > MANY:
        outermost = [c for c in listed if "." not in c.path.rpartition("/")[2]]
        listed = outermost or listed
    return clause_list(id, d, listed, action, lang)


def clause_list(id: str, d: Directive, listed: Sequence[Clause], action: ShowContents, lang: str) -> Screen:
    """The clauses `listed`, by pages."""
    count = max(1, -(-len(listed) // PER_CONTENTS))
    page = min(action.page, count - 1)
    here = listed[page * PER_CONTENTS : (page + 1) * PER_CONTENTS]
    lines = [f"<b>{escape(shorten(document_words(citation_of(id, d), lang), CHOICE))}</b>"]
    lines.append(escape(text(lang, "contents.title" if listed else "contents.none")) + "\n")
    for c in here:
        depth = c.path.rpartition("/")[2].count(".")
        lines.append("\u00a0\u00a0\u00a0" * depth + escape(_opening(d, c)))
    buttons = [Button(shorten(c.path, 20), ShowClause(id, c.start, 0, action.back)) for c in here]
    wide = max((len(b.label) for b in buttons), default=0)
    per_row = 4 if wide <= 6 else 3 if wide <= 10 else 2
    rows = [tuple(buttons[n : n + per_row]) for n in range(0, len(buttons), per_row)]
    rows += turning(page, count, lambda p: ShowContents(id, p, action.back), lang)
    rows.append(
        (
            Button(text(lang, "button.card"), ShowCard(id, action.back)),
            Button(text(lang, "button.document"), ShowDocument(id, 0, action.back)),
        )
    )
    return Screen("\n".join(lines), (*rows, *back_row(action.back, lang)), id)


def pointing(id: str, d: Directive, words: str, lang: str) -> Screen:
    """A line about a document, with the ways to it."""
    inside = (
        Button(text(lang, "button.contents"), ShowContents(id))
        if d.clauses
        else Button(text(lang, "button.document"), ShowDocument(id))
    )
    return Screen(escape(words), ((inside, Button(text(lang, "button.card"), ShowCard(id))),), id)


def several(infos: Sequence[DocumentInfo], lang: str, actions: dict[str, Action] | None = None) -> Screen:
    """Which of these documents is meant? `actions` by id; without one a document's card is opened."""
    known = actions or {}
    return choose([Choice.of(i) for i in infos], lang, lambda c: known.get(c.document_id, ShowCard(c.document_id)))


def _card_rows(
    id: str, d: Directive, ties: Ties, back: int | None, lang: str, first_of_all: Sequence[DocumentInfo]
) -> Rows:
    first = [Button(text(lang, "button.document"), ShowDocument(id, 0, back))]
    if d.clauses:
        first.insert(0, Button(text(lang, "button.contents"), ShowContents(id, 0, back)))
    r = ties.relatives
    near = [i for x in ties.cites for i in x.documents] + [i for i, _ in ties.cited_by]
    return (tuple(first), *leading_to([*first_of_all, *r.same, *r.about, *near, *r.reports], back, lang))


def leading_to(infos: Sequence[DocumentInfo], back: int | None, lang: str) -> Rows:
    """Buttons to other documents' cards: the first few."""
    others = list(dict.fromkeys(infos))[:NEAR]
    return tuple((Button(f"→ {_short(i, lang)}", ShowCard(i.id, back)),) for i in others)


def _ways_out(back: int | None, lang: str) -> Rows:
    return back_row(back, lang) if back is not None else ((Button(text(lang, "button.documents"), ShowList()),),)


def _opening(d: Directive, c: Clause) -> str:
    words = " ".join(d.shown(c.start, c.end).split())
    if len(words) > FIRST_WORDS:
        words = words[:FIRST_WORDS].rpartition(" ")[0].rstrip(",;:.–-") + "…"
    return words or c.path


def _facet_words(facet: str, name: str, lang: str) -> str:
    return type_words(name, lang) if facet == "t" else name


def _named(i: DocumentInfo, lang: str) -> str:
    said = document_words(citation_of_info(i), lang)
    return f"{said}: {first_words(i.title)}" if i.number and i.title else said


def _name(i: DocumentInfo) -> str:
    return i.number or (f"“{first_words(i.title)}”" if i.title else i.file)


def _short(i: DocumentInfo, lang: str) -> str:
    if not i.number:
        return shorten(f"{type_words(i.type, lang)}: {i.title or i.file}", 40)
    return shorten(" · ".join(filter(None, (i.number, date_words(i.date, lang) if i.date else ""))), 40)


def _stamp(s: Stamp, lang: str) -> str:
    number = text(lang, "citation.number", number=s.number) if s.number else ""
    when = text(lang, "citation.date", date=date_words(s.date, lang)) if s.date else ""
    return ", ".join(filter(None, (" ".join(filter(None, (number, when))), s.by)))


def _joined(items: Sequence[str]) -> str:
    once = list(dict.fromkeys(items))
    return "; ".join(once[:MAX_LISTED]) + (" …" if len(once) > MAX_LISTED else "")
