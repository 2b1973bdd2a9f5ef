"""From a passage to a quote: the smallest run of whole sentences that answers, a slice of the text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from corpus.model import Directive
from corpus.text import sentences
from retrieval.tokens import fold, syllables

Span = tuple[int, int]

# A short passage is quoted whole: a reader wants to see what stands around the sentence.
WHOLE_BELOW = 460
MOST = 700


@dataclass(frozen=True)
class Quote:
    start: int
    end: int
    emphasis: Span  # the sentence that answers, offsets into the text


def choose(directive: Directive, start: int, end: int, words: Sequence[str], weight: Callable[[str], float]) -> Quote:
    """The run of sentences of `text[start:end]` that says most of `words` (folded syllables), short rather than long."""
    spans = sentences(directive.text, start, end) or [(start, end)]
    pairs = set(zip(words, words[1:], strict=False))
    scores = [_score(directive.shown(s, e), words, pairs, weight) for s, e in spans]
    best = max(range(len(spans)), key=lambda i: (scores[i], -i))
    if end - start <= WHOLE_BELOW or len(spans) == 1:
        return Quote(start, end, spans[best])
    first = last = best
    # Neighbours that say some of it too belong to the answer, as long as it stays readable.
    while True:
        options = [
            i for i in (first - 1, last + 1) if 0 <= i < len(spans) and scores[i] >= 0.5 * max(scores[best], 1e-6)
        ]
        options = [i for i in options if max(spans[i][1], spans[last][1]) - min(spans[i][0], spans[first][0]) <= MOST]
        if not options:
            break
        add = max(options, key=lambda i: scores[i])
        first, last = min(first, add), max(last, add)
    return Quote(spans[first][0], spans[last][1], spans[best])


def _score(sentence: str, words: Sequence[str], pairs: set[tuple[str, str]], weight: Callable[[str], float]) -> float:
    said = [fold(w) for w in syllables(sentence)]
    have = set(said)
    total = sum(weight(w) for w in set(words) if w in have)
    total += sum((weight(a) + weight(b)) / 2 for a, b in zip(said, said[1:], strict=False) if (a, b) in pairs)
    return total / math.sqrt(1.0 + len(said) / 60.0)
