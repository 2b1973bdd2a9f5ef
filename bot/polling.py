"""Polling that tells when it is over: python-telegram-bot ends it silently when the token is refused."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from telegram.request import HTTPXRequest

REFUSALS = (401, 404)


class PollingRequest(HTTPXRequest):
    """The connection getUpdates goes through. `refused` is set when Telegram does not know the token any more."""

    def __init__(self) -> None:
        super().__init__(connection_pool_size=1)
        self.refused = asyncio.Event()
        self.last_success: float | None = None  # time.monotonic() of the last answered poll

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, payload = await super().do_request(*args, **kwargs)
        if status in REFUSALS:
            self.refused.set()
        elif status == 200:
            self.last_success = time.monotonic()
        return status, payload
