"""How the bot does is told to the machine, and what ends is started again or ends the program with a clear line."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import time
from pathlib import Path

import aiohttp
import pytest

from bot import polling, supervisor, systemd
from bot.health import HealthServer, Report
from bot.logs import JsonLines
from bot.supervisor import PollingError
from corpus.library import Library
from tests.bot.conftest import running, settings_for
from tests.bot.test_run import ANSWER, free_port, start
from tests.fakes.bot_api import BotApiServer
from tests.fakes.engine import ScriptedEngine


async def get(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}{path}") as response:
        return response.status, await response.text()


async def test_health_and_metrics_are_told_and_hold_no_words(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    port = free_port()
    async with running(server, engine, library, settings_for(server, tmp_path, health_port=port)):
        an = server.user("An Nguyễn")
        server.say(an, "ai trực?")
        await server.wait_for_message(an)
        status, said = await get(port, "/healthz")
        assert (status, json.loads(said)["well"]) == (200, True)
        status, said = await get(port, "/metrics")
        assert status == 200
        assert 'trichdan_updates_total{kind="message"}' in said
        assert "trichdan_search_seconds_bucket" in said
        assert "trichdan_seconds_since_poll" in said
        assert not any(word in said for word in ("An Nguyễn", "ai trực", f'"{an.id}"'))
        assert (await get(port, "/"))[0] == 404


async def test_a_bot_that_hears_nothing_is_not_well() -> None:
    port = free_port()
    health = HealthServer(lambda: Report(well=False, silent=999.0, cut_off=0.0, waiting=1, calls=0))
    health.listen("127.0.0.1", port)
    assert (await get(port, "/healthz"))[0] == 503
    await health.close()


async def test_a_port_that_is_taken_does_not_keep_the_bot_from_answering(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = settings_for(server, tmp_path, health_port=taken.getsockname()[1])
        async with running(server, engine, library, settings):
            an = server.user("An")
            server.say(an, "ai trực?")
            assert (await server.wait_for_message(an)).quotes == [ANSWER]
    assert "cannot be told on port" in caplog.text


async def test_polling_that_ends_is_started_again(
    server: BotApiServer,
    engine: ScriptedEngine,
    library: Library,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(supervisor, "PAUSE", 0.01)
    ask, fails = polling.Poller._ask, iter([True, True])

    async def broken(self: polling.Poller, seconds: int) -> object:
        if next(fails, False):
            raise RuntimeError("a fault of ours")
        return await ask(self, seconds)

    monkeypatch.setattr(polling.Poller, "_ask", broken)
    async with running(server, engine, library, settings_for(server, tmp_path)):
        an = server.user("An")
        server.say(an, "ai trực?")
        assert (await server.wait_for_message(an)).quotes == [ANSWER]
    assert caplog.text.count("updates are not taken any more") == 2


async def test_polling_that_keeps_ending_ends_the_program_with_a_clear_error(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "PAUSE", 0.01)

    async def broken(self: polling.Poller, seconds: int) -> object:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(polling.Poller, "_ask", broken)
    with pytest.raises(PollingError, match="RuntimeError"):
        await start(server, engine, library, tmp_path)


async def test_a_poll_that_never_comes_back_is_made_on_a_new_connection(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "LONG", 0)
    monkeypatch.setattr(polling, "STUCK", 0.3)
    monkeypatch.setattr(polling, "FIRST_WAIT", 0.01)
    server.break_next("getUpdates", "stall", 30)
    async with running(server, engine, library, settings_for(server, tmp_path)):
        an = server.user("An")
        server.say(an, "ai trực?")
        assert (await server.wait_for_message(an)).quotes == [ANSWER]


async def test_systemd_is_told(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        monkeypatch.setenv("WATCHDOG_USEC", "100000")
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        loop, told = asyncio.get_running_loop(), []
        async with running(server, engine, library, settings_for(server, tmp_path)):
            async with asyncio.timeout(20):
                while told.count("WATCHDOG=1") < 2:
                    told.append((await loop.sock_recv(manager, 100)).decode())
        while "STOPPING=1" not in told:
            told.append((await loop.sock_recv(manager, 100)).decode())
    assert told[0] == "READY=1"


def test_without_systemd_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    systemd.notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "/no/such/socket")
    systemd.notify("READY=1")
    for value in ("", "0", "x"):
        monkeypatch.setenv("WATCHDOG_USEC", value)
        assert systemd.watchdog_every() is None
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert systemd.watchdog_every() is None


def test_json_lines_are_json_also_with_a_trace() -> None:
    try:
        raise ValueError("x")
    except ValueError as e:
        record = logging.LogRecord(
            "bot", logging.ERROR, "", 1, 'said "%s"', ("a\nb",), (ValueError, e, e.__traceback__)
        )
    line = json.loads(JsonLines().format(record))
    assert (line["level"], line["logger"], line["message"]) == ("error", "bot", 'said "a\nb"')
    assert "ValueError" in line["trace"]
    assert abs(record.created - time.time()) < 3600
