"""Some documents of one collection made searchable: passages, their words and vectors. Written once, never changed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.library import DocumentInfo
from corpus.model import Directive, Part
from corpus.numbers import DocumentNumber
from embeddings.encoder import Encoder
from retrieval import store
from retrieval.kinds import kind_shown
from retrieval.neighbours import Keeper, Kept, Place
from retrieval.question.numbers import plain_serial
from retrieval.tokens import fold
from retrieval.units import units
from retrieval.vectors import Progress, encode_units
from retrieval.word_segment import WordSegment

PARTS = tuple(Part)
KINDS = ("amount", "time", "person")
COLUMNS = 6  # of a passage: document, start, end, part, đoạn or -1, kinds shown (bits of KINDS)

Table = NDArray[np.int32]


@dataclass(frozen=True)
class ReferenceAt:
    """Another document's number at `start:end`; `serial` is None where it is no document number."""

    number: str
    start: int
    end: int
    serial: str | None


@dataclass(frozen=True)
class Document:
    """A document as the index knows it: what lookups and filters need, without its text."""

    info: DocumentInfo
    clauses: tuple[str, ...]
    received: tuple[tuple[str | None, str | None], ...]  # (number, by)
    copies: tuple[tuple[str | None, str | None], ...]
    references: tuple[ReferenceAt, ...]
    first: int  # its passages are first .. last - 1
    last: int

    @cached_property
    def number(self) -> DocumentNumber | None:
        return _parsed(self.info.number) if self.info.number else None

    @cached_property
    def folded(self) -> str:
        """Type, issuer and title without marks, for matching names a question says."""
        return fold(" ".join(filter(None, (self.info.type, self.info.issuer, self.info.title))))

    def moved(self, by: int) -> Document:
        """The same document with its passages numbered from another start."""
        return replace(self, first=self.first + by, last=self.last + by) if by else self


@dataclass(frozen=True)
class Segment:
    """Passages are numbered from 0, in the order of the documents and of their texts."""

    name: str
    collection: str
    documents: tuple[Document, ...]
    table: Table  # (passages, COLUMNS)
    clause_names: tuple[str, ...]
    clause_of: NDArray[np.int32]  # passage → clause_names, -1 for none
    words: WordSegment
    dense: Kept

    @property
    def size(self) -> int:
        return len(self.table)

    def kept(self, dropped: Iterable[int]) -> NDArray[np.bool_]:
        """A mark for each passage of a document that is not `dropped` (numbers of documents)."""
        marks = np.ones(self.size, dtype=np.bool_)
        for n in dropped:
            marks[self.documents[n].first : self.documents[n].last] = False
        return marks


class Draft:
    """A segment in the making: documents are put in one by one."""

    def __init__(self, collection: str) -> None:
        self.collection = collection
        self.documents: list[Document] = []
        self._rows: list[tuple[int, ...]] = []
        self._names: dict[str, int] = {}
        self._clause_of: list[int] = []
        self._passages: list[tuple[str, str, int]] = []
        self._texts: list[tuple[str, str, str]] = []
        self._groups = -1

    @property
    def size(self) -> int:
        return len(self._rows)

    def put(self, info: DocumentInfo, directive: Directive) -> None:
        first, before = self.size, None
        for u in units(directive):
            key = u.clause if u.clause is not None else ("at", u.number if u.number is not None else u.start)
            self._groups += key != before
            before = key
            number = -1 if u.number is None else u.number
            self._rows.append((len(self.documents), u.start, u.end, PARTS.index(u.part), number, _kinds(u.text)))
            self._clause_of.append(-1 if u.clause is None else self._names.setdefault(u.clause, len(self._names)))
            self._passages.append((u.text, f"{u.subject} {u.lead}", self._groups))
            self._texts.append((u.text, u.subject, u.lead))
        self.documents.append(
            Document(
                info=info,
                clauses=tuple(c.path for c in directive.clauses),
                received=tuple((s.number, s.by) for s in directive.received),
                copies=tuple((s.number, s.by) for s in directive.copies),
                references=tuple(
                    ReferenceAt(r.number, r.start, r.end, _serial(r.number)) for r in directive.references
                ),
                first=first,
                last=self.size,
            )
        )

    def made(self, encoder: Encoder, keeper: Keeper, report: Progress) -> Segment:
        """The segment, in memory; its vectors are kept already where that is not in its own files."""
        vectors = encode_units(self._texts, encoder, report)
        return Segment(
            name="",
            collection=self.collection,
            documents=tuple(self.documents),
            table=np.array(self._rows, dtype=np.int32).reshape(len(self._rows), COLUMNS),
            clause_names=tuple(self._names),
            clause_of=np.array(self._clause_of, dtype=np.int32),
            words=WordSegment.build(self._passages),
            dense=keeper.build(vectors, _place(self.collection, self.documents)),
        )


