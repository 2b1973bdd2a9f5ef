"""Work that is done once for many who ask the same within a short time."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Results by key for `seconds`, at most `most` of them. Asked again while it is worked on, the work is shared."""

    def __init__(self, seconds: float, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._most, self._clock = seconds, most, clock
        self._kept: OrderedDict[Hashable, tuple[float, asyncio.Task[V]]] = OrderedDict()

    def __contains__(self, key: Hashable) -> bool:
        found = self._kept.get(key)
        return found is not None and found[0] > self._clock()

    async def get(self, key: Hashable, work: Callable[[], Awaitable[V]]) -> V:
        """The result for `key`, from `work` when there is none yet. What fails is not kept."""
        if key not in self:

            async def run() -> V:
                return await work()

            self._kept[key] = (self._clock() + self._seconds, asyncio.create_task(run()))
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        task = self._kept[key][1]
        try:
            # One who stops waiting does not take it from the others.
            return await asyncio.shield(task)
        except Exception:
            if self._kept.get(key, (0.0, None))[1] is task:
                del self._kept[key]
            raise
