"""The bot's life: reach Telegram, introduce itself, take updates by polling or webhook until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import logging
import signal
from collections.abc import Awaitable, Callable
from enum import StrEnum

from telegram import Bot, Update
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.app import App, build_application
from bot.database import worker_name
from bot.desk import Asks, Desk
from bot.election import Election
from bot.errors import BotError
from bot.inbox import NEWS, Inbox, open_inbox
from bot.logs import log_as, mask_secrets
from bot.pace import asked_to_wait
from bot.polling import Poller
from bot.profile import introduce
from bot.settings import Settings
from bot.supervisor import Leaving, Listening, Polling, Source, Supervisor
from bot.webhook import PATH, Webhook
from bot.worker import Worker
from corpus.database import AwayError
from corpus.library import Library

log = logging.getLogger(__name__)

TELEGRAM = "https://api.telegram.org"
REFRESH_EVERY = 5.0  # seconds
SETTLE = 0.5  # seconds in which more of the same may come
ATTEMPTS = 5
FIRST_WAIT = 1.0  # seconds, doubled after each attempt
LONGEST_WAIT = 60.0  # seconds, where Telegram asks for it
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


class Part(StrEnum):
    """What one of several processes does."""

    ALL = "all"
    POLL = "poll"  # takes updates, by polling or webhook
    ANSWER = "answer"


class AloneError(BotError):
    """A part of the bot is to run by itself, without a database that the parts share."""

    code = "part_alone"


def check_part(settings: Settings, part: Part) -> None:
    """AloneError where this part needs others and there cannot be any."""
    if part is not Part.ALL and settings.database_url is None:
        raise AloneError("--only is for several processes on one PostgreSQL: set TRICHDAN_DATABASE_URL")


def run_bot(settings: Settings, engine: Asks, library: Library, part: Part = Part.ALL) -> None:
    """Runs until SIGINT or SIGTERM. BotError when it cannot start."""

    # An operator sees that it runs, who it is, and what goes wrong, whatever the level of other programs' lines.
    logging.getLogger("bot").setLevel(logging.INFO)
    log_as(settings.log_format)

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            # Not every platform's loop has this; there Ctrl-C still ends the process.
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve(settings, engine, library, stop, part)

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
        except TelegramError:
            raise _unreachable(settings) from None

    return asyncio.run(ask())


async def serve(settings: Settings, engine: Asks, library: Library, stop: asyncio.Event, part: Part = Part.ALL) -> None:
    """Runs until `stop` is set; what is being answered then is finished first, the rest waits for the next start.

    BotError when it cannot start, when Telegram takes the token back while it runs, and when polling ends for good.
    """
    _token(settings)
    check_part(settings, part)
    inbox = open_inbox(settings)
    application = build_application(settings, engine, library, inbox)
    desk, polling = application.bot_data["desk"], application.bot_data["polling"]
    try:
        await _reach(application, settings)
        await inbox.belongs_to(application.bot.id)
        worker = Worker(application, inbox, application.bot_data["outbox"], worker_name(settings))
        await application.start()
        try:
            if part is not Part.POLL:
                await worker.begin()
            source = await _source(application, settings, worker, inbox, part)
            beside = [asyncio.create_task(_introduce(settings, desk)), asyncio.create_task(_keep_fresh(desk))]
            try:
                async with Supervisor(settings, worker, polling, source) as supervisor:
                    await supervisor.until(stop)
            except InvalidToken:
                raise _refused(settings) from None
            finally:
                for task in beside:
                    task.cancel()
                await source.close()
        finally:
            desk.hurry()
            await worker.stop()
    finally:
        if application.running:
            await application.stop()
        await application.shutdown()
        # Where the start failed the application was never up, and does not close its connections itself.
        for connections in (application.bot.request, polling):
            await connections.shutdown()
        await asyncio.to_thread(inbox.close)
        desk.close()
    log.info("stopped")


async def _introduce(settings: Settings, desk: Desk) -> None:
    named = [a.person for a in await desk.run(desk.roles.administrators)]
    with contextlib.suppress(TelegramError):
        async with Bot(_token(settings), base_url=_base_url(settings)) as bot:
            await introduce(bot, settings.admins, named)


async def _keep_fresh(desk: Desk) -> None:
    """What another process has changed, documents and settings of chats, is known here at once where that is announced,
    a few seconds later where it is not."""
    loop, changed = asyncio.get_running_loop(), asyncio.Event()

    def heard(topic: str) -> None:
        if topic == NEWS:
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(changed.set)

    desk.library.database.listen(heard)
    while True:
        changed.clear()
        try:
            await desk.run(desk.kept.refresh)
            if await desk.run(desk.engine.refresh):
                log.info("the library has changed; its new version is searched now")
            elif await desk.run_slowly(desk.engine.compact):
                log.info("small parts of the index were joined")
        except Exception:
            # Searches go on with what is loaded; the next round tries again.
            log.exception("the index could not be brought up to date")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), REFRESH_EVERY)
            # What a chat chose holds from its next message on; documents may come in numbers.
            changed.clear()
            with contextlib.suppress(AwayError):
                await desk.run(desk.kept.refresh)
            await asyncio.sleep(SETTLE)


async def _reach(application: App, settings: Settings) -> None:
    """Initializes the application (getMe). Telegram's own errors carry the token, so they are not passed on."""
    api = settings.api_url or TELEGRAM
    wait = FIRST_WAIT
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await application.initialize()
        except InvalidToken:
            raise _refused(settings) from None
        except TelegramError as e:
            log.warning("%s cannot be reached (attempt %s of %s): %s", api, attempt, ATTEMPTS, e.message)
            wait = max(wait, _asked_to_wait(e))
        else:
            log.info("%s: running as @%s", api, application.bot.username)
            return
        if attempt < ATTEMPTS:
            await asyncio.sleep(wait)
            wait *= 2
    raise _unreachable(settings)


