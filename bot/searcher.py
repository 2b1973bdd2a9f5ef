"""One more process that searches: `python -m bot.searcher`, driven by bot/searchers.py.

Takes a line of JSON for each question on stdin and gives one on stdout, until stdin ends. What it opens is what the
environment says, as for every command.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, BinaryIO

from bot.home import Home, open_home
from bot.settings import load_settings
from corpus.access import PUBLIC


def main() -> None:
    # Libraries that print must not break the protocol.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    home = open_home(load_settings(), starter=False)
    home.engine.warm(frozenset({PUBLIC}))
    _say(out, {"ready": True})
    for line in sys.stdin.buffer:
        _say(out, _reply(home, json.loads(line)))


def _reply(home: Home, wish: dict[str, Any]) -> dict[str, Any]:
    try:
        if "question" not in wish:
            return {"changed": home.engine.refresh()}
        view = None if wish["view"] is None else frozenset(wish["view"])
        answer = home.engine.ask(wish["question"], wish["top"], wish["scope"], view=view)
        return {"answer": answer.model_dump(mode="json")}
    except Exception as e:  # the question is answered where it came from: it fails there too, or does not
        return {"error": type(e).__name__}


def _say(out: BinaryIO, reply: dict[str, Any]) -> None:
    out.write(json.dumps(reply, ensure_ascii=False).encode() + b"\n")
    out.flush()


if __name__ == "__main__":
    main()
