"""From one version of the library to the index of the next: what is new is read, what is gone is marked."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from corpus.library import DocumentInfo, Library
from embeddings.encoder import Encoder
from retrieval import segment as segments
from retrieval import store
from retrieval.lexicon import Lexicon
from retrieval.neighbours import Keeper
from retrieval.segment import Draft, Segment, name_of
from retrieval.snapshot import Index, Live
from retrieval.vectors import Progress

# A segment smaller than this takes in what comes next, which costs a fraction of a second.
SMALL = 4_096  # passages
DOCUMENTS_AT_ONCE = 500  # of a first build that are published together: what is done stays done
# Compaction joins the smaller segments of a collection once they are together half as large as the next larger one, so
# that there are only a few and each passage is written again a few times in its life; and any of which much has gone.
SHARE = 2
GONE = 0.3
_LOCK = ".lock"
_NEVER = -1  # no version of a library


class IndexFolder:
    """The index of a library in a folder. One process builds at a time; others find what it has published."""

    def __init__(self, parent: Path, library: Library, encoder: Encoder, lexicon: Lexicon, keeper: Keeper) -> None:
        self.parent = parent
        self.library = library
        self.encoder = encoder
        self.lexicon = lexicon
        self.keeper = keeper
        self._left: set[str] = set()
        self._loaded: dict[str, Segment] = {}

    def open(self, report: Progress) -> tuple[Index, str | None]:
        """The index of the library as it is now, and why it had to be built anew (None: it had not)."""
        with self._alone():
            found = self._read()
            if isinstance(found, str):
                store.clean(self.parent, {_LOCK})
                return self._update(self._index(_NEVER, ()), report), found
            self._keep_again(found, report)
            # A backup that was put back may have the version of another library: what is in it is compared.
            return self._update(self._index(_NEVER, found.live), report, found.library_version), None

    def update(self, index: Index, report: Progress) -> Index:
        """The index at the library's version."""
        with self._alone():
            found = self._read()
            return self._update(index if isinstance(found, str) else found, report)

    def compact(self, index: Index) -> Index:
        """The same passages in fewer segments; the very same index when there is nothing to be gained. And vectors of
        documents that have left are thrown away."""
        if self._left:
            # Whoever still searched an older index has had time to take in a newer one.
            self.keeper.forget(self._left)
            self._left.clear()
        if not any(True for _ in _worth_joining(index.live)):
            return index
        with self._alone():
            found = self._read()
            index = index if isinstance(found, str) else found
            live = list(index.live)
            for group in _worth_joining(live):
                merged = segments.merge([(x.segment, x.dropped) for x in group], self.keeper)
                joined = segments.save(merged, self.parent, self.encoder, self.keeper)
                live = [x for x in live if x not in group]
                if joined.size:
                    live.append(Live(joined))
            return self._publish(index.library_version, live)

    def _update(self, index: Index, report: Progress, published: int = _NEVER) -> Index:
        while index.library_version != (version := self.library.version):
            wanted = {d.id: d for d in self.library.documents()}
            live = [_without(x, wanted) for x in index.live]
            for x, was in zip(live, index.live, strict=True):
                self._left |= {name_of(x.segment.documents[n].info) for n in x.dropped - was.dropped}
            if self._left:
                self._left -= set(map(name_of, wanted.values()))
            have = {d.info.id for x in live for n, d in enumerate(x.segment.documents) if n not in x.dropped}
            new = [d for d in wanted.values() if d.id not in have]
            if not new and live == list(index.live) and version == published:
                return self._index(version, live)
            for at in range(0, len(new), DOCUMENTS_AT_ONCE):
                batch = new[at : at + DOCUMENTS_AT_ONCE]
                live = self._add(live, batch, _share(report, at, len(batch), len(new)))
                if at + len(batch) < len(new):
                    # Killed from here on, the next start goes on with the rest.
                    self._publish(_NEVER, live)
            index = self._publish(version, live)
        return index

    def _keep_again(self, index: Index, report: Progress) -> None:
        """Encodes what the keeper has lost, for segments that are still there."""
        there = [d for x in index.live for n, d in enumerate(x.segment.documents) if n not in x.dropped]
        lost = self.keeper.missing({name_of(d.info): d.last - d.first for d in there})
        wanted = [d.info for d in there if name_of(d.info) in lost]
        for at in range(0, len(wanted), DOCUMENTS_AT_ONCE):
            batch = wanted[at : at + DOCUMENTS_AT_ONCE]
            for draft in self._drafts(batch, _share(report, at, len(batch), len(wanted))):
                draft.made(self.encoder, self.keeper, report)

    def _drafts(self, documents: Sequence[DocumentInfo], report: Progress) -> Iterable[Draft]:
        """These documents read, by collection."""
        drafts: dict[str, Draft] = {}
        for n, info in enumerate(documents):
            directive = self.library.get(info.id)
            if directive is not None:
                drafts.setdefault(info.collection, Draft(info.collection)).put(info, directive)
            if n % 20 == 0:
                report("read", n / len(documents))
        return drafts.values()

    def _add(self, live: Sequence[Live], new: Sequence[DocumentInfo], report: Progress) -> list[Live]:
        out = list(live)
        for draft in self._drafts(new, report):
            made = draft.made(self.encoder, self.keeper, report)
            small = [x for x in out if x.segment.collection == draft.collection and x.segment.size < SMALL]
            if small:
                made = segments.merge([*((x.segment, x.dropped) for x in small), (made, frozenset())], self.keeper)
            out = [x for x in out if x not in small]
            out.append(Live(segments.save(made, self.parent, self.encoder, self.keeper)))
        return out

    def _publish(self, version: int, live: Sequence[Live]) -> Index:
        index = self._index(version, [x for x in live if x.size])
        store.publish(self.parent, self._state(index))
        self._loaded = {x.segment.name: x.segment for x in index.live}
        store.clean(self.parent, {_LOCK, *self._loaded})
        return index

    def _index(self, version: int, live: Sequence[Live]) -> Index:
        return Index(version, self.encoder.name, self.encoder.dimension, tuple(live), self.lexicon, self.keeper)

    def _state(self, index: Index) -> dict[str, Any]:
        return {
            "library_version": index.library_version,
            "encoder": index.encoder,
            "dimension": index.dimension,
            "segments": [{"name": x.segment.name, "dropped": sorted(x.dropped)} for x in index.live],
        }

    def _read(self) -> Index | str:
        """The published index, or why there is none to go on from."""
        state = store.current(self.parent)
        if state is None:
            return "there was no index"
        if isinstance(state, str):
            return state
        try:
            if state["encoder"] != self.encoder.name or state["dimension"] != self.encoder.dimension:
                return "another encoder"
            live = []
            for row in state["segments"]:
                found = self._segment(row["name"])
                if isinstance(found, str):
                    return found
                live.append(Live(found, frozenset(map(int, row["dropped"]))))
            return self._index(int(state["library_version"]), live)
        except (KeyError, TypeError, ValueError) as e:
            return f"unreadable: {type(e).__name__}"

    def _segment(self, name: str) -> Segment | str:
        held = self._loaded.get(name)
        if held is not None:
            return held
        folder = store.folder(self.parent, name)
        found = segments.load(folder, self.encoder, self.keeper) if folder else "unreadable: name"
        if isinstance(found, Segment):
            self._loaded[name] = found
        return found

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.parent / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _without(x: Live, wanted: dict[str, DocumentInfo]) -> Live:
    gone = frozenset(n for n, d in enumerate(x.segment.documents) if wanted.get(d.info.id) != d.info)
    return Live(x.segment, x.dropped | gone)


def _share(report: Progress, before: int, size: int, total: int) -> Progress:
    """Progress of a part, told as that of the whole."""
    return lambda step, done: report(step, (before + done * size) / total)


def _worth_joining(live: Sequence[Live]) -> Iterator[list[Live]]:
    by_collection: dict[str, list[Live]] = {}
    for x in live:
        by_collection.setdefault(x.segment.collection, []).append(x)
    for group in by_collection.values():
        group.sort(key=lambda x: -x.size)
        sizes = [x.size for x in group]
        first = next((i for i in range(len(group) - 1) if sizes[i] <= SHARE * sum(sizes[i + 1 :])), len(group))
        joined = group[first:]
        joined += [x for x in group[:first] if x.size < (1 - GONE) * x.segment.size]
        if joined:
            yield joined
