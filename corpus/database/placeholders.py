"""`?` in SQL becomes psycopg's `%s`, save where it stands in a literal, a quoted name or a comment."""

from __future__ import annotations

import re
from functools import lru_cache

_PIECE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\?|%", re.DOTALL)


@lru_cache(maxsize=1024)
def translated(sql: str) -> str:
    """SQL as psycopg takes it together with values: there `%` stands for itself only where it is doubled."""
    return _PIECE.sub(lambda m: "%s" if m[0] == "?" else m[0].replace("%", "%%"), sql)
