"""What an operator sets is read as documented, and a wrong value names its variable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, load_settings

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TRICHDAN_{name.upper()}", raising=False)


@pytest.mark.parametrize("readme", ["README.md", "README.vi.md"])
def test_the_readme_lists_every_variable_and_no_other(readme: str) -> None:
    listed = set(re.findall(r"^\| `(TRICHDAN_\w+)`", (ROOT / readme).read_text(encoding="utf-8"), re.MULTILINE))
    assert listed == {f"TRICHDAN_{name.upper()}" for name in Settings.model_fields}


def test_everything_has_a_default_that_works() -> None:
    settings = load_settings()
    assert settings.home.is_absolute()
    assert settings.token is None


def test_admins_are_a_comma_separated_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRICHDAN_ADMINS", "12, 34,")
    assert load_settings().admins == (12, 34)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADMINS", "mười hai"),
        ("RESULTS", "0"),
        ("RESULTS", "nhiều"),
        ("LANGUAGE", "fr"),
        ("API_URL", "127.0.0.1:8081"),
        ("WEBHOOK_PORT", "70000"),
    ],
)
def test_a_wrong_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"TRICHDAN_{name}", value)
    with pytest.raises(SettingsError, match=f"TRICHDAN_{name}: "):
        load_settings()


def test_an_empty_variable_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRICHDAN_MODEL", "")
    monkeypatch.setenv("TRICHDAN_TOKEN", " ")
    settings = load_settings()
    assert settings.model is None
    assert settings.token is None


def test_the_home_option_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRICHDAN_HOME", str(tmp_path / "a"))
    assert load_settings(tmp_path / "b").home == tmp_path / "b"


def test_the_token_never_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRICHDAN_TOKEN", "123:abcdef")
    assert "abcdef" not in repr(load_settings())
