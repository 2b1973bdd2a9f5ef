"""From a question to an `Answer`, on one snapshot of the library."""

from __future__ import annotations

import gc
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from corpus.library import DocumentInfo, Library
from corpus.model import Directive, Part, Trust
from embeddings.encoder import Encoder, Vectors
from retrieval.answer import Answer, Choice, Citation, Note, Passage, Status
from retrieval.decide import load_decision
from retrieval.dense import FAISS
from retrieval.index import IndexFolder
from retrieval.lexicon import load_lexicon
from retrieval.lookup import Found, find
from retrieval.neighbours import Floats, Keeper
from retrieval.question.numbers import Role
from retrieval.question.reading import Reading, read_question
from retrieval.quote import MOST as QUOTE_MOST
from retrieval.quote import Quote, Wanted, choose
from retrieval.rank import Pool, search
from retrieval.segment import KINDS, PARTS, Document
from retrieval.signs import signs_of, wanted_of
from retrieval.snapshot import Index, Snapshot, View
from retrieval.tokens import fold
from retrieval.units import unfinished
from retrieval.vectors import Progress, silent
from retrieval.weighing import Weighed

_PRIOR = {
    Part.HEADING: -0.25,
    Part.SIGNATURE: -0.25,
    Part.RECIPIENTS: -0.3,
    Part.STAMP: -0.25,
    Part.NOTE: -0.12,
    Part.PREAMBLE: -0.05,
}
_PRIORS = np.array([_PRIOR.get(p, 0.0) for p in PARTS])
_REPORT = -0.03
DATE_BONUS = 0.15
TYPE_BONUS = 0.05
KIND_BONUS = 0.12
MENTIONS_BONUS = 0.15
LOCAL_WEIGHT = 0.4
LOCAL_WEIGHT_NAMED = 0.8  # within one document nothing else tells its clauses apart
FRAGMENT = 60  # characters: less is a stub of a list, seldom an answer
FRAGMENT_MALUS = 0.3
LOCAL_DOCUMENTS = 3
VIEWS_HELD = 32
ENCODING = 64  # questions at once
ATTEMPTS = 3  # at a question while the library changes
PATIENCE = 2.0  # seconds a question waits for a thread that takes changes in
LOCAL_AMONG = 20
# How people ask for what stands on the paper besides its text; folded, as canonical syllables.
_SIGNS = ("ki", "nguoi ki", "ki ten", "dung ten", "signed", "signs", "sign")
_COPY = ("sao luc", "sao y", "ban sao", "sao gui")
_ARRIVED = ("dau den", "cong van den", "nhan duoc", "vao so", "so den", "den ngay nao", "ngay den")
_RECIPIENTS = (
    "noi nhan",
    "gui cho ai",
    "gui cho nhung ai",
    "gui nhung noi nao",
    "gui di dau",
    "gui den ai",
    "gui den dau",
)


