"""Flipped bits and cut ends in every file of the index: each is noticed, and what is rebuilt answers as before."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

from corpus.library import Library
from corpus.parse import parse_string
from retrieval import dense, segment, store
from retrieval.engine import Engine
from tests.retrieval.samples import NOTICE, WordEncoder, directives

QUESTIONS = ("mức hỗ trợ tiền ăn trưa", "tuan tra rung", "thông báo 7", "15/2024/QĐ-UBND Điều 2")
REBUILT_EVERY = 60  # damages between two that a whole engine is opened on


@dataclass
class Flipped:
    files: int = 0
    damages: int = 0
    unnoticed: int = 0
    rebuilt: int = 0
    wrong: int = 0  # answers after rebuilding that are not those from before, or quotes that are not in the library


def flip_index(folder: Path, each: int, seed: int) -> Flipped:
    """`each` single bits of every file, at places drawn by `seed`, and four cuts."""
    draw = random.Random(seed)
    result = Flipped()
    library = Library(folder / "library.db")
    for d in (*directives(), *(parse_string(NOTICE.replace("7-TB", f"{n}-TB"), f"{n}.txt") for n in range(20, 50))):
        library.put(d)
    encoder, index = WordEncoder(), folder / "index"
    rough, dense.ROUGH_FROM = dense.ROUGH_FROM, 0  # all kinds of files, in a small library too
    try:
        engine = Engine(library, encoder, index)
        before = [engine.ask(q, always=True) for q in QUESTIONS]
        whole = folder / "whole"
        shutil.copytree(index, whole)
        files = sorted(p.relative_to(index) for p in index.rglob("*") if p.is_file() and p.name != ".lock")
        for name in files:
            result.files += 1
            good = (whole / name).read_bytes()
            bits = [draw.randrange(len(good) * 8) for _ in range(each)]
            cuts = [good[: draw.randrange(len(good))] for _ in range(3)] + [b""]
            for damaged in (*(_flipped(good, b) for b in bits), *cuts):
                result.damages += 1
                (index / name).write_bytes(damaged)
                if not _noticed(index, name, encoder):
                    result.unnoticed += 1
                if result.damages % REBUILT_EVERY == 1:
                    again = Engine(library, encoder, index)
                    result.rebuilt += again.rebuilt_because is not None
                    after = [again.ask(q, always=True) for q in QUESTIONS]
                    quotes = [p for a in after for p in a.passages]
                    result.wrong += after != before
                    result.wrong += sum(
                        (library.text(p.citation.document_id) or "")[p.start : p.end] != p.quote for p in quotes
                    )
                    shutil.rmtree(index)
                    shutil.copytree(whole, index)
            (index / name).write_bytes(good)
    finally:
        dense.ROUGH_FROM = rough
    return result


def _flipped(good: bytes, bit: int) -> bytes:
    raw = bytearray(good)
    raw[bit // 8] ^= 1 << bit % 8
    return bytes(raw)


def _noticed(index: Path, name: Path, encoder: WordEncoder) -> bool:
    if name.name == store.CURRENT:
        state = store.current(index)
        # A flipped bit of the white space between two fields changes nothing that is read.
        return not isinstance(state, dict) or state == store.current(index.parent / "whole")
    return isinstance(segment.load((index / name).parent, encoder, dense.FAISS), str)
