"""A question read: every step of understanding it, in order, each of them visible."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from corpus.text import fold_same, normalize
from retrieval.lexicon import Lexicon, Phrase
from retrieval.question.abbreviations import Word, expand
from retrieval.question.clauses import ClauseAsk, find_clause_ask
from retrieval.question.english import is_english, translate
from retrieval.question.filters import Filters, find_filters
from retrieval.question.guard import no_question
from retrieval.question.numbers import NumberAsk, find_number_asks
from retrieval.question.spelling import Language, calm, is_careful, restore
from retrieval.terms import Alternative, Slot, Term
from retrieval.tokens import fold, has_marks, syllables
from retrieval.words import Words

SYNONYM = 0.7
SYNONYM_TRUST = 0.85
FOLDED_TRUST = 0.7
FOLDED = 0.6
FUNCTION = 0.35
# A word the library has nowhere: it cannot be found, but its absence tells whether there is an answer.
_DISPLAY_Y = re.compile(r"^(k|l|m|qu)([iìíỉĩị])$")
_I_TO_Y = str.maketrans("iìíỉĩị", "yỳýỷỹỵ")


@dataclass(frozen=True)
class Reading:
    """What is searched for. `slots` go to the word index, `texts` to the encoder (the first is the question itself)."""

    original: str
    note: str | None = None  # a code of retrieval.answer.Note when it is no question
    language: str = "vi"
    words: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    slots: tuple[Slot, ...] = ()
    content: tuple[int, ...] = ()  # numbers of the slots that carry meaning
    aside: frozenset[int] = frozenset()  # slots of numbers, clauses, dates: done with once a document is found by them
    wants: tuple[str, ...] = ()  # person, time, amount, place, body
    numbers: tuple[NumberAsk, ...] = ()
    clause: ClauseAsk | None = None
    filters: Filters = field(default_factory=Filters)
    rest: tuple[str, ...] = ()  # the content words left when numbers, clauses, dates and types are taken away
    quoted: tuple[str, ...] = ()  # what stands in quotation marks
    steps: dict[str, Any] = field(default_factory=dict)


def read_question(
    question: str,
    lexicon: Lexicon,
    language: Language,
    index: Words,
    begin: Callable[[str], object] = lambda text: None,
) -> Reading:
    """Reads a question. `index` is the word index of the library it is put to. `begin` is called with what will
    most likely be the first of `texts`, early, and once more when that is known; not where nothing will be searched
    for, as far as can be told by then."""
    text = calm(" ".join(normalize(unicodedata.normalize("NFC", question)).split()))
    note = no_question(text, lexicon.smalltalk)
    if note is not None:
        return Reading(original=question, note=note, steps={"note": note})
    steps: dict[str, Any] = {}
    numbers = find_number_asks(text)
    spans = [(n.start, n.end) for n in numbers]
    clause = find_clause_ask(text, spans)
    filters = find_filters(text, lexicon, spans)
    _show_asks(steps, numbers, clause, filters)

    plain = syllables(text)
    if is_english(plain, lexicon):
        return _english(question, text, plain, lexicon, language, numbers, clause, filters, steps)

    typed = expand(text, lexicon, index, spans)
    shorts = {w.short: " ".join(x.text for x in typed if x.short == w.short) for w in typed if w.short}
    if shorts:
        steps["abbreviations"] = shorts
    rest = _rest(text, numbers, clause, filters, lexicon)
    searched = not numbers or (bool(rest) and clause is None)
    said, fixed = [w.text for w in typed], [w.fixed for w in typed]
    if searched and said == plain and is_careful(said, language, fixed):
        begin(text)
    words = restore(said, language, fixed)
    surface = _surface(typed, words)
    read_as = " ".join(surface)
    changed = words != plain
    if changed:
        steps["read_as"] = read_as
    # An encoder likes the question as a person wrote it; only what was mended is put in its place.
    main = read_as if changed else text
    if searched:
        begin(main)
    marked = any(has_marks(w) for w in plain)
    held = [*spans, *filters.spans, *([(clause.start, clause.end)] if clause else [])]
    naming = (
        {n for n, w in enumerate(typed) if any(s <= w.at < e for s, e in held)} if len(typed) == len(words) else set()
    )
    slots, content, synonyms, aside = _slots(words, typed, lexicon, index, not marked or changed, naming)
    texts = [main]
    if synonyms:
        steps["synonyms"] = {" ".join(a): [" ".join(x) for x in b] for a, b in synonyms}
        unheard = [(a, b) for a, b in synonyms if not _stands(a, index)]
        if unheard:
            texts.append(" ".join(map(display, _formal(words, unheard))))
    wants = _wants(words, lexicon)
    if wants:
        steps["wants"] = list(wants)
    return Reading(
        original=question,
        words=tuple(words),
        texts=tuple(texts),
        slots=tuple(slots),
        content=tuple(content),
        aside=frozenset(aside),
        wants=wants,
        numbers=tuple(numbers),
        clause=clause,
        filters=filters,
        rest=rest,
        quoted=tuple(m[1] for m in re.finditer(r"[\"“”']([^\"“”']{6,})[\"“”']", text)),
        steps=steps,
    )


def display(word: str) -> str:
    """A canonical syllable as it is mostly written: `kỉ luật` is shown as `kỷ luật`."""
    m = _DISPLAY_Y.match(word)
    if m:
        return m[1] + m[2].translate(_I_TO_Y)
    return {"tỉ": "tỷ"}.get(word, word)


def _surface(typed: Sequence[Word], words: Sequence[str]) -> list[str]:
    if len(typed) != len(words):  # a glued word came apart
        return [display(w) for w in words]
    return [t.surface if t.text == w and t.short is None else display(w) for t, w in zip(typed, words, strict=True)]


def _slots(
    words: Sequence[str], typed: Sequence[Word], lexicon: Lexicon, index: Words, folded: bool, naming: set[int]
) -> tuple[list[Slot], list[int], list[tuple[Phrase, tuple[Phrase, ...]]], set[int]]:
    asks = _ask_spans(words, lexicon)
    slots: list[Slot] = []
    content: list[int] = []
    used: list[tuple[Phrase, tuple[Phrase, ...]]] = []
    aside: set[int] = set()
    same = len(typed) == len(words)
    at = 0
    span_of = [-1] * len(words)
    while at < len(words):
        if at in asks:
            for i in range(at, at + asks[at]):
                span_of[i] = -2
            at += asks[at]
            continue
        size, others = _synonym(words, at, lexicon)
        if same and typed[at].short:
            size = max(size, sum(1 for t in typed[at:] if t.short == typed[at].short))
            others = (*others, *typed[at].others)
        phrase = tuple(words[at : at + size])
        alternatives = [Alternative(_phrase_terms(phrase))]
        usual = lexicon.usual(phrase) if others else None
        for other in others:
            known = [t for t in _phrase_terms(other) if index.count(t)]
            if known and (len(other) == 1 or any(len(t.words) > 1 for t in known)):
                # A longer way to say it has more terms to find; it must not count for more because of that.
                share = (2 * size - 1) / (2 * len(other) - 1)
                if usual is not None and lexicon.usual(other) == usual:
                    alternatives.append(Alternative(tuple(known), share**0.5))
                    continue
                weight = SYNONYM * min(1.0, share**0.5)
                kept = tuple(t for t in known if len(other) == 1 or len(t.words) > 1) or tuple(known)
                alternatives.append(Alternative(kept, max(weight, 0.45), SYNONYM_TRUST))
        if same and (short := typed[at].short):
            alternatives.append(Alternative(tuple(Term("s", (w,)) for w in syllables(short)[:1]), 0.9))
        if folded and all(w.isalpha() for w in phrase):
            alternatives.append(Alternative(_folded_terms(phrase), FOLDED, FOLDED_TRUST))
        is_function = size == 1 and phrase[0] in lexicon.function_words
        if is_function:
            alternatives = [Alternative(a.terms, a.weight * FUNCTION) for a in alternatives[:1]]
        else:
            content.append(len(slots))
        if len(alternatives) > 1 and others and not is_function:
            used.append((phrase, tuple(others)))
        for i in range(at, at + size):
            span_of[i] = len(slots)
        if at in naming:
            aside.add(len(slots))
        name = same and at > 0 and typed[at].surface[:1].isupper() and typed[at].short is None
        slots.append(Slot(tuple(alternatives), name))
        at += size
    for i in range(len(words) - 1):
        if span_of[i] == span_of[i + 1] or -2 in (span_of[i], span_of[i + 1]):
            continue
        pair = (words[i], words[i + 1])
        both = all(w in lexicon.function_words for w in pair)
        options = [Alternative((Term("p", pair),), FUNCTION if both else 1.0)]
        if folded:
            options.append(Alternative((Term("fp", (fold(pair[0]), fold(pair[1]))),), FOLDED * options[0].weight))
        if i in naming or i + 1 in naming:
            aside.add(len(slots))
        slots.append(Slot(tuple(options)))
    return slots, content, used, aside


def _phrase_terms(phrase: Phrase) -> tuple[Term, ...]:
    singles = tuple(Term("s", (w,)) for w in phrase)
    return singles + tuple(Term("p", pair) for pair in pairwise(phrase))


def _folded_terms(phrase: Phrase) -> tuple[Term, ...]:
    plain = tuple(fold(w) for w in phrase)
    singles = tuple(Term("fs", (w,)) for w in plain)
    return singles + tuple(Term("fp", pair) for pair in pairwise(plain))


def _synonym(words: Sequence[str], at: int, lexicon: Lexicon) -> tuple[int, tuple[Phrase, ...]]:
    for size in range(min(lexicon.longest, len(words) - at), 0, -1):
        found = lexicon.synonyms.get(tuple(words[at : at + size]))
        if found:
            return size, found
    return 1, ()


def _ask_spans(words: Sequence[str], lexicon: Lexicon) -> dict[int, int]:
    """Where question words stand: start → length. They ask, and are not looked for."""
    out: dict[int, int] = {}
    at = 0
    while at < len(words):
        for size in range(min(lexicon.longest_ask, len(words) - at), 0, -1):
            if tuple(words[at : at + size]) in lexicon.asks and not (size == 1 and _means(words, at)):
                out[at] = size
                at += size
                break
        else:
            at += 1
    return out


def _means(words: Sequence[str], at: int) -> bool:
    """True for a question word that is part of a word here (`không` in the middle: `không để`, `không lơ là`)."""
    word = words[at]
    if word == "không":
        return at < len(words) - 1
    if word in ("chưa", "đâu", "sao", "nào"):
        return 0 < at < len(words) - 1 and word == "chưa"
    return False


def _wants(words: Sequence[str], lexicon: Lexicon) -> tuple[str, ...]:
    found = (lexicon.asks[tuple(words[a : a + n])] for a, n in _ask_spans(words, lexicon).items())
    return tuple(dict.fromkeys(w for w in found if w))


def _stands(phrase: Phrase, index: Words) -> bool:
    """True when the library says it too, as far as its pairs tell. Only other words need rewording for an encoder."""
    return all(index.count(t) for t in _phrase_terms(phrase))


def _formal(words: Sequence[str], synonyms: Sequence[tuple[Phrase, tuple[Phrase, ...]]]) -> list[str]:
    """The question with these words replaced by the first other way to say them."""
    out: list[str] = []
    at = 0
    by_phrase = {a: b[0] for a, b in synonyms}
    longest = max(map(len, by_phrase))
    while at < len(words):
        for size in range(min(longest, len(words) - at), 0, -1):
            other = by_phrase.get(tuple(words[at : at + size]))
            if other:
                out += other
                at += size
                break
        else:
            out.append(words[at])
            at += 1
    return out


_LEFTOVER = re.compile(r"[\d/.,:;?!()\-–\"“”]+")


def _rest(
    text: str, numbers: Iterable[NumberAsk], clause: ClauseAsk | None, filters: Filters, lexicon: Lexicon
) -> tuple[str, ...]:
    spans = [(n.start, n.end) for n in numbers]
    if clause:
        spans.append((clause.start, clause.end))
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + " " + text[end:]
    folded = fold_same(text)
    for name in sorted((*map(fold, filters.types), *filters.issuers), key=len, reverse=True):
        folded = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda m: " " * len(m[0]), folded)
    text = "".join(c if f != " " else " " for c, f in zip(text, folded, strict=True))
    return tuple(w for w in syllables(_LEFTOVER.sub(" ", text)) if fold(w) not in lexicon.empty)


def _english(
    question: str,
    text: str,
    words: Sequence[str],
    lexicon: Lexicon,
    language: Language,
    numbers: Sequence[NumberAsk],
    clause: ClauseAsk | None,
    filters: Filters,
    steps: dict[str, Any],
) -> Reading:
    steps["language"] = "en"
    pieces = translate(words, lexicon)
    slots: list[Slot] = []
    content: list[int] = []
    vietnamese: list[str] = []
    for phrase, others in pieces:
        options = [Alternative(_phrase_terms(o), 0.9 / (2 * len(o) - 1) ** 0.5, SYNONYM_TRUST) for o in others]
        if not others:
            options = [Alternative(_phrase_terms(phrase))]
            vietnamese += phrase if language.known(phrase[0]) else ()
        else:
            vietnamese += others[0]
        content.append(len(slots))
        slots.append(Slot(tuple(options)))
    texts = [text]
    if vietnamese:
        steps["read_as"] = " ".join(map(display, vietnamese))
        texts.append(steps["read_as"])
    asks = {"who": "person", "whom": "person", "when": "time", "where": "place", "many": "amount", "much": "amount"}
    wants = tuple(dict.fromkeys(asks[w] for w in words if w in asks))
    return Reading(
        original=question,
        language="en",
        words=tuple(words),
        texts=tuple(texts),
        slots=tuple(slots),
        content=tuple(content),
        wants=wants,
        numbers=tuple(numbers),
        clause=clause,
        filters=filters,
        rest=tuple(p for a, _ in pieces for p in a),
        steps=steps,
    )


def _show_asks(steps: dict[str, Any], numbers: Sequence[NumberAsk], clause: ClauseAsk | None, filters: Filters) -> None:
    if numbers:
        steps["numbers"] = [
            {"serial": n.serial, "role": n.role.value, "types": list(n.types), "body": n.body, "year": n.year}
            for n in numbers
        ]
    if clause:
        steps["clause"] = clause.path
    if filters.dates:
        steps["dates"] = [d.isoformat() for d in filters.dates]
    for name in ("months", "years", "types", "issuers"):
        if getattr(filters, name):
            steps[name] = list(getattr(filters, name))
