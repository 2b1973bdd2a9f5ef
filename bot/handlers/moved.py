"""A group that becomes a supergroup gets another id: what belongs to it goes along."""

from __future__ import annotations

from telegram import Update
from telegram.ext import ContextTypes, MessageHandler, filters


async def moved(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Telegram says so in the old chat and in the new one."""
    message = update.message
    if message is None:
        return
    old = message.migrate_from_chat_id or message.chat_id
    new = message.migrate_to_chat_id or message.chat_id
    await context.bot_data["migrated"](old, new)


HANDLERS = (MessageHandler(filters.StatusUpdate.MIGRATE, moved),)
