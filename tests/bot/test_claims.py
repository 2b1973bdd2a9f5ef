"""Several workers share an inbox: a chat is one worker's at a time, in its order, and nobody's for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from bot.database import INBOX
from bot.inbox import NEWS, Inbox, Incoming
from tests.databases import Databases

pytestmark = pytest.mark.both
LONG = 1000.0  # seconds


def incoming(id: int, chat: int | None) -> Incoming:
    return Incoming(id, chat, 5, "{}")


@pytest.fixture
def inboxes(databases: Databases) -> Iterator[list[Inbox]]:
    """Three workers' own."""
    with ExitStack() as stack:
        yield [stack.enter_context(closing(Inbox(databases(INBOX)))) for _ in range(3)]


async def test_a_chat_is_claimed_by_one_with_all_that_waits_in_order(inboxes: list[Inbox]) -> None:
    a, b, _ = inboxes
    await a.keep([incoming(3, 1), incoming(4, 2), incoming(5, 1), incoming(6, None)])
    [first] = await a.claim("a", 1, LONG)
    assert (first.chat, [u.id for u in first.updates]) == (1, [3, 5])
    assert [(c.chat, [u.id for u in c.updates]) for c in await b.claim("b", 9, LONG)] == [(2, [4]), (0, [6])]
    assert await a.claim("a", 9, LONG) == []


async def test_what_comes_to_a_held_chat_is_its_worker_s(inboxes: list[Inbox]) -> None:
    a, b, _ = inboxes
    await a.keep([incoming(1, 1)])
    await a.claim("a", 9, LONG)
    await b.keep([incoming(2, 1)])
    assert await b.claim("b", 9, LONG) == []
    assert [u.id for u in await a.more("a", 1)] == [1, 2]
    await a.end(1)
    await a.end(2)
    assert await a.more("a", 1) == ()
    await b.keep([incoming(3, 1)])
    assert [c.chat for c in await b.claim("b", 9, LONG)] == [1]
    assert await a.more("a", 1) == ()
    assert [u.id for u in await b.more("b", 1)] == [3]


async def test_a_lease_ends_and_who_lost_it_is_told(inboxes: list[Inbox]) -> None:
    a, b, _ = inboxes
    await a.keep([incoming(1, 1), incoming(2, 2)])
    await a.claim("a", 9, -1)  # over before it began
    assert await a.renew("a", -1) == {1, 2}
    [one] = await b.claim("b", 1, LONG)
    assert await a.renew("a", LONG) == {1, 2} - {one.chat}
    assert await a.more("a", one.chat) == ()
    assert await b.claim("b", 9, LONG) == []
    await a.release("a")
    assert [c.chat for c in await b.claim("b", 9, LONG)] == [2]
    assert await b.renew("b", LONG) == {1, 2}


async def test_a_group_that_moves_stays_its_worker_s(inboxes: list[Inbox]) -> None:
    a, b, _ = inboxes
    await a.keep([incoming(1, -1)])
    await a.claim("a", 9, LONG)
    await a.moved(-1, -1001)
    assert await b.claim("b", 9, LONG) == []
    assert [u.id for u in await a.more("a", -1001)] == [1]


async def test_workers_that_race_answer_everything_once_and_each_chat_in_order(inboxes: list[Inbox]) -> None:
    chats, each = 10, 12
    ids = [(n * chats + chat + 1, chat + 1) for n in range(each) for chat in range(chats)]
    answered: dict[int, list[int]] = {chat: [] for _, chat in ids}
    held: set[int] = set()

    async def live(name: str, inbox: Inbox) -> None:
        while sum(map(len, answered.values())) < len(ids):
            for claimed in await inbox.claim(name, 2, LONG):
                assert claimed.chat not in held
                held.add(claimed.chat)
                updates = claimed.updates
                while updates:
                    answered[claimed.chat].append(updates[0].id)
                    await inbox.end(updates[0].id)
                    if len(updates) == 1:
                        held.discard(claimed.chat)  # from here on another may have it
                    updates = await inbox.more(name, claimed.chat)
                    if updates:
                        held.add(claimed.chat)
            await asyncio.sleep(0)

    async def feed() -> None:
        for at in range(0, len(ids), 7):
            await inboxes[0].keep([incoming(id, chat) for id, chat in ids[at : at + 7]])

    lives = [live(name, inbox) for name, inbox in zip("abc", inboxes, strict=True)]
    await asyncio.wait_for(asyncio.gather(feed(), *lives), 60)
    assert answered == {chat: sorted(id for id, c in ids if c == chat) for chat in answered}


async def test_what_comes_is_heard_by_other_processes(inboxes: list[Inbox], databases: Databases) -> None:
    a, b, _ = inboxes
    heard: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    stop = b.listen(lambda topic: loop.call_soon_threadsafe(heard.put_nowait, topic) and None)
    if databases.name == "sqlite":
        await a.keep([incoming(1, 1)])
        assert heard.empty()
    else:
        assert await asyncio.wait_for(heard.get(), 20) == ""
        await a.keep([incoming(1, 1)])
        await a.keep([incoming(1, 1)])
        assert await asyncio.wait_for(heard.get(), 20) == NEWS
    stop()