class Engine:
    """Answers questions. Thread-safe: a call works on the snapshot it began with; `refresh` swaps in the next one."""

    def __init__(
        self,
        library: Library,
        encoder: Encoder,
        index_dir: Path,
        *,
        keeper: Keeper = FAISS,
        progress: Progress | None = None,
    ) -> None:
        """Opens the index in `index_dir`, building what is missing, damaged, of another encoder, or behind. `keeper`:
        where vectors are kept."""
        self.library = library
        self.encoder = encoder
        self.keeper = keeper
        home = index_dir.parent
        self.lexicon = load_lexicon(home / "lexicon")
        self.decision = load_decision(encoder.name, home / "decision.json")
        self._building = threading.Lock()
        self._beside = ThreadPoolExecutor(ENCODING, "encoding")
        self._folder = IndexFolder(index_dir, library, encoder, self.lexicon, keeper)
        index, self.rebuilt_because = self._folder.open(progress or silent)
        self._seen = _Seen(index)

    @property
    def snapshot(self) -> Snapshot:
        """Of the whole library, as the operator sees it."""
        return self._seen.of(None)

    @property
    def version(self) -> int:
        """The library's version that is searched."""
        return self._seen.index.library_version

    def warm(self, view: View | None) -> None:
        """Makes ready what the first question of who sees this would otherwise wait for."""
        self._seen.of(view).warm()
        _settle()

    def refresh(self, progress: Progress | None = None, patience: float = -1) -> bool:
        """Brings the index up to the library's version; False when it was so already. Searches go on meanwhile.
        `patience`: seconds to wait for another thread that is at it, and then False; -1: however long."""
        if not self._building.acquire(timeout=patience):
            return False
        try:
            if self.version == self.library.version:
                return False
            self._take(self._folder.update(self._seen.index, progress or silent))
            return True
        finally:
            self._building.release()

    def compact(self) -> bool:
        """Joins small segments, so that searching stays fast; False when there was nothing to join. Takes seconds in a
        large library; searches go on meanwhile."""
        with self._building:
            index = self._folder.compact(self._seen.index)
            if index is self._seen.index:
                return False
            self._take(index)
            return True

    def _take(self, index: Index) -> None:
        seen = _Seen(index)
        # What was asked for lately is made ready before it is swapped in: nobody waits for it.
        for view in self._seen.views():
            seen.of(view).warm()
        self._seen = seen
        _settle()

    def encoding(self, texts: Sequence[str]) -> Callable[[], Vectors]:
        """Begins to encode some wordings, and gives what waits for their vectors."""
        made = self._beside.submit(self.encoder.encode_queries, list(texts))
        # A thread that keeps the interpreter lock keeps it for milliseconds: let the other one begin.
        time.sleep(0)
        return made.result

    def ask(
        self,
        question: str,
        top: int = 3,
        scope: Collection[str] | None = None,
        *,
        view: View | None = None,
        always: bool = False,
    ) -> Answer:
        """The answer to a question: passages best first, at most `top`.

        `view`: the collections that may be seen (None: all); no other document has any influence on the answer.
        `scope`: ids of the only documents to look in; `always` keeps the passages of a search whatever the outcome.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                # A document has left the library since the index took it in. What stands there now is looked for,
                # unless there is so much of it that a question cannot wait.
                self.refresh(patience=PATIENCE)
            s = self._seen.of(view)
            begun = _Encoding(self)
            reading = read_question(question, self.lexicon, s.language, s.words, begun.begin)
            asking = _Asking(self, s, reading, begun, top, scope, always)
            answer = asking.answer()
            if asking.holds():
                break
        return answer


class _Seen:
    """The snapshots of one index, by who asks; the last few are kept."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._held: OrderedDict[View | None, Snapshot] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, view: View | None) -> Snapshot:
        with self._lock:
            held = self._held.get(view)
            if held is None:
                held = self._held[view] = self.index.seen(view)
                if len(self._held) > VIEWS_HELD:
                    self._held.popitem(last=False)
            self._held.move_to_end(view)
            return held

    def views(self) -> list[View | None]:
        with self._lock:
            return list(self._held)


