"""A screen to a chat, and what it shows remembered: a reply to the message asks about that document."""

from __future__ import annotations

from dataclasses import replace

from telegram import Bot, Message
from telegram.ext import ExtBot

from bot import render
from bot.callback import Post
from bot.desk import Desk
from bot.messages import text
from bot.question import GROUPS
from bot.render import Button, Screen, folded
from bot.send import edit, reply
from corpus.access import PUBLIC
from retrieval.answer import Answer


async def reply_with(message: Message, screen: Screen) -> Message:
    """Sends the screen as a reply to `message`; in a group its quotes are folded."""
    return await reply(message, folded(screen) if message.chat.type in GROUPS else screen)


async def show(message: Message, screen: Screen, desk: Desk) -> Message:
    """As `reply_with`, and remembers which document it shows."""
    sent = await reply_with(message, screen)
    await point(sent, screen, desk)
    return sent


async def point(sent: Message, screen: Screen, desk: Desk) -> None:
    """Remembers which document a message of the bot's shows."""
    if screen.document:
        await desk.run(desk.memory.point, sent.chat_id, sent.message_id, screen.document)


async def turn(bot: ExtBot[None], chat_id: int, message_id: int, screen: Screen, desk: Desk) -> bool:
    """Puts the screen in place of a message of the bot's; False when that cannot be done."""
    if not await edit(bot, chat_id, message_id, screen):
        return False
    await desk.run(desk.memory.point, chat_id, message_id, screen.document)
    return True


async def answer_screen(
    found: Answer,
    chat: int,
    lang: str,
    desk: Desk,
    bot: Bot,
    n: int = 0,
    *,
    fold: bool = False,
    post: str | None = None,
) -> Screen:
    """The screen for result `n` of an answer to a question of `chat`; `post` is HTML to go first, and adds the button
    that posts the answer for the group it was asked in."""

    def screen() -> Screen:
        sight = desk.sight(chat)
        info = sight.info(found.passages[n].citation.document_id) if n < len(found.passages) else None
        # What is not everyone's is not found in inline mode, and is not to be passed on.
        share = bool(info and info.collection == PUBLIC and bot.supports_inline_queries)
        return render.answer(
            found,
            sight,
            lang,
            n,
            fold=fold,
            bot=bot.username,
            share=share,
            standing=desk.standing(chat, sight),
            above=post or "",
        )

    shown = await desk.run(screen)
    if post is None or not found.passages:
        return shown
    return replace(shown, rows=(*shown.rows, (Button(text(lang, "button.post"), Post()),)))
