"""How much one person, and one chat, may ask in a minute."""

from __future__ import annotations

from collections import OrderedDict, deque
from enum import Enum, auto

SECONDS = 60.0
CHAT = 3  # a chat may ask as much as so many persons
KNOWN = 20_000  # persons and chats whose last minute is remembered


class Verdict(Enum):
    TAKEN = auto()
    TOLD = auto()  # too much, and it is time to say so
    DROPPED = auto()  # too much, and it has been said


class Limits:
    """Counts by the time a thing was asked, not by when it is dealt with: what waited while the bot was away is not
    too much."""

    def __init__(self, per_person: int) -> None:
        """`per_person`: in a minute; 0: no limit."""
        self._most = per_person
        self._asked: OrderedDict[tuple[str, int], deque[float]] = OrderedDict()
        self._told: OrderedDict[int, float] = OrderedDict()

    def ask(self, person: int, chat: int, at: float) -> Verdict:
        """`at`: seconds since the epoch."""
        if not self._most:
            return Verdict.TAKEN
        own, shared = self._last(("person", person), self._most), self._last(("chat", chat), CHAT * self._most)
        if not _full(own, at) and not _full(shared, at):
            own.append(at)
            shared.append(at)
            return Verdict.TAKEN
        if 0 <= at - self._told.get(chat, -SECONDS) < SECONDS:
            return Verdict.DROPPED
        self._told[chat] = at
        self._told.move_to_end(chat)
        while len(self._told) > KNOWN:
            self._told.popitem(last=False)
        return Verdict.TOLD

    def _last(self, who: tuple[str, int], most: int) -> deque[float]:
        times = self._asked.setdefault(who, deque(maxlen=most))
        self._asked.move_to_end(who)
        while len(self._asked) > 2 * KNOWN:
            self._asked.popitem(last=False)
        return times


def _full(times: deque[float], at: float) -> bool:
    # Where the clock was put back, what was asked "later" counts for nothing.
    return len(times) == times.maxlen and 0 <= at - times[0] < SECONDS
