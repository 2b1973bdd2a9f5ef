"""A reply to the bot's answer is about the document just quoted: for that chat and topic, for a time."""

from __future__ import annotations

from telegram import Message

from bot import cards, followup, render
from bot.callback import ShowContents, ShowDocument
from bot.desk import Desk
from bot.followup import Wish
from bot.render import Screen
from retrieval.answer import Answer, Status

# What the engine says of the documents; every other note (a greeting, thanks) is said whatever is asked about.
OF_DOCUMENTS = {"no_document", "no_clause", "below", "corrected"}


async def followed(message: Message, said: str, desk: Desk) -> str | None:
    """The document a message asks about by being a reply; None when it is no such reply or names a document itself."""
    replied = message.reply_to_message
    if replied is None or not said or followup.names_document(said):
        return None
    if message.is_topic_message and replied.message_thread_id != message.message_thread_id:
        return None
    id = await desk.run(desk.memory.shown, message.chat_id, replied.message_id, followup.WITHIN)
    return id if id and await desk.document(id, message.chat_id) else None


async def wished(message: Message, said: str, document: str, desk: Desk) -> Screen | None:
    """The whole document or its table of contents, where that is what the reply says."""
    wish, d = followup.wish_of(said), await desk.document(document, message.chat_id)
    if wish is None or d is None:
        return None
    lang = desk.language(message.chat, message.from_user)
    if wish is Wish.CONTENTS:
        return await desk.run(cards.contents, document, d, ShowContents(document), lang)
    return await desk.run(render.whole, document, d, ShowDocument(document), lang, desk.standing(message.chat_id))


async def find_in(said: str, document: str, chat: int, desk: Desk) -> Answer:
    """The answer in the document; where it has none, in the whole library."""
    plain = await desk.ask(said, chat, document)
    if plain.note and plain.note.code not in OF_DOCUMENTS:
        return plain
    d = await desk.document(document, chat)
    # With its number the question may also be about a clause or the paper itself: "còn khoản 2.3?", "ai ký?".
    named = await desk.ask(f"{followup.full(said)} {d.number}", chat, document) if d and d.number else plain
    for found in (named, plain):
        if found.status is Status.ANSWERED or (found.note and found.note.code == "no_clause"):
            return found
    anywhere = await desk.ask(said, chat)
    if anywhere.status in (Status.ANSWERED, Status.CHOOSE):
        return anywhere
    return next((a for a in (named, plain) if a.status is Status.RELATED), anywhere)
