"""Breaks the gate in one place after another, in a copy of the program, and shows whether the walks notice.

`python -m tests.chaos.broken_gates [--seed N] [NAME...]`: ends with 1 when a broken gate went unnoticed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARE = "0.6"  # of the walks
PATIENCE = 400.0  # seconds
DESK, LIBRARY = "bot/desk.py", "corpus/library.py"
EVERYTHING = "frozenset(c.id for c in self.library.collections())"
ALL_LISTED = "self._list(None, self.library.version)"

Change = tuple[str, str, str]  # file, what stands there, what is put in its place
GATES: dict[str, tuple[Change, ...]] = {
    "texts": ((DESK, "if info is None or info.collection not in visible:", "if info is None:"),),
    "lists": ((DESK, "self._list(self.visible(chat), self.library.version)", ALL_LISTED),),
    "ties": ((DESK, "ties(id, d, self.library, self.visible(chat))", "ties(id, d, self.library)"),),
    "mentions": ((DESK, "mentions(number, self.library, self.visible(chat))", "mentions(number, self.library)"),),
    "standing": (
        (DESK, "newer(info, self.validity, self.catalogue(chat))", f"newer(info, self.validity, {ALL_LISTED})"),
    ),
    "done to others": (
        (DESK, "older(info, self.validity, self.catalogue(chat))", f"older(info, self.validity, {ALL_LISTED})"),
    ),
    "permissions": ((DESK, "readable = self.library.visible(chat)", f"readable = {EVERYTHING}"),),
    "searching": ((DESK, "top, scope, view=self.visible(chat))", "top, scope)"),),
    "searching and checking": (
        (DESK, "top, scope, view=self.visible(chat))", "top, scope)"),
        (DESK, "held = tuple(p for p in answer.passages if self._holds(p, chat))", "held = answer.passages"),
    ),
    "choices of an engine that tells": (
        (DESK, "top, scope, view=self.visible(chat))", "top, scope)"),
        (DESK, "choices = tuple(c for c in answer.choices if read(c.document_id))", "choices = answer.choices"),
    ),
    "remembered answers": (
        (
            DESK,
            "d = self.fetch(p.citation.document_id, chat)\n        if d is None or not 0",
            "d = self.library.held(p.citation.document_id)\n        if d is None or not 0",
        ),
    ),
    "inline searching": (
        ("bot/handlers/inline.py", "_finds(words, desk, lang,", "_finds(words, user.id, desk, lang,"),
        ("bot/handlers/inline.py", "_finds(words: str, desk", "_finds(words: str, who: int, desk"),
        ("bot/handlers/inline.py", "await desk.search(words)", "await desk.ask(words, who)"),
    ),
    "inline links": (
        (
            "bot/handlers/inline.py",
            "await desk.document(place.document, None)",
            "await desk.run(desk.library.held, place.document)",
        ),
    ),
    "links": (
        ("bot/handlers/browse.py", "d = desk.fetch(place.document, chat)", "d = desk.library.held(place.document)"),
    ),
    "buttons": (("bot/handlers/buttons.py", "directive = desk.fetch(id, chat)", "directive = desk.library.held(id)"),),
    "pictures": (
        (
            "bot/handlers/pictures.py",
            "await desk.document(document, message.chat_id)",
            "await desk.run(desk.library.held, document)",
        ),
    ),
    "drafts of other chats": (
        ("bot/drafts.py", "WHERE id = ? AND chat = ? AND at >= ?", "WHERE id = ? AND chat <> ? + 1 AND at >= ?"),
    ),
    "drafts of anybody": (
        (
            "bot/handlers/drafts.py",
            "if not await desk.run(desk.roles.is_admin, query.from_user.id):\n        raise",
            "if not query:\n        raise",
        ),
    ),
    "removing": (
        (
            "bot/handlers/undo.py",
            "desk.run(lambda: desk.catalogue(message.chat_id).documents)",
            "desk.run(lambda: desk.library.documents())",
        ),
    ),
    "undoing": (("bot/handlers/undo.py", " if a.document.collection in visible)", ")"),),
    "proposals": (("bot/standing.py", "if i.id in seen]", "]"),),
    "judging": (
        ("bot/handlers/validity.py", "for i in desk.catalogue(chat).documents}", "for i in desk.library.documents()}"),
    ),
    "following up": (
        (
            "bot/handlers/following.py",
            "return id if id and await desk.document(id, message.chat_id) else None",
            "return id",
        ),
        (
            "bot/handlers/following.py",
            "wish, d = followup.wish_of(said), await desk.document(document, message.chat_id)",
            "wish, d = followup.wish_of(said), await desk.run(desk.library.held, document)",
        ),
    ),
    "who left the group": (
        ("bot/handlers/privately.py", "and await is_member(message.get_bot(), asked.chat, person.id)", ""),
    ),
    "other sources": (
        (LIBRARY, "in self.numbered(info.number, collections) if d.id", "in self.numbered(info.number) if d.id"),
    ),
    "reports": (
        (
            LIBRARY,
            "        only, ids = among(collections)\n        reports",
            "        only, ids = among(None)\n        reports",
        ),
    ),
    "naming": (
        (
            LIBRARY,
            "        only, ids = among(collections)\n        key = number_key(number)",
            "        only, ids = among(None)\n        key = number_key(number)",
        ),
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    unnoticed = 0
    for name, changes in GATES.items():
        if given.names and name not in given.names:
            continue
        began = time.monotonic()
        noticed, said = _noticed(changes, given.seed)
        unnoticed += not noticed
        print(f"{'noticed' if noticed else 'MISSED'}  {name} ({time.monotonic() - began:.0f} s): {said}", flush=True)
    return 1 if unnoticed else 0


def _noticed(changes: tuple[Change, ...], seed: int) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory(prefix="trichdan-broken-") as folder:
        copy = Path(folder) / "program"
        for part in ("benchmarks", "bot", "corpus", "embeddings", "retrieval", "tests"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        for file, old, new in changes:
            text = (copy / file).read_text(encoding="utf-8")
            assert text.count(old) == 1, f"{file}: {old!r} stands there {text.count(old)} times"
            (copy / file).write_text(text.replace(old, new), encoding="utf-8")
        command = [sys.executable, "-m", "tests.chaos", "--seed", str(seed), "--share", SHARE, "access"]
        try:
            done = subprocess.run(
                command,
                cwd=copy,
                env=os.environ | {"PYTHONPATH": str(copy)},
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False, "it takes too long"
    last = next((line for line in done.stdout.splitlines() if "Error at" in line), done.stderr[-300:])
    # A copy that does not run has noticed nothing.
    return done.returncode == 1 and "AssertionError at" in last, last.strip()[:200]


if __name__ == "__main__":
    sys.exit(main())
