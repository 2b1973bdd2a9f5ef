"""A reply to the bot's answer: what it asks of the document that was just quoted."""

from __future__ import annotations

import re
from enum import StrEnum

from corpus.text import fold
from retrieval.question.numbers import find_number_asks

WITHIN = 24 * 3600  # seconds after which a reply is a question like any other

_POLITE = r"(?:(?:cho|xin|toi|minh|em|xem|doc|gui|lai|con|the) )*"
_AFTER = r"(?: (?:cua )?(?:van ban|no|nay|do|di|nhe|a|voi|duoc khong))*"
_WHOLE = re.compile(
    rf"{_POLITE}(?:toan van|toan bo|ca van ban|(?:van )?ban day du|(?:the )?(?:whole|full) (?:text|document)){_AFTER}"
)
_CONTENTS = re.compile(rf"{_POLITE}(?:muc luc|(?:table of )?contents){_AFTER}")
_BARE = re.compile(rf"{_POLITE}(?P<path>\d{{1,3}}(?:\.[0-9a-z]{{1,3}})*)(?: (?:thi sao|the nao|nua|a|nhe))?[?.! ]*")


class Wish(StrEnum):
    """What is shown without a search."""

    WHOLE = "whole"
    CONTENTS = "contents"


def wish_of(said: str) -> Wish | None:
    """`toàn văn`, `mục lục`; None for a question."""
    words = " ".join(re.findall(r"\w+", fold(said)))
    if _WHOLE.fullmatch(words):
        return Wish.WHOLE
    return Wish.CONTENTS if _CONTENTS.fullmatch(words) else None


def full(said: str) -> str:
    """`còn 3.5?` as the question it is short for: `mục 3.5`; anything else as it is."""
    m = _BARE.fullmatch(" ".join(fold(said).split()))
    return f"mục {m['path']}" if m else said


def names_document(said: str) -> bool:
    """It names a document itself, so it is not about the one it replies to."""
    return bool(find_number_asks(said))
