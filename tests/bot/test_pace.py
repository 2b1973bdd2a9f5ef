"""Calls keep Telegram's limits, whichever of several processes makes them."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from bot import pace
from bot.database import INBOX
from bot.pace import OwnPace, Pace, Place, SharedPace, Wait
from tests.databases import Databases

pytestmark = pytest.mark.both


@pytest.fixture
def paces(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> list[Pace]:
    """Those of three processes; of one, where there is no database to share."""
    monkeypatch.setattr(pace, "OVERALL", (6, 0.4))
    monkeypatch.setattr(pace, "PRIVATE", (2, 0.3))
    monkeypatch.setattr(pace, "GROUP", (3, 0.9))
    if databases.url is None:
        return [OwnPace()]
    return [SharedPace(databases(INBOX)) for _ in range(3)]


async def begun(pace: Pace, chat: int) -> Place:
    while isinstance(found := await pace.begin(chat), Wait):
        assert found.seconds > 0
        await asyncio.sleep(found.seconds)
    return found


async def test_never_more_than_so_many_wherever_they_are_counted(paces: list[Pace]) -> None:
    arrived: list[tuple[float, int]] = []

    async def calls(pace: Pace, chat: int, n: int) -> None:
        for _ in range(n):
            place = await begun(pace, chat)
            await asyncio.sleep(random.random() * 0.03)
            arrived.append((time.monotonic(), chat))
            await asyncio.sleep(random.random() * 0.03)
            await pace.end(place)

    # A chat is one process's at a time; groups are tried from several.
    private = [calls(paces[n % len(paces)], n + 1, 4) for n in range(6)]
    groups = [calls(p, -1, 7 // len(paces)) for p in paces]
    await asyncio.gather(*private, *groups)

    def check(times: list[float], most: int, seconds: float) -> None:
        times.sort()
        assert all(b - a >= seconds * 0.999 for a, b in zip(times, times[most:], strict=False))

    check([at for at, _ in arrived], *pace.OVERALL)
    check([at for at, chat in arrived if chat == -1], *pace.GROUP)
    most, seconds = pace.PRIVATE
    for chat in range(1, 7):
        times = [at for at, c in arrived if c == chat]
        for i in range(len(times)):
            for j in range(i + 1, len(times)):
                assert j - i + 1 <= most + (times[j] - times[i]) / seconds + 1e-3


async def test_what_is_not_worth_waiting_for_goes_where_nobody_is_kept_waiting(paces: list[Pace]) -> None:
    most = pace.OVERALL[0]
    places = [await paces[0].begin_if_idle(n) for n in range(1, most)]
    went = [p for p in places if p is not None]
    assert len(went) == most // 2 + 1
    assert isinstance(await paces[-1].begin(1), Place)
    await asyncio.gather(*(paces[0].end(p) for p in went))


async def test_a_chat_that_telegram_asks_to_wait_waits_alone(paces: list[Pace]) -> None:
    if len(paces) == 1:
        return  # the chat's turn in the outbox sees to it
    await paces[0].hold(1, 1000.0)
    found = await paces[1].begin(1)
    assert isinstance(found, Wait)
    assert found.seconds > 900
    assert not found.all
    assert isinstance(await paces[1].begin(2), Place)


async def test_the_places_of_a_process_that_is_gone_are_free_again(
    paces: list[Pace], monkeypatch: pytest.MonkeyPatch
) -> None:
    if len(paces) == 1:
        return  # they are gone with it
    monkeypatch.setattr(pace, "LOST", 0.5)
    for n in range(1, pace.OVERALL[0] + 1):
        await begun(paces[0], n)
    found = await paces[1].begin(99)
    assert isinstance(found, Wait)
    assert found.all
    await asyncio.wait_for(begun(paces[1], 99), 20)