async def _source(application: App, settings: Settings, worker: Worker, inbox: Inbox, part: Part) -> Source:
    """Where updates come from, ready to be run."""
    bot = application.bot
    if part is Part.ANSWER:
        log.info("answering what others take")
        return Leaving()
    if not settings.webhook_url:
        # A webhook left behind is taken away first.
        await _insist(bot.delete_webhook, settings)
        log.info("polling")
        poller = Poller(bot, application.bot_data["polling"], worker, TAKEN)
        return Polling(poller, Election(inbox.database, "polling"))
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else _secret(settings)
    webhook = Webhook(bot, worker, secret)
    try:
        webhook.listen(settings.webhook_listen, settings.webhook_port)
        url = f"{settings.webhook_url.rstrip('/')}/{PATH}"
        await bot.set_webhook(url, secret_token=secret, allowed_updates=TAKEN)
    except (TelegramError, OSError) as e:
        await webhook.close()
        raise WebhookError(
            f"webhook {settings.webhook_url}: {e}; check TRICHDAN_WEBHOOK_URL, _LISTEN and _PORT",
            url=settings.webhook_url,
            reason=str(e),
        ) from None
    log.info("webhook on %s port %s", settings.webhook_listen, settings.webhook_port)
    return Listening(webhook)


def _secret(settings: Settings) -> str:
    """What nobody knows who does not know the token; every process of the bot has the same."""
    return hmac.new(_token(settings).encode(), b"webhook", hashlib.sha256).hexdigest()


async def _insist(call: Callable[[], Awaitable[object]], settings: Settings) -> None:
    """Makes a call that may fail like any other; BotError when it does every time."""
    wait = FIRST_WAIT
    for _ in range(ATTEMPTS):
        try:
            await call()
        except InvalidToken:
            raise _refused(settings) from None
        except TelegramError as e:
            log.warning("%s", e.message)
            await asyncio.sleep(max(wait, _asked_to_wait(e)))
            wait *= 2
        else:
            return
    raise _unreachable(settings)


def _asked_to_wait(error: TelegramError) -> float:
    """Seconds that Telegram asks for, within reason."""
    return min(LONGEST_WAIT, asked_to_wait(error)) if isinstance(error, RetryAfter) else 0.0


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
