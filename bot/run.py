"""The bot's life: reach Telegram, introduce itself, take updates by polling or webhook until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal

from telegram import Bot, Update
from telegram.error import InvalidToken, NetworkError, TelegramError

from bot.app import App, build_application
from bot.desk import Asks, Desk
from bot.errors import BotError
from bot.logs import mask_secrets
from bot.profile import introduce
from bot.settings import Settings
from corpus.library import Library

log = logging.getLogger(__name__)

TELEGRAM = "https://api.telegram.org"
REFRESH_EVERY = 5.0  # seconds
ATTEMPTS = 5
FIRST_WAIT = 1.0  # seconds, doubled after each attempt
WEBHOOK_PATH = "telegram"
TAKEN = [Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY, Update.INLINE_QUERY]


class NoTokenError(BotError):
    """TRICHDAN_TOKEN is not set."""

    code = "token_missing"


class TokenError(BotError):
    """The Bot API server does not know the token."""

    code = "token_invalid"


class UnreachableError(BotError):
    """The Bot API server cannot be reached."""

    code = "api_unreachable"


class WebhookError(BotError):
    """The webhook cannot be set or listened to."""

    code = "webhook"


def run_bot(settings: Settings, engine: Asks, library: Library) -> None:
    """Runs until SIGINT or SIGTERM. BotError when it cannot start."""

    # An operator sees that it runs, who it is, and what goes wrong, whatever the level of other programs' lines.
    logging.getLogger("bot").setLevel(logging.INFO)

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            # Not every platform's loop has this; there Ctrl-C still ends the process.
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve(settings, engine, library, stop)

    asyncio.run(main())


def check_token(settings: Settings) -> str:
    """Asks the Bot API server who the token belongs to: "@name". BotError when it cannot be told."""

    async def ask() -> str:
        token = _token(settings)
        mask_secrets(settings.token)
        try:
            async with Bot(token, base_url=_base_url(settings)) as bot:
                return f"@{bot.username}"
        except InvalidToken:
            raise _refused(settings) from None
        except NetworkError:
            raise _unreachable(settings) from None

    return asyncio.run(ask())


async def serve(settings: Settings, engine: Asks, library: Library, stop: asyncio.Event) -> None:
    """Runs until `stop` is set; what is being answered then is finished first.

    BotError when it cannot start, and TokenError when Telegram takes the token back while it runs.
    """
    _token(settings)
    application = build_application(settings, engine, library)
    desk = application.bot_data["desk"]
    try:
        await _reach(application, settings)
        beside = [asyncio.create_task(_introduce(settings, desk)), asyncio.create_task(_keep_fresh(desk))]
        try:
            await _take_updates(application, settings)
            await application.start()
            await _until_over(stop, application.bot_data["polling"].refused)
            if not stop.is_set():
                raise _refused(settings)
        finally:
            for task in beside:
                task.cancel()
            desk.hurry()
            if application.updater and application.updater.running:
                # A poll that was refused raises here once more.
                with contextlib.suppress(InvalidToken):
                    await application.updater.stop()
            if application.running:
                await application.stop()
            await application.shutdown()
    finally:
        # Where the start failed the application was never up, and does not close its connections itself.
        for connections in (application.bot.request, application.bot_data["polling"]):
            await connections.shutdown()
        desk.close()
    log.info("stopped")


async def _until_over(*ends: asyncio.Event) -> None:
    """Waits for the first of the events."""
    waiting = [asyncio.create_task(e.wait()) for e in ends]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


async def _introduce(settings: Settings, desk: Desk) -> None:
    named = [a.person for a in await desk.run(desk.roles.administrators)]
    with contextlib.suppress(TelegramError):
        async with Bot(_token(settings), base_url=_base_url(settings)) as bot:
            await introduce(bot, settings.admins, named)


async def _keep_fresh(desk: Desk) -> None:
    """Documents added by another process (`trichdan add`) are searched a few seconds later."""
    while True:
        try:
            if await desk.run(desk.engine.refresh):
                log.info("the library has changed; its new version is searched now")
            elif await desk.run(desk.engine.compact):
                log.info("small parts of the index were joined")
        except Exception:
            # Searches go on with what is loaded; the next round tries again.
            log.exception("the index could not be brought up to date")
        await asyncio.sleep(REFRESH_EVERY)


async def _reach(application: App, settings: Settings) -> None:
    """Initializes the application (getMe). Telegram's own errors carry the token, so they are not passed on."""
    api = settings.api_url or TELEGRAM
    wait = FIRST_WAIT
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await application.initialize()
        except InvalidToken:
            raise _refused(settings) from None
        except NetworkError as e:
            log.warning("%s cannot be reached (attempt %s of %s): %s", api, attempt, ATTEMPTS, e.message)
        else:
            log.info("%s: running as @%s", api, application.bot.username)
            return
        if attempt < ATTEMPTS:
            await asyncio.sleep(wait)
            wait *= 2
    raise _unreachable(settings)


async def _take_updates(application: App, settings: Settings) -> None:
    updater = application.updater
    assert updater is not None
    if not settings.webhook_url:
        try:
            # A webhook left behind is taken away first, which may fail like any call.
            await updater.start_polling(
                allowed_updates=TAKEN, error_callback=_polling_failed, bootstrap_retries=ATTEMPTS
            )
        except InvalidToken:
            raise _refused(settings) from None
        except TelegramError:
            raise _unreachable(settings) from None
        log.info("polling")
        return
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else secrets.token_urlsafe(32)
    try:
        await updater.start_webhook(
            listen=settings.webhook_listen,
            port=settings.webhook_port,
            url_path=WEBHOOK_PATH,
            webhook_url=f"{settings.webhook_url.rstrip('/')}/{WEBHOOK_PATH}",
            secret_token=secret,
            allowed_updates=TAKEN,
        )
    except (TelegramError, OSError) as e:
        raise WebhookError(
            f"webhook {settings.webhook_url}: {e}; check TRICHDAN_WEBHOOK_URL, _LISTEN and _PORT",
            url=settings.webhook_url,
            reason=str(e),
        ) from None
    log.info("webhook on %s port %s", settings.webhook_listen, settings.webhook_port)


def _token(settings: Settings) -> str:
    if settings.token is None:
        raise NoTokenError("no bot token: set TRICHDAN_TOKEN to the token @BotFather gave you")
    return settings.token.get_secret_value()


def _base_url(settings: Settings) -> str:
    return f"{settings.api_url or TELEGRAM}/bot"


def _refused(settings: Settings) -> TokenError:
    api = settings.api_url or TELEGRAM
    advice = "check TRICHDAN_TOKEN (and TRICHDAN_API_URL where it is set)"
    return TokenError(f"{api} does not accept the bot token: {advice}", api=api)


def _unreachable(settings: Settings) -> UnreachableError:
    api = settings.api_url or TELEGRAM
    return UnreachableError(f"{api} cannot be reached: check the network and TRICHDAN_API_URL", api=api)


def _polling_failed(error: TelegramError) -> None:
    log.warning("polling: %s", error.message)
