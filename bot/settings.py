"""The one configuration: environment variables (or a .env file) with the prefix TRICHDAN_.

Every default works offline on one machine. README.md lists them for operators; tests/bot/test_settings.py keeps the two
lists equal.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import BotError


class SettingsError(BotError):
    """A variable that is set to something unusable: says which and what it takes."""

    code = "settings"


def _default_home() -> Path:
    return Path.home() / ".local" / "share" / "trichdan"


class Settings(BaseSettings):
    """What an operator may set. Times in seconds."""

    model_config = SettingsConfigDict(env_prefix="TRICHDAN_", env_file=".env", extra="ignore")

    home: Path = Field(default_factory=_default_home, description="data folder")
    database_url: SecretStr | None = Field(None, description="PostgreSQL for several machines; empty: SQLite in home")
    vectors: SecretStr | None = Field(None, description="Milvus for very large libraries; empty: FAISS in home")
    model: str | None = Field(None, description="another sentence-transformers model, by path or hub id")
    language: Literal["vi", "en"] = Field("vi", description="language of the command line and of groups")
    results: int = Field(3, ge=1, le=10, description="passages offered for one question")
    token: SecretStr | None = Field(None, description="the bot's token from @BotFather")
    api_url: str | None = Field(None, description="another Bot API server, e.g. http://127.0.0.1:8081")
    admins: Annotated[tuple[int, ...], NoDecode] = Field((), description="Telegram user ids, comma-separated")
    upload_mb: int = Field(20, ge=1, le=2000, description="largest file taken from a chat, MB")
    webhook_url: str | None = Field(None, description="public https address; empty means polling")
    webhook_secret: SecretStr | None = Field(None, description="secret token Telegram sends with every webhook call")
    webhook_listen: str = Field("127.0.0.1", description="address the webhook listens on")
    webhook_port: int = Field(8443, ge=1, le=65535, description="port the webhook listens on")
    processes: int = Field(0, ge=0, le=256, description="processes that search when questions come together; 0: cores")
    questions_per_minute: int = Field(20, ge=0, description="questions a person may ask in a minute; 0: any number")
    log_days: int = Field(30, ge=0, description="days a question is kept where a chat agreed to it; 0: never")
    log_format: Literal["text", "json"] = Field("text", description="log lines for people, or JSON for machines")
    health_port: int = Field(9317, ge=0, le=65535, description="port of /healthz and /metrics; 0: none")
    health_listen: str = Field("127.0.0.1", description="address they listen on")

    @field_validator("admins", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator(
        "database_url", "vectors", "token", "model", "api_url", "webhook_url", "webhook_secret", mode="before"
    )
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("api_url", "webhook_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/") if value else value

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://")
        return value

    @field_validator("vectors")
    @classmethod
    def _milvus(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("milvus://"):
            raise ValueError("must begin with milvus://")
        return value

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()


def load_settings(home: Path | None = None) -> Settings:
    """Settings from the environment; `home` (the --home option) wins. SettingsError when a variable is unusable."""
    try:
        return Settings.model_validate({"home": home}) if home else Settings()  # type: ignore[call-arg]
    except ValidationError as e:
        first = e.errors()[0]
        name = "TRICHDAN_" + "_".join(str(p) for p in first["loc"][:1]).upper()
        raise SettingsError(f"{name}: {first['msg']}", variable=name, reason=first["msg"]) from e