class _Encoding:
    """A question's wordings on their way to vectors, the first of them while the question is still being read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._begun: dict[str, Callable[[], Vectors]] = {}

    def begin(self, text: str) -> None:
        if text not in self._begun:
            self._begun[text] = self._engine.encoding([text])

    def of(self, texts: Sequence[str]) -> Callable[[], Vectors]:
        """Waits for the vectors of all of `texts`, (len(texts), dimension); begins what has not been begun."""
        begun = [self._begun[t] for t in texts[:1] if t in self._begun]
        missing = texts[len(begun) :]
        made = [*begun, self._engine.encoding(missing)] if missing else begun
        return lambda: np.concatenate([wait() for wait in made])


class _Asking:
    """One question on its way to an answer."""

    def __init__(
        self,
        engine: Engine,
        snapshot: Snapshot,
        reading: Reading,
        encoding: _Encoding,
        top: int,
        scope: Collection[str] | None = None,
        always: bool = False,
    ) -> None:
        self.engine = engine
        self.s = snapshot
        self.r = reading
        self.encoding = encoding
        self.top = max(1, top)
        self.always = always
        self.scope = scope
        self.held: dict[tuple[str, int], Directive | None] = {}

    def answer(self) -> Answer:
        if self.r.note is not None:
            return self._answer(Status.NONE, note=Note(code=self.r.note))
        looked = self._look_up()
        if looked is not None:
            return looked
        return self._search(None)

    def holds(self) -> bool:
        """Is all that was read for the answer still in the library?"""
        if None in self.held.values():
            return False
        library = self.engine.library
        if not self.held or library.version == self.s.library_version:
            return True
        there = library.found([id for id, _ in self.held])
        return all(id in there and there[id].seq == seq for id, seq in self.held)

    def _answer(
        self,
        status: Status,
        passages: Sequence[Passage] = (),
        note: Note | None = None,
        choices: Sequence[Choice] = (),
        **steps: Any,
    ) -> Answer:
        return Answer(
            question=self.r.original,
            status=status,
            passages=tuple(passages),
            note=note,
            choices=tuple(choices),
            question_read={**self.r.steps, **steps},
            library_version=self.s.library_version,
        )

    def _look_up(self) -> Answer | None:
        founds = [self._within(find(a, self.s, self.r, self.engine.lexicon)) for a in self.r.numbers]
        founds = [f for f in founds if f.documents or not f.ask.may_be_a_year]
        missing = [f for f in founds if not f.documents]
        have = [f for f in founds if f.documents]
        if founds and not have:
            return self._not_here(missing)
        if not have:
            return self._by_date()
        found = have[0]
        if found.role is not Role.OWN:
            return self._stamp(found)
        documents = found.documents
        if self.r.clause is not None:
            return self._clause(found)
        if len(documents) > 1 and len(self.r.rest) < 2:
            return self._choose(documents)
        about = self._about_paper(documents)
        if about:
            return self._answer(Status.ANSWERED, about[: self.top])
        if not self.r.rest:
            return self._answer(Status.ANSWERED, [p for d in documents for p in self._about(d)][: self.top])
        return self._search(documents)

    def _within(self, found: Found) -> Found:
        """Of what a number was found as, what is in scope."""
        if self.scope is None:
            return found
        return replace(
            found,
            documents=tuple(d for d in found.documents if d.info.id in self.scope),
            mentions=tuple(m for m in found.mentions if m[0].info.id in self.scope),
        )

    def _documents(self) -> list[Document]:
        return [d for d in self.s.documents if self.scope is None or d.info.id in self.scope]

    def _choose(self, documents: Sequence[Document]) -> Answer:
        return self._answer(Status.CHOOSE, choices=[Choice.of(d.info) for d in documents])

    def _not_here(self, missing: Sequence[Found]) -> Answer | None:
        mentions = [m for f in missing for m in f.mentions]
        ask = missing[0].ask
        note = Note(
            code="no_document",
            params={
                "number": ask.written,
                "mentioned": [[d.info.id, self._clause_at(d, start)] for d, start, _ in mentions],
            },
        )
        if mentions:
            if len(self.r.rest) >= 2:
                return self._search(None, mentioned={d.info.id for d, _, _ in mentions})
            if self.r.clause is None:
                return self._answer(Status.ANSWERED, self._mentions(mentions), note)
        if self.r.rest and len(self.r.rest) >= 4 and ask.role is Role.ANY:
            return None
        return self._answer(Status.NONE, note=note)

    def _by_date(self) -> Answer | None:
        f = self.r.filters
        if not (f.dates and f.dated):
            return None
        documents = [d for d in self._documents() if d.info.date in f.dates]
        if f.types:
            typed = [d for d in documents if d.info.type in f.types]
            documents = typed or documents
        if f.issuers and len(documents) > 1:
            documents = [d for d in documents if any(n in d.folded for n in f.issuers)] or documents
        if not documents:
            return None
        if self.r.rest:
            return self._search(documents) if len(documents) == 1 else None
        if len(documents) > 3:
            return self._choose(documents)
        return self._answer(Status.ANSWERED, [p for d in documents for p in self._about(d)][: self.top])

    def _clause(self, found: Found) -> Answer:
        assert self.r.clause is not None
        out = []
        for d in found.documents:
            for path in self.r.clause.find(d.clauses):
                out.append((d, path))
        if not out:
            d = found.documents[0]
            note = Note(
                code="no_clause",
                params={"number": d.info.number, "clause": self.r.clause.path, "clauses": list(d.clauses)},
            )
            return self._answer(Status.NONE, note=note)
        if len({d.info.id for d, _ in out}) > 1 and len(self.r.rest) < 2:
            return self._choose([d for d, _ in out])
        return self._answer(Status.ANSWERED, [p for d, path in out for p in self._own_text(d, path)][: self.top])

    def _own_text(self, d: Document, path: str) -> list[Passage]:
        directive = self._directive(d)
        if directive is None:
            return []
        clause = next(c for c in directive.clauses if c.path == path)
        start, end = _trim(directive.text, clause.start, clause.end)
        return [self._passage(d, directive, start, end, (start, end), path, None, Part.CLAUSE, 1.0)]

    def _stamp(self, found: Found) -> Answer:
        out = []
        for d in found.documents:
            out += self._part(d, Part.STAMP, found.ask.serial) + self._part(d, Part.HEADING)
        return self._answer(Status.ANSWERED, out[: self.top])

    def _about_paper(self, documents: Sequence[Document]) -> list[Passage]:
        """What the question wants of the paper itself: who signed, the copy's or the incoming stamp, the recipients."""
        said = " " + fold(" ".join(self.r.words)) + " "
        out: list[Passage] = []
        for d in documents:
            if any(f" {w} " in said for w in _COPY) and d.copies:
                out += [p for n, _ in d.copies for p in self._part(d, Part.STAMP, _serial(n))]
            elif any(f" {w} " in said for w in _ARRIVED) and d.received:
                out += [p for n, _ in d.received for p in self._part(d, Part.STAMP, _serial(n))]
            elif any(f" {w} " in said for w in _RECIPIENTS):
                out += self._part(d, Part.RECIPIENTS)
            elif any(f" {w} " in said for w in _SIGNS) and ("person" in self.r.wants or " nguoi ki " in said):
                out += self._part(d, Part.SIGNATURE)
        return out

    def _about(self, d: Document) -> list[Passage]:
        """What a document is: the line with its type and subject first, then how it begins."""
        heading = self._part(d, Part.HEADING)
        heading.sort(key=lambda p: -_said(p.shown, d))
        return heading[:1] + self._part(d, Part.PREAMBLE)[:1] + heading[1:2] or self._rows(d)[:1]

    def _part(self, d: Document, part: Part, having: str | None = None) -> list[Passage]:
        directive = self._directive(d)
        out = []
        for i in range(d.first, d.last):
            if directive is not None and self.s.part(i) is part:
                p = self._whole(i)
                if p is not None and (having is None or having in p.shown):
                    out.append(p)
        return out

    def _rows(self, d: Document) -> list[Passage]:
        return [p for p in map(self._whole, range(d.first, min(d.first + 3, d.last))) if p is not None]

    def _whole(self, i: int, score: float = 1.0) -> Passage | None:
        d = self.s.document(i)
        directive = self._directive(d)
        if directive is None:
            return None
        _, start, end, _, number, _ = (int(x) for x in self.s.table[i])
        return self._passage(
            d,
            directive,
            start,
            end,
            (start, end),
            self.s.clause(i),
            number if number >= 0 else None,
            self.s.part(i),
            score,
        )

    def _mentions(self, mentions: Sequence[tuple[Document, int, int]]) -> list[Passage]:
        """The first few passages that mention it."""
        found = (self._whole(i) for d, at, _ in mentions for i in self._at(d, at))
        return list(islice((p for p in found if p is not None), self.top))

    def _clause_at(self, d: Document, at: int) -> str | None:
        return next((self.s.clause(i) for i in self._at(d, at)), None)

    def _at(self, d: Document, at: int) -> list[int]:
        """The passages of `d` that hold character `at`."""
        rows = self.s.table[d.first : d.last]
        return [d.first + int(i) for i in np.flatnonzero((rows[:, 1] <= at) & (at < rows[:, 2]))]

    def _search(self, documents: Sequence[Document] | None, mentioned: Collection[str] = ()) -> Answer:
        s, r = self.s, self.r
        if documents is None and self.scope is not None:
            documents = self._documents()
        if not s.size:
            return self._answer(Status.NONE)
        allowed = s.alive
        if documents is not None:
            allowed = np.zeros(s.size, dtype=np.bool_)
            for d in documents:
                allowed[d.first : d.last] = True
        # Words that named the document have done their work: within it they would only find its heading again.
        skip = r.aside if documents is not None or mentioned else frozenset()
        slots = tuple(x for i, x in enumerate(r.slots) if i not in skip)
        encoded = self.encoding.of(r.texts)
        weighed = s.words.weigh(slots)
        pool = search(s.words, s.dense, weighed, encoded, allowed=allowed)
        if not len(pool.ids):
            return self._answer(Status.NONE)
        pool, local = self._local(pool, weighed)
        weight = LOCAL_WEIGHT_NAMED if documents is not None else LOCAL_WEIGHT
        scores = pool.fused + weight * local + self._priors(pool, mentioned)
        order = np.argsort(-scores, kind="stable")
        wanted = wanted_of(s, r, skip)
        passages = self._passages(pool, scores, order, wanted)
        if not passages:
            return self._answer(Status.NONE)
        signs = signs_of(s, r, pool, order, wanted, [p.shown for p in passages])
        decision = self.engine.decision
        probability = decision.probability(signs)
        status = decision.status(probability, named=documents is not None)
        note = Note(code="below") if status is Status.RELATED else None
        return self._answer(
            status,
            passages if self.always or status is not Status.NONE else (),
            note,
            probability=round(probability, 3),
            signs={k: round(float(v), 3) for k, v in signs.items()},
        )

    def _local(self, pool: Pool, weighed: Weighed) -> tuple[Pool, Floats]:
        """Within the likeliest documents, what sets one passage apart from the others: 0 to 1 beside every id."""
        first: dict[int, tuple[int, int]] = {}
        for i in pool.ids[np.argsort(-pool.fused)[:LOCAL_AMONG]]:
            d = self.s.document(int(i))
            first.setdefault(d.first, (d.first, d.last))
            if len(first) == LOCAL_DOCUMENTS:
                break
        documents = [(start, end) for start, end in first.values() if end - start > 1]
        ids = np.concatenate([np.zeros(0, np.int64), *(np.arange(start, end) for start, end in documents)])
        said = np.concatenate([np.zeros(0, np.float32), *self.s.words.local(weighed, documents)])
        best = ids[np.argsort(-said, kind="stable")[:LOCAL_AMONG]]
        pool = pool.with_ids(best, self.s.words, self.s.dense)
        local = np.zeros(len(pool.ids), np.float32)
        _, here, there = np.intersect1d(pool.ids, ids, assume_unique=True, return_indices=True)
        local[here] = said[there]
        return pool, local

    def _priors(self, pool: Pool, mentioned: Collection[str]) -> Floats:
        """What speaks for a passage besides its words: where it stands, whether it shows what is asked for, when and by
        whom its document is."""
        rows = self.s.table[pool.ids]
        out = _PRIORS[rows[:, 3]] - FRAGMENT_MALUS * np.maximum(0.0, 1.0 - (rows[:, 2] - rows[:, 1]) / FRAGMENT)
        kinds = sum(1 << n for n, k in enumerate(KINDS) if k in self.r.wants)
        out += KIND_BONUS * ((rows[:, 5] & kinds) > 0)
        numbers, which = np.unique(rows[:, 0], return_inverse=True)
        firsts = np.zeros(len(numbers), dtype=np.int64)
        firsts[which] = pool.ids
        of_document = [self._document_prior(self.s.document(int(i)).info, mentioned) for i in firsts]
        made: Floats = (out + np.array(of_document)[which]).astype(np.float32)
        return made

    def _document_prior(self, d: DocumentInfo, mentioned: Collection[str]) -> float:
        f = self.r.filters
        out = _REPORT if d.trust is Trust.REPORT else 0.0
        if d.date in f.dates or (f.months and (d.month or (f"{d.date:%Y-%m}" if d.date else None)) in f.months):
            out += DATE_BONUS
        if d.id in mentioned:
            out += MENTIONS_BONUS
        if f.types and d.type in f.types:
            out += TYPE_BONUS
        return out

    def _passages(self, pool: Pool, scores: Any, order: Any, wanted: Wanted) -> list[Passage]:
        """Quotes of the best passages; one that says what another says already is left out."""
        out: list[Passage] = []
        seen: list[tuple[set[str], Passage]] = []
        for n in order[:40]:
            i = int(pool.ids[n])
            d = self.s.document(i)
            directive = self._directive(d)
            if directive is None:
                continue
            _, start, end, _, number, _ = (int(x) for x in self.s.table[i])
            q = choose(directive, (start, end), _paragraph(directive, start, end), wanted)
            said = {fold(w) for w in directive.shown(q.start, q.end).split()}
            if any(_same(said, other) or _overlap(p, d, q) for other, p in seen):
                continue
            made = self._passage(
                d,
                directive,
                q.start,
                q.end,
                q.emphasis,
                self.s.clause(i),
                number if number >= 0 else None,
                self.s.part(i),
                float(scores[n]),
            )
            seen.append((said, made))
            out.append(made)
            if len(out) == self.top:
                break
        return out

    def _directive(self, d: Document) -> Directive | None:
        key = d.info.id, d.info.seq
        if key not in self.held:
            self.held[key] = self.engine.library.whole(d.info)
        return self.held[key]

    def _passage(
        self,
        d: Document,
        directive: Directive,
        start: int,
        end: int,
        emphasis: tuple[int, int],
        clause: str | None,
        number: int | None,
        part: Part,
        score: float,
    ) -> Passage:
        page = max((p.number for p in directive.pages if p.start <= start), default=None)
        before, inside = directive.shown(start, emphasis[0]), directive.shown(*emphasis)
        return Passage(
            citation=Citation.of(d.info, d.info.id, part=part, clause=clause, paragraph=number, page=page),
            quote=directive.text[start:end],
            shown=directive.shown(start, end),
            start=start,
            end=end,
            emphasis=(len(before), len(before) + len(inside)),
            score=score,
        )


