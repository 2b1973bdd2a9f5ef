"""Marks, typing slips and glued words put right, from the library's own words.

A noisy-channel lattice: every syllable as typed has candidates (itself, the same letters with other marks, its telex
reading, one edit away, two words without the blank) with a cost each; a bigram model of the library and the lexicon
chooses the cheapest way through (Viterbi).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise, product
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval.question.syllable import is_spelled, is_syllable, telex
from retrieval.terms import Term
from retrieval.tokens import canonical, fold, has_marks
from retrieval.words import Words

# Costs are negative log probabilities of a way of typing; the orders of magnitude matter, not the digits.
MARKS_DROPPED = 0.2
SOME_MARKS_DROPPED = 1.6
OTHER_MARKS = 3.2
KEPT_PLAIN = 0.7  # an unmarked syllable that stays so in a text without marks
TELEX = 1.0
EDIT = 5.0
GLUED = 4.5
UNKNOWN = 7.0
CAREFUL = 4.0
SEEN = 0.97  # how far neighbours are believed over words alone
MOST_CANDIDATES = 10
BEAM = 6
MOST_HELD = 100_000
CANDIDATES_HELD = 10_000  # lists of them
LARGE = 5_000  # passages


Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Candidate:
    words: tuple[str, ...]
    cost: float


class Language:
    """Unigrams and bigrams of the library (in how many passages each stands) and of the lexicon."""

    def __init__(self, index: Words, phrases: Iterable[Sequence[str]], openings: Collection[str] = ()) -> None:
        self.index = index
        # Documents never say "I"; questions do. The lexicon's words keep their weight beside a large library's.
        share = 1.0 + index.size / 500
        self.extra: dict[str, float] = defaultdict(float)
        self.extra_pairs: dict[tuple[str, str], float] = defaultdict(float)
        for phrase in phrases:
            for w in phrase:
                self.extra[w] += (8.0 if len(phrase) == 1 else 0.5) * share
            for pair in pairwise(phrase):
                self.extra_pairs[pair] += 0.5 * share
        self.openings = frozenset(openings)
        self.by_fold: dict[str, list[str]] = defaultdict(list)
        for w in dict.fromkeys((*index.vocabulary, *self.extra)):
            self.by_fold[fold(w)].append(w)
        self.total = float(max(index.size, 1)) * 20.0
        self._deletes: dict[str, list[str]] | None = None
        self._counts: dict[str, float] = {}
        self._candidates: dict[tuple[str, bool, float], list[Candidate]] = {}

    def count(self, word: str) -> float:
        held = self._counts.get(word)
        if held is None:
            held = self.index.count(Term("s", (word,))) + self.extra.get(word, 0.0)
            _keep(self._counts, word, held)
        return held

    def candidates(self, word: str, unmarked: bool, careful: float) -> list[Candidate]:
        """What a typed syllable may be meant to be; remembered, for questions are made of the same few thousand."""
        held = self._candidates.get((word, unmarked, careful))
        if held is None:
            held = candidates(word, self, unmarked, careful)
            _keep(self._candidates, (word, unmarked, careful), held, CANDIDATES_HELD)
        return held

    def known(self, word: str) -> bool:
        return self.count(word) > 0

    def opening_costs(self, words: Sequence[str]) -> Floats:
        """float64, (len(words),): -log P(word begins a question)."""
        opens = np.array([w in self.openings for w in words]) / max(len(self.openings), 1)
        return -np.log(0.5 * opens + 0.5 * self._shares(words, np.array([self.count(w) for w in words])))

    def pair_costs(self, words: Sequence[str], first: Ids, second: Ids) -> Floats:
        """float64, (len(first),): -log P(words[second] | words[first]), bigrams and unigrams interpolated. Many at
        once, for a question without marks asks for hundreds."""
        both = self.index.pairs(words, first, second).astype(np.float64)
        own = np.array([w in self.extra for w in words])
        for n in np.flatnonzero(own[first] & own[second]).tolist():
            both[n] += self.extra_pairs.get((words[first[n]], words[second[n]]), 0.0)
        count = np.array([self.count(w) for w in words])
        return -np.log(SEEN * both / (count[first] + 1.0) + (1.0 - SEEN) * self._shares(words, count)[second])

    def _shares(self, words: Sequence[str], count: Floats) -> Floats:
        """What each word is of all, about."""
        return (count + np.where([is_spelled(w) for w in words], 0.5, 0.05)) / self.total

    def _usual(self, folded: str) -> bool:
        return self.index.count(Term("fs", (folded,))) >= 3 or any(w in self.extra for w in self.by_fold[folded])

    def warm(self) -> None:
        """Makes ready what putting slips right needs."""
        self.near("")

    def near(self, folded: str) -> list[str]:
        """Known folded words one edit (insert, delete, replace, swap) from `folded`."""
        if self._deletes is None:
            made: dict[str, list[str]] = defaultdict(list)
            # In a large library what stands once or twice is mostly a slip itself, or a scan's.
            few = self.index.size < LARGE
            for w in self.by_fold:
                if 3 <= len(w) <= 12 and not w[0].isdigit() and (few or self._usual(w)):
                    for d in {w, *(_without(w))}:
                        made[d].append(w)
            self._deletes = made
        found = {w for d in (folded, *_without(folded)) for w in self._deletes.get(d, ())}
        return sorted(w for w in found if _edit_one(w, folded))


def is_careful(words: Sequence[str], language: Language, fixed: Sequence[bool] | None = None) -> bool:
    """True where every syllable is well spelled and many have marks: a known one is hardly ever meant to be another."""
    share = _plain_share(words)
    return (
        share is not None
        and share < 0.55
        and all(
            is_spelled(w) or language.known(w) for n, w in enumerate(words) if w.isalpha() and not (fixed and fixed[n])
        )
    )


def restore(words: Sequence[str], language: Language, fixed: Sequence[bool] | None = None) -> list[str]:
    """The most likely reading of canonical syllables. Those `fixed` stay as they are."""
    if not words:
        return []
    share = _plain_share(words)
    # A text with hardly a mark was typed without any; in one that has them, a plain syllable is mostly meant.
    unmarked = share is not None and share > 0.85
    careful = is_careful(words, language, fixed)
    lattice = [
        [Candidate((w,), 0.0)]
        if fixed and fixed[n]
        else language.candidates(w, unmarked, CAREFUL if careful and (language.known(w) or is_spelled(w)) else 0.0)
        for n, w in enumerate(words)
    ]
    return [w for c in _cheapest(lattice, language) for w in c.words]


def _plain_share(words: Sequence[str]) -> float | None:
    """What share of the words is without marks, of those made of letters; None when there is none."""
    letters = [w for w in words if w.isalpha()]
    return sum(not has_marks(w) for w in letters) / len(letters) if letters else None


def _cheapest(lattice: Sequence[Sequence[Candidate]], language: Language) -> list[Candidate]:
    """The cheapest way through (Viterbi)."""
    if all(len(options) == 1 for options in lattice):
        return [options[0] for options in lattice]
    numbers: dict[str, int] = {}
    first, last = ([[numbers.setdefault(c.words[at], len(numbers)) for c in o] for o in lattice] for at in (0, -1))
    glued = [(n, m) for n, o in enumerate(lattice) for m, c in enumerate(o) if len(c.words) > 1]
    # Every pair that any way through would make, in one list: what is asked of the library all at once is asked fast.
    pairs = [list(product(a, b)) for a, b in zip(last, first[1:], strict=False)]
    pairs.append([(first[n][m], last[n][m]) for n, m in glued])
    flat = np.array(list(chain.from_iterable(pairs)), dtype=np.int64).reshape(-1, 2)
    found = language.pair_costs(list(numbers), flat[:, 0], flat[:, 1])
    *costs, inside = np.split(found, np.cumsum([len(p) for p in pairs[:-1]]))
    own = [np.array([c.cost for c in o]) for o in lattice]
    for (n, m), cost in zip(glued, inside, strict=True):
        own[n][m] += cost
    total = own[0] + language.opening_costs([c.words[0] for c in lattice[0]])
    came = []
    for mine, cost in zip(own[1:], costs, strict=True):
        # What is far behind by here is not meant, even where the rest of the question would fit it better.
        if len(total) > BEAM:
            total[np.argpartition(total, BEAM)[BEAM:]] = np.inf
        ways = total[:, None] + cost.reshape(len(total), len(mine))
        came.append(ways.argmin(axis=0))
        total = ways.min(axis=0) + mine
    at = int(total.argmin())
    path = [lattice[-1][at]]
    for options, back in zip(lattice[-2::-1], reversed(came), strict=True):
        at = int(back[at])
        path.append(options[at])
    return path[::-1]


def candidates(word: str, language: Language, unmarked: bool, careful: float = 0.0) -> list[Candidate]:
    """What a typed syllable may be meant to be, itself first. `careful` is added to the cost of every other."""
    if not word.isalpha():
        return [Candidate((word,), 0.0)]
    folded = fold(word)
    known = language.known(word)
    out = [Candidate((word,), (KEPT_PLAIN if unmarked else 0.0) if known or careful else _unknown_cost(word))]
    if len(word) == 1 and not known:
        return out
    for other in language.by_fold.get(folded, ()):
        if other != word:
            out.append(Candidate((other,), careful + _mark_cost(word, other, unmarked)))
    if known and (unmarked or has_marks(word)):
        return _few(out, language)
    decoded = telex(word)
    if decoded and decoded != word:
        meant = canonical(decoded)
        if language.known(meant) and not known:
            out.append(Candidate((meant,), TELEX))
    if len(folded) > 3 and not language.by_fold.get(folded) and not is_syllable(folded):
        for near in language.near(folded):
            extra = 0.0 if near[0] == folded[0] else 1.5
            for w in language.by_fold[near]:
                out.append(Candidate((w,), EDIT + extra + (0.0 if has_marks(w) == has_marks(word) else 0.5)))
        for cut in range(1, len(word)):
            left, right = word[:cut], word[cut:]
            if is_syllable(fold(left)) or is_syllable(fold(right)):
                for a in language.by_fold.get(fold(left), ()):
                    for b in language.by_fold.get(fold(right), ()):
                        if language.index.count(Term("p", (a, b))) or (a, b) in language.extra_pairs:
                            out.append(
                                Candidate(
                                    (a, b),
                                    GLUED
                                    + _mark_cost(left, a, unmarked) * (a != left)
                                    + _mark_cost(right, b, unmarked) * (b != right),
                                )
                            )
    return _few(out, language)


def _few(out: list[Candidate], language: Language) -> list[Candidate]:
    if len(out) <= MOST_CANDIDATES:
        return out
    first, rest = out[0], out[1:]
    rest.sort(key=lambda c: c.cost + sum(-math.log(language.count(w) + 0.05) for w in c.words))
    return [first, *rest[: MOST_CANDIDATES - 1]]


def _unknown_cost(word: str) -> float:
    # A well-formed syllable the library does not use is more likely meant than a slip; letters in a row are not.
    if has_marks(word) and is_spelled(word):
        return 0.0
    return 2.0 if is_syllable(fold(word)) else UNKNOWN


def _mark_cost(typed: str, meant: str, unmarked: bool) -> float:
    if not has_marks(typed):
        return MARKS_DROPPED if unmarked else SOME_MARKS_DROPPED
    if not has_marks(meant):
        return OTHER_MARKS + 1.0
    # Marks that stand where they belong were put there on purpose.
    if not _only_adds(typed, meant) and is_spelled(typed):
        return OTHER_MARKS + 3.0
    # quôc → quốc only adds; nghịem → nghiệm moves or changes.
    return SOME_MARKS_DROPPED if _only_adds(typed, meant) else OTHER_MARKS


@lru_cache(maxsize=100_000)
def _only_adds(typed: str, meant: str) -> bool:
    if len(typed) != len(meant):
        return False
    if typed == meant:
        return True
    for a, b in zip(typed, meant, strict=True):
        have = set(unicodedata.normalize("NFD", a)[1:])
        if not have <= set(unicodedata.normalize("NFD", b)[1:]) or (a == "đ" and b != "đ"):
            return False
    return True


def _without(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


def _edit_one(a: str, b: str) -> bool:
    if a == b or abs(len(a) - len(b)) > 1:
        return a == b
    if len(a) == len(b):
        wrong = [i for i in range(len(a)) if a[i] != b[i]]
        if len(wrong) == 1:
            return True
        return (
            len(wrong) == 2 and wrong[1] == wrong[0] + 1 and a[wrong[0]] == b[wrong[1]] and a[wrong[1]] == b[wrong[0]]
        )
    short, long = sorted((a, b), key=len)
    return any(short == long[:i] + long[i + 1 :] for i in range(len(long)))


def _keep(cache: dict[Any, T], key: Any, value: T, most: int = MOST_HELD) -> None:
    # Threads may race here: both write the same value.
    if len(cache) > most:
        cache.clear()
    cache[key] = value


_WORD = re.compile(r"[^\W\d_]+")
_REPEATED = re.compile(r"(.)\1{2,}")
_ROMAN = re.compile(r"(?i)[clxvi]+")


def calm(text: str) -> str:
    """Letters held down are let go: `gìììì` → `gì`. `III` and `VIII` are numbers."""
    return _WORD.sub(lambda m: m[0] if _ROMAN.fullmatch(m[0]) else _REPEATED.sub(r"\1", m[0]), text)
