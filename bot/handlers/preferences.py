"""/caidat and /ngonngu: a chat's own settings. In a group only its administrators change them."""

from __future__ import annotations

from telegram import CallbackQuery, Chat, Message, Update, User
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes, filters

from bot import panel
from bot.callback import Action, SetPreference, ShowPreferences
from bot.desk import Desk, desk_of
from bot.group_admins import hears_all, is_group
from bot.handlers.pressing import Refusal, pressing
from bot.handlers.showing import turn
from bot.messages import html
from bot.render import Screen
from bot.send import reply
from corpus.access import Collection

NEW = filters.UpdateType.MESSAGE
PRESSED = r"^[sS]\."


async def settings(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """`/caidat`: all that this chat may choose."""
    await _open(update, context, ShowPreferences())


async def language(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """`/ngonngu`: the language of this chat."""
    await _open(update, context, ShowPreferences("l"))


async def _open(update: Update, context: ContextTypes.DEFAULT_TYPE, action: ShowPreferences) -> None:
    message = update.message
    if message is None:
        return
    desk = desk_of(context)
    if is_group(message.chat) and not await desk.group_admins.wrote(message):
        lang = desk.language(message.chat, message.from_user)
        await reply(message, Screen(html(lang, "preferences.admins_only")))
        return
    await reply(message, await _screen(action, message.chat, message.from_user, message, desk))


async def press(
    query: CallbackQuery, message: Message, action: Action, context: ContextTypes.DEFAULT_TYPE
) -> str | None:
    """Opens a field or changes it."""
    chat, desk = message.chat, desk_of(context)
    if is_group(chat) and not await desk.group_admins.has(context.bot, chat.id, query.from_user.id):
        raise Refusal("preferences.admins_only")
    if isinstance(action, SetPreference):
        if action.field not in (panel.GROUP_FIELDS if is_group(chat) else panel.PRIVATE_FIELDS) + "c":
            raise Refusal("press.invalid")
        readable = await desk.run(_readable, chat.id, desk)
        changes = panel.change(action, desk.kept.preferences.of(chat.id), readable)
        if changes is None:
            raise Refusal("press.invalid")
        await desk.run(lambda: desk.kept.preferences.set(chat.id, **changes))
        action = ShowPreferences(action.field if action.field == "c" else None)
    if not isinstance(action, ShowPreferences):
        raise Refusal("press.invalid")
    screen = await _screen(action, chat, query.from_user, message, desk)
    await turn(context.bot, chat.id, message.message_id, screen, desk)
    return None


async def _screen(action: ShowPreferences, chat: Chat, user: User | None, message: Message, desk: Desk) -> Screen:
    lang, chosen = desk.language(chat, user), desk.kept.preferences.of(chat.id)
    readable = await desk.run(_readable, chat.id, desk)
    if action.field is None:
        return panel.overview(chosen, is_group(chat), desk.settings.results, len(readable), lang)
    deaf = action.field == "w" and not await hears_all(message.get_bot(), chat.id)
    return panel.field(action.field, chosen, desk.settings.results, readable, lang, deaf=deaf)


def _readable(chat: int, desk: Desk) -> list[Collection]:
    """The collections the operator lets this chat read, everyone's first; blocking."""
    allowed = desk.library.visible(chat)
    return [c for c in desk.library.collections() if c.id in allowed]


HANDLERS = (
    CommandHandler("caidat", settings, filters=NEW),
    CommandHandler("ngonngu", language, filters=NEW),
    CallbackQueryHandler(pressing(press), pattern=PRESSED),
)
