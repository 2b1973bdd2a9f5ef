"""One life of one of several processes of the bot under chaos: the real program over a scripted engine."""

from __future__ import annotations

import json
import logging
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.database import open_database
from bot.run import Part, run_bot
from corpus.library import LIBRARY, Library
from tests.bot.conftest import settings_for
from tests.chaos.bot_life import Server, SlowEngine

ENDED = "a life ended by itself"
PAUSE = 1.0  # seconds before it begins again

log = logging.getLogger(__name__)


def live(argument: str) -> None:
    """For ever: what ends by itself, as where the database is away when it begins, is begun again, as systemd does."""
    random.seed()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    while True:
        try:
            _live(json.loads(argument))
        except Exception:
            log.exception(ENDED)
        time.sleep(PAUSE)


def _live(given: dict[str, Any]) -> None:
    server = Server(f"{given['url']}/{os.getpid()}", given["token"])
    own = {"database_url": SecretStr(given["database"]), **given["settings"]}
    settings = settings_for(server, Path(given["home"]), **own)  # type: ignore[arg-type]
    library = Library(open_database(settings, LIBRARY))
    run_bot(settings, SlowEngine(library, given["seconds"]), library, Part(given["part"]))
