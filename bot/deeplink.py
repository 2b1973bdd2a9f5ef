"""Links into the bot: `https://t.me/<bot>?start=<payload>` opens one clause. Read back as untrusted input.

The payload is at most 64 characters of A-Z a-z 0-9 _ - (https://core.telegram.org/bots/features#deep-linking):
``<document>`` or ``<document>_<start>``, the document's id and, in base 36, the character the place begins at. An id
is a content address: a link never opens other words than those it was made for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.callback import MAX_NUMBER, base36

_FORM = re.compile(r"(?P<id>[0-9a-f]{16})(?:_(?P<start>[0-9a-z]{1,6}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A document, or the place in it that begins at character `start`."""

    document: str
    start: int | None = None


def payload(place: Place) -> str:
    """What follows ``?start=``."""
    if place.start is None or not 0 <= place.start <= MAX_NUMBER:
        return place.document
    return f"{place.document}_{base36(place.start)}"


def read(said: str) -> Place | None:
    """The place, or None for anything `payload` does not make."""
    m = _FORM.fullmatch(said)
    return Place(m["id"], int(m["start"], 36) if m["start"] else None) if m else None


def link(username: str, place: Place) -> str:
    """The address to put under a citation."""
    return f"https://t.me/{username}?start={payload(place)}"
