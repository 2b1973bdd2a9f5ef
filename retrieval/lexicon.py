"""The words of the field, from data files an operator can extend: `retrieval/lexicon/*.tsv`, then `HOME/lexicon/*.tsv`.

A kind of words may be spread over several files: `synonyms.tsv`, `synonyms-everyday.tsv`. Every file: one entry a line,
columns parted by a tab, alternatives in a column parted by `|`, `#` starts a comment. An operator's own files
are read after the shipped ones: a short form takes the place of the shipped one, other entries add to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from itertools import chain, product
from pathlib import Path

from retrieval.tokens import fold, syllables

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Abbreviation:
    """`only_upper`: counts in capitals alone; `also_lower`: in lower case too although it looks like a syllable."""

    expansions: tuple[Phrase, ...]
    only_upper: bool = False
    also_lower: bool = False


@dataclass
class Lexicon:
    """What the question reader knows besides the library's own words. Phrases are canonical syllables."""

    abbreviations: dict[str, Abbreviation] = field(default_factory=dict)
    synonyms: dict[Phrase, tuple[Phrase, ...]] = field(default_factory=dict)
    variants: dict[Phrase, Phrase] = field(default_factory=dict)  # another spelling → the usual one
    english: dict[Phrase, tuple[Phrase, ...]] = field(default_factory=dict)
    issuers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    smalltalk: dict[str, frozenset[str]] = field(default_factory=dict)  # note code: folded phrases
    asks: dict[Phrase, str] = field(default_factory=dict)  # question word: kind of answer it wants ("" for none)
    function_words: frozenset[str] = frozenset()
    speech: tuple[Phrase, ...] = ()  # what people say when they ask, and documents do not
    openings: tuple[str, ...] = ()  # words a question begins with
    sha256: str = ""

    folded_abbreviations: dict[str, Abbreviation] = field(default_factory=dict)  # BCD for BCĐ

    longest: int = 1  # syllables of the longest synonym

    @cached_property
    def longest_ask(self) -> int:
        """Syllables of the longest question word."""
        return max(map(len, self.asks), default=1)

    @cached_property
    def empty(self) -> frozenset[str]:
        """Words of grammar and question words, folded: what a question is about is the rest of it."""
        return frozenset(map(fold, chain(self.function_words, *self.asks)))

    @cached_property
    def issuer_names(self) -> tuple[str, ...]:
        """All names of issuers, folded, the longest first."""
        names = {fold(n) for names in self.issuers.values() for n in names}
        return tuple(sorted(names, key=lambda n: (-len(n), n)))

    def usual(self, phrase: Phrase) -> Phrase:
        """The phrase with every word in its usual spelling."""
        out: list[str] = []
        at = 0
        while at < len(phrase):
            size, spelled = next(
                ((n, v) for n in (3, 2, 1) if (v := self.variants.get(phrase[at : at + n]))), (1, phrase[at : at + 1])
            )
            out += spelled
            at += size
        return tuple(out)

    def phrases(self) -> Iterator[Phrase]:
        """Every Vietnamese phrase there is: words the spelling reader may restore to."""
        for a in self.abbreviations.values():
            yield from a.expansions
        for key, others in self.synonyms.items():
            yield key
            yield from others
        for others in self.english.values():
            yield from others
        for names in self.issuers.values():
            for n in names:
                yield tuple(syllables(n))
        yield from self.asks
        yield from self.speech
        for w in self.function_words:
            yield (w,)


def load_lexicon(extra: Path | None = None) -> Lexicon:
    """The shipped files, then those in `extra` (`HOME/lexicon`) when it is there."""
    out = Lexicon()
    digest = hashlib.sha256()
    shipped = resources.files("retrieval") / "lexicon"

    def rows(kind: str) -> Iterator[list[str]]:
        names = [f.name for f in shipped.iterdir() if _is_of(f.name, kind)]
        texts = [(shipped / name).read_text(encoding="utf-8") for name in sorted(names)]
        if extra is not None and extra.is_dir():
            own = sorted(f for f in extra.iterdir() if _is_of(f.name, kind))
            texts += [f.read_text(encoding="utf-8-sig") for f in own]
        for text in texts:
            digest.update(text.encode())
            for line in text.splitlines():
                line = line.partition("#")[0].rstrip() if line.startswith("#") else line.rstrip()
                if line:
                    yield line.split("\t")

    for row in rows("abbreviations"):
        expansions = tuple(tuple(syllables(x)) for x in row[1].split("|") if x.strip())
        out.abbreviations[row[0]] = Abbreviation(expansions, "upper" in row[2:], "lower" in row[2:])
    for row in rows("synonyms"):
        said, written = ([tuple(syllables(x)) for x in column.split("|") if x.strip()] for column in (*row, "")[:2])
        for p in dict.fromkeys((*said, *written)):
            have = out.synonyms.get(p, ())
            out.synonyms[p] = have + tuple(o for o in written if o != p and o not in have)
    for row in rows("variants"):
        first, *others = (tuple(syllables(x)) for x in row[0].split("|"))
        out.variants |= dict.fromkeys(others, first)
        for p in (first, *others):
            have = out.synonyms.get(p, ())
            out.synonyms[p] = tuple(dict.fromkeys((*(o for o in (first, *others) if o != p), *have)))
    for row in rows("english"):
        values = tuple(tuple(syllables(x)) for x in (row[1] if len(row) > 1 else "").split("|") if x.strip())
        for word in row[0].split("|"):
            key = tuple(syllables(word))
            have = out.english.get(key, ())
            out.english[key] = have + tuple(v for v in values if v not in have)
    for row in rows("issuers"):
        out.issuers[row[0]] = tuple(x.strip() for x in row[1].split("|"))
    for row in rows("smalltalk"):
        phrases = frozenset(" ".join(syllables(fold(x))) for x in row[1].split("|") if x.strip())
        out.smalltalk[row[0]] = out.smalltalk.get(row[0], frozenset()) | phrases
    for row in rows("question_words"):
        for x in row[0].split("|"):
            out.asks[tuple(syllables(x))] = row[1] if len(row) > 1 else ""
    out.function_words = frozenset(w for row in rows("function_words") for x in row[0].split("|") for w in syllables(x))
    speech: dict[Phrase, None] = {}
    for row in rows("speech"):
        columns = [[tuple(syllables(x)) for x in column.split("|") if x.strip()] for column in row]
        speech.update(dict.fromkeys(tuple(w for p in phrase for w in p) for phrase in product(*columns)))
    out.speech = tuple(speech)
    out.openings = tuple(w for row in rows("openings") for x in row[0].split("|") for w in syllables(x)[:1])
    for short, entry in out.abbreviations.items():
        if short != short.lower():
            out.folded_abbreviations.setdefault(fold(short), entry)
    out.longest = max((len(p) for p in out.synonyms), default=1)
    out.sha256 = digest.hexdigest()
    return out


def _is_of(name: str, kind: str) -> bool:
    """`synonyms.tsv` and `synonyms-everyday.tsv` are of the kind `synonyms`."""
    stem, _, suffix = name.rpartition(".")
    return suffix == "tsv" and (stem == kind or stem.startswith(f"{kind}-"))
