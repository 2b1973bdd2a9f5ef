"""Word search over several segments as if they were one: BM25 over syllables and pairs, with weighted alternatives.

Two steps. Postings find the likeliest groups; their passages are then scored from the very tokens, so the scores do not
depend on how the library is cut into segments, nor on what the first step left aside. A word of the question and
what it may also be called are one slot, and the better of them counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.postings import STEPS
from retrieval.terms import Slot, Term
from retrieval.weighing import Floats, Weighed
from retrieval.word_segment import CONTEXT_WEIGHT, WordSegment, spread

GROUP_WEIGHT = 1.0
GROUPS_FOUND = 150
# In a large library the commonest words of a question stand in every third text. Their postings are not read once the
# rarer ones have filled this many, or half as many as there are groups; they then weigh among the groups that the rarer
# ones found.
POSTINGS_READ = 100_000
GROUPS_KEPT = 400
SAMPLED = 16  # one score of so many tells about where the best begin
SMALLEST = np.nextafter(0.0, 1.0)
SCORED_ALL = 2_000  # a filter that leaves no more passages than this is scored without postings

Ids = NDArray[np.int64]
# A slot, for each segment: where its postings are, and what is worth what stands there. Of alternatives that share
# postings (with marks, and without) the better counts; others add up, which is near enough to choose candidates.
_Listed = list[dict[int, float]]
_MOST_HELD = 50_000


@dataclass
class Words:
    """Passages are numbered through all segments. Thread-safe: what is remembered is the same for all.

    `gone`: beside each segment the groups that have left the library, as (from, to) pairs, ascending; () for none
    anywhere. They are still found, but count for nothing: what another passage scores does not depend on them.
    """

    segments: tuple[WordSegment, ...]
    gone: tuple[Ids, ...] = ()

    def __post_init__(self) -> None:
        self._places: dict[Term, tuple[list[int], ...]] = {}
        self._counts: dict[Term, int] = {}
        self.gone = self.gone or tuple(np.zeros((0, 2), np.int64) for _ in self.segments)

    @cached_property
    def bases(self) -> Ids:
        """Where the passages of each segment begin, and how many there are in all."""
        return np.cumsum([0, *(s.size for s in self.segments)])

    @property
    def size(self) -> int:
        """Groups that are there."""
        return sum(s.groups - int(_widths(gone).sum()) for s, gone in zip(self.segments, self.gone, strict=True))

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(w for s in self.segments for w in s.vocabulary))

    @cached_property
    def _average(self) -> tuple[float, float]:
        """Mean lengths of passages and of groups."""
        passages = groups = size = 0.0
        for s, gone in zip(self.segments, self.gone, strict=True):
            there = np.ones(s.groups, dtype=np.bool_)
            there[spread(gone[:, 0], gone[:, 1])[0]] = False
            groups += float(s.group_lengths[there].sum(dtype=np.float64))
            there = there[s.group_of]
            passages += float(s.passage_lengths[there].sum(dtype=np.float64))
            size += float(there.sum())
        return passages / max(size, 1), groups / max(self.size, 1)

    def count(self, term: Term) -> int:
        """In how many groups the term stands (a folded one: at most)."""
        held = self._counts.get(term)
        if held is None:
            if len(self._counts) > _MOST_HELD:
                self._counts.clear()
            found = zip(self.segments, self.gone, self.find(term), strict=True)
            held = self._counts[term] = sum(_standing(s, gone, at) for s, gone, places in found for at in places)
        return held

    def find(self, term: Term) -> tuple[list[int], ...]:
        """Where the term is in the postings of each segment; remembered, for a question asks several times."""
        held = self._places.get(term)
        if held is None:
            if len(self._places) > _MOST_HELD:
                self._places.clear()
            held = self._places[term] = tuple(s.find(term) for s in self.segments)
        return held

    def pairs(self, words: Sequence[str], first: Ids, second: Ids) -> Ids:
        """int64, (len(first),): in how many groups `words[second]` follows `words[first]`."""
        out = np.zeros(len(first), dtype=np.int64)
        for s, gone in zip(self.segments, self.gone, strict=True):
            at = s.find_pairs(words, first, second)
            found = np.flatnonzero(at >= 0)
            at = at[found]
            if len(gone):
                out[found] += np.array([_standing(s, gone, n) for n in at.tolist()], dtype=np.int64)
            else:
                out[found] += _sizes(s, at)
        return out

    def weigh(self, slots: Sequence[Slot]) -> Weighed:
        """The slots with what their terms are worth in this library (Lucene's idf)."""
        size = self.size
        idf = {}
        for t in dict.fromkeys(t for s in slots for a in s.alternatives for t in a.terms):
            count = min(self.count(t), size)
            if count:
                idf[t] = float(np.log1p((size - count + 0.5) / (count + 0.5)))
        return Weighed.of(slots, idf)

    def candidates(self, weighed: Weighed, allowed: NDArray[np.bool_] | None = None) -> Ids:
        """Passages of the groups that say most of the slots; of those `allowed` (a mark for each passage) alone."""
        among = 0 if allowed is None else int(np.count_nonzero(allowed))
        if allowed is not None and among <= SCORED_ALL:
            return np.flatnonzero(allowed)
        if not weighed.terms:
            return np.zeros(0, np.int64)
        slots, whole = self._read(weighed)
        totals = [self._group_scores(n, slots) for n in range(len(self.segments))]
        total = totals[0] if len(totals) == 1 else np.concatenate(totals)
        most = GROUPS_FOUND if whole else GROUPS_KEPT
        if allowed is None:
            return self._members(_highest(total, most))[0]
        # A filter is asked only of the best groups, and of more of them until enough pass.
        wanted = int(1.5 * most * len(allowed) / max(among, 1))
        groups = _highest(total, wanted)
        ids, sizes = self._members(groups)
        while (there := _any(allowed[ids], sizes)).sum() < most and len(groups) == wanted:
            wanted *= 4
            groups = _highest(total, wanted)
            ids, sizes = self._members(groups)
        groups = groups[there]
        ids, _ = self._members(groups[_first_of(total[groups], most)])
        return ids[allowed[ids]]

    def _members(self, groups: Ids) -> tuple[Ids, Ids]:
        """The passages of these ascending groups of all segments, and how many each group has."""
        cuts = np.cumsum([0, *(s.groups for s in self.segments)])
        found, sizes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for n, s in enumerate(self.segments):
            here = groups[slice(*groups.searchsorted(cuts[n : n + 2]))] - cuts[n]
            passages, each = spread(s.group_first[here], s.group_first[here + 1])
            found.append(passages + self.bases[n])
            sizes.append(each)
        return np.concatenate(found), np.concatenate(sizes)

    def group_scores(self, weighed: Weighed) -> NDArray[np.float64]:
        """float64, (groups,): about BM25 of every group, all postings read."""
        slots = [listed for _, listed in self._listed(weighed)]
        return np.concatenate([np.zeros(0), *(self._group_scores(n, slots) for n in range(len(self.segments)))])

    def score(self, weighed: Weighed, ids: Ids) -> Floats:
        """float32, (len(ids),): BM25 of the passages (ascending ids) and of the groups they stand in."""
        out = np.zeros(len(ids), dtype=np.float32)
        if not weighed.terms:
            return out
        for n, s, at in self._split(ids):
            passages = ids[at] - self.bases[n]
            groups, which = np.unique(s.group_of[passages], return_inverse=True)
            members, sizes = spread(s.group_first[groups], s.group_first[groups + 1])
            own, above = weighed.frequencies(s, members)
            starts = np.cumsum(sizes) - sizes
            whole = np.add.reduceat(own, starts, axis=1) + np.float32(CONTEXT_WEIGHT) * above[:, starts]
            group = weighed.slot_scores(weighed.impacts(whole, s.group_lengths[groups], self._average[1])).sum(axis=0)
            rows = np.searchsorted(members, passages)
            single = self._impacts(weighed, s, passages, own[:, rows], above[:, rows])
            out[at] = weighed.slot_scores(single).sum(axis=0) + GROUP_WEIGHT * group[which]
        return out

    def local(self, weighed: Weighed, documents: Sequence[tuple[int, int]]) -> list[Floats]:
        """For each of these stretches of passages (from, to; apart) float32, (passages,), at most 1: how much each says
        of the slots, by what is rare in its stretch. Within one document its own subject says nothing; what sets one
        clause apart does."""
        if not weighed.terms or not documents:
            return [np.zeros(end - start, np.float32) for start, end in documents]
        ids = np.concatenate([np.arange(start, end) for start, end in sorted(documents)])
        slots = np.zeros((len(weighed.slots), len(ids)), dtype=np.float32)
        for n, s, at in self._split(ids):
            passages = ids[at] - self.bases[n]
            slots[:, at] = weighed.slot_scores(self._impacts(weighed, s, passages, *weighed.frequencies(s, passages)))
        first = np.searchsorted(ids, [start for start, _ in documents]).tolist()
        return [_rare(slots[:, at : at + end - start]) for at, (start, end) in zip(first, documents, strict=True)]

    def _impacts(self, weighed: Weighed, s: WordSegment, passages: Ids, own: Floats, above: Floats) -> Floats:
        return weighed.impacts(own + np.float32(CONTEXT_WEIGHT) * above, s.passage_lengths[passages], self._average[0])

    def _split(self, ids: Ids) -> list[tuple[int, WordSegment, slice]]:
        """Ascending ids by segment: its number, itself, and where its ids are."""
        cuts = np.searchsorted(ids, self.bases).tolist()
        return [(n, s, slice(cuts[n], cuts[n + 1])) for n, s in enumerate(self.segments) if cuts[n] < cuts[n + 1]]

    def _read(self, weighed: Weighed) -> tuple[list[_Listed], bool]:
        """The slots whose postings are read, the rarest first, and whether these are all."""
        read, most = 0, max(POSTINGS_READ, self.size // 2)
        chosen: list[_Listed] = []
        for count, listed in self._listed(weighed):
            if chosen and read + count > most:
                return chosen, False
            read += count
            chosen.append(listed)
        return chosen, True

    def _listed(self, weighed: Weighed) -> list[tuple[int, _Listed]]:
        """How many postings each slot has, and which; the rarest first."""
        idf = dict(zip(weighed.terms, weighed.idf.tolist(), strict=True))
        slots = []
        for s in weighed.slots:
            listed: _Listed = [{} for _ in self.segments]
            for a in s.alternatives:
                for t in a.terms:
                    worth = a.weight * idf.get(t, 0.0)
                    for here, places in zip(listed, self.find(t), strict=True):
                        for at in places:
                            here[at] = max(worth, here.get(at, 0.0))
            found = zip(self.segments, listed, strict=True)
            slots.append((sum(x.postings.size(at) for x, here in found for at in here), listed))
        return sorted(slots, key=lambda x: x[0])

    def _group_scores(self, n: int, slots: Sequence[_Listed]) -> NDArray[np.float64]:
        """float64, (groups,): the sum over the slots of what the postings have."""
        segment = self.segments[n]
        p, places = segment.postings, [at for listed in slots for at in listed[n]]
        worth = np.array([w for listed in slots for w in listed[n].values()]) / STEPS
        if not places:
            return np.zeros(segment.groups)
        stretches = [slice(int(p.starts[at]), int(p.starts[at + 1])) for at in places]
        groups = np.concatenate([p.groups[x] for x in stretches])
        impacts = np.concatenate([p.impacts[x] for x in stretches])
        worths = np.repeat(worth, _sizes(segment, places))
        return np.bincount(groups, impacts * worths, segment.groups).astype(np.float64, copy=False)


def _rare(slots: Floats) -> Floats:
    """Of (slots, passages) for each passage what it says that few others do, as a share of the most that any says."""
    best = slots.max(axis=1)
    slots, best = slots[best > 0], best[best > 0, None]
    count = (slots > 0.3 * best).sum(axis=1)
    worth = np.log1p((slots.shape[1] - count + 0.5) / (count + 0.5))
    total = (slots * (worth[:, None] / best)).sum(axis=0).astype(np.float32)
    top = float(total.max(initial=0.0))
    made: Floats = total / top if top > 0 else total
    return made


def _highest(scores: NDArray[np.float64], most: int) -> Ids:
    """Where the highest are, ascending, at most so many and all above 0; of equal ones the first."""
    # What every sixteenth lets expect leaves few to look at, unless it was wrong.
    some = scores[::SAMPLED]
    rank = 2 * most // SAMPLED + 8
    if rank < len(some):
        among = np.flatnonzero(scores >= max(np.partition(some, -rank)[-rank], SMALLEST))
        if len(among) >= most:
            return among[_first_of(scores[among], most)]
    among = np.flatnonzero(scores)
    return among[_first_of(scores[among], most)]


def _first_of(scores: NDArray[np.float64], most: int) -> Ids:
    """Where the `most` highest are, ascending; of equal ones the first."""
    if most >= len(scores):
        return np.arange(len(scores))
    least = np.partition(scores, -most)[-most]
    above, level = np.flatnonzero(scores > least), np.flatnonzero(scores == least)
    return np.sort(np.concatenate([above, level[: most - len(above)]]))


def _any(marks: NDArray[np.bool_], sizes: Ids) -> NDArray[np.bool_]:
    """For stretches of these sizes (none empty), one after the other: is one of its marks set?"""
    starts = np.cumsum(sizes) - sizes
    found: NDArray[np.bool_] = np.logical_or.reduceat(marks, starts) if len(sizes) else np.zeros(0, np.bool_)
    return found


def _sizes(s: WordSegment, places: Sequence[int] | Ids) -> Ids:
    """How many postings there are at each of these places."""
    at = np.asarray(places, dtype=np.int64)
    sizes: Ids = s.postings.starts[at + 1] - s.postings.starts[at]
    return sizes


def _standing(s: WordSegment, gone: Ids, at: int) -> int:
    """In how many groups that are there the term stands that is at `at` in the postings."""
    start, end = int(s.postings.starts[at]), int(s.postings.starts[at + 1])
    if not len(gone):
        return end - start
    left = s.postings.groups[start:end].searchsorted(gone)
    return end - start - int(_widths(left).sum())


def _widths(pairs: Ids) -> Ids:
    wide: Ids = pairs[:, 1] - pairs[:, 0]
    return wide
