"""One life of one of several processes of the bot under chaos: the real program over a scripted engine."""

from __future__ import annotations

import json
import logging
import random
import sys
from pathlib import Path

from pydantic import SecretStr

from bot.database import open_database
from bot.run import Part, run_bot
from corpus.library import LIBRARY, Library
from tests.bot.conftest import settings_for
from tests.chaos.bot_life import Server, SlowEngine


def live(argument: str) -> None:
    given = json.loads(argument)
    random.seed()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    server = Server(given["url"], given["token"])
    own = {"database_url": SecretStr(given["database"]), **given["settings"]}
    settings = settings_for(server, Path(given["home"]), **own)  # type: ignore[arg-type]
    library = Library(open_database(settings, LIBRARY))
    run_bot(settings, SlowEngine(library, given["seconds"]), library, Part(given["part"]))
