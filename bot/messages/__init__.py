"""Every sentence said to people, from the .toml files beside this one: by key, filled with parameters."""

from __future__ import annotations

import html as _html
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Literal

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")


@cache
def table(lang: str) -> dict[str, str]:
    """All messages of a language by key ("section.name"), from ``vi.toml``, ``cli.vi.toml``, …"""
    found: dict[str, str] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda f: f.name):
        if file.name == f"{lang}.toml" or file.name.endswith(f".{lang}.toml"):
            for key, line in _flat(tomllib.loads(file.read_text("utf-8")), ""):
                found[key] = line
    return found


def _flat(sections: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in sections.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)


def placeholders(line: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(name for _, name, _, _ in Formatter().parse(line) if name)


def has(key: str) -> bool:
    return key in table("vi")


def text(lang: str, key: str, **params: object) -> str:
    """The message as plain text. KeyError for an unknown key or a missing parameter."""
    return table(lang)[key].format_map(params)


def html(lang: str, key: str, **params: object) -> str:
    """The message as Telegram HTML: mark-up in the message stays, parameters are escaped."""
    return table(lang)[key].format_map({k: _html.escape(str(v), quote=False) for k, v in params.items()})


def language_of(code: str | None, default: Language) -> Language:
    """The language for a Telegram `language_code`: Vietnamese for vi, English for any other, `default` when unknown."""
    if not code:
        return default
    return "vi" if code.lower().split("-")[0] == "vi" else "en"
