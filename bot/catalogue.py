"""The library as a reader browses it: which documents a number means, lists and what narrows them, what belongs to a
document. Made once for each version of the library; data only."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from bot.callback import Fitting
from corpus.library import DocumentInfo, Documents, Relatives, number_key
from corpus.model import Directive
from corpus.numbers import DocumentNumber
from corpus.text import fold
from corpus.validity import identity
from retrieval.question.clauses import ClauseAsk, find_clause_ask
from retrieval.question.numbers import NumberAsk, find_number_asks

PLACED = 20  # more documents than this are not read again to tell the clause
_PLAIN_PATH = re.compile(r"(?:[0-9]{1,4}[a-zđ]?|[IVXLCivxlc]+|[A-Za-zĐđ])(?:\.[0-9A-Za-zĐđ]{1,4})*")


@lru_cache(maxsize=4096)
def tag(name: str) -> str:
    """A short stand-in for a type's or issuer's name: 8 hex digits."""
    return hashlib.sha256(fold(name).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Named:
    """What a person called a document, taken apart: `rest` is what they said besides its number."""

    number: str
    rest: str
    documents: tuple[DocumentInfo, ...]


@dataclass(frozen=True)
class Cited:
    """A document this one names; `documents` are those of that number in the library."""

    number: str
    documents: tuple[DocumentInfo, ...]


@dataclass(frozen=True)
class Ties:
    """What a document has to do with others of the library."""

    cites: tuple[Cited, ...]
    cited_by: tuple[tuple[DocumentInfo, str | None], ...]  # with the clause that names it
    relatives: Relatives


class Catalogue:
    """All documents, newest first; those without a date last."""

    def __init__(self, documents: Sequence[DocumentInfo]) -> None:
        self.documents = tuple(sorted(documents, key=lambda d: (_when(d), -d.seq), reverse=True))
        self._by_key: dict[str, list[DocumentInfo]] = defaultdict(list)
        self._numbers: list[tuple[DocumentNumber, DocumentInfo]] = []
        for d in self.documents:
            if d.number:
                self._by_key[number_key(d.number)].append(d)
                with suppress(ValueError):
                    self._numbers.append((DocumentNumber.parse(d.number), d))
        self._by_identity: dict[str, list[DocumentInfo]] = defaultdict(list)
        for d in self.documents:
            self._by_identity[identity(d)].append(d)

    def named(self, words: str) -> Named | None:
        """The documents whose own number stands in `words`; None when none does. Tolerant of form, not of value."""
        words = " ".join(words.split())
        asks = find_number_asks(words)
        shift = 0
        if not asks and words[:1].isdigit():
            # Called by its bare number: "/vanban 07".
            shift = len("số ")
            asks = find_number_asks(f"số {words}")
        if not asks:
            exact = self._by_key.get(number_key(words))
            return Named(words, "", tuple(exact)) if exact else None
        ask = asks[0]
        start, end = max(0, ask.start - shift), ask.end - shift
        rest = f"{words[:start]} {words[end:]}".strip(" ,;:.?")
        return Named(words[start:end].strip(), rest, self._called(ask, words[start:end]))

    def _called(self, ask: NumberAsk, written: str) -> tuple[DocumentInfo, ...]:
        exact = self._by_key.get(number_key(written.strip()))
        if exact:
            return tuple(exact)
        return tuple(d for number, d in self._numbers if ask.fits(number, d.type))

    def numbered(self, number: str) -> tuple[DocumentInfo, ...]:
        """The documents with this very number, however either is printed."""
        return tuple(self._by_key.get(number_key(number), ()))

    def identified(self, identity: str) -> list[DocumentInfo]:
        """The documents of this identity (`corpus.validity`): one, or the same from several sources."""
        return self._by_identity.get(identity, [])

    def fitting(self, fitting: Fitting) -> list[DocumentInfo]:
        """The documents that fit, newest first."""
        return [d for d in self.documents if _fits(d, fitting)]

    def facet(self, facet: str, fitting: Fitting) -> list[tuple[str, int, Fitting]]:
        """What the list can be narrowed by: (name, how many documents, the list it leads to); "t", "y" or "i"."""
        free = _with(fitting, facet, None)
        counts = Counter(n for d in self.fitting(free) if (n := _name(d, facet)))
        order = sorted(counts, reverse=True) if facet == "y" else [n for n, _ in counts.most_common()]
        return [(n, counts[n], _with(fitting, facet, n)) for n in order]

    def name(self, facet: str, fitting: Fitting) -> str | None:
        """What the list is narrowed to, in words."""
        if getattr(fitting, _FIELD[facet]) is None:
            return None
        found = next((d for d in self.documents if _fits(d, _only(fitting, facet))), None)
        return _name(found, facet) if found else "?"

    def said(self, words: str) -> Fitting | None:
        """`kết luận 2021`, `chỉ thị của Thành ủy` as a list; None when some of the words are something else."""
        rest = f" {fold(words)} "
        fitting = Fitting()
        for facet in "tyi":
            names = sorted({n for d in self.documents if (n := _name(d, facet))}, key=len, reverse=True)
            for name in names:
                if f" {fold(name)} " in rest:
                    rest = rest.replace(f" {fold(name)} ", " ", 1)
                    fitting = _with(fitting, facet, name)
                    break
        left = set(rest.split()) - {"nam", "cua", "loai", "co", "quan"}
        return fitting if fitting != Fitting() and not left else None

    def ties(self, id: str, d: Directive, library: Documents, view: frozenset[str] | None = None) -> Ties:
        """References out and in, and other sources of the same document; reads the library's collections `view`."""
        own = number_key(d.number) if d.number else None
        cites: dict[str, Cited] = {}
        for r in d.references:
            key = number_key(r.number)
            if key != own and key not in cites:
                cites[key] = Cited(r.number, tuple(self._by_key.get(key, ())))
        relatives = library.relatives(id, view)
        told = {id} | {i.id for i in (*relatives.same, *relatives.reports)}
        by = [(i, path) for i, path in mentions(d.number, library, view) if i.id not in told] if d.number else []
        return Ties(tuple(cites.values()), tuple(by), relatives)


