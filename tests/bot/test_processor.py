"""Order within a chat, independence between chats."""

from __future__ import annotations

import asyncio
import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import Chat, InlineQuery, Message, Update, User

from bot.processor import ChatByChat


def update(n: int, chat: int) -> Update:
    return Update(n, message=Message(n, dt.datetime.now(dt.UTC), Chat(chat, Chat.PRIVATE)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), max_size=30), st.integers(1, 3))
def test_each_chat_keeps_its_order_and_the_limit_holds(steps: list[tuple[int, int]], most: int) -> None:
    async def run() -> None:
        processor, done, now = ChatByChat(most), [], 0

        async def work(n: int, chat: int, turns: int) -> None:
            nonlocal now
            now += 1
            assert now <= most
            for _ in range(turns):
                await asyncio.sleep(0)
            done.append((chat, n))
            now -= 1

        await asyncio.gather(
            *(processor.process_update(update(n, chat), work(n, chat, turns)) for n, (chat, turns) in enumerate(steps))
        )
        for chat in {c for c, _ in steps}:
            order = [n for c, n in done if c == chat]
            assert order == sorted(order)
        assert len(done) == len(steps)

    asyncio.run(run())


async def test_a_flood_in_one_chat_holds_up_that_chat_alone() -> None:
    processor, go_on, done = ChatByChat(2), asyncio.Event(), asyncio.Event()

    async def stuck() -> None:
        await go_on.wait()

    async def quick() -> None:
        done.set()

    flood = [asyncio.create_task(processor.process_update(update(n, 1), stuck())) for n in range(500)]
    await asyncio.sleep(0)
    await asyncio.wait_for(processor.process_update(update(501, 2), quick()), 5)
    assert done.is_set()
    go_on.set()
    await asyncio.gather(*flood)


async def test_updates_without_a_chat_are_handled_too() -> None:
    processor, done = ChatByChat(), []

    async def work(what: object) -> None:
        done.append(what)

    query = Update(1, inline_query=InlineQuery("1", User(5, "An", False), "x", ""))
    for what in (query, Update(2), "not an update"):
        await processor.process_update(what, work(what))
    assert done == [query, Update(2), "not an update"]
