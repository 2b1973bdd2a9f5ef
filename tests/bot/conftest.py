"""The bot as it runs, against the tests' Telegram: real application, real HTTP, real library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.desk import Asks
from bot.run import serve
from bot.settings import Settings
from corpus.library import LIBRARY, Library
from tests.databases import Databases
from tests.fakes.bot_api import BotApiServer
from tests.fakes.engine import ScriptedEngine, conclusion, news, passage


@dataclass
class Bot:
    """A running bot and what it works with."""

    server: BotApiServer
    engine: Any
    library: Library
    settings: Settings


def settings_for(server: BotApiServer, home: Path, **more: Any) -> Settings:
    known: dict[str, Any] = {"token": SecretStr(server.token), "api_url": server.url, "home": home, "_env_file": None}
    return Settings(**(known | {"health_port": 0} | more))


@asynccontextmanager
async def running(server: BotApiServer, engine: Asks, library: Library, settings: Settings) -> AsyncIterator[Bot]:
    """The bot, from its start until the block ends; fails when it stopped by itself."""
    stop = asyncio.Event()
    life = asyncio.create_task(serve(settings, engine, library, stop))
    try:
        yield Bot(server, engine, library, settings)
    finally:
        stop.set()
        await asyncio.wait_for(life, 20)


@pytest.fixture
def library(databases: Databases) -> Iterator[Library]:
    """Two documents: a conclusion with clauses and a report without a number."""
    library = Library(databases(LIBRARY))
    library.put(conclusion())
    library.put(news())
    yield library
    library.close()


@pytest.fixture
def engine(library: Library) -> ScriptedEngine:
    """Knows a few questions about the two documents."""
    engine = ScriptedEngine()
    first = '2.1. Kiểm tra khu dân cư trước ngày 01/5/2024. Lập danh sách nơi nguy hiểm & báo cáo "ngay".'
    second = "2.2. Mở lối thoát nạn thứ hai ở nhà ở kết hợp kinh doanh."
    third = "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."
    engine.teach(
        "kiểm tra khi nào?",
        passage(library, "mau.txt", first, clause="2.1", emphasis="Kiểm tra khu dân cư trước ngày 01/5/2024."),
        passage(library, "mau.txt", second, clause="2.2"),
        passage(library, "tin.txt", third),
    )
    engine.teach("ai trực?", passage(library, "tin.txt", third))
    return engine


@pytest_asyncio.fixture
async def server() -> AsyncIterator[BotApiServer]:
    async with BotApiServer() as server:
        yield server


@pytest_asyncio.fixture
async def bot(server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path) -> AsyncIterator[Bot]:
    """The bot over the two documents, by polling."""
    async with running(server, engine, library, settings_for(server, tmp_path)) as running_bot:
        yield running_bot