def _settle() -> None:
    """An index is there to stay: the garbage collector, which looked through all of it for a tenth of a second every
    hundred questions, leaves it out from now on. It goes when nobody holds it any more."""
    gc.collect()
    gc.freeze()


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _said(shown: str, d: Document) -> int:
    words = set(fold(shown).split())
    return sum(w in words for w in set(d.folded.split()))


def _paragraph(directive: Directive, start: int, end: int) -> tuple[int, int]:
    """The paragraphs a passage was cut from, or joined of."""
    touched = [p for p in directive.paragraphs if p.start < end and start < p.end and p.part is not Part.FURNITURE]
    if not touched:
        return start, end
    last = touched[-1]
    for p in directive.paragraphs:
        if p.start < last.end:
            continue
        same = p.part is last.part and p.clause == last.clause and p.number is None
        gap = directive.shown(last.end, p.start)
        if not same or not unfinished(directive, last) or any(c.isalnum() for c in gap) or p.end - start > QUOTE_MOST:
            break
        last = p
    return min(start, touched[0].start), max(end, last.end)


def _same(said: set[str], other: set[str]) -> bool:
    both = len(said & other)
    return both > 0.9 * max(len(said), 1) and both > 0.9 * len(other)


def _overlap(p: Passage, d: Document, q: Quote) -> bool:
    if p.citation.document_id != d.info.id:
        return False
    return min(p.end, q.end) - max(p.start, q.start) > 0.5 * (q.end - q.start)


def _serial(number: str | None) -> str:
    digits = "".join(c if c.isdigit() else " " for c in number or "").split()
    return digits[0] if digits else ""
