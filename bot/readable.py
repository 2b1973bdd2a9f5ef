"""One update that cannot be read does not take the others of its batch with it."""

from __future__ import annotations

import json
import logging
from typing import Any

from telegram import Update

log = logging.getLogger(__name__)


def readable(payload: bytes) -> tuple[bytes, dict[int, str]]:
    """The answer to getUpdates with every update that cannot be read left as its bare id, so that it is confirmed; and
    those ids, each with the kind of error."""
    try:
        answer = json.loads(payload)
        updates = answer["result"]
        readings = {int(u["update_id"]): unreadable(u) for u in updates}
    except (ValueError, KeyError, TypeError):
        return payload, {}  # no answer of Telegram's at all: python-telegram-bot says so
    wrong = {id: why for id, why in readings.items() if why is not None}
    if not wrong:
        return payload, {}
    kept = [{"update_id": u["update_id"]} if int(u["update_id"]) in wrong else u for u in updates]
    return json.dumps(answer | {"result": kept}).encode(), wrong


def unreadable(update: dict[str, Any]) -> str | None:
    """The kind of error that an update makes when it is read; None when it can be."""
    try:
        Update.de_json(update, None)
    except Exception as e:
        # Whatever is wrong with it: its words stay out of the log.
        log.error("update %s cannot be read (%s) and is passed over", update["update_id"], type(e).__name__)
        return type(e).__name__
    return None
