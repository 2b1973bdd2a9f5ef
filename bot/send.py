"""Screens to Telegram: replies in the right place, edits that may find nothing to do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from telegram import (
    Bot,
    CallbackQuery,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.constants import ChatAction, ChatType, ParseMode
from telegram.error import BadRequest, TelegramError
from telegram.ext import ExtBot

from bot.callback import Action, encode
from bot.render import Button, Link, Screen, Share

log = logging.getLogger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
PATIENCE = 1.0  # seconds
MAX_ALERT = 200  # characters of answerCallbackQuery's text


def keyboard(screen: Screen) -> InlineKeyboardMarkup | None:
    rows = [[_button(b) for b in row] for row in screen.rows]
    return InlineKeyboardMarkup(rows) if rows else None


def _button(b: Button) -> InlineKeyboardButton:
    match b.action:
        case Share(words):
            return InlineKeyboardButton(b.label, switch_inline_query=words)
        case Link(url):
            return InlineKeyboardButton(b.label, url=url)
        case action:
            return InlineKeyboardButton(b.label, callback_data=encode(action))


async def reply(message: Message, screen: Screen) -> Message:
    """Answers `message` in its chat and topic, without a sound in groups; also when the message is gone by now."""
    return await send(
        message.get_bot(),
        message.chat_id,
        screen,
        reply_to=message.message_id,
        thread=message.message_thread_id if message.is_topic_message else None,
        quiet=message.chat.type != ChatType.PRIVATE,
    )


async def send(
    bot: Bot, chat: int, screen: Screen, *, reply_to: int | None = None, thread: int | None = None, quiet: bool = False
) -> Message:
    """Sends the screen to a chat, in a topic of it where one is given."""
    return await bot.send_message(
        chat_id=chat,
        text=screen.html,
        parse_mode=ParseMode.HTML,
        link_preview_options=NO_PREVIEW,
        reply_markup=ForceReply(selective=True) if screen.prompt else keyboard(screen),
        reply_parameters=ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None,
        message_thread_id=thread,
        disable_notification=quiet,
    )


async def reply_photo(message: Message, picture: bytes, caption: str) -> Message:
    """As `reply`, with a picture; the caption is HTML of at most 1024 UTF-16 units."""
    return await message.get_bot().send_photo(
        message.chat_id,
        picture,
        caption=caption,
        parse_mode=ParseMode.HTML,
        reply_parameters=ReplyParameters(message.message_id, allow_sending_without_reply=True),
        message_thread_id=message.message_thread_id if message.is_topic_message else None,
        disable_notification=message.chat.type != ChatType.PRIVATE,
    )


async def edit(bot: ExtBot[None], chat_id: int, message_id: int, screen: Screen) -> bool:
    """Puts `screen` into a message of the bot's; False when that cannot be done (gone, too old). Same again is done."""
    try:
        await bot.edit_message_text(
            screen.html,
            chat_id=chat_id,
            message_id=message_id,
            parse_mode=ParseMode.HTML,
            link_preview_options=NO_PREVIEW,
            reply_markup=keyboard(screen),
        )
    except BadRequest as e:
        if "not modified" in e.message.lower():
            return True
        log.info("an answer could not be edited: %s", e.message)
        return False
    return True


async def without_button(message: Message, action: Action) -> None:
    """Takes a button away from a message of the bot's; that it cannot be done is no error."""
    data, markup = encode(action), message.reply_markup
    rows = [[b for b in row if b.callback_data != data] for row in markup.inline_keyboard] if markup else []
    with contextlib.suppress(BadRequest):
        await message.edit_reply_markup(InlineKeyboardMarkup([row for row in rows if row]))


async def close(query: CallbackQuery, line: str | None = None, *, alert: bool = True) -> None:
    """Ends the button's waiting state, with a line to the person when there is one: to be confirmed (`alert`) or gone
    by itself. Too late is no error."""
    with contextlib.suppress(BadRequest):
        await query.answer(line[:MAX_ALERT] if line else None, show_alert=bool(line) and alert)


@asynccontextmanager
async def typing(message: Message, busy: Callable[[], bool]) -> AsyncIterator[None]:
    """The chat shows "typing" where this takes long. That it cannot be shown is no error.

    It counts against Telegram's limits like a message, and answers would only come later for it: a quick one goes
    without, and so does one that waits because the bot is `busy`.
    """
    show = asyncio.create_task(_show_typing(message, busy))
    try:
        yield
    finally:
        show.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await show


async def _show_typing(message: Message, busy: Callable[[], bool]) -> None:
    await asyncio.sleep(PATIENCE)
    if busy():
        return
    with contextlib.suppress(TelegramError):
        await message.get_bot().send_chat_action(
            message.chat_id,
            ChatAction.TYPING,
            message_thread_id=message.message_thread_id if message.is_topic_message else None,
        )
