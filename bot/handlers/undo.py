"""/xoa and /hoantac: a document taken out of the library, and the last change taken back."""

from __future__ import annotations

from telegram import CallbackQuery, Message, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes, filters

from bot import cards
from bot.callback import Action, Remove, Undo
from bot.desk import Desk, desk_of
from bot.handlers.admitting import admitted
from bot.handlers.pressing import Refusal, pressing
from bot.handlers.showing import turn
from bot.messages import html, text
from bot.render import Button, Screen, shorten
from bot.send import reply
from corpus.library import DocumentInfo

NEW = filters.UpdateType.MESSAGE


async def remove(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """`/xoa 07-KL/TW`: takes that document out; where several have the number, asks which."""
    by = await admitted(update, context)
    if by is None:
        return
    message, person, desk, lang = by
    words = " ".join(context.args or ())
    named = await desk.run(lambda: desk.catalogue(message.chat_id).named(words)) if words else None
    found = named.documents if named and not named.rest else ()
    if len(found) == 1:
        screen = await _removed(found[0], person, desk, lang)
    elif found:
        screen = cards.several(found, lang, {i.id: Remove(i.id) for i in found})
    else:
        screen = Screen(html(lang, "undo.unknown" if words else "undo.how_remove", words=words))
    await reply(message, screen)


async def undo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """`/hoantac`: takes back what this administrator changed last, within a day."""
    by = await admitted(update, context)
    if by is None:
        return
    message, person, desk, lang = by
    number = await desk.run(desk.publisher.latest, person)
    if number is None:
        await reply(message, Screen(html(lang, "undo.nothing")))
        return
    screen = await _undone(number, message.chat_id, desk, lang)
    await reply(message, screen or Screen(html(lang, "undo.too_late")))


async def press(
    query: CallbackQuery, message: Message, action: Action, context: ContextTypes.DEFAULT_TYPE
) -> str | None:
    """The same by buttons."""
    desk = desk_of(context)
    lang = desk.language(message.chat, query.from_user)
    if not await desk.run(desk.roles.is_admin, query.from_user.id):
        raise Refusal("upload.admins_only")
    match action:
        case Undo(number):
            screen = await _undone(number, message.chat_id, desk, lang)
            if screen is None:
                raise Refusal("undo.too_late")
        case Remove(document):
            listed = await desk.run(lambda: desk.catalogue(message.chat_id).documents)
            info = next((i for i in listed if i.id == document), None)
            if info is None:
                raise Refusal("press.gone")
            screen = await _removed(info, query.from_user.id, desk, lang)
        case _:
            raise Refusal("press.invalid")
    await turn(context.bot, message.chat_id, message.message_id, screen, desk)
    return None


async def _removed(info: DocumentInfo, person: int, desk: Desk, lang: str) -> Screen:
    number = await desk.run(desk.publisher.remove, info.id, person)
    if number is None:
        return Screen(html(lang, "press.gone"))
    await desk.run(desk.engine.refresh)
    way_back = Button(text(lang, "button.undo"), Undo(number))
    return Screen(html(lang, "undo.removed", name=_name(info)), ((way_back,),))


async def _undone(number: int, chat: int, desk: Desk, lang: str) -> Screen | None:
    back = await desk.run(desk.publisher.undo, number)
    if back is None:
        return None
    await desk.run(desk.engine.refresh)
    if not back:
        return Screen(html(lang, "undo.out"))
    visible = await desk.run(desk.visible, chat)
    # The change may have been made elsewhere: what this chat may not read is not named here.
    named = "; ".join(_name(a.document) for a in back[:5] if a.document.collection in visible)
    return Screen(html(lang, "undo.back", name=named) if named else html(lang, "undo.back_elsewhere"))


def _name(i: DocumentInfo) -> str:
    return shorten(i.number or i.title or i.file, 80)


HANDLERS = (
    CommandHandler("xoa", remove, filters=NEW),
    CommandHandler("hoantac", undo, filters=NEW),
    CallbackQueryHandler(pressing(press), pattern=r"^[uX]\."),
)
