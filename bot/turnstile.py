"""A turnstile through which many go at once, or one alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Turnstile:
    def __init__(self) -> None:
        self._inside = 0
        self._one = asyncio.Lock()
        self._open, self._empty = asyncio.Event(), asyncio.Event()
        self._open.set()
        self._empty.set()

    @asynccontextmanager
    async def among(self) -> AsyncIterator[None]:
        """Goes in among others, once nobody is alone."""
        while not self._open.is_set():
            await self._open.wait()
        self._inside += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    @asynccontextmanager
    async def alone(self, patience: float) -> AsyncIterator[None]:
        """Goes in once those who are inside have left, or after `patience` seconds; nobody follows."""
        async with self._one:
            self._open.clear()
            try:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._empty.wait(), patience)
                yield
            finally:
                self._open.set()
