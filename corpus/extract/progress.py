"""A sign of life from a long reading: each page read by character recognition earns the time for the next."""

from __future__ import annotations

from collections.abc import Callable


def _nobody() -> None:
    pass


_listener: Callable[[], None] = _nobody


def listen(listener: Callable[[], None]) -> None:
    """Calls `listener` at each `beat` from now on."""
    global _listener
    _listener = listener


def beat() -> None:
    """Says that one more page is done."""
    _listener()
