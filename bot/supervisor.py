"""Keeps the source of updates going, and tells how it goes: health, metrics, systemd."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Protocol, Self

from telegram.error import InvalidToken

from bot import metrics, systemd
from bot.election import Election
from bot.errors import BotError
from bot.health import HealthServer, Report
from bot.polling import Poller, PollingRequest
from bot.settings import Settings
from bot.webhook import Webhook
from bot.worker import Worker

log = logging.getLogger(__name__)

RESTARTS, WITHIN = 5, 600.0  # so often in so many seconds, and the program ends
PAUSE = 1.0  # seconds before polling is started again
CUT_OFF = 60.0  # seconds without the inbox, after which it is not well
SILENT = 120.0  # seconds without an answered poll, after which the bot is not well


class PollingError(BotError):
    """Polling ended and could not be kept up."""

    code = "polling"


class Source(Protocol):
    """Where updates come from."""

    async def run(self) -> None:
        """Takes updates, until it is cancelled. InvalidToken when the token is refused."""

    async def close(self) -> None:
        """Takes no more."""

    @property
    def polls(self) -> bool:
        """It asks for updates, rather than being told or leaving that to another process."""


class Polling:
    """One process asks; the others stand by."""

    def __init__(self, poller: Poller, election: Election) -> None:
        self._poller, self._election = poller, election

    async def run(self) -> None:
        await self._election.run(self._poller.run)

    async def close(self) -> None:
        await self._poller.confirm()

    @property
    def polls(self) -> bool:
        return self._election.elected


class Leaving:
    """Updates are left to others, and come through the inbox."""

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing was taken."""

    polls = False


class Listening:
    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        await self._webhook.close()

    polls = False


class Supervisor:
    """Runs a source; use as an async context manager."""

    def __init__(self, settings: Settings, worker: Worker, polling: PollingRequest, source: Source) -> None:
        self._settings, self._worker, self._polling, self._source = settings, worker, polling, source
        self._begun = time.monotonic()
        self._health: HealthServer | None = None

    async def __aenter__(self) -> Self:
        if self._settings.health_port:
            self._health = HealthServer(self.report)
            try:
                self._health.listen(self._settings.health_listen, self._settings.health_port)
            except OSError as e:
                log.warning("health and metrics cannot be told on port %s: %s", self._settings.health_port, e)
        return self

    async def __aexit__(self, *exc: object) -> None:
        systemd.notify("STOPPING=1")
        if self._health is not None:
            await self._health.close()

    async def until(self, stop: asyncio.Event) -> None:
        """Runs the source until `stop`. InvalidToken when the token is refused, PollingError when it cannot go on."""
        systemd.notify("READY=1")
        tasks = [asyncio.create_task(w) for w in (stop.wait(), self._keep_up(), self._refusal(), self._tell_systemd())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    def report(self) -> Report:
        """How it goes. Sets the gauges."""
        last = self._polling.last_success or self._begun
        silent = time.monotonic() - last if self._source.polls else 0.0
        waiting, calls, cut_off = self._worker.waiting, self._worker.calls, self._worker.cut_off
        metrics.POLLED.set(silent)
        metrics.INBOX.set(waiting)
        metrics.OUTBOX.set(calls)
        metrics.CUT_OFF.set(cut_off)
        well = silent < SILENT and cut_off < CUT_OFF
        return Report(well=well, silent=silent, cut_off=cut_off, waiting=waiting, calls=calls)

    async def _keep_up(self) -> None:
        ends: list[float] = []
        while True:
            try:
                await self._source.run()
                reason = "it ended"
            except InvalidToken:
                raise
            except Exception as e:
                log.exception("updates are not taken any more")
                reason = type(e).__name__
            metrics.RESTARTS.inc()
            now = time.monotonic()
            ends = [t for t in ends if now - t < WITHIN] + [now]
            if len(ends) > RESTARTS:
                api = self._settings.api_url or "Telegram"
                raise PollingError(f"no updates are taken from {api} any more: {reason}", api=api, reason=reason)
            await asyncio.sleep(PAUSE)

    async def _refusal(self) -> None:
        await self._worker.refused()
        raise InvalidToken

    async def _tell_systemd(self) -> None:
        """A loop that does not turn is started again by systemd (WatchdogSec=). Where the network is down that would
        help nobody: it is what /healthz tells."""
        every = systemd.watchdog_every()
        while every is not None:
            systemd.notify("WATCHDOG=1")
            await asyncio.sleep(every)
        await asyncio.Event().wait()
