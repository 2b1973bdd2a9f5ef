"""The small library and an engine over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.library import Library
from retrieval.engine import Engine
from retrieval.lexicon import Lexicon, load_lexicon
from retrieval.question.spelling import Language
from retrieval.words import Words

from .samples import WordEncoder, directives, words_of


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.fixture(scope="session")
def words() -> Words:
    return words_of(directives())


@pytest.fixture(scope="session")
def language(words: Words, lexicon: Lexicon) -> Language:
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
