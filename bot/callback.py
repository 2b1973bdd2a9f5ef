"""What a button carries: at most 64 bytes, read back as untrusted input.

Forms (fields separated by dots, numbers in base 36):
    r.<n>                          the n-th result of the answer the button stands under
    c.<document>.<start>.<page>[.<n>]  the clause of the document that starts there
    d.<document>.<page>[.<n>]      the whole document
    t.<document>.<page>[.<n>]      its table of contents
    i.<document>[.<n>]             its card
    k.<document>                   the document chosen among several
    v.<u|d>.<n>                    thumb up or down for the n-th result
    s.<field>                      the settings of the chat, or of one field: w, r, l, p, q, c (bot/panel.py)
    S.<field>.<n>                  the n-th choice of a field
    q.<person>                     take the administrator's role back (the id in decimal digits)
    D.<draft>.<verb>[.<n>]         a document not published yet: e, g, c, k publish (everyone, group, collection,
                                   choose one), w, f edit (which, a field), s keep both, p preview, x drop
    g.<n>                          the n-th result as a picture
    G.<document>.<start>           the clause that starts there as a picture
    h.<old>.<new>.<r|e|a|x>        the first document is replaced, ended, amended by the second; or it is not
    u.<change>                     undo a change of the library
    X.<document>                   take a document out of the library
    p                              an answer given privately, posted for the group
    l.<page>.<type>.<year>.<issuer>  the list of documents, as far as they fit
    f.<t|y|i>.<page>.<type>.<year>.<issuer>  the types, years or issuers to narrow the list by
Where there is an <n>, back leads to that result of the answer the screen was opened from.
A document id is a content address, so an offset into its text means the same for as long as the id exists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_BYTES = 64  # Telegram's limit for callback_data
MAX_NUMBER = 36**6 - 1

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_N = r"[0-9a-z]{1,6}"
_BACK = rf"(?:\.(?P<back>{_N}))?"
_FITTING = r"(?P<type>[0-9a-f]{8})?\.(?P<year>[12]\d{3})?\.(?P<issuer>[0-9a-f]{8})?"
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"(?P<kind>r)\.(?P<n>{_N})",
        rf"(?P<kind>c)\.(?P<id>[0-9a-f]{{16}})\.(?P<start>{_N})\.(?P<page>{_N}){_BACK}",
        rf"(?P<kind>[dt])\.(?P<id>[0-9a-f]{{16}})\.(?P<page>{_N}){_BACK}",
        rf"(?P<kind>i)\.(?P<id>[0-9a-f]{{16}}){_BACK}",
        r"(?P<kind>k)\.(?P<id>[0-9a-f]{16})",
        r"(?P<kind>s)\.(?P<field>[wrlpqc])?",
        r"(?P<kind>S)\.(?P<field>[wrlpqc])\.(?P<n>[0-9a-z]{1,2})",
        r"(?P<kind>p)",
        rf"(?P<kind>D)\.(?P<draft>{_N})\.(?P<verb>[egckwfspx])(?:\.(?P<n>{_N}))?",
        rf"(?P<kind>g)\.(?P<n>{_N})",
        rf"(?P<kind>G)\.(?P<id>[0-9a-f]{{16}})\.(?P<start>{_N})",
        r"(?P<kind>h)\.(?P<id>[0-9a-f]{16})\.(?P<new>[0-9a-f]{16})\.(?P<effect>[reax])",
        rf"(?P<kind>u)\.(?P<n>{_N})",
        r"(?P<kind>X)\.(?P<id>[0-9a-f]{16})",
        r"(?P<kind>q)\.(?P<person>[1-9][0-9]{0,14})",
        rf"(?P<kind>v)\.(?P<way>[ud])\.(?P<n>{_N})",
        rf"(?P<kind>l)\.(?P<page>{_N})\.{_FITTING}",
        rf"(?P<kind>f)\.(?P<facet>[tyi])\.(?P<page>{_N})\.{_FITTING}",
    )
)


@dataclass(frozen=True, slots=True)
class ShowResult:
    """The n-th passage of the answer, from 0."""

    n: int


@dataclass(frozen=True, slots=True)
class ShowClause:
    """Page `page` (from 0) of the clause that starts at character `start`, with everything below it."""

    document: str
    start: int
    page: int = 0
    back: int | None = None


@dataclass(frozen=True, slots=True)
class ShowDocument:
    """Page `page` (from 0) of a whole document."""

    document: str
    page: int = 0
    back: int | None = None


@dataclass(frozen=True, slots=True)
class ShowContents:
    """Page `page` (from 0) of a document's table of contents."""

    document: str
    page: int = 0
    back: int | None = None


@dataclass(frozen=True, slots=True)
class ShowCard:
    """What a document is: number, date, issuer, subject, references."""

    document: str
    back: int | None = None


@dataclass(frozen=True, slots=True)
class Choose:
    """Ask the question again, of this document."""

    document: str


@dataclass(frozen=True, slots=True)
class Rate:
    """Was the n-th passage an answer?"""

    n: int
    up: bool


@dataclass(frozen=True, slots=True)
class ShowPreferences:
    """The settings of the chat; with `field` the choices of one of them."""

    field: str | None = None


@dataclass(frozen=True, slots=True)
class SetPreference:
    """Choose the `choice`-th of a field, from 0, below 36 * 36."""

    field: str
    choice: int


@dataclass(frozen=True, slots=True)
class TakeRole:
    """This person is no administrator any more."""

    person: int


@dataclass(frozen=True, slots=True)
class OnDraft:
    """What to do with a draft: `verb` is one of the letters above, `n` the field or collection meant."""

    draft: int
    verb: str
    n: int = 0


