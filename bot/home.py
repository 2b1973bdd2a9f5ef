"""The data folder and what lives in it, opened together: library, encoder, search engine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from bot.database import open_database
from bot.errors import BotError
from bot.settings import Settings
from corpus.library import LIBRARY, Library

if TYPE_CHECKING:
    from embeddings.encoder import Encoder
    from retrieval.engine import Engine
    from retrieval.neighbours import Keeper

Progress = Callable[[str, float], None]
"""Called with what is being done (a message key) and how far it is, 0 to 1."""

STARTER = "starter"  # meta key: "done" once the starter library is in, "none" in a home made without it


class HomeError(BotError):
    """The data folder cannot be made or written."""

    code = "home"


@dataclass
class Home:
    """One data folder. The library opens at once; the encoder and the engine load on first use, since they are slow."""

    settings: Settings
    library: Library
    progress: Progress | None = None

    @cached_property
    def encoder(self) -> Encoder:
        from embeddings.batching import BatchingEncoder
        from embeddings.cache import CachedEncoder
        from embeddings.shipped import load_encoder

        loaded = load_encoder(self.settings.home, self.settings.model, progress=self.progress)
        return BatchingEncoder(CachedEncoder(loaded, self.settings.home / "vectors"))

    @cached_property
    def engine(self) -> Engine:
        from retrieval.engine import Engine

        index = self.settings.home / "index"
        return Engine(self.library, self.encoder, index, keeper=self._keeper(), progress=self.progress)

    def _keeper(self) -> Keeper:
        """Where vectors are kept."""
        if self.settings.vectors is None:
            from retrieval.dense import FAISS

            return FAISS
        from retrieval.milvus import Milvus

        url = self.settings.vectors.get_secret_value()
        return Milvus(url, self.library.identity, self.encoder.name, self.encoder.dimension)


def open_home(settings: Settings, *, starter: bool = True, progress: Progress | None = None) -> Home:
    """Opens the data folder, making it when it is new. A new one gets the starter library unless `starter` is False.

    HomeError when the folder cannot be written, LibraryError when the library in it cannot be used.
    """
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as e:
        raise HomeError(
            f"{home}: cannot be written ({e.strerror or e}); set TRICHDAN_HOME to a folder you can write to",
            path=str(home),
            reason=e.strerror or str(e),
        ) from e
    library = Library(open_database(settings, LIBRARY))
    if library.meta(STARTER) is None:
        if starter:
            _add_starter(library)
        library.set_meta(STARTER, "done" if starter else "none")
    return Home(settings, library, progress)


def _add_starter(library: Library) -> None:
    from corpus.ingest import find_files, ingest

    with as_file(files("corpus") / "starter") as folder:
        documents = [p for p in find_files([folder]) if p.suffix == ".txt"]
        for _ in ingest(library, documents):
            pass
