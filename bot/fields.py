"""What an administrator may put right in a document's heading before it is published, read from their words."""

from __future__ import annotations

import re
from contextlib import suppress

from corpus.dates import SHORT, find_dates, to_date
from corpus.model import Directive
from corpus.numbers import DocumentNumber
from corpus.types import names_type

FIELDS = ("number", "type", "issuer", "date", "title")
NOTHING = "-"  # takes the field away
ISSUER, TITLE = 200, 600  # characters


def changed(d: Directive, field: str, said: str) -> Directive | None:
    """The document with this field as said; None when the words cannot be one."""
    words = " ".join(said.split())
    if words == NOTHING:
        return d.model_copy(update={field: None})
    value: object = None
    match field:
        case "number":
            with suppress(ValueError):
                value = str(DocumentNumber.parse(re.sub(r"^số:?\s+", "", words, flags=re.IGNORECASE)))
        case "type":
            value = names_type(words)
        case "date":
            m = SHORT.fullmatch(words)
            found = to_date(m[1], m[2], m[3]) if m else next((day for day, _, _ in find_dates(words)), None)
            return d.model_copy(update={"date": found, "month": None}) if found else None
        case "issuer":
            value = words if 0 < len(words) <= ISSUER else None
        case "title":
            value = words if 0 < len(words) <= TITLE else None
    return d.model_copy(update={field: value}) if value else None
