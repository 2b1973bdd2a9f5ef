"""Short forms written out: `TBT yc BCSĐ CP` → `Tổng Bí thư yêu cầu Ban cán sự đảng Chính phủ`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrieval.lexicon import Lexicon, Phrase
from retrieval.question.syllable import is_syllable
from retrieval.terms import Term
from retrieval.tokens import fold, spans
from retrieval.words import Words

_CHUNK = re.compile(r"[^\s,;:?!()\"“”]+")


@dataclass(frozen=True)
class Word:
    """A syllable of the question on its way: `short` is the abbreviation it was written as."""

    text: str
    surface: str
    fixed: bool = False
    short: str | None = None
    others: tuple[Phrase, ...] = ()  # what else the abbreviation may stand for
    at: int = 0  # where it begins in the question


def expand(text: str, lexicon: Lexicon, index: Words, keep: Sequence[tuple[int, int]] = ()) -> list[Word]:
    """The question's syllables with abbreviations written out. Nothing in the spans `keep` (numbers) is touched."""
    letters = [c for c in text if c.isalpha()]
    shouting = bool(letters) and sum(c.isupper() for c in letters) > 0.7 * len(letters) and len(text.split()) > 3
    out: list[Word] = []
    for chunk in _CHUNK.finditer(text):
        inside = any(s < chunk.end() and chunk.start() < e for s, e in keep)
        whole = chunk[0].strip(".'-/")
        found = None if inside else _short(whole, lexicon, shouting)
        if found is not None:
            out += _written_out(whole, found, index, text[chunk.end() : chunk.end() + 30], chunk.start())
            continue
        for word, start, end in spans(chunk[0]):
            surface = chunk[0][start:end]
            found = None if inside else _short(surface, lexicon, shouting)
            if found is not None and not (start and chunk[0][start - 1].isdigit()):
                after = text[chunk.start() + end : chunk.start() + end + 30]
                out += _written_out(surface, found, index, after, chunk.start() + start)
            else:
                out.append(Word(word, surface, fixed=inside or not word.isalpha(), at=chunk.start() + start))
    return out


def _short(surface: str, lexicon: Lexicon, shouting: bool) -> tuple[Phrase, ...] | None:
    forms = lexicon.abbreviations
    entry = forms.get(surface)
    if entry is None and surface == surface.lower():
        entry = forms.get(surface.upper()) or lexicon.folded_abbreviations.get(surface.upper())
    elif entry is None:
        entry = forms.get(surface.upper()) or lexicon.folded_abbreviations.get(fold(surface))
    if entry is None:
        return None
    upper = sum(c.isupper() for c in surface) * 2 > sum(c.isalpha() for c in surface)
    everyday = is_syllable(fold(surface)) and not entry.also_lower
    if (entry.only_upper or everyday) and (not upper or (shouting and everyday)):
        return None
    return entry.expansions


def _written_out(surface: str, expansions: tuple[Phrase, ...], index: Words, after: str, at: int) -> list[Word]:
    following = spans(after)[0][0] if spans(after) else None
    best = max(expansions, key=lambda e: _support(e, following, index)) if len(expansions) > 1 else expansions[0]
    others = tuple(e for e in expansions if e != best)
    return [Word(w, w, fixed=True, short=surface, others=others if n == 0 else (), at=at) for n, w in enumerate(best)]


def _support(phrase: Phrase, following: str | None, index: Words) -> float:
    inside = min((index.count(Term("p", pair)) for pair in pairwise(phrase)), default=0)
    if len(phrase) == 1:
        inside = index.count(Term("s", phrase)) // 10
    beyond = index.count(Term("p", (phrase[-1], following))) if following else 0
    return inside + 10.0 * beyond