def mentions(
    number: str, library: Documents, view: frozenset[str] | None = None
) -> list[tuple[DocumentInfo, str | None]]:
    """The documents of the collections `view` that name this number, the first of them with the clause it does so in;
    reads the library."""
    found = library.mentions(number, view)
    return [(i, _clause_at(library.get(i.id), r.start) if n < PLACED else None) for n, (i, r) in enumerate(found)]


def is_path(words: str) -> bool:
    """`3.3`, `I.1.a`: a clause's path and nothing else."""
    return bool(_PLAIN_PATH.fullmatch(words))


def clauses_of(d: Directive, words: str) -> list[str] | None:
    """The paths that `words` (`3.3`, `mục 3.3`, `Điều 5.2.đ`) mean in a document; None when they name no clause."""
    words = " ".join(words.split()).strip(" ,;:.?")
    if not words:
        return None
    paths = [c.path for c in d.clauses]
    exact = [p for p in paths if p.lower() == words.lower()]
    if exact:
        return exact[:1]
    if is_path(words):
        ask: ClauseAsk | None = ClauseAsk(tuple(words.split(".")), None, 0, len(words), words)
    else:
        ask = find_clause_ask(words) or find_clause_ask(f"mục {words}")
    return ask.find(paths) if ask else []


def _clause_at(d: Directive | None, at: int) -> str | None:
    holding = [p for p in d.paragraphs if p.start <= at < p.end] if d else []
    return holding[0].clause if holding else None


_FIELD = {"t": "type", "y": "year", "i": "issuer"}


def _when(d: DocumentInfo) -> str:
    return d.date.isoformat() if d.date else d.month or ""


def _name(d: DocumentInfo, facet: str) -> str | None:
    if facet == "y":
        return m[0] if (m := re.match(r"[12]\d{3}", _when(d))) else None
    return d.type if facet == "t" else d.issuer


def _fits(d: DocumentInfo, f: Fitting) -> bool:
    return (
        (f.type is None or (d.type is not None and tag(d.type) == f.type))
        and (f.year is None or _when(d)[:4] == str(f.year))
        and (f.issuer is None or (d.issuer is not None and tag(d.issuer) == f.issuer))
    )


def _with(f: Fitting, facet: str, name: str | None) -> Fitting:
    match facet:
        case "t":
            return Fitting(tag(name) if name else None, f.year, f.issuer)
        case "y":
            return Fitting(f.type, int(name) if name else None, f.issuer)
        case _:
            return Fitting(f.type, f.year, tag(name) if name else None)


def _only(f: Fitting, facet: str) -> Fitting:
    match facet:
        case "t":
            return Fitting(type=f.type)
        case "y":
            return Fitting(year=f.year)
        case _:
            return Fitting(issuer=f.issuer)