@dataclass(frozen=True, slots=True)
class DrawResult:
    """The n-th passage of the answer as a picture."""

    n: int


@dataclass(frozen=True, slots=True)
class DrawClause:
    """The clause that starts at character `start` as pictures."""

    document: str
    start: int


@dataclass(frozen=True, slots=True)
class Judge:
    """`old` is replaced (r), ended (e) or amended (a) by `new`, or not touched by it (x)."""

    old: str
    new: str
    effect: str


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back this change of the library."""

    change: int


@dataclass(frozen=True, slots=True)
class Remove:
    """Take this document out of the library."""

    document: str


@dataclass(frozen=True, slots=True)
class Post:
    """Post the private answer for the group it was asked in."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """Which documents a list shows; None is any. Type and issuer are tags (`catalogue.tag`): names can be long."""

    type: str | None = None
    year: int | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class ShowList:
    """Page `page` (from 0) of the documents that fit."""

    page: int = 0
    fitting: Fitting = Fitting()


@dataclass(frozen=True, slots=True)
class ShowFacet:
    """Page `page` (from 0) of what the list can be narrowed by: "t" types, "y" years, "i" issuers."""

    facet: str
    page: int = 0
    fitting: Fitting = Fitting()


Action = (
    ShowResult
    | ShowClause
    | ShowDocument
    | ShowContents
    | ShowCard
    | Choose
    | ShowList
    | ShowFacet
    | Rate
    | ShowPreferences
    | SetPreference
    | TakeRole
    | Post
    | OnDraft
    | DrawResult
    | DrawClause
    | Judge
    | Undo
    | Remove
)


def encode(action: Action) -> str:
    """The button's data: ASCII, at most MAX_BYTES."""
    match action:
        case ShowResult(n):
            return f"r.{base36(n)}"
        case ShowClause(document, start, page, back):
            return f"c.{document}.{base36(start)}.{base36(page)}{_back(back)}"
        case ShowDocument(document, page, back):
            return f"d.{document}.{base36(page)}{_back(back)}"
        case ShowContents(document, page, back):
            return f"t.{document}.{base36(page)}{_back(back)}"
        case ShowCard(document, back):
            return f"i.{document}{_back(back)}"
        case Choose(document):
            return f"k.{document}"
        case ShowPreferences(field):
            return f"s.{field or ''}"
        case SetPreference(field, choice):
            return f"S.{field}.{base36(choice)}"
        case TakeRole(person):
            return f"q.{person}"
        case OnDraft(draft, verb, n):
            return f"D.{base36(draft)}.{verb}" + (f".{base36(n)}" if n else "")
        case DrawResult(n):
            return f"g.{base36(n)}"
        case DrawClause(document, start):
            return f"G.{document}.{base36(start)}"
        case Judge(old, new, effect):
            return f"h.{old}.{new}.{effect}"
        case Undo(change):
            return f"u.{base36(change)}"
        case Remove(document):
            return f"X.{document}"
        case Post():
            return "p"
        case Rate(n, up):
            return f"v.{'u' if up else 'd'}.{base36(n)}"
        case ShowList(page, fitting):
            return f"l.{base36(page)}.{_fitting(fitting)}"
        case ShowFacet(facet, page, fitting):
            return f"f.{facet}.{base36(page)}.{_fitting(fitting)}"


def decode(data: object) -> Action | None:
    """The action, or None for anything `encode` does not make."""
    if not isinstance(data, str):
        return None
    m = next((m for form in _FORMS if (m := form.fullmatch(data))), None)
    if m is None:
        return None
    has = m.groupdict()
    page = int(has.get("page") or "0", 36)
    back = int(has["back"], 36) if has.get("back") else None
    year = int(has["year"]) if has.get("year") else None
    fitting = Fitting(has.get("type"), year, has.get("issuer"))
    match m["kind"]:
        case "r":
            return ShowResult(int(m["n"], 36))
        case "c":
            return ShowClause(m["id"], int(m["start"], 36), page, back)
        case "d":
            return ShowDocument(m["id"], page, back)
        case "t":
            return ShowContents(m["id"], page, back)
        case "i":
            return ShowCard(m["id"], back)
        case "k":
            return Choose(m["id"])
        case "s":
            return ShowPreferences(m["field"])
        case "S":
            return SetPreference(m["field"], int(m["n"], 36))
        case "q":
            return TakeRole(int(m["person"]))
        case "D":
            return OnDraft(int(m["draft"], 36), m["verb"], int(m["n"] or "0", 36))
        case "g":
            return DrawResult(int(m["n"], 36))
        case "G":
            return DrawClause(m["id"], int(m["start"], 36))
        case "h":
            return Judge(m["id"], m["new"], m["effect"])
        case "u":
            return Undo(int(m["n"], 36))
        case "X":
            return Remove(m["id"])
        case "p":
            return Post()
        case "v":
            return Rate(int(m["n"], 36), m["way"] == "u")
        case "l":
            return ShowList(page, fitting)
        case _:
            return ShowFacet(m["facet"], page, fitting)


def _back(n: int | None) -> str:
    return "" if n is None else f".{base36(n)}"


def _fitting(f: Fitting) -> str:
    return f"{f.type or ''}.{f.year or ''}.{f.issuer or ''}"


def base36(n: int) -> str:
    """`n` in base 36. ValueError when it does not fit a button."""
    if not 0 <= n <= MAX_NUMBER:
        raise ValueError(f"{n} does not fit a button")
    out = ""
    while True:
        n, digit = divmod(n, 36)
        out = _DIGITS[digit] + out
        if not n:
            return out
