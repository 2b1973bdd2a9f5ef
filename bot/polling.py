"""Polling that survives what it is sent, and tells when it is over.

python-telegram-bot reads a batch of updates as a whole: one it cannot read is asked for again at once, for ever, and
nothing behind it is reached. And when the token is refused it stops polling without a word to the rest of the program.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from telegram import Update
from telegram.request import HTTPXRequest

log = logging.getLogger(__name__)

REFUSALS = (401, 404)


class PollingRequest(HTTPXRequest):
    """The connection getUpdates goes through. `refused` is set when Telegram does not know the token any more."""

    def __init__(self) -> None:
        super().__init__(connection_pool_size=1)
        self.refused = asyncio.Event()

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, payload = await super().do_request(*args, **kwargs)
        if status in REFUSALS:
            self.refused.set()
        elif status == 200:
            payload = readable(payload)
        return status, payload


def readable(payload: bytes) -> bytes:
    """The answer to getUpdates with every update that cannot be read left as its bare id, so that it is confirmed."""
    try:
        answer = json.loads(payload)
        updates = answer["result"]
        readings = [_reads(u) for u in updates]
    except (ValueError, KeyError, TypeError):
        return payload  # no answer of Telegram's at all: python-telegram-bot's own retry deals with it
    if all(readings):
        return payload
    kept = [u if ok else {"update_id": u["update_id"]} for u, ok in zip(updates, readings, strict=True)]
    return json.dumps(answer | {"result": kept}).encode()


def _reads(update: dict[str, Any]) -> bool:
    id = int(update["update_id"])
    try:
        Update.de_json(update, None)
    except Exception as e:
        # Whatever is wrong with it: its words stay out of the log.
        log.error("update %s cannot be read (%s) and is passed over", id, type(e).__name__)
        return False
    return True
