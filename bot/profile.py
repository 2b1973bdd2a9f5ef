"""What Telegram shows of the bot before anybody writes to it: its commands and its description, in both languages."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)
from telegram.error import TelegramError

from bot.messages import LANGUAGES, text

log = logging.getLogger(__name__)

PRIVATE = ("vanban", "muc", "anh", "ngonngu", "caidat", "nhatky", "quen", "start", "help")
GROUP = ("hoi", "vanban", "muc", "anh", "help")
ADMIN = ("hieuluc", "xoa", "hoantac", "thongke")
# Commands are ASCII: Telegram takes no other.
COMMANDS: tuple[tuple[BotCommandScope, tuple[str, ...]], ...] = (
    (BotCommandScopeDefault(), ("hoi", "vanban", "muc", "help")),
    (BotCommandScopeAllPrivateChats(), PRIVATE),
    (BotCommandScopeAllGroupChats(), GROUP),
    (BotCommandScopeAllChatAdministrators(), (*GROUP[:-1], "caidat", "nhatky", "them", "help")),
)


async def introduce(bot: Bot, owners: Iterable[int] = (), administrators: Iterable[int] = ()) -> None:
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

    for person in owners:
        await introduce_to_admin(bot, person, owner=True)
    for person in administrators:
        await introduce_to_admin(bot, person)


async def introduce_to_admin(bot: Bot, person: int, *, owner: bool = False) -> None:
    """The commands an administrator has in the private chat, where they have opened one with the bot."""
    names = (*PRIVATE[:-2], *ADMIN, *(("quyen",) if owner else ()), "help")
    for lang in LANGUAGES:
        commands = [BotCommand(n, text(lang, f"command.{n}")) for n in names]
        with contextlib.suppress(TelegramError):
            scope = BotCommandScopeChat(person)
            await bot.set_my_commands(commands, scope=scope, language_code=None if lang == "en" else lang)


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
