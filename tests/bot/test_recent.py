"""Work is shared, kept for a time, and never kept when it failed."""

from __future__ import annotations

import asyncio

import pytest

from bot.recent import Recent


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Work:
    """Counts how often it is done."""

    def __init__(self) -> None:
        self.done = 0

    async def __call__(self) -> int:
        await asyncio.sleep(0)
        self.done += 1
        return self.done


async def test_the_same_at_the_same_time_is_done_once() -> None:
    recent, work = Recent[int](10, 5), Work()
    assert await asyncio.gather(recent.get("a", work), recent.get("a", work)) == [1, 1]


async def test_after_its_time_it_is_done_again() -> None:
    clock, work = Clock(), Work()
    recent = Recent[int](10, 5, clock)
    assert [await recent.get("a", work), await recent.get("a", work)] == [1, 1]
    clock.now = 11
    assert "a" not in recent
    assert await recent.get("a", work) == 2


async def test_the_oldest_gives_way() -> None:
    recent, work = Recent[int](10, 2), Work()
    for key in "abc":
        await recent.get(key, work)
    assert [k in recent for k in "abc"] == [False, True, True]


async def test_a_failure_is_not_kept() -> None:
    recent = Recent[int](10, 5)

    async def fails() -> int:
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        await recent.get("a", fails)
    assert await recent.get("a", Work()) == 1


async def test_one_who_leaves_does_not_take_it_from_the_others() -> None:
    recent, work = Recent[int](10, 5), Work()
    leaving = asyncio.create_task(recent.get("a", work))
    staying = asyncio.create_task(recent.get("a", work))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 1
