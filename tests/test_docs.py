"""The documents about the project name what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_every_file_the_architecture_names_exists() -> None:
    named = re.findall(
        r"`((?:bot|retrieval|embeddings|corpus|tests)/[\w/]+\.py)`", (ROOT / "ARCHITECTURE.md").read_text()
    )
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("readme", ["README.md", "README.vi.md"])
def test_the_readme_lists_every_command(readme: str) -> None:
    from bot.cli import app

    text = (ROOT / readme).read_text(encoding="utf-8")
    names = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert len(names) > 8
    assert {name for name in names - {"demo"} if f"trichdan {name}" not in text} == set()
    assert "make demo" in text
    assert "make test" in text


@pytest.mark.parametrize("room", ["bot", "retrieval", "embeddings", "corpus"])
def test_every_file_says_its_job_on_its_first_line(room: str) -> None:
    files = [f for f in (ROOT / room).rglob("*.py") if f.read_text(encoding="utf-8").strip()]
    assert [f for f in files if not f.read_text(encoding="utf-8").startswith('"""')] == []
