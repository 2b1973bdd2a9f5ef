"""The Telegram application: handlers over an engine and a library."""

from __future__ import annotations

from typing import Any

from telegram.ext import AIORateLimiter, Application, ApplicationBuilder

from bot.desk import Asks, Desk
from bot.handlers import (
    browse,
    buttons,
    drafts,
    edits,
    failures,
    inline,
    preferences,
    privately,
    questions,
    roles,
    start,
    undo,
    uploads,
    validity,
)
from bot.kept import Kept
from bot.logs import mask_secrets
from bot.memory import Memory
from bot.polling import PollingRequest
from bot.processor import ChatByChat
from bot.settings import Settings
from bot.uploads import sweep
from corpus.library import Library

App = Application[Any, Any, Any, Any, Any, Any]
RETRIES = 5  # after a 429, each after the time Telegram asks for
CONNECTIONS = 32
# In this order: the first that takes an update has it.
PURPOSES = (
    browse,
    preferences,
    privately,
    roles,
    uploads,
    drafts,
    undo,
    validity,
    start,
    questions,
    edits,
    buttons,
    inline,
)


def build_application(settings: Settings, engine: Asks, library: Library, memory: Memory | None = None) -> App:
    """The application, ready to be initialized. `settings.token` must be set. Without `memory` one is kept in the
    data folder."""
    assert settings.token is not None, "the caller checks the token"
    mask_secrets(settings.token, settings.webhook_secret)
    polling = PollingRequest()
    builder = (
        ApplicationBuilder()
        .token(settings.token.get_secret_value())
        .rate_limiter(AIORateLimiter(max_retries=RETRIES))
        .concurrent_updates(ChatByChat())
        .connection_pool_size(CONNECTIONS)
        .get_updates_request(polling)
    )
    if settings.api_url:
        builder = builder.base_url(f"{settings.api_url}/bot").base_file_url(f"{settings.api_url}/file/bot")
    application = builder.build()
    path = settings.home / "bot.db"
    sweep(settings.home)
    application.bot_data["desk"] = Desk(settings, engine, library, memory or Memory(path), Kept(path))
    application.bot_data["polling"] = polling
    for purpose in PURPOSES:
        application.add_handlers(purpose.HANDLERS)
    application.add_handlers(drafts.FIRST, group=-1)
    application.add_error_handler(failures.failed)
    return application
