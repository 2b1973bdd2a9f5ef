"""What can go wrong while searching. `code` names the message people see (bot/messages), `params` fill it."""

from __future__ import annotations


class RetrievalError(Exception):
    """Base of this package's errors; `str()` is one plain English line that says what to do."""

    code = "retrieval"

    def __init__(self, text: str, **params: object) -> None:
        super().__init__(text)
        self.params = params
