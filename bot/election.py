"""What one process at a time does for all of them, such as asking Telegram for updates."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from corpus.database import AwayError, Database, Office

log = logging.getLogger(__name__)

ASK = 1.0  # seconds between two attempts to get the office
CHECK = 2.0  # seconds after which it is known that it was lost


class Election:
    def __init__(self, database: Database, purpose: str) -> None:
        self._database, self._purpose = database, purpose
        self.elected = False

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Does `work` for as long as this process is the one that does it; for ever, or until `work` ends or fails."""
        while True:
            try:
                office = await asyncio.to_thread(self._database.elect, self._purpose)
            except AwayError as e:
                log.warning("%s", e)
                office = None
            if office is None:
                await asyncio.sleep(ASK)
                continue
            self.elected = True
            try:
                if await self._while_held(office, work):
                    return
                log.warning("another process may be %s by now", self._purpose)
            finally:
                self.elected = False
                # Without waiting: who is cancelled has no time.
                asyncio.get_running_loop().run_in_executor(None, office.leave)

    async def _while_held(self, office: Office, work: Callable[[], Awaitable[None]]) -> bool:
        """True when the work has ended by itself."""
        log.info("this process is the one that is %s", self._purpose)
        task = asyncio.ensure_future(work())
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=CHECK)
                if not task.done() and not await asyncio.to_thread(office.held):
                    return False
            await task
        finally:
            task.cancel()
            await asyncio.wait({task})
        return True
