"""The one thing the rest of the house knows about models: text in, unit vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class EncoderError(Exception):
    """A model that cannot be found, converted or loaded. `code` picks the message, `params` fill it."""

    def __init__(self, text: str, code: str = "encoder", **params: object) -> None:
        super().__init__(text)
        self.code = code
        self.params = params


class Encoder(Protocol):
    """Thread-safe. Texts are brought to NFC before they are encoded."""

    @property
    def name(self) -> str:
        """Identifies model, precision and prompts: vectors of two encoders compare only when names are equal."""

    @property
    def dimension(self) -> int: ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """float32, (n, dimension), unit length."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """float32, (n, dimension), unit length."""
