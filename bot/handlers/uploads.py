"""A file from an administrator: fetched, read beside everything else, and shown as a draft to publish."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, field

from telegram import Message, Update
from telegram.error import BadRequest, TelegramError
from telegram.ext import CommandHandler, ContextTypes, ExtBot, MessageHandler, filters

from bot import draft_cards
from bot.desk import Desk
from bot.drafts import Draft
from bot.explain import explain
from bot.group_admins import is_group
from bot.handlers.admitting import admitted
from bot.handlers.beside import beside
from bot.handlers.showing import turn
from bot.handlers.waiting import waiting
from bot.messages import html
from bot.publishing import plan
from bot.render import Screen
from bot.send import reply
from bot.uploads import MIB, read_sent
from corpus.access import PUBLIC, Collection
from corpus.errors import CorpusError

NEW = filters.UpdateType.MESSAGE
FILES = filters.Document.ALL | filters.PHOTO
ADD_COMMAND = "them"
CAPTIONED = filters.CaptionRegex(re.compile(rf"^/{ADD_COMMAND}(?:@\w+)?(?:\s|$)", re.IGNORECASE))
READINGS = 3  # of one file, where the program ended meanwhile each time
ALBUM = 1.5  # seconds after which no further photograph of an album is waited for


@dataclass(frozen=True, slots=True)
class Sent:
    """A file of a message, not fetched yet. `name` is what the sender called it."""

    id: str
    size: int
    name: str | None
    default: str


@dataclass(slots=True)
class Album:
    """Photographs that were sent together: those that have come, by message."""

    photos: list[tuple[int, Sent]]
    through: asyncio.Event = field(default_factory=asyncio.Event)


async def sent_privately(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """A file in a private chat: a draft for an administrator, a polite line for everybody else."""
    photo = update.message is not None and update.message.photo
    by = await admitted(update, context, "help.only_text" if photo else "upload.admins_only")
    if by is None:
        return
    message, _, desk, _ = by
    beside(_received(message, desk, context.bot), update, context)


async def add(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """`/them` under a file, or as a reply to one: a draft, also in a group."""
    by = await admitted(update, context)
    if by is None:
        return
    message, _, desk, lang = by
    found = _sent(message) or (_sent(message.reply_to_message) if message.reply_to_message else None)
    if found is None:
        await reply(message, Screen(html(lang, "upload.how")))
        return
    beside(_draft(message, [found], desk, context.bot), update, context)


def _sent(message: Message) -> Sent | None:
    if message.document:
        d = message.document
        return Sent(d.file_id, d.file_size or 0, d.file_name, f"tep-{d.file_unique_id[:12]}")
    if message.photo:
        p = message.photo[-1]
        return Sent(p.file_id, p.file_size or 0, None, f"anh-{p.file_unique_id[:12]}.jpg")
    return None


async def _received(message: Message, desk: Desk, bot: ExtBot[None]) -> None:
    """A draft of the message's file. An album of photographs is read for its first message, and the others are through
    when that one is: after a crash all of them come again."""
    found = _sent(message)
    if found is None:
        return
    if not message.photo or message.media_group_id is None:
        await _draft(message, [found], desk, bot)
        return
    key = (message.chat_id, message.media_group_id)
    album = desk.albums.get(key)
    if album is not None:
        album.photos.append((message.message_id, found))
        await album.through.wait()
        return
    album = desk.albums[key] = Album([(message.message_id, found)])
    try:
        count = 0
        while count < len(album.photos):
            count = len(album.photos)
            await asyncio.sleep(ALBUM)
        del desk.albums[key]
        await _draft(message, [sent for _, sent in sorted(album.photos, key=lambda p: p[0])], desk, bot)
    finally:
        desk.albums.pop(key, None)
        album.through.set()


async def _draft(message: Message, files: list[Sent], desk: Desk, bot: ExtBot[None]) -> None:
    lang = desk.language(message.chat, message.from_user)
    limit = desk.settings.upload_mb * MIB
    if sum(f.size for f in files) > limit:
        await reply(message, Screen(html(lang, "upload.too_large", limit=desk.settings.upload_mb)))
        return
    progress = await reply(message, Screen(html(lang, "upload.fetching")))
    begun = await desk.run(desk.kept.drafts.begin, message.chat_id, message.message_id)
    if begun > READINGS:
        screen = Screen(html(lang, "upload.ended_the_bot"))
        await turn(bot, message.chat_id, progress.message_id, screen, desk)
        return
    try:
        parts = [await _fetch(bot, f) for f in files]
        if sum(map(len, parts)) > limit:
            await turn(bot, message.chat_id, progress.message_id, _too_large(desk, lang), desk)
            return
        default = files[0].default if len(files) == 1 else f"{files[0].default.removesuffix('.jpg')}.pdf"
        async with waiting(bot, progress, lambda n: Screen(html(lang, "upload.reading", seconds=n))):
            directives = await desk.run_slowly(read_sent, desk.settings.home, files[0].name, parts, default)
    except BadRequest as e:
        # Telegram does not hand bots files above its own limit.
        key = "upload.too_large" if "too big" in e.message.lower() else "upload.lost"
        screen = Screen(html(lang, key, limit=desk.settings.upload_mb))
        await turn(bot, message.chat_id, progress.message_id, screen, desk)
        return
    except CorpusError as e:
        key = "upload.interrupted" if desk.ending else "upload.refused"
        screen = Screen(html(lang, key, reason=explain(e, lang)))
        await turn(bot, message.chat_id, progress.message_id, screen, desk)
        return
    except Exception:
        # This update is not dealt with again: it has had its turn.
        key = "upload.interrupted" if desk.ending else "error.unexpected"
        with contextlib.suppress(TelegramError):
            await turn(bot, message.chat_id, progress.message_id, Screen(html(lang, key)), desk)
        raise
    draft = await desk.run(desk.kept.drafts.keep, message.chat_id, directives)
    screen = await draft_screen(draft, message, desk, lang)
    await turn(bot, message.chat_id, progress.message_id, screen, desk)


async def draft_screen(draft: Draft, message: Message, desk: Desk, lang: str) -> Screen:
    """The preview of a draft in `message`'s chat."""
    return await desk.run(_preview, draft, message.chat_id, is_group(message.chat), desk, lang)


def _preview(draft: Draft, chat: int, group: bool, desk: Desk, lang: str) -> Screen:
    plans = [plan(desk.library, d, PUBLIC, separate=draft.separate) for d in draft.directives]
    return draft_cards.preview(draft, plans, group, elsewhere(desk), lang)


def elsewhere(desk: Desk) -> list[Collection]:
    """The collections besides everyone's; blocking."""
    return [c for c in desk.library.collections() if c.id != PUBLIC]


def _too_large(desk: Desk, lang: str) -> Screen:
    return Screen(html(lang, "upload.too_large", limit=desk.settings.upload_mb))


async def _fetch(bot: ExtBot[None], sent: Sent) -> bytes:
    file = await bot.get_file(sent.id)
    return bytes(await file.download_as_bytearray())


HANDLERS = (
    CommandHandler(ADD_COMMAND, add, filters=NEW),
    MessageHandler(NEW & filters.ChatType.GROUPS & FILES & CAPTIONED, add),
    MessageHandler(NEW & filters.ChatType.PRIVATE & FILES, sent_privately),
)
