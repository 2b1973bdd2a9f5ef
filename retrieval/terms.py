"""What a question asks the word index for: weighted alternatives of terms, slot by slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Family = Literal["s", "p", "fs", "fp"]


class Term(NamedTuple):
    """A syllable (`s`), or two neighbouring ones (`p`), as they stand (marks) or folded (`fs`, `fp`)."""

    family: Family
    words: tuple[str, ...]


@dataclass(frozen=True)
class Alternative:
    """One way to say a slot: the terms it consists of, and how much a match counts."""

    terms: tuple[Term, ...]
    weight: float = 1.0
    trust: float = 1.0  # how surely it says the same: what an answer may rest on


@dataclass(frozen=True)
class Slot:
    """A word or phrase of the question; the best alternative counts."""

    alternatives: tuple[Alternative, ...]
    name: bool = False  # written with a capital inside a sentence
