"""Many at once, or one alone."""

from __future__ import annotations

import asyncio

from bot.turnstile import Turnstile


async def test_who_is_alone_waits_for_those_inside_and_others_wait_for_him() -> None:
    turnstile, seen = Turnstile(), list[str]()
    leave, alone = asyncio.Event(), asyncio.Event()

    async def among(name: str, until: asyncio.Event) -> None:
        async with turnstile.among():
            seen.append(name)
            await until.wait()

    async def by_himself() -> None:
        async with turnstile.alone(10):
            seen.append("alone")
            await alone.wait()

    inside = [asyncio.create_task(among(name, leave)) for name in "ab"]
    await asyncio.sleep(0)
    inside.append(asyncio.create_task(by_himself()))
    await asyncio.sleep(0)
    inside.append(asyncio.create_task(among("c", leave)))
    await asyncio.sleep(0.01)
    assert seen == ["a", "b"]
    leave.set()
    await asyncio.sleep(0.01)
    assert seen == ["a", "b", "alone"]
    alone.set()
    await asyncio.gather(*inside)
    assert seen == ["a", "b", "alone", "c"]


async def test_who_stays_inside_for_ever_is_waited_for_only_so_long() -> None:
    turnstile = Turnstile()
    async with turnstile.among(), turnstile.alone(0.01):
        pass
