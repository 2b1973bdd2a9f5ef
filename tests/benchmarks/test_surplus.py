"""Passages made up for the benchmarks are what an index of their documents would say."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.surplus import Surplus
from corpus.library import Library
from retrieval.engine import Engine
from retrieval.segment import Segment
from retrieval.tokens import syllables
from tests.retrieval.samples import WordEncoder, directives


def _made(path: Path) -> tuple[Library, Segment]:
    library = Library(path / "library.db")
    for d in directives():
        library.put(d)
    (live,) = Engine(library, WordEncoder(), path / "index").snapshot.live
    return library, Surplus(live.segment, library, seed=1).segment(1, 200, library)


def test_words_and_places_of_a_surplus_passage_are_those_of_its_document(tmp_path: Path) -> None:
    library, made = _made(tmp_path)
    assert made.size >= 200
    for i in range(made.size):
        directive = library.get(made.documents[int(made.table[i, 0])].info.id)
        assert directive is not None
        said = syllables(directive.text[made.table[i, 1] : made.table[i, 2]])
        assert said
        assert [made.words.vocabulary[t] for t in made.words.tokens[made.words.own[i] : made.words.own[i + 1]]] == said


def test_its_vectors_are_of_unit_length_and_its_clauses_those_of_its_document(tmp_path: Path) -> None:
    made = _made(tmp_path)[1]
    lengths = np.linalg.norm(made.dense.vectors(np.arange(made.size)), axis=1)
    assert np.allclose(lengths, 1, atol=1e-3)
    for i in range(made.size):
        document = made.documents[int(made.table[i, 0])]
        assert document.first <= i < document.last
        if made.clause_of[i] >= 0:
            assert made.clause_names[made.clause_of[i]] in document.clauses


def test_the_same_seed_makes_the_same_documents(tmp_path: Path) -> None:
    first, second = ([d.info.sha256 for d in _made(tmp_path / name)[1].documents] for name in ("a", "b"))
    assert first == second
