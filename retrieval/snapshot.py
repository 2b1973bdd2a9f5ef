"""One immutable state of the index, as one asker sees it: everything a search needs, from start to end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corpus.model import Part
from retrieval.dense import FAISS
from retrieval.lexicon import Lexicon
from retrieval.neighbours import Keeper
from retrieval.question.numbers import plain_serial
from retrieval.question.spelling import Language
from retrieval.segment import COLUMNS, PARTS, Document, Segment, Table
from retrieval.words import Words

View = frozenset[str]
"""Names of the collections somebody may see."""


@dataclass(frozen=True)
class NumberAt:
    """A number in the library: a document's `own`, or one referred to at `start:end` of it."""

    document: Document
    number: str
    own: bool
    start: int
    end: int


@dataclass(frozen=True)
class Live:
    """A segment, and the numbers of those of its documents that have left the library."""

    segment: Segment
    dropped: frozenset[int] = frozenset()

    @property
    def gone(self) -> NDArray[np.int64]:
        """The groups of the documents that are not, (documents, 2): from, to."""
        group_of, documents = self.segment.words.group_of, self.segment.documents
        ranges = [(documents[n].first, documents[n].last) for n in sorted(self.dropped)]
        pairs = [(int(group_of[a]), int(group_of[b - 1]) + 1) for a, b in ranges if a < b]
        return np.array(pairs, dtype=np.int64).reshape(len(pairs), 2)

    @property
    def size(self) -> int:
        """Passages of the documents that are still there."""
        gone = (self.segment.documents[n] for n in self.dropped)
        return self.segment.size - sum(d.last - d.first for d in gone)


class Snapshot:
    """The segments that somebody may see, as one. What is not in them has no influence on anything here."""

    def __init__(self, index: Index, live: Iterable[Live]) -> None:
        """`live`: those of the index's segments that may be seen."""
        self.library_version = index.library_version
        self.encoder = index.encoder
        self.lexicon = index.lexicon
        self.live = tuple(x for x in live if x.segment.size)
        segments = [x.segment for x in self.live]
        self.words = Words(tuple(s.words for s in segments), tuple(x.gone for x in self.live))
        self.dense = index.keeper.together([s.dense for s in segments], index.dimension)
        self._bases = self.words.bases.tolist()

    @property
    def size(self) -> int:
        """Passages, numbered through all segments."""
        return int(self._bases[-1])

    @cached_property
    def _all_documents(self) -> list[Document]:
        return [d.moved(base) for x, base in zip(self.live, self._bases, strict=False) for d in x.segment.documents]

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """Those that are still in the library, in the order they were put in."""
        gone, at = set(), 0
        for x in self.live:
            gone |= {at + n for n in x.dropped}
            at += len(x.segment.documents)
        kept = (d for n, d in enumerate(self._all_documents) if n not in gone)
        return tuple(sorted(kept, key=lambda d: d.info.seq))

    @cached_property
    def alive(self) -> NDArray[np.bool_] | None:
        """A mark for every passage that may be found; None when that is all of them."""
        if not any(x.dropped for x in self.live):
            return None
        return np.concatenate([x.segment.kept(x.dropped) for x in self.live])

    @cached_property
    def table(self) -> Table:
        """As `Segment.table`; the documents are numbered through all segments, dropped ones included."""
        tables, at = [np.zeros((0, COLUMNS), np.int32)], 0
        for x in self.live:
            table = x.segment.table
            if at:
                table = table + np.array([at, *[0] * (COLUMNS - 1)], dtype=np.int32)
            tables.append(table)
            at += len(x.segment.documents)
        return tables[1] if len(tables) == 2 else np.concatenate(tables)

    @cached_property
    def language(self) -> Language:
        return Language(self.words, self.lexicon.phrases(), self.lexicon.openings)

    @cached_property
    def numbers(self) -> dict[str, list[NumberAt]]:
        """Every number of a document and every reference, by serial."""
        out: dict[str, list[NumberAt]] = {}
        for d in self.documents:
            if d.number is not None and d.info.number:
                out.setdefault(plain_serial(d.number.serial), []).append(NumberAt(d, d.info.number, True, 0, 0))
            for r in d.references:
                if r.serial is not None:
                    out.setdefault(r.serial, []).append(NumberAt(d, r.number, False, r.start, r.end))
        return out

    def warm(self) -> None:
        """Makes ready what the first question would otherwise wait for."""
        self.language.warm()
        _ = self.numbers, self.table, self.alive

    def clause(self, passage: int) -> str | None:
        n = self._segment(passage)
        s = self.live[n].segment
        name = int(s.clause_of[passage - self._bases[n]])
        return s.clause_names[name] if name >= 0 else None

    def part(self, passage: int) -> Part:
        return PARTS[int(self.table[passage, 3])]

    def document(self, passage: int) -> Document:
        return self._all_documents[int(self.table[passage, 0])]

    def _segment(self, passage: int) -> int:
        return int(self.words.bases.searchsorted(passage, side="right")) - 1


@dataclass(frozen=True)
class Index:
    """All segments at one version of the library. Thread-safe."""

    library_version: int
    encoder: str
    dimension: int
    live: tuple[Live, ...]
    lexicon: Lexicon
    keeper: Keeper = FAISS

    def seen(self, view: View | None) -> Snapshot:
        """The snapshot of those who may see these collections; None: all."""
        return Snapshot(self, (x for x in self.live if view is None or x.segment.collection in view))

    @property
    def size(self) -> int:
        """Passages."""
        return sum(x.size for x in self.live)
