"""PostgreSQL's text holds every character but NUL: it goes in as two others, and comes out as it was."""

from __future__ import annotations

from psycopg import adapters
from psycopg.adapt import AdaptersMap, Buffer
from psycopg.types.string import StrDumperUnknown, TextLoader

_MARK = "\x1b"  # escape, in no ordinary text either


def written(text: str) -> str:
    """As it is kept: another for every other text."""
    return text.replace(_MARK, _MARK + "1").replace("\0", _MARK + "0")


def read(text: str) -> str:
    """What was written."""
    return text.replace(_MARK + "0", "\0").replace(_MARK + "1", _MARK)


class _Dumper(StrDumperUnknown):
    def dump(self, obj: str) -> Buffer | None:
        return super().dump(written(obj))


class _Loader(TextLoader):
    def load(self, data: Buffer) -> str | bytes:
        text = super().load(data)
        return read(text) if isinstance(text, str) and _MARK in text else text


def with_zeros() -> AdaptersMap:
    """How a connection writes and reads text."""
    adapted = AdaptersMap(adapters)
    adapted.register_dumper(str, _Dumper)
    for kind in ("text", "varchar"):
        adapted.register_loader(kind, _Loader)
    return adapted
