"""/quyen: the owners name administrators, by a reply or an id, and take the role back."""

from __future__ import annotations

import re

from telegram import CallbackQuery, Message, MessageOriginUser, Update, User
from telegram.error import BadRequest, Forbidden
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes, ExtBot, filters

from bot.callback import Action, TakeRole
from bot.desk import Desk, desk_of
from bot.handlers.pressing import Refusal, pressing
from bot.handlers.showing import turn
from bot.markup import escape
from bot.messages import html, text
from bot.profile import introduce_to_admin
from bot.render import Button, Screen, shorten
from bot.send import reply

SHOWN = 40  # characters of a name


async def roles(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """`/quyen`: who has the role; `/quyen 12345`, or `/quyen` as a reply: gives it."""
    message = update.message
    if message is None or message.from_user is None:
        return
    desk = desk_of(context)
    lang = desk.language(message.chat, message.from_user)
    if not desk.roles.is_owner(message.from_user.id):
        await reply(message, Screen(html(lang, "roles.owners_only", id=message.from_user.id)))
        return
    said = " ".join(context.args or ())
    meant = _meant(message)
    if re.fullmatch(r"\d{1,15}", said):
        person, name = int(said), await _called(context.bot, int(said))
    elif meant and not said:
        person, name = meant.id, meant.full_name
    elif said:
        await reply(message, Screen(html(lang, "roles.how")))
        return
    else:
        await reply(message, await _list(desk, lang))
        return
    given = await desk.run(desk.roles.give, person, name, message.from_user.id)
    await reply(message, Screen(html(lang, "roles.given" if given else "roles.has", name=shorten(name, SHOWN))))
    if given:
        await introduce_to_admin(context.bot, person)


async def press(
    query: CallbackQuery, message: Message, action: Action, context: ContextTypes.DEFAULT_TYPE
) -> str | None:
    """Takes the role back."""
    desk = desk_of(context)
    if not isinstance(action, TakeRole):
        raise Refusal("press.invalid")
    if not desk.roles.is_owner(query.from_user.id):
        raise Refusal("roles.not_yours")
    await desk.run(desk.roles.take, action.person)
    screen = await _list(desk, desk.language(message.chat, query.from_user))
    await turn(context.bot, message.chat_id, message.message_id, screen, desk)
    return "roles.taken"


def _meant(message: Message) -> User | None:
    """The person whose message is replied to; of a forwarded one, who wrote it first."""
    replied = message.reply_to_message
    if replied is None or replied.forum_topic_created:
        return None
    if isinstance(replied.forward_origin, MessageOriginUser):
        return replied.forward_origin.sender_user
    person = replied.from_user
    return person if person and not person.is_bot and person != message.from_user else None


async def _called(bot: ExtBot[None], person: int) -> str:
    """What somebody calls themselves, where they have opened a chat with the bot; else their id."""
    try:
        return (await bot.get_chat(person)).full_name or str(person)
    except (BadRequest, Forbidden):
        return str(person)


async def _list(desk: Desk, lang: str) -> Screen:
    named = await desk.run(desk.roles.administrators)
    lines = [html(lang, "roles.list" if named else "roles.none")]
    lines += [f"• {escape(shorten(a.name, SHOWN))} (<code>{a.person}</code>)" for a in named]
    lines.append(html(lang, "roles.how"))
    rows = tuple((Button(text(lang, "button.take_role", name=shorten(a.name, 30)), TakeRole(a.person)),) for a in named)
    return Screen("\n".join(lines), rows)


HANDLERS = (
    CommandHandler("quyen", roles, filters=filters.UpdateType.MESSAGE),
    CallbackQueryHandler(pressing(press), pattern=r"^q\."),
)
