"""More passages than there are: documents of real sentences put together anew, their vectors mixed of real ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.library import Library
from corpus.model import Clause, Directive, Paragraph, Trust
from corpus.text import sentences
from retrieval.dense import DenseIndex
from retrieval.segment import PARTS, Document, Segment
from retrieval.tokens import syllables
from retrieval.units import MOST
from retrieval.word_segment import WordSegment, spread

LONGEST = int(1.4 * MOST)  # characters of a passage: sentences beyond are left out

Ids = NDArray[np.int64]


class Surplus:
    """Makes segments out of a real one.

    Each surplus document has the type, issuer, title, clauses and passages of a real one, and in every passage as many
    sentences as the real passage, each drawn at random from all real passages. The passage's vector is that of the
    passage its first sentence comes from, half of it or more, mixed with that of its last (of any passage where it has
    but one). Words, vectors and places are written as arrays: reading that many documents would take an hour.
    """

    def __init__(self, real: Segment, library: Library, seed: int) -> None:
        self.real, self.seed = real, seed
        seen: dict[str, int] = {}
        counts = np.ones(real.size, dtype=np.int64)
        for d in real.documents:
            directive = library.get(d.info.id)
            assert directive is not None
            for i in range(d.first, d.last):
                text = " ".join(directive.shown(int(real.table[i, 1]), int(real.table[i, 2])).split())
                spans = sentences(text)
                counts[i] = max(1, len(spans))
                for a, b in spans:
                    seen.setdefault(text[a:b], i)
        self.texts = list(seen)
        self.origin = np.array(list(seen.values()), dtype=np.int64)
        self.lengths = np.array(list(map(len, seen)), dtype=np.int64)
        self.counts = counts
        words = [[real.words.ids[w] for w in syllables(t) if w in real.words.ids] for t in self.texts]
        self.starts = np.cumsum([0, *map(len, words)])
        self.tokens = np.array([w for said in words for w in said], dtype=np.int32)

    def segment(self, n: int, size: int, library: Library) -> Segment:
        """Segment `n`, of about so many passages, the same for the same seed; its documents are put into `library`."""
        rng = np.random.default_rng((self.seed, n))
        real, words = self.real, self.real.words
        like: list[Document] = []
        while sum(d.last - d.first for d in like) < size:
            like.append(real.documents[int(rng.integers(len(real.documents)))])
        firsts, lasts = np.array([d.first for d in like]), np.array([d.last for d in like])
        passages, sizes = spread(firsts, lasts)
        bounds = np.concatenate([[0], np.cumsum(sizes)])
        chosen, ends = self._draw(passages, rng)
        begins = np.concatenate([[0], ends[:-1]])
        # Where each passage stands in its document: one a line.
        characters = np.add.reduceat(self.lengths[chosen] + 1, begins)
        after = np.cumsum(characters)
        after -= np.repeat(np.concatenate([[0], after[bounds[1:-1] - 1]]), sizes)
        table = np.array(real.table[passages])
        table[:, 0] = np.repeat(np.arange(len(like)), sizes)
        table[:, 1], table[:, 2] = after - characters, after - 1
        directives = [
            self._directive(f"{n}-{k}", d, table[bounds[k] : bounds[k + 1]], passages[bounds[k] : bounds[k + 1]], said)
            for k, (d, said) in enumerate(zip(like, _split(chosen, begins[bounds[:-1]]), strict=True))
        ]
        added = library.change(put=[(d, 0, real.collection) for d in directives])
        places, each = spread(self.starts[chosen], self.starts[chosen + 1])
        own = np.concatenate([[0], np.cumsum(each)])[np.concatenate([[0], ends])]
        used, context_of = np.unique(words.context_of[passages], return_inverse=True)
        above, above_sizes = spread(words.context[used], words.context[used + 1])
        group = words.group_of[passages]
        new = np.concatenate([[True], group[1:] != group[:-1]])
        new[bounds[:-1]] = True
        return Segment(
            name="",
            collection=real.collection,
            documents=tuple(
                Document(a.document, tuple(c.path for c in d.clauses), (), (), (), int(bounds[k]), int(bounds[k + 1]))
                for k, (a, d) in enumerate(zip(added, directives, strict=True))
            ),
            table=table,
            clause_names=real.clause_names,
            clause_of=np.array(real.clause_of[passages]),
            words=WordSegment._made(
                list(words.vocabulary),
                self.tokens[places],
                own,
                context_of.astype(np.int32),
                np.array(words.context_tokens[above]),
                np.concatenate([[0], np.cumsum(above_sizes)]),
                np.cumsum(new) - 1,
            ),
            dense=DenseIndex.build(self._vectors(self.origin[chosen[begins]], self.origin[chosen[ends - 1]], rng)),
        )

    def _draw(self, passages: Ids, rng: np.random.Generator) -> tuple[Ids, Ids]:
        """Sentences for each passage, one after the other, and where those of each end."""
        counts = self.counts[passages]
        chosen = rng.integers(len(self.texts), size=int(counts.sum()))
        ends = np.cumsum(counts)
        total = np.cumsum(self.lengths[chosen])
        owner = np.repeat(np.arange(len(counts)), counts)
        before = np.concatenate([[0], total])[ends - counts]
        kept = total - before[owner] <= LONGEST
        kept[ends - counts] = True
        return chosen[kept], np.cumsum(np.bincount(owner[kept], minlength=len(counts)))

    def _vectors(self, first: Ids, last: Ids, rng: np.random.Generator) -> NDArray[np.float32]:
        last = np.where(first == last, rng.integers(self.real.size, size=len(last)), last)
        share = rng.uniform(0.5, 1.0, size=(len(first), 1)).astype(np.float32)
        mixed = share * self.real.dense.vectors(first) + (1 - share) * self.real.dense.vectors(last)
        made: NDArray[np.float32] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
        return made

    def _directive(self, name: str, like: Document, rows: NDArray[np.int32], passages: Ids, said: Ids) -> Directive:
        real = self.real
        at = {int(start): i for i, start in enumerate(rows[:, 1])}
        parts: list[str] = []
        place = 0
        for j in said.tolist():
            parts.append("\n" if place in at and place else " " if place else "")
            parts.append(self.texts[j])
            place += len(self.texts[j]) + 1
        text = "".join(parts)
        numbers = real.clause_of[passages].tolist()
        paths = [real.clause_names[c] if c >= 0 else None for c in numbers]
        spans: dict[str, tuple[int, int]] = {}
        paragraphs = []
        for path, (_, start, end, part, number, _) in zip(paths, rows.tolist(), strict=True):
            paragraphs.append(
                Paragraph(start=start, end=end, part=PARTS[part], clause=path, number=None if number < 0 else number)
            )
            if path is not None:
                spans[path] = (spans.get(path, (start, end))[0], end)
        return Directive(
            file=f"surplus-{name}.txt",
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            text=text,
            trust=Trust.OFFICIAL,
            number=f"{100_000 + int(name.replace('-', ''))}/CV-UBND",
            type=like.info.type,
            issuer=like.info.issuer,
            date=like.info.date,
            title=like.info.title,
            clauses=tuple(Clause(path=p, start=a, end=b, whole_end=b) for p, (a, b) in spans.items()),
            paragraphs=tuple(paragraphs),
        )


def _split(values: Ids, starts: Sequence[int] | Ids) -> list[Ids]:
    return np.split(values, starts[1:])
