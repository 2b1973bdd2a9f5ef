"""A process of the bot over a real engine, while others change the library."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path

from pydantic import SecretStr

from bot.home import open_home
from bot.run import Part, run_bot
from bot.searchers import Searcher, Searchers
from embeddings.machine import cores
from tests.bot.conftest import settings_for
from tests.chaos.bot_life import Server


def live(argument: str) -> None:
    given = json.loads(argument)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    server = Server(f"{given['url']}/{os.getpid()}", given["token"])
    database = SecretStr(given["database"]) if given["database"] else None
    settings = settings_for(server, Path(given["home"]), questions_per_minute=0, database_url=database)  # type: ignore[arg-type]
    home = open_home(settings, starter=False)
    # Where there is one process that answers it takes all cores, as `trichdan bot` does.
    most = 1 if database else cores()
    searchers = Searchers(home.engine, lambda: Searcher(settings.home), most)
    try:
        run_bot(settings, searchers, home.library, Part(given["part"]))
    finally:
        searchers.close()
