"""The Telegram application: handlers over an engine and a library."""

from __future__ import annotations

from typing import Any

from telegram.ext import Application, ApplicationBuilder

from bot.database import BOT, open_database, pace_of
from bot.desk import Asks, Desk
from bot.handlers import (
    browse,
    buttons,
    drafts,
    edits,
    failures,
    inline,
    limits,
    moved,
    own_data,
    pictures,
    preferences,
    privately,
    questions,
    roles,
    start,
    undo,
    uploads,
    validity,
)
from bot.inbox import Inbox
from bot.kept import Kept
from bot.logs import mask_secrets
from bot.outbox import Outbox
from bot.polling import PollingRequest
from bot.settings import Settings
from bot.uploads import sweep
from corpus.library import Library

App = Application[Any, Any, Any, Any, Any, Any]
CONNECTIONS = 32
# In this order: the first that takes an update has it.
PURPOSES = (
    moved,
    browse,
    preferences,
    privately,
    roles,
    uploads,
    drafts,
    undo,
    validity,
    pictures,
    own_data,
    start,
    questions,
    edits,
    buttons,
    inline,
)


def build_application(settings: Settings, engine: Asks, library: Library, inbox: Inbox) -> App:
    """The application, ready to be initialized. `settings.token` must be set. It takes no updates by itself."""
    assert settings.token is not None, "the caller checks the token"
    mask_secrets(settings.token, settings.webhook_secret, settings.database_url)
    polling = PollingRequest()
    sweep(settings.home)
    desk = Desk(settings, engine, library, Kept(open_database(settings, BOT), settings.log_days))

    async def migrated(old: int, new: int) -> None:
        await desk.run(desk.chat_moved, old, new)
        await inbox.moved(old, new)

    outbox = Outbox(inbox, migrated, pace_of(settings, inbox.database))
    builder = (
        ApplicationBuilder()
        .token(settings.token.get_secret_value())
        .updater(None)
        .rate_limiter(outbox)
        .connection_pool_size(CONNECTIONS)
        .get_updates_request(polling)
    )
    if settings.api_url:
        builder = builder.base_url(f"{settings.api_url}/bot").base_file_url(f"{settings.api_url}/file/bot")
    application = builder.build()
    application.bot_data.update(desk=desk, polling=polling, outbox=outbox, inbox=inbox, migrated=migrated)
    for purpose in PURPOSES:
        application.add_handlers(purpose.HANDLERS)
    application.add_handlers(limits.FIRST, group=-2)
    application.add_handlers(drafts.FIRST, group=-1)
    application.add_error_handler(failures.failed)
    return application
