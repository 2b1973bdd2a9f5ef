"""Several processes of the bot on one PostgreSQL: who takes updates, who answers, what becomes of those that end."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

pytest.importorskip("psycopg_pool")

from bot.database import INBOX
from bot.inbox import Inbox, Incoming, look_into
from bot.run import AloneError, Part, serve
from corpus.library import LIBRARY, Library
from retrieval.answer import Answer, Status
from tests.bot.conftest import settings_for
from tests.bot.test_run import free_port
from tests.bot.test_supervisor import get
from tests.databases import Databases, Shared
from tests.fakes.bot_api import BotApiServer, User
from tests.fakes.engine import ScriptedEngine, passage

WORDS = "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."


@pytest.fixture
def databases(shared: Shared) -> Databases:
    return shared


@pytest.fixture
def engine(library: Library) -> ScriptedEngine:
    engine = ScriptedEngine()
    found = passage(library, "tin.txt", WORDS)
    for n in range(40):
        engine.teach(f"câu {n}", found)
    return engine


@asynccontextmanager
async def processes(
    server: BotApiServer, engine: ScriptedEngine, shared: Shared, home: Path, *parts: Part, **more: object
) -> AsyncIterator[None]:
    """So many processes of the bot, each with connections of its own; they stop where the block ends."""
    stop = asyncio.Event()
    libraries = [Library(shared(LIBRARY)) for _ in parts]
    settings = settings_for(server, home, **more)
    lives = [asyncio.create_task(serve(settings, engine, i, stop, p)) for p, i in zip(parts, libraries, strict=True)]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*lives), 30)
        for i in libraries:
            i.close()


async def answers(server: BotApiServer, people: list[User], asked: int) -> list[tuple[int, int | None]]:
    """(chat, question) in the order they were answered."""
    await server.wait_until(lambda: len(server._sent) >= asked, within=60)
    return [(m.chat_id, m.reply_to) for m in server._sent]


async def test_one_asks_telegram_and_others_answer_each_chat_in_its_order(
    server: BotApiServer, engine: ScriptedEngine, shared: Shared, tmp_path: Path
) -> None:
    people = [server.user(f"Người {n}") for n in range(8)]
    parts = (Part.POLL, Part.POLL, Part.ANSWER, Part.ANSWER, Part.ANSWER)
    async with processes(server, engine, shared, tmp_path, *parts):
        asked = [(p.id, server.say(p, f"câu {n}").id) for n in range(4) for p in people]
        given = await answers(server, people, len(asked))
    assert sorted(given) == sorted(asked)
    for p in people:
        assert [q for c, q in given if c == p.id] == [q for c, q in asked if c == p.id]
    assert look_into(settings_for(server, tmp_path)) == (0, [])


async def test_another_takes_over_asking_telegram_within_seconds(
    server: BotApiServer, engine: ScriptedEngine, shared: Shared, tmp_path: Path
) -> None:
    an = server.user("An")
    async with processes(server, engine, shared, tmp_path, Part.POLL, Part.POLL, Part.ANSWER):
        for n in range(3):
            server.say(an, f"câu {n}")
            assert (await server.wait_for_message(an, within=20)).quotes == [WORDS]
            async with asyncio.timeout(20):
                while not await asyncio.to_thread(_end_of_who_polls, shared):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)


async def test_each_part_tells_of_what_it_does_itself(
    server: BotApiServer, engine: ScriptedEngine, shared: Shared, tmp_path: Path
) -> None:
    an = server.user("An")
    ports = [free_port(), free_port()]
    async with (
        processes(server, engine, shared, tmp_path, Part.POLL, health_port=ports[0]),
        processes(server, engine, shared, tmp_path, Part.ANSWER, health_port=ports[1]),
    ):
        server.say(an, "câu 1")
        assert (await server.wait_for_message(an, within=20)).quotes == [WORDS]
        polls, answers = [json.loads((await get(port, "/healthz"))[1]) for port in ports]
    assert polls["well"]
    assert polls["silent"] > 0
    assert polls["cut_off"] == 0  # it answers nobody
    assert answers["well"]
    assert answers["silent"] == 0  # another asks
    assert answers["cut_off"] > 0


def _end_of_who_polls(shared: Shared) -> bool:
    """Its connection is cut, as where the process is gone."""
    held = (
        "SELECT pid FROM pg_locks JOIN pg_database ON oid = database"
        " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
    )
    with shared.server.connect(shared.database) as owner:
        return len(owner.execute(f"SELECT pg_terminate_backend(pid) FROM ({held})".encode()).fetchall()) == 1


async def test_what_a_killed_worker_held_another_answers_when_its_time_is_over(
    server: BotApiServer, engine: ScriptedEngine, shared: Shared, tmp_path: Path
) -> None:
    an = server.user("An")
    inbox = Inbox(shared(INBOX))
    await inbox.belongs_to(server.me["id"])
    asked = server.say(an, "câu 1")
    raw = server._updates.pop()
    await inbox.keep([Incoming(raw["update_id"], an.id, an.id, json.dumps(raw))])
    assert await inbox.claim("killed", 5, 2.0)
    began = time.monotonic()
    async with processes(server, engine, shared, tmp_path, Part.ANSWER):
        assert (await server.wait_for_message(an, within=20)).reply_to == asked.id
    assert time.monotonic() - began > 1.0
    assert await inbox.begin(raw["update_id"], "killed") == 0
    assert await inbox.post(raw["update_id"], 0, "killed") == "lost"
    inbox.close()


async def test_a_worker_that_lost_a_chat_leaves_it_alone(
    server: BotApiServer, engine: ScriptedEngine, shared: Shared, tmp_path: Path
) -> None:
    """It was held up for longer than its time, and the other is at it."""
    an = server.user("An")
    inbox = Inbox(shared(INBOX))

    begun = threading.Event()

    def slowly() -> Answer:
        begun.set()
        time.sleep(1.0)
        return Answer(question="", status=Status.NONE)

    engine.teach_work("chậm", slowly)
    async with processes(server, engine, shared, tmp_path, Part.ALL):
        server.say(an, "chậm")
        await asyncio.to_thread(begun.wait, 10)
        shared(INBOX).execute("UPDATE turn SET worker = 'other', until = until + 1000")
        await asyncio.sleep(2.0)
        assert not server.called("sendMessage")
        await inbox.release("other")
        assert (await server.wait_for_message(an, within=20)).text
    inbox.close()


async def test_a_part_alone_needs_the_database_that_the_parts_share(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    settings = settings_for(server, tmp_path, database_url="")
    for part in (Part.POLL, Part.ANSWER):
        with pytest.raises(AloneError, match="TRICHDAN_DATABASE_URL"):
            await serve(settings, engine, library, asyncio.Event(), part)
