"""From a passage to a quote: the smallest run of whole sentences that answers, a slice of the text."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from corpus.model import Directive
from corpus.text import sentences
from retrieval.kinds import kind_shown
from retrieval.terms import Slot
from retrieval.tokens import fold, syllables

Span = tuple[int, int]

# A short passage is quoted whole: a reader wants to see what stands around the sentence.
WHOLE_BELOW = 420
MOST = 700
# What a neighbouring sentence must add, as a share of what the question asks, to be quoted with the best one.
ADDS = 0.12


@dataclass(frozen=True)
class Quote:
    start: int
    end: int
    emphasis: Span  # the sentence that answers, offsets into the text


@dataclass(frozen=True)
class Wanted:
    """What a quote should say: the slots of the question with their worth, and the kind of thing asked for."""

    slots: tuple[Slot, ...]
    worth: tuple[float, ...]
    kinds: tuple[str, ...]

    @cached_property
    def _asked(self) -> dict[str | tuple[str, ...], list[tuple[int, int, float]]]:
        """Words and pairs without marks: the slots they meet, in which of its alternatives, and how far."""
        out: dict[str | tuple[str, ...], list[tuple[int, int, float]]] = defaultdict(list)
        for n, slot in enumerate(self.slots):
            for m, a in enumerate(slot.alternatives):
                for t in a.terms:
                    plain = tuple(map(fold, t.words))
                    out[plain[0] if len(plain) == 1 else plain].append((n, m, a.trust / len(a.terms)))
        return out

    def met(self, text: str) -> list[float]:
        """How far each slot is met by `text`, 0 to 1."""
        said = [fold(w) for w in syllables(text)]
        have: set[str | tuple[str, ...]] = {*said, *pairwise(said)}
        found: dict[tuple[int, int], float] = defaultdict(float)
        for term in have & self._asked.keys():
            for n, m, share in self._asked[term]:
                found[n, m] += share
        out = [0.0] * len(self.slots)
        for (n, _), much in found.items():
            out[n] = max(out[n], much)
        return out

    def score(self, met: Sequence[float]) -> float:
        return sum(m * w for m, w in zip(met, self.worth, strict=True)) / max(sum(self.worth), 1e-9)


def choose(directive: Directive, unit: Span, paragraph: Span, wanted: Wanted) -> Quote:
    """The run of sentences of the paragraph that answers, begun in the passage that was found (`unit`)."""
    text = directive.text
    spans = sentences(text, *paragraph) or [paragraph]
    shown = [directive.shown(*s) for s in spans]
    met = [wanted.met(t) for t in shown]
    scores = [
        (wanted.score(m) + 0.1 * any(kind_shown(k, t) for k in wanted.kinds)) / math.pow(1.0 + len(t) / 400.0, 0.35)
        for m, t in zip(met, shown, strict=True)
    ]
    inside = [i for i, (s, e) in enumerate(spans) if s < unit[1] and unit[0] < e] or [0]
    best = max(inside, key=lambda i: (scores[i], -i))
    if paragraph[1] - paragraph[0] <= WHOLE_BELOW or len(spans) == 1:
        return Quote(*paragraph, spans[best])
    first = last = best
    held = met[best]
    kinds = {k for k in wanted.kinds if kind_shown(k, shown[best])}
    while True:
        options: list[tuple[float, int]] = []
        for i in (first - 1, last + 1):
            if not 0 <= i < len(spans):
                continue
            if max(spans[i][1], spans[last][1]) - min(spans[i][0], spans[first][0]) > MOST:
                continue
            both = [max(a, b) for a, b in zip(held, met[i], strict=True)]
            gain = wanted.score(both) - wanted.score(held)
            gain += 0.1 * len([k for k in wanted.kinds if k not in kinds and kind_shown(k, shown[i])])
            # What is very short says nothing alone and costs nothing beside.
            if gain >= ADDS or spans[last][1] - spans[first][0] < 90:
                options.append((gain, i))
        if not options:
            break
        _, add = max(options)
        held = [max(a, b) for a, b in zip(held, met[add], strict=True)]
        kinds |= {k for k in wanted.kinds if kind_shown(k, shown[add])}
        first, last = min(first, add), max(last, add)
    # What was cut in the middle is quoted to its end.
    while last + 1 < len(spans) and _broken(shown[last]) and spans[last + 1][1] - spans[first][0] <= MOST:
        last += 1
    return Quote(spans[first][0], spans[last][1], spans[best])


def _broken(sentence: str) -> bool:
    bare = sentence.rstrip(' \n\t*_"”’)')
    return bool(bare) and bare[-1] not in ".;!?…"
