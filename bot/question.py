"""Is this message a question to the bot, and which?"""

from __future__ import annotations

import re

from telegram import Message, MessageEntity
from telegram.constants import ChatType

from bot.preferences import When

ASK_COMMAND = "hoi"
SHORT, LONG = 8, 300  # characters of a question nobody put to the bot
GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)


def question_of(message: Message, username: str, bot_id: int, when: When = When.MENTIONS) -> str | None:
    """The question's words, "" when the bot is called without any, None when the message is not for the bot.

    Private chat: every text that is no command. Groups: ``/hoi …`` and, unless `when` says commands only, ``@bot …``
    and replies to the bot. Called without words under somebody's message, that message is the question.
    """
    if not message.text or not _by_a_person(message):
        return None
    text = message.text.strip()
    command = re.match(r"/([A-Za-z0-9_]+)(?:@(\w+))?(?=\s|$)", text)
    if command:
        name, addressee = command[1].lower(), command[2]
        if name != ASK_COMMAND or (addressee and addressee.lower() != username.lower()):
            return None
        return _or_replied(text[command.end() :].strip(), message, bot_id)
    if message.chat.type == ChatType.PRIVATE:
        return text
    if message.chat.type not in GROUPS or when is When.COMMANDS:
        return None
    mention = re.compile(rf"(?<![\w@/.])@{re.escape(username)}\b", re.IGNORECASE)
    if mention.search(text):
        return _or_replied(" ".join(mention.sub(" ", text).split()), message, bot_id)
    if _names(message, bot_id):
        return text
    return text if _replies_to(message, bot_id) else None


def overheard(message: Message) -> str | None:
    """What somebody asks a whole group, the bot not named: one question, to nobody in particular; else None."""
    if message.chat.type not in GROUPS or not message.text or not _by_a_person(message):
        return None
    text = message.text.strip()
    to_somebody = message.reply_to_message and not message.reply_to_message.forum_topic_created
    if to_somebody or message.forward_origin or re.search(r"(?<![\w@/.])@\w", text):
        return None
    return text if text.endswith("?") and SHORT <= len(text) <= LONG and not text.startswith("/") else None


def _by_a_person(message: Message) -> bool:
    """Not another bot, not a channel's automatic copy; anonymous administrators write as their group."""
    if message.is_automatic_forward or message.via_bot:
        return False
    return bool(message.sender_chat or (message.from_user and not message.from_user.is_bot))


def _names(message: Message, bot_id: int) -> bool:
    """Mentioned by name, as clients do for accounts without a username."""
    return any(e.user and e.user.id == bot_id for e in message.entities if e.type == MessageEntity.TEXT_MENTION)


def _replies_to(message: Message, bot_id: int) -> bool:
    replied = message.reply_to_message
    return bool(replied and replied.from_user and replied.from_user.id == bot_id and not replied.forum_topic_created)


def _or_replied(said: str, message: Message, bot_id: int) -> str:
    replied = message.reply_to_message
    if said or not replied or _replies_to(message, bot_id):
        return said
    return (replied.text or replied.caption or "").strip()
