"""Checks the installation part by part; each check says what is wrong and what to do."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from rich.console import Console
from rich.text import Text

from bot.explain import KNOWN_ERRORS, explain
from bot.home import Home
from bot.inbox import InboxError, look_into
from bot.messages import text

PACKAGES = ("trichdan", "python-telegram-bot", "faiss-cpu", "torch", "sentence-transformers", "onnxruntime")

LISTED = 20  # updates set aside that are listed


@dataclass(frozen=True)
class Check:
    """One part: `ok` is False when something must be done, None when it is only worth knowing."""

    name: str  # message key doctor.<name>
    ok: bool | None
    detail: str


def diagnose(home: Home) -> list[Check]:
    """Every check, in the order a question passes the parts."""
    language = home.settings.language
    steps: list[tuple[str, Callable[[], str]]] = [
        ("library", lambda: _library(home)),
        ("model", lambda: _model(home)),
        ("index", lambda: _index(home)),
    ]
    if home.settings.vectors is not None:
        steps.append(("vectors", lambda: home.engine.keeper.name))  # the index was opened with it
    steps.append(("inbox", lambda: _inbox(home)))
    if home.settings.token is not None:
        steps.append(("token", lambda: _token(home)))
    checks = [Check("program", True, _program())]
    for name, step in steps:
        try:
            checks.append(Check(name, True, step()))
        except KNOWN_ERRORS as e:
            checks.append(Check(name, False, explain(e, language)))
    checks += _aside(home, language)
    if home.settings.token is None:
        checks.append(Check("token", None, text(language, "doctor.no_token")))
    return [*checks, _tool("scans", "tesseract", language), _tool("doc", "soffice", language)]


def print_checks(checks: Sequence[Check], language: str, console: Console, *, as_json: bool) -> None:
    """One line a check."""
    if as_json:
        print(json.dumps([asdict(c) for c in checks], ensure_ascii=False))
        return
    marks = {True: ("✓", "green"), False: ("✗", "red"), None: ("·", "yellow")}
    for check in checks:
        mark, style = marks[check.ok]
        console.print(Text(f"{mark} {text(language, f'doctor.{check.name}')}: {check.detail}", style=style))


def _program() -> str:
    return f"Python {sys.version.split()[0]}, " + ", ".join(f"{p} {_version(p)}" for p in PACKAGES)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "–"  # torch and sentence-transformers are left out of images: only a model of one's own needs them


def _library(home: Home) -> str:
    home.library.check()
    documents = home.library.documents()
    return text(home.settings.language, "doctor.documents", path=home.library.database.name, count=len(documents))


def _model(home: Home) -> str:
    home.encoder.encode_queries(["kiểm tra"])
    return f"{home.encoder.name}, {home.encoder.dimension}"


def _index(home: Home) -> str:
    snapshot = home.engine.snapshot
    return text(home.settings.language, "doctor.passages", count=snapshot.size, version=snapshot.library_version)


def _inbox(home: Home) -> str:
    waiting, aside = look_into(home.settings)
    return text(home.settings.language, "doctor.waiting", count=waiting, aside=len(aside))


def _aside(home: Home, language: str) -> list[Check]:
    """What could not be dealt with, the newest last; worth knowing, since nobody was answered."""
    try:
        _, aside = look_into(home.settings)
    except InboxError:
        return []  # said by the check before
    return [
        Check(
            "aside", None, text(language, "doctor.set_aside", id=a.id, at=_when(a.at), tries=a.tries, reason=a.reason)
        )
        for a in aside[-LISTED:]
    ]


def _when(at: float) -> str:
    return f"{dt.datetime.fromtimestamp(at):%d/%m/%Y %H:%M}"


def _token(home: Home) -> str:
    from bot.run import check_token

    return check_token(home.settings)


def _tool(name: str, program: str, language: str) -> Check:
    path = shutil.which(program)
    return Check(name, True if path else None, path or text(language, f"doctor.no_{name}"))