def merge(parts: Sequence[tuple[Segment, frozenset[int]]], keeper: Keeper) -> Segment:
    """One segment of what is left of several of one collection (numbers of dropped documents beside each)."""
    kept = [s.kept(dropped) for s, dropped in parts]
    names: dict[str, int] = {}
    documents: list[Document] = []
    tables, clauses = [np.zeros((0, COLUMNS), np.int32)], [np.zeros(0, np.int32)]
    at = 0
    for (s, dropped), marks in zip(parts, kept, strict=True):
        to = np.array([names.setdefault(c, len(names)) for c in s.clause_names] + [-1], dtype=np.int32)
        table = np.array(s.table[marks])
        number = np.zeros(len(s.documents), dtype=np.int32)
        for n, d in enumerate(s.documents):
            if n not in dropped:
                number[n] = len(documents)
                documents.append(d.moved(at - d.first))
                at += d.last - d.first
        table[:, 0] = number[table[:, 0]]
        tables.append(table)
        clauses.append(to[s.clause_of[marks]])
    return Segment(
        name="",
        collection=parts[0][0].collection,
        documents=tuple(documents),
        table=np.concatenate(tables),
        clause_names=tuple(names),
        clause_of=np.concatenate(clauses),
        words=WordSegment.merge([(s.words, marks) for (s, _), marks in zip(parts, kept, strict=True)]),
        dense=keeper.merge([(s.dense, marks) for (s, _), marks in zip(parts, kept, strict=True)]),
    )


def save(segment: Segment, parent: Path, encoder: Encoder, keeper: Keeper) -> Segment:
    """Writes it into a folder of its own under `parent`, and gives it as read back from there."""
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=store.ASIDE) as scratch:
        folder = store.write(
            parent,
            {"table": segment.table, "clause_of": segment.clause_of, **segment.words.arrays()},
            {
                "documents": [_row(d) for d in segment.documents],
                "clauses": segment.clause_names,
                "vocabulary": segment.words.vocabulary,
                "folds": segment.words.folds,
            },
            segment.dense.save(Path(scratch)),
            {
                "encoder": encoder.name,
                "dimension": encoder.dimension,
                "vectors": keeper.name,
                "collection": segment.collection,
                "passages": segment.size,
            },
        )
    made = load(folder, encoder, keeper)
    if isinstance(made, str):
        raise OSError(f"{folder}: the index cannot be read back ({made})")
    return made


def load(folder: Path, encoder: Encoder, keeper: Keeper) -> Segment | str:
    """The segment in `folder`, memory-mapped, or why it cannot be used."""
    facts = store.check(folder)
    if isinstance(facts, str):
        return facts
    if facts.get("encoder") != encoder.name or facts.get("dimension") != encoder.dimension:
        return "another encoder"
    if facts.get("vectors", "faiss") != keeper.name:
        return "vectors elsewhere"
    try:
        arrays = {p.name[:-4]: _mapped(p) for p in folder.glob("*.npy")}
        texts = {p.name[:-5]: json.loads(p.read_text(encoding="utf-8")) for p in folder.glob("*.json")}
        documents = tuple(map(_document, texts["documents"]))
        made = Segment(
            name=folder.name,
            collection=facts["collection"],
            documents=documents,
            table=arrays["table"],
            clause_names=tuple(texts["clauses"]),
            clause_of=arrays["clause_of"],
            words=WordSegment.of(arrays, texts["vocabulary"], texts["folds"]),
            dense=keeper.load(folder, _place(facts["collection"], documents)),
        )
        if not made.dense.size == made.words.size == made.size == facts["passages"]:
            return "sizes differ"
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as e:
        return f"unreadable: {type(e).__name__}"
    return made


def name_of(info: DocumentInfo) -> str:
    """What a document's vectors are known by: read anew, or put into another collection, it is another document."""
    return f"{info.id}:{info.seq}"


def _place(collection: str, documents: Sequence[Document]) -> Place:
    return Place(collection, tuple((name_of(d.info), d.last - d.first) for d in documents))


def _mapped(path: Path) -> NDArray[Any]:
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    return np.asarray(array)


def _row(d: Document) -> dict[str, Any]:
    return {
        "info": d.info.model_dump(mode="json"),
        "clauses": d.clauses,
        "received": d.received,
        "copies": d.copies,
        "references": [(r.number, r.start, r.end, r.serial) for r in d.references],
        "range": [d.first, d.last],
    }


def _document(row: Mapping[str, Any]) -> Document:
    return Document(
        info=DocumentInfo.model_validate(row["info"]),
        clauses=tuple(row["clauses"]),
        received=tuple((a, b) for a, b in row["received"]),
        copies=tuple((a, b) for a, b in row["copies"]),
        references=tuple(ReferenceAt(*r) for r in row["references"]),
        first=row["range"][0],
        last=row["range"][1],
    )


def _parsed(number: str) -> DocumentNumber | None:
    try:
        return DocumentNumber.parse(number)
    except ValueError:
        return None


def _serial(number: str) -> str | None:
    parsed = _parsed(number)
    return plain_serial(parsed.serial) if parsed else None


def _kinds(text: str) -> int:
    return sum(1 << n for n, kind in enumerate(KINDS) if kind_shown(kind, text))
