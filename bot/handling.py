"""The update that is being worked on, known to everything that is called on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass
class Handling:
    """One attempt to deal with one update."""

    update_id: int
    worker: str | None = None  # who holds the chat; None: nobody asks
    sure: Callable[[], bool] = lambda: True  # nobody else takes the chat for as long as a call lasts
    last: bool = True  # there is no further attempt: who asked is told
    posts: int = 0  # messages sent so far, counted to know them again after a crash
    error: BaseException | None = None  # what the handler failed with
    beside: asyncio.Task[Any] | None = None  # goes on when the chat's next update is dealt with; then it is through


CURRENT: ContextVar[Handling | None] = ContextVar("handling", default=None)
