"""Telegram's limits are kept, each chat's order too, and what Telegram says is dealt with for that chat alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TimedOut

from bot import metrics, outbox, pace
from bot.database import INBOX
from bot.handling import CURRENT, Handling
from bot.inbox import Inbox, Incoming
from bot.outbox import Outbox, StoppingError
from bot.pace import Bucket, OwnPace, Place, Window
from tests.databases import Databases


@given(
    st.integers(1, 5),
    st.integers(1, 60),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 90), st.floats(0, 1)), max_size=40),
)
def test_never_more_than_so_many_in_so_many_seconds_wherever_they_are_counted(
    most: int, seconds: int, calls: list[tuple[int, int, float]]
) -> None:
    """`calls`: the pause before each, how long it takes, and how far into that time it arrives."""
    now, arrived, ends, under_way = 0.0, list[float](), list[float](), list[float]()  # the last: ends to come
    window = Window(most, seconds, lambda: now)

    def on(until: float) -> None:
        nonlocal now
        while under_way and under_way[0] <= until:
            now = under_way.pop(0)
            window.end()
        now = until

    for pause, takes, part in calls:
        on(now + pause)
        while wait := window.wait():
            assert 0 < wait <= seconds
            on(now + wait)
        assert window.half_empty == (sum(end > now - seconds for end in ends) <= most // 2)
        window.begin()
        ends.append(now + takes)
        under_way.append(now + takes)
        under_way.sort()
        arrived.append(now + part * takes)
    arrived.sort()
    for n in range(len(arrived) - most):
        assert arrived[n + most] - arrived[n] >= seconds * (1 - 1e-9)
    on(now + 100)
    on(now + seconds)
    assert window.idle


@given(st.integers(1, 5), st.integers(1, 10), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)), max_size=40))
def test_one_at_a_time_after_a_short_burst(most: int, seconds: int, calls: list[tuple[int, int]]) -> None:
    """`calls`: the pause before each and how long it takes. The first arrives late, the next early: what is worst."""
    now, went = 0.0, list[tuple[float, float]]()
    bucket = Bucket(most, seconds, lambda: now)
    for pause, takes in calls:
        now += pause
        wait = bucket.wait()
        assert 0 <= wait <= seconds
        now += wait
        bucket.begin()
        went.append((now, now + takes))
        now += takes
        bucket.end()
    for first in range(len(went)):
        for last in range(first + 1, len(went)):
            assert last - first + 1 <= most + max(0, went[last][0] - went[first][1]) / seconds
    now += most * seconds
    assert bucket.idle


class Telegram:
    """Takes calls as the library makes them; `answers` by chat are what it says before it takes one."""

    def __init__(self) -> None:
        self.answers: dict[int, list[Exception]] = {}
        self.took: list[tuple[int, str, float]] = []
        self.calls = 0
        self.called = asyncio.Event()

    async def __call__(self, endpoint: str, data: dict[str, Any]) -> Any:
        self.calls += 1
        self.called.set()
        left = self.answers.get(data["chat_id"], [])
        if left:
            error = left.pop(0)
            if isinstance(error, TimedOut):
                self.took.append((data["chat_id"], data.get("text", ""), time.monotonic()))
            raise error
        self.took.append((data["chat_id"], data.get("text", ""), time.monotonic()))
        return {"message_id": len(self.took), "date": 0, "chat": {"id": data["chat_id"], "type": "private"}}


@pytest.fixture
def telegram() -> Telegram:
    return Telegram()


@pytest_asyncio.fixture
async def inbox(databases: Databases) -> AsyncIterator[Inbox]:
    inbox = Inbox(databases(INBOX))
    await inbox.keep([Incoming(1, 5, 5, "{}")])
    yield inbox
    inbox.close()


async def send(
    box: Outbox, telegram: Telegram, chat: int, text: str = "", endpoint: str = "sendMessage", **more: Any
) -> Any:
    data = {"chat_id": chat, "text": text, **more}
    return await box.process_request(telegram, (), {"endpoint": endpoint, "data": data}, endpoint, data, None)


def counted(result: str) -> float:
    return metrics.REGISTRY.get_sample_value("trichdan_calls_total", {"result": result}) or 0.0


async def test_a_chat_that_is_asked_to_wait_waits_alone_and_keeps_its_order(telegram: Telegram) -> None:
    box = Outbox()
    telegram.answers[1] = [RetryAfter(1)]
    await asyncio.gather(*(send(box, telegram, chat, f"{n}") for n in range(3) for chat in (1, 2)))
    assert [(c, t) for c, t, _ in telegram.took] == [(c, str(n)) for c in (2, 1) for n in range(3)]
    assert counted("retry_after")


async def test_calls_that_fail_in_passing_are_made_again(telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FIRST_WAIT", 0.001)
    box = Outbox()
    telegram.answers[1] = [NetworkError("Bad Gateway"), NetworkError("Too Many Requests"), NetworkError("x")]
    await send(box, telegram, 1, "a")
    assert [t for _, t, _ in telegram.took] == ["a"]
    assert telegram.calls == 4


async def test_calls_that_cannot_succeed_are_not(telegram: Telegram) -> None:
    box = Outbox()
    for error in (Forbidden("bot was blocked by the user"), BadRequest("chat not found")):
        telegram.answers[1] = [error]
        with pytest.raises(type(error)):
            await send(box, telegram, 1, "a")
    assert telegram.calls == 2
    assert counted("forbidden")


async def test_a_group_that_moved_is_followed(telegram: Telegram) -> None:
    moves = []

    async def migrated(old: int, new: int) -> None:
        moves.append((old, new))

    box = Outbox(migrated=migrated)
    telegram.answers[-1] = [ChatMigrated(-1001)]
    await send(box, telegram, -1, "a", reply_parameters={"message_id": 1})
    await send(box, telegram, -1, "b")
    assert [(c, t) for c, t, _ in telegram.took] == [(-1001, "a"), (-1001, "b")]
    assert moves == [(-1, -1001)]


@pytest.mark.parametrize(
    ("said", "field"),
    [("Message to be replied not found", "reply_parameters"), ("Message thread not found", "message_thread_id")],
)
async def test_what_is_gone_is_done_without(telegram: Telegram, said: str, field: str) -> None:
    box = Outbox()
    telegram.answers[1] = [BadRequest(said)]
    await send(box, telegram, 1, "a", **{field: 7})
    assert telegram.calls == 2
    telegram.answers[1] = [BadRequest(said)]
    with pytest.raises(BadRequest):
        await send(box, telegram, 1, "a")


async def test_a_message_known_to_be_sent_is_not_sent_again(telegram: Telegram, inbox: Inbox) -> None:
    box = Outbox(inbox)
    results = []
    for _ in range(2):
        token = CURRENT.set(Handling(1))
        results.append(await send(box, telegram, 5, "a"))
        await send(box, telegram, 5, "b")
        CURRENT.reset(token)
    assert results[0] == results[1]
    assert [t for _, t, _ in telegram.took] == ["a", "b"]


async def test_a_message_certainly_not_sent_is_new_and_one_that_may_have_been_is_counted(
    telegram: Telegram, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FIRST_WAIT", 0.001)
    unsure = metrics.POSTS.labels("unsure")
    before = unsure._value.get()
    box = Outbox(inbox)
    telegram.answers[5] = [BadRequest("can't parse entities")]
    token = CURRENT.set(Handling(1))
    with pytest.raises(BadRequest):
        await send(box, telegram, 5, "a")
    assert unsure._value.get() == before
    CURRENT.set(Handling(1))
    telegram.answers[5] = [TimedOut()]
    await send(box, telegram, 5, "a")
    CURRENT.reset(token)
    assert [t for _, t, _ in telegram.took] == ["a", "a"]
    assert unsure._value.get() == before + 1


@pytest.mark.both
async def test_what_was_sent_is_noted_when_the_database_takes_it_and_not_sent_again(
    telegram: Telegram, inbox: Inbox, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AGAIN", 0.01)
    box = Outbox(inbox)
    databases.refuse(INBOX, "posted", "UPDATE")
    sending = asyncio.create_task(as_handled(box, telegram))
    await asyncio.wait_for(telegram.called.wait(), 10)
    await asyncio.wait({sending}, timeout=0.3)
    assert not sending.done()
    databases.allow(INBOX, "posted")
    noted = await sending
    assert await as_handled(box, telegram) == noted
    assert telegram.calls == 1


async def test_what_was_sent_is_noted_before_anything_else_is_waited_for(telegram: Telegram, inbox: Inbox) -> None:
    class Stuck(OwnPace):
        async def end(self, place: Place) -> None:
            await asyncio.Event().wait()

    sending = asyncio.create_task(as_handled(Outbox(inbox, pace=Stuck()), telegram))
    await asyncio.wait_for(telegram.called.wait(), 10)
    await asyncio.wait({sending}, timeout=0.3)
    sending.cancel()
    assert (await as_handled(Outbox(inbox), telegram))["message_id"] == 1
    assert telegram.calls == 1


async def test_nothing_is_sent_while_another_may_take_the_chat(
    telegram: Telegram, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AGAIN", 0.01)
    sure = False
    sending = asyncio.create_task(as_handled(Outbox(inbox), telegram, sure=lambda: sure))
    await asyncio.wait({sending}, timeout=0.3)
    assert telegram.calls == 0
    sure = True
    assert (await asyncio.wait_for(sending, 10))["message_id"] == 1


async def as_handled(box: Outbox, telegram: Telegram, **more: Any) -> Any:
    """What one attempt to answer update 1 sends to chat 5."""
    token = CURRENT.set(Handling(1, **more))
    try:
        return await send(box, telegram, 5, "a")
    finally:
        CURRENT.reset(token)


async def test_when_the_bot_stops_nothing_waits_any_longer(telegram: Telegram) -> None:
    box = Outbox()
    telegram.answers[1] = [RetryAfter(1000)]
    waiting = asyncio.create_task(send(box, telegram, 1, "a"))
    await asyncio.wait_for(telegram.called.wait(), 10)
    box.stop()
    with pytest.raises(StoppingError):
        await asyncio.wait_for(waiting, 5)
    await send(box, telegram, 2, "b")
    assert [t for _, t, _ in telegram.took] == ["b"]


async def test_typing_takes_no_message_s_place_and_waits_for_none(telegram: Telegram) -> None:
    box = Outbox()
    for _ in range(pace.PRIVATE[0]):
        await send(box, telegram, 1, endpoint="sendChatAction")
        await send(box, telegram, 1, "a")
    await send(box, telegram, 1, endpoint="sendChatAction")
    assert telegram.calls == 2 * pace.PRIVATE[0]


async def test_a_stop_ends_the_wait_for_a_place(telegram: Telegram) -> None:
    box = Outbox()
    waiting = [asyncio.create_task(send(box, telegram, -1, f"{n}")) for n in range(pace.GROUP[0] + 1)]
    await asyncio.wait(waiting[:-1], timeout=10)
    box.stop()
    with pytest.raises(StoppingError):
        await asyncio.wait_for(waiting[-1], 5)
    assert len(telegram.took) == pace.GROUP[0]


async def test_a_call_for_nobody_in_particular_does_not_wait(telegram: Telegram) -> None:
    box = Outbox()

    calls = []

    async def fails(**_: Any) -> Any:
        calls.append(1)
        raise NetworkError("Bad Gateway")

    with pytest.raises(NetworkError):
        await box.process_request(fails, (), {"endpoint": "getMe", "data": {}}, "getMe", {}, None)
    assert len(calls) == 1
