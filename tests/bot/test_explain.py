"""Every error a person can meet has its words, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot.cli
import bot.run  # noqa: F401 - and of the bot
from bot.errors import BotError
from bot.explain import explain, refusal
from bot.messages import has
from corpus.errors import CorpusError, UnreadableError
from embeddings.encoder import EncoderError
from retrieval.errors import RetrievalError

ROOT = Path(__file__).parent.parent.parent
BASES = {BotError, CorpusError, RetrievalError, UnreadableError}


def below(base: type[Exception]) -> Iterator[type[Exception]]:
    for error in base.__subclasses__():
        yield error
        yield from below(error)


def codes() -> set[str]:
    of_classes = {
        str(getattr(e, "code", ""))
        for base in (BotError, CorpusError, RetrievalError)
        for e in below(base)
        if e not in BASES
    }
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "embeddings").glob("*.py"))
    return of_classes | {code for source in sources for code in re.findall(r'code="(\w+)"', source)}


def test_there_are_errors_to_speak_of() -> None:
    assert {"library", "model_not_found", "token_missing"} <= codes()


@pytest.mark.parametrize("code", sorted(codes() - {"precision_unknown"}))
def test_an_error_has_its_words(code: str) -> None:
    assert has(f"error.{code}")


def reasons() -> set[str]:
    """Every reason code in the sources of corpus/: the second argument of an UnreadableError."""
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "corpus").rglob("*.py")))
    return set(re.findall(r'UnreadableError\(\s*[^,()]+(?:\([^()]*\))?,\s*"(\w+)"', sources))


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_a_refusal_is_said_in_vietnamese_and_names_the_file(reason: str) -> None:
    error = UnreadableError("công văn.docx", reason, "English advice")
    assert explain(error, "vi").startswith("công văn.docx: ")
    assert "English" not in explain(error, "vi")
    assert explain(error, "en") == "công văn.docx: English advice"


def test_a_reason_without_words_falls_back_on_the_advice() -> None:
    assert refusal("something_new", "do this", "vi") == "do this"


def test_an_error_without_the_parameters_its_words_need_says_itself() -> None:
    assert explain(EncoderError("no such model; set TRICHDAN_MODEL", code="model_not_found"), "vi") == (
        "no such model; set TRICHDAN_MODEL"
    )
