"""What Telegram shows of the bot before anybody writes to it: its commands and its description, in both languages."""

from __future__ import annotations

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
    (BotCommandScopeDefault(), ("hoi", "vanban", "muc", "help")),
    (BotCommandScopeAllPrivateChats(), ("vanban", "muc", "start", "help")),
    (BotCommandScopeAllGroupChats(), ("hoi", "vanban", "muc", "help")),
)


async def introduce(bot: Bot) -> None:
    """Sets commands and description. A failure is only logged: people can ask without them.

    `bot` has no rate limiter of its own: Telegram may ask for hours of patience here, and answers must not wait for it.
    """
    for step in (_commands, _description):
        for lang in LANGUAGES:
            try:
                # English is also for everybody whose language has no list of its own.
                await step(bot, lang, None if lang == "en" else lang)
            except TelegramError as e:
                log.warning("%s in %s could not be set: %s", step.__name__.strip("_"), lang, e.message)


async def _commands(bot: Bot, lang: str, code: str | None) -> None:
    for scope, names in COMMANDS:
        commands = [BotCommand(n, text(lang, f"command.{n}")) for n in names]
        await bot.set_my_commands(commands, scope=scope, language_code=code)


async def _description(bot: Bot, lang: str, code: str | None) -> None:
    """Asks first: Telegram allows few changes of these."""
    long, short = text(lang, "profile.description"), text(lang, "profile.short")
    if (await bot.get_my_description(code)).description != long:
        await bot.set_my_description(long, code)
    if (await bot.get_my_short_description(code)).short_description != short:
        await bot.set_my_short_description(short, code)
