"""English questions: told apart, and their words of the field turned into Vietnamese ones."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.lexicon import Lexicon, Phrase
from retrieval.question.syllable import is_syllable
from retrieval.tokens import has_marks

_FUNCTION = frozenset(
    [
        "what",
        "who",
        "whom",
        "whose",
        "which",
        "when",
        "where",
        "why",
        "how",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "do",
        "does",
        "did",
        "has",
        "have",
        "had",
        "can",
        "could",
        "should",
        "must",
        "may",
        "will",
        "would",
        "the",
        "a",
        "an",
        "of",
        "in",
        "on",
        "at",
        "for",
        "to",
        "from",
        "by",
        "with",
        "about",
        "and",
        "or",
        "not",
        "this",
        "that",
        "these",
        "those",
        "it",
        "its",
        "their",
        "there",
        "any",
        "please",
        "tell",
        "me",
        "give",
        "find",
        "show",
        "according",
        "under",
        "regarding",
        "during",
        "into",
        "than",
        "as",
        "if",
    ]
)
# Syllables that Vietnamese writes the same way without marks.
_IDLE = frozenset(
    [
        "done",
        "do",
        "make",
        "made",
        "get",
        "got",
        "take",
        "taken",
        "happen",
        "happened",
        "hit",
        "affected",
        "much",
        "many",
        "need",
        "needs",
        "must",
        "also",
        "other",
        "some",
        "such",
        "want",
        "know",
        "like",
        "so",
        "up",
        "out",
        "i",
        "we",
        "us",
        "you",
        "my",
        "our",
        "your",
        "they",
        "them",
        "he",
        "she",
        "his",
        "her",
        "s",
    ]
)
ENGLISH_SHARE = 0.34
_SHARED = frozenset(
    [
        "an",
        "do",
        "to",
        "me",
        "can",
        "may",
        "in",
        "a",
        "it",
        "no",
        "be",
        "on",
        "than",
        "thing",
        "hang",
        "dang",
        "nam",
        "the",
    ]
)


def is_english(words: Sequence[str], lexicon: Lexicon) -> bool:
    """True when the syllables read as English rather than as Vietnamese typed without marks."""
    letters = [w for w in words if w.isalpha()]
    if not letters or any(has_marks(w) for w in letters):
        return False
    function = sum(w in _FUNCTION and w not in _SHARED for w in letters)
    field = sum(not is_syllable(w) and len(w) > 3 and _is_field(w, lexicon) for w in letters)
    return function + field > 0 and function + field >= ENGLISH_SHARE * len(letters)


def _is_field(word: str, lexicon: Lexicon) -> bool:
    """True for an English word of the field that Vietnamese has not borrowed (`quarantine`, not `vaccine`)."""
    for form in (word, *_singular(word)):
        others = lexicon.english.get((form,))
        if others and all(form not in o for o in others):
            return True
    return False


def translate(words: Sequence[str], lexicon: Lexicon) -> list[tuple[Phrase, tuple[Phrase, ...]]]:
    """(English phrase, Vietnamese phrases for it) through the question, longest match first; words of no entry keep
    themselves, function words fall away."""
    longest = max((len(p) for p in lexicon.english), default=1)
    out: list[tuple[Phrase, tuple[Phrase, ...]]] = []
    at = 0
    while at < len(words):
        for size in range(min(longest, len(words) - at), 0, -1):
            phrase = tuple(words[at : at + size])
            found = lexicon.english.get(phrase)
            if found is None and size == 1:
                found = next((lexicon.english[(s,)] for s in _singular(phrase[0]) if (s,) in lexicon.english), None)
            elif found is None:
                last = next((s for s in _singular(phrase[-1]) if (*phrase[:-1], s) in lexicon.english), None)
                found = lexicon.english[(*phrase[:-1], last)] if last else None
            if found is not None:
                if found:
                    out.append((phrase, found))
                at += size
                break
        else:
            if words[at] not in _FUNCTION and words[at] not in _IDLE:
                out.append(((words[at],), ()))
            at += 1
    return out


def _singular(word: str) -> list[str]:
    out = []
    for ending, instead in (
        ("ies", "y"),
        ("es", ""),
        ("s", ""),
        ("ed", ""),
        ("ed", "e"),
        ("ing", ""),
        ("ing", "e"),
        ("ied", "y"),
        ("d", ""),
    ):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            out.append(word[: -len(ending)] + instead)
    return out
