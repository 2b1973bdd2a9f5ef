"""The fast encoder: unit vectors that do not depend on the company a text keeps."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.encoder import Encoder
from embeddings.onnx_encoder import runs
from tests.embeddings.samples import ANY_TEXT, SENTENCES, VIETNAMESE


@given(texts=st.lists(ANY_TEXT | VIETNAMESE, max_size=5))
@settings(deadline=None, max_examples=30)
def test_every_vector_has_unit_length(encoder: Encoder, texts: list[str]) -> None:
    for vectors in (encoder.encode_queries(texts), encoder.encode_passages(texts)):
        assert vectors.shape == (len(texts), encoder.dimension)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@given(text=VIETNAMESE)
@settings(deadline=None, max_examples=30)
def test_composed_or_not_is_the_same(encoder: Encoder, text: str) -> None:
    forms = [unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)]
    composed, decomposed = encoder.encode_queries(forms)
    np.testing.assert_allclose(composed, decomposed, atol=1e-5)


@given(texts=st.lists(VIETNAMESE | st.sampled_from(SENTENCES), min_size=1, max_size=12))
@settings(deadline=None, max_examples=20)
def test_together_is_as_alone(encoder: Encoder, texts: list[str]) -> None:
    together = encoder.encode_passages(texts)
    alone = np.concatenate([encoder.encode_passages([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-3)


def test_a_question_and_a_passage_are_not_the_same(encoder: Encoder) -> None:
    assert not np.allclose(encoder.encode_queries(SENTENCES[:1]), encoder.encode_passages(SENTENCES[:1]), atol=1e-2)


def test_threads_do_not_disturb_each_other(encoder: Encoder) -> None:
    alone = [encoder.encode_queries([text])[0] for text in SENTENCES]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: encoder.encode_queries([text])[0], SENTENCES * 4))
    for i, vector in enumerate(together):
        np.testing.assert_allclose(vector, alone[i % len(alone)], atol=1e-5)


def test_a_text_longer_than_the_model_reads_is_cut(encoder: Encoder) -> None:
    assert np.isfinite(encoder.encode_passages(["báo cáo kết quả " * 3000])).all()


@given(st.lists(st.integers(2, 40) | st.integers(2, 512), max_size=80))
def test_runs_hold_every_text_once_and_no_padding(lengths: list[int]) -> None:
    groups = list(runs(lengths))
    assert sorted(i for group in groups for i in group) == list(range(len(lengths)))
    for group in groups:
        assert len({lengths[i] for i in group}) == 1
        assert len(group) == 1 or sum(lengths[i] for i in group) <= 256
    assert len(groups) <= len(set(lengths)) + sum(lengths) // 128
