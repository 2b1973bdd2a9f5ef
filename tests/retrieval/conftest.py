"""The small library and an engine over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.library import Library
from retrieval.engine import Engine
from retrieval.lexicon import Lexicon, load_lexicon
from retrieval.question.spelling import Language
from retrieval.units import units
from retrieval.words import WordIndex

from .samples import WordEncoder, directives


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.fixture(scope="session")
def words() -> WordIndex:
    return WordIndex.build((u.text, f"{u.subject} {u.lead}") for d in directives() for u in units(d))


@pytest.fixture(scope="session")
def language(words: WordIndex, lexicon: Lexicon) -> Language:
    return Language(words, lexicon.phrases())


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(tmp_path / "home" / "library.db")
    for d in directives():
        made.put(d)
    return made


@pytest.fixture
def engine(library: Library, tmp_path: Path) -> Engine:
    return Engine(library, WordEncoder(), tmp_path / "home" / "index")
