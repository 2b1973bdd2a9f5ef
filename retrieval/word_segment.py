"""The words of one segment: its passages' syllables in order, and the postings of its groups.

A group is what its passages are cut from (a clause, a paragraph; in a labelled set a whole text). Everything is an
array, so a segment of any size is memory-mapped; nothing in it depends on other segments, so that a library gives the
same scores however it is cut into segments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval import postings
from retrieval.postings import CONTEXT, OWN, Ints, Postings
from retrieval.terms import Term
from retrieval.tokens import fold, syllables

K1 = 0.9
B = 0.75
CONTEXT_WEIGHT = CONTEXT / OWN  # of an own occurrence (BM25F)

Long = NDArray[np.int64]


@dataclass(frozen=True)
class WordSegment:
    """Tokens of passage i: `tokens[own[i]:own[i + 1]]`, and those of what stands above it: context number
    `context_of[i]`, `context_tokens[context[j]:context[j + 1]]`. Group g holds passages `group_first[g]` up to
    `group_first[g + 1]`, all of one context."""

    vocabulary: tuple[str, ...]
    folds: tuple[str, ...]  # the vocabulary without marks
    fold_of: Ints  # word → fold
    tokens: Ints
    own: Long
    context_of: Ints
    context_tokens: Ints
    context: Long
    group_first: Long
    postings: Postings

    @classmethod
    def build(cls, passages: Iterable[tuple[str, str, int]]) -> WordSegment:
        """From (own text, what stands above it, group): groups are counted from 0, and come in order."""
        ids: dict[str, int] = {}
        above: dict[str, int] = {}
        own: list[int] = []
        own_sizes: list[int] = []
        context: list[int] = []
        context_sizes: list[int] = []
        context_of: list[int] = []
        group_of: list[int] = []
        for text, over, group in passages:
            words = syllables(text)
            own.extend(ids.setdefault(w, len(ids)) for w in words)
            own_sizes.append(len(words))
            if over not in above:
                above[over] = len(above)
                words = syllables(over)
                context.extend(ids.setdefault(w, len(ids)) for w in words)
                context_sizes.append(len(words))
            context_of.append(above[over])
            group_of.append(group)
        return cls._made(
            list(ids),
            np.array(own, dtype=np.int32),
            _starts(own_sizes),
            np.array(context_of, dtype=np.int32),
            np.array(context, dtype=np.int32),
            _starts(context_sizes),
            np.array(group_of, dtype=np.int64),
        )

    @classmethod
    def merge(cls, parts: Sequence[tuple[WordSegment, NDArray[np.bool_]]]) -> WordSegment:
        """One segment of the passages that are marked; whole groups are marked or none of their passages."""
        ids: dict[str, int] = {}
        tokens: list[Ints] = []
        sizes: list[Long] = []
        contexts: list[Ints] = []
        context_tokens: list[Ints] = []
        context_sizes: list[Long] = []
        groups: list[Long] = []
        for part, kept in parts:
            to = np.array([ids.setdefault(w, len(ids)) for w in part.vocabulary] or [0], dtype=np.int32)
            passages = np.flatnonzero(kept)
            places, each = spread(part.own[passages], part.own[passages + 1])
            tokens.append(to[part.tokens[places]])
            sizes.append(each)
            used, local = np.unique(part.context_of[passages], return_inverse=True)
            places, each = spread(part.context[used], part.context[used + 1])
            contexts.append(local.astype(np.int32) + sum(map(len, context_sizes)))
            context_tokens.append(to[part.context_tokens[places]])
            context_sizes.append(each)
            local = np.unique(part.group_of[passages], return_inverse=True)[1]
            groups.append(local + (int(groups[-1].max()) + 1 if groups and len(groups[-1]) else 0))
        if not parts:
            return cls.build(())
        return cls._made(
            list(ids),
            np.concatenate(tokens),
            _starts(np.concatenate(sizes)),
            np.concatenate(contexts).astype(np.int32),
            np.concatenate(context_tokens),
            _starts(np.concatenate(context_sizes)),
            np.concatenate(groups),
        )

    @classmethod
    def _made(
        cls,
        words: list[str],
        tokens: Ints,
        own: Long,
        context_of: Ints,
        context_tokens: Ints,
        context: Long,
        group_of: Long,
    ) -> WordSegment:
        # In order of the alphabet, whatever the order of the texts; words that are in no kept text go.
        used = np.zeros(len(words) + 1, dtype=np.bool_)
        used[tokens] = used[context_tokens] = True
        order = sorted((i for i in range(len(words)) if used[i]), key=words.__getitem__)
        to = np.zeros(len(words) + 1, dtype=np.int32)
        to[order] = np.arange(len(order), dtype=np.int32)
        tokens, context_tokens = to[tokens], to[context_tokens]
        vocabulary = tuple(words[i] for i in order)
        folds: dict[str, int] = {}
        fold_of = np.array([folds.setdefault(fold(w), len(folds)) for w in vocabulary], dtype=np.int32)
        firsts = np.flatnonzero(np.concatenate([[True], group_of[1:] != group_of[:-1]])) if len(group_of) else group_of
        group_first = np.concatenate([firsts, [len(group_of)]]).astype(np.int64)
        # What stands above a group counts once in it.
        over = context_of[firsts]
        places, sizes = spread(context[over], context[over + 1])
        lengths = (np.diff(own[group_first]) + sizes * CONTEXT_WEIGHT).astype(np.float32)
        made = postings.build(
            np.concatenate([tokens, context_tokens[places]]),
            np.concatenate([np.diff(own), sizes]),
            np.concatenate([group_of, np.arange(len(firsts))]).astype(np.int32),
            np.repeat(np.array([OWN, CONTEXT], dtype=np.uint8), [len(group_of), len(firsts)]),
            fold_of,
            len(vocabulary),
            length_norm(lengths, float(lengths.mean()) if len(lengths) else 0.0),
        )
        return cls(
            vocabulary, tuple(folds), fold_of, tokens, own, context_of, context_tokens, context, group_first, made
        )

    @property
    def size(self) -> int:
        """Passages."""
        return len(self.context_of)

    @property
    def groups(self) -> int:
        return len(self.group_first) - 1

    @cached_property
    def group_of(self) -> Ints:
        return np.repeat(np.arange(self.groups, dtype=np.int32), np.diff(self.group_first))

    @cached_property
    def passage_lengths(self) -> NDArray[np.float32]:
        """Syllables of each passage, with those above it as the fraction they count for."""
        over = np.diff(self.context)[self.context_of]
        return (np.diff(self.own) + over * CONTEXT_WEIGHT).astype(np.float32)

    @cached_property
    def group_lengths(self) -> NDArray[np.float32]:
        own = np.diff(self.own[self.group_first])
        over = np.diff(self.context)[self.context_of[self.group_first[:-1]]]
        return (own + over * CONTEXT_WEIGHT).astype(np.float32)

    @cached_property
    def ids(self) -> dict[str, int]:
        return {w: i for i, w in enumerate(self.vocabulary)}

    @cached_property
    def fold_ids(self) -> dict[str, int]:
        return {w: i for i, w in enumerate(self.folds)}

    def find(self, term: Term) -> list[int]:
        """Where a term's codes are in the postings: one, or for a folded term one of each way to mark it."""
        is_folded = term.family[0] == "f"
        ids = self.fold_ids if is_folded else self.ids
        found = [ids.get(w, -1) for w in term.words]
        if -1 in found:
            return []
        number = postings.code(*found)
        if is_folded:
            return self.postings.find_folded(number)
        at = self.postings.find(number)
        return [at] if at >= 0 else []

    def find_pairs(self, words: Sequence[str], first: Long, second: Long) -> Long:
        """int64, (len(first),): where `words[first], words[second]` is in the postings, -1 for what is not there."""
        ids = np.array([self.ids.get(w, -1) for w in words], dtype=np.int64)
        first, second = ids[first], ids[second]
        found = self.postings.find_all(postings.codes(first, second))
        found[(first < 0) | (second < 0)] = -1
        return found

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `of` is made of, beside the vocabulary and its folds."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        posted = {f"postings.{f.name}": getattr(self.postings, f.name) for f in fields(Postings)}
        return {k: v for k, v in (own | posted).items() if isinstance(v, np.ndarray)}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]], vocabulary: Sequence[str], folds: Sequence[str]) -> WordSegment:
        """The segment `arrays` came from. KeyError when one is missing, ValueError when they do not belong together."""
        posted = Postings(**{f.name: arrays[f"postings.{f.name}"] for f in fields(Postings)})
        names = [f.name for f in fields(cls) if f.name not in ("vocabulary", "folds", "postings")]
        made = cls(vocabulary=tuple(vocabulary), folds=tuple(folds), postings=posted, **{n: arrays[n] for n in names})
        if len(made.own) != made.size + 1 or len(made.fold_of) != len(vocabulary):
            raise ValueError("the arrays do not belong together")
        return made


def length_norm(lengths: NDArray[np.float32], average: float) -> NDArray[np.float32]:
    """What BM25 adds to the number of occurrences in a text of each length, to divide by."""
    return np.asarray(K1 * (1 - B + B * lengths / max(average, 1.0)), np.float32)


def spread(starts: NDArray[Any], ends: NDArray[Any]) -> tuple[Long, Long]:
    """All numbers of the ranges `starts[i]:ends[i]`, one range after the other, and how many each has."""
    sizes = (ends - starts).astype(np.int64)
    first = np.cumsum(sizes) - sizes
    total = int(sizes.sum())
    return np.arange(total, dtype=np.int64) + np.repeat(starts.astype(np.int64) - first, sizes), sizes


def _starts(sizes: Sequence[int] | Long) -> Long:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.asarray(sizes, dtype=np.int64))])
