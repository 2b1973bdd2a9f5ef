"""What Telegram shows of the bot before anybody writes to it: its commands and its description, in both languages."""

from __future__ import annotations

import asyncio
import logging

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)
from telegram.error import TelegramError

from bot.messages import LANGUAGES, text

log = logging.getLogger(__name__)

# Commands are ASCII: Telegram takes no other.
COMMANDS: tuple[tuple[BotCommandScope, tuple[str, ...]], ...] = (
    (BotCommandScopeDefault(), ("hoi", "help")),
    (BotCommandScopeAllPrivateChats(), ("start", "help")),
    (BotCommandScopeAllGroupChats(), ("hoi", "help")),
)


async def introduce(bot: Bot) -> None:
    """Sets what has changed. A failure is only logged: people can ask without it.

    `bot` has no rate limiter of its own: Telegram may ask for hours of patience here, and answers must not wait for it.
    """
    try:
        for lang in LANGUAGES:
            # English is also for everybody whose language has no list of its own.
            await _introduce(bot, lang, "" if lang == "en" else lang)
    except TelegramError as e:
        log.warning("commands and description could not be set: %s", e.message)
    except asyncio.CancelledError:
        log.info("stopped before commands and description were set")
        raise


async def _introduce(bot: Bot, lang: str, code: str) -> None:
    for scope, names in COMMANDS:
        commands = tuple(BotCommand(n, text(lang, f"command.{n}")) for n in names)
        if await bot.get_my_commands(scope=scope, language_code=code) != commands:
            await bot.set_my_commands(commands, scope=scope, language_code=code)
    long, short = text(lang, "profile.description"), text(lang, "profile.short")
    if (await bot.get_my_description(code)).description != long:
        await bot.set_my_description(long, code)
    if (await bot.get_my_short_description(code)).short_description != short:
        await bot.set_my_short_description(short, code)
