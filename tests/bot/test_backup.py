"""A backup is whole or not there, and what is put back is what was taken."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.backup import BackupError, backup, restore
from bot.database import bot_database
from bot.memory import Memory
from corpus.errors import LibraryError
from corpus.library import Library
from tests.bot.conftest import Bot
from tests.fakes.engine import conclusion, news


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with a public and a private document, own words and a calibration."""
    home = tmp_path / "home"
    library = Library(home / "library.db")
    library.put(conclusion())
    library.put(news(), collection=library.own_collection(-5).id)
    library.close()
    database = bot_database(home / "bot.db")
    Memory(database)
    database.close()
    (home / "lexicon").mkdir()
    (home / "lexicon" / "abbreviations.tsv").write_text("ubnd\tủy ban nhân dân\n", encoding="utf-8")
    (home / "decision.json").write_text("{}", encoding="utf-8")
    return home


@pytest.fixture
def taken(home: Path, tmp_path: Path) -> Path:
    backup(home, tmp_path / "taken.zip")
    return tmp_path / "taken.zip"


def content(home: Path) -> Any:
    library = Library(home / "library.db")
    found = library.collections(), [(d, library.text(d.id)) for d in library.documents()]
    library.close()
    return found, {p.name: p.read_bytes() for p in (home / "lexicon").iterdir()}, (home / "decision.json").read_bytes()


def version(home: Path) -> int:
    library = Library(home / "library.db")
    try:
        return library.version
    finally:
        library.close()


def test_what_is_put_back_is_what_was_taken(home: Path, taken: Path, tmp_path: Path) -> None:
    before, known = content(home), version(home)
    library = Library(home / "library.db")
    for d in library.documents():
        library.remove(d.id)
    library.close()
    (home / "lexicon" / "synonyms.tsv").write_text("x", encoding="utf-8")
    (home / "decision.json").unlink()
    restore(home, taken)
    assert content(home) == before
    assert version(home) > known + 2
    restore(tmp_path / "new", taken)
    assert content(tmp_path / "new") == before
    assert not list(home.glob(".*"))


def test_a_backup_is_taken_while_somebody_writes(home: Path, tmp_path: Path) -> None:
    with sqlite3.connect(home / "library.db") as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM document")
        backup(home, tmp_path / "b.zip")
        db.execute("ROLLBACK")
    restore(tmp_path / "new", tmp_path / "b.zip")
    assert content(tmp_path / "new") == content(home)


async def test_a_running_bot_answers_from_what_was_put_back(bot: Bot, tmp_path: Path) -> None:
    an = bot.server.user("An")
    backup(bot.settings.home, tmp_path / "b.zip")
    bot.server.say(an, "/vanban 01-KL/TU")
    assert (await bot.server.wait_for_message(an)).buttons
    for d in bot.library.documents():
        bot.library.remove(d.id)
    bot.server.say(an, "/vanban 01-KL/TU")
    assert "không có" in (await bot.server.wait_for_message(an)).text
    restore(bot.settings.home, tmp_path / "b.zip")
    bot.server.say(an, "/vanban 01-KL/TU")
    assert "Kết luận số 01-KL/TU" in (await bot.server.wait_for_message(an)).bold[0]


@pytest.mark.parametrize("where", ["header", "middle", "everywhere", "truncated", "gone"])
def test_a_damaged_library_is_not_backed_up_and_is_put_back(
    home: Path, taken: Path, tmp_path: Path, where: str
) -> None:
    before = content(home)
    path = home / "library.db"
    raw = bytearray(path.read_bytes())
    match where:
        case "header":
            raw[:100] = b"\xff" * 100
        case "middle":
            raw[5000:9000] = b"\x5a" * 4000
        case "everywhere":
            raw = bytearray(b"\x00" * len(raw))
        case "truncated":
            raw = raw[: len(raw) // 2]
    path.unlink() if where == "gone" else path.write_bytes(raw)
    if where != "gone":
        with pytest.raises((LibraryError, BackupError)):
            backup(home, tmp_path / "second.zip")
    assert not (tmp_path / "second.zip").exists()
    restore(home, taken)
    assert content(home) == before


@settings(max_examples=40, deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255), cut=st.booleans())
def test_a_changed_backup_is_refused_or_puts_back_the_same(
    where: float, bits: int, cut: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("backup")
    library = Library(folder / "home" / "library.db")
    library.put(conclusion())
    library.close()
    (folder / "home" / "lexicon").mkdir()
    (folder / "home" / "decision.json").write_text("{}")
    backup(folder / "home", folder / "b.zip")
    before, known = content(folder / "home"), version(folder / "home")
    raw = bytearray((folder / "b.zip").read_bytes())
    at = int(where * len(raw))
    if cut:
        del raw[at:]
    else:
        raw[at] ^= bits
    (folder / "b.zip").write_bytes(raw)
    try:
        restore(folder / "home", folder / "b.zip")
    except BackupError:
        assert version(folder / "home") == known
    assert content(folder / "home") == before


@pytest.mark.parametrize("name", ["../library.db", "/etc/passwd", "inbox.db", "lexicon/../../x.tsv", "lexicon/a.py"])
def test_a_file_with_no_place_in_a_backup_is_refused(home: Path, taken: Path, tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(taken) as z:
        parts = {n: z.read(n) for n in z.namelist()}
    manifest = json.loads(parts["manifest.json"])
    manifest["files"][name] = {"sha256": "0" * 64, "size": 1}
    with zipfile.ZipFile(tmp_path / "forged.zip", "w") as z:
        for n, content_ in (parts | {"manifest.json": json.dumps(manifest).encode(), name: b"x"}).items():
            z.writestr(n, content_)
    with pytest.raises(BackupError, match="no place"):
        restore(home, tmp_path / "forged.zip")


def test_there_must_be_something_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(BackupError):
        backup(tmp_path / "nothing", tmp_path / "b.zip")
    with pytest.raises(BackupError):
        restore(tmp_path / "home", tmp_path / "no-such.zip")
