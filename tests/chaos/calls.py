"""What the Bot API server was called for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tests.fakes.bot_api import BotApiServer, Call

Question = tuple[int, int]  # its chat and message


def answered(server: BotApiServer) -> dict[Question, list[Call]]:
    """The calls that answered each question; the first answered first."""
    found = defaultdict(list)
    for c in server.called("sendMessage"):
        if c.result:
            found[c.result["chat"]["id"], c.result["reply_to_message"]["message_id"]].append(c)
    return found


def most_within(times: Sequence[float], seconds: float) -> int:
    """The most of `times`, which ascend, in any stretch of `seconds`."""
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
