"""A Bot API server on loopback: the tests' Telegram. Written from https://core.telegram.org/bots/api.

It keeps chats and messages, hands updates out by long poll or webhook, and refuses what Telegram refuses with
Telegram's own words. People act through `user`, `group`, `say`, `edit`, `press`; what the bot did is read back with
`wait_for_message`, `wait_for_edit` and `calls`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

import aiohttp
from aiohttp import web

from tests.fakes.telegram_html import MarkupError, Parsed, parse_html, utf16

TOKEN = "123456789:AAfake-token-of-the-tests-0123456789ab"

MAX_TEXT = 4096
MAX_CALLBACK_DATA = 64
MAX_ALERT = 200
MAX_QUERY = 256
MAX_DOWNLOAD = 20 << 20
MAX_PHOTO = 10 << 20
MAX_CAPTION = 1024
MAX_BUTTONS = 100
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a"
    " current content and reply markup of the message"
)
# What getUpdates leaves out unless it is asked for by name.
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}

Json = dict[str, Any]
T = TypeVar("T")


class ApiError(Exception):
    """A refusal: HTTP status, description, and Telegram's response parameters."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


def bad_request(text: str) -> ApiError:
    return ApiError(400, f"Bad Request: {text}")


@dataclass(frozen=True)
class User:
    """A person; `id` is also the id of the private chat with them."""

    id: int
    first_name: str
    language_code: str | None = None
    username: str | None = None

    def json(self) -> Json:
        known = {"language_code": self.language_code, "username": self.username}
        return {"id": self.id, "is_bot": False, "first_name": self.first_name} | {k: v for k, v in known.items() if v}


@dataclass
class Chat:
    """A private chat, group, supergroup or channel."""

    id: int
    type: str
    title: str = ""
    person: User | None = None
    is_forum: bool = False
    topics: dict[int, str] = field(default_factory=dict)
    admins: set[int] = field(default_factory=set)
    members: set[int] = field(default_factory=set)
    reactions_forbidden: bool = False
    forbidden: str | None = None  # why the bot may not write here: Telegram's words
    moved_to: int | None = None  # the supergroup it became

    def json(self) -> Json:
        if self.person:
            return {"id": self.id, "type": self.type, "first_name": self.person.first_name}
        return {"id": self.id, "type": self.type, "title": self.title} | ({"is_forum": True} if self.is_forum else {})


@dataclass(frozen=True)
class Message:
    """A message as the server keeps it at this moment (an edit makes a new one)."""

    raw: Json
    html: str = ""  # the markup the bot sent

    @property
    def id(self) -> int:
        return int(self.raw["message_id"])

    @property
    def chat_id(self) -> int:
        return int(self.raw["chat"]["id"])

    @property
    def text(self) -> str:
        """What a person reads."""
        return str(self.raw.get("text", ""))

    @property
    def thread(self) -> int | None:
        thread: int | None = self.raw.get("message_thread_id")
        return thread

    @property
    def reply_to(self) -> int | None:
        id: int | None = self.raw.get("reply_to_message", {}).get("message_id")
        return id

    @property
    def keyboard(self) -> list[list[Json]]:
        rows: list[list[Json]] = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        return rows

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons, row by row."""
        return [b["text"] for row in self.keyboard for b in row]

    def styled(self, *kinds: str) -> list[str]:
        """The stretches of text that carry one of these entities, in order."""
        units = self.text.encode("utf-16-le")
        return [
            units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
            for e in self.raw.get("entities", [])
            if e["type"] in kinds
        ]

    @property
    def quotes(self) -> list[str]:
        return self.styled("blockquote", "expandable_blockquote")

    @property
    def picture(self) -> str:
        """The id of the photo's file."""
        return str(self.raw["photo"][-1]["file_id"])

    @property
    def bold(self) -> list[str]:
        return self.styled("bold")


@dataclass(frozen=True)
class Call:
    """One call of a method, with its parameters decoded, and what it got."""

    method: str
    params: Json
    result: Any = None
    error: ApiError | None = None
    by: str = ""  # who called: the first part of the path, where the bot was given `url`/WHO
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Break:
    """What becomes of a call, other than an answer. `how`: "before" (the connection is cut and nothing done), "after"
    (it is done, and the connection cut), "stall" (nothing for `seconds`, then cut), "garbage" (done, and no JSON comes
    back), "html" (a proxy's 502, nothing done)."""

    how: str
    seconds: float = 0.0


@dataclass
class Press:
    """A pressed button; `answer` is set by answerCallbackQuery."""

    id: str
    answer: asyncio.Future[Json]


class BotApiServer:
    """Use as an async context manager; `url` is what TRICHDAN_API_URL takes."""

    def __init__(
        self, token: str = TOKEN, *, username: str = "trichdan_bot", reads_all: bool = False, inline: bool = True
    ) -> None:
        self.token = token
        self.me: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Trích dẫn",
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": reads_all,
            "supports_inline_queries": inline,
        }
        self.calls: list[Call] = []
        self.chats: dict[int, Chat] = {}
        self.users: dict[int, User] = {}
        self.commands: dict[str, list[Json]] = {}  # "scope language" -> commands
        self.profile: dict[str, str] = {}  # "method language" -> text
        self.webhook: Json = {}
        self.files: dict[str, bytes] = {}  # by file id
        self.hands_out = asyncio.Event()  # cleared, files are not handed out until it is set
        self.hands_out.set()
        self.reactions: dict[tuple[int, int], list[str]] = {}  # the bot's, by (chat, message)
        self._messages: dict[int, dict[int, Message]] = {}
        self._changed = asyncio.Condition()
        self._sent: list[Message] = []
        self._edits: list[Message] = []
        self._taken: set[tuple[int, int]] = set()
        self._taken_edits = 0
        self._updates: deque[Json] = deque()
        self._ids = itertools.count(1000)
        self._update_ids = itertools.count(700_000_001)
        self._allowed: set[str] | None = None
        self._poll: asyncio.Task[Any] | None = None
        self._presses: dict[str, Press] = {}
        self._inline: dict[str, asyncio.Future[Json]] = {}
        self._faults: deque[tuple[str, ApiError | Break | Callable[[], web.Response]]] = deque()
        self.pause: Callable[[], float] = lambda: 0.0  # seconds each answer to a call takes
        self._runner: web.AppRunner | None = None
        self._webhook_task: asyncio.Task[None] | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        for root in ("", "/{who}"):
            app.router.add_route("*", f"{root}/bot{{token}}/{{method}}", self._serve)
            app.router.add_get(f"{root}/file/bot{{token}}/{{path}}", self._hand_out)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._webhook_task:
            self._webhook_task.cancel()
        if self._runner:
            await self._runner.cleanup()

    def user(self, first_name: str = "An", *, language: str | None = "vi", username: str | None = None) -> User:
        """A person who has started the bot."""
        person = User(next(self._ids), first_name, language, username)
        self.users[person.id] = person
        self.chats[person.id] = Chat(person.id, "private", person=person)
        return person

    def group(self, title: str, *members: User, forum: bool = False, admins: tuple[User, ...] = ()) -> Chat:
        """A supergroup (with topics when `forum`) the bot is in."""
        chat = Chat(-1_000_000_000_000 - next(self._ids), "supergroup", title, is_forum=forum)
        chat.members = {m.id for m in (*members, *admins)}
        chat.admins = {m.id for m in admins}
        self.chats[chat.id] = chat
        return chat

    def topic(self, chat: Chat, name: str) -> int:
        """Opens a topic in a forum; its thread id."""
        thread = next(self._ids)
        chat.topics[thread] = name
        root = {
            "message_id": thread,
            "chat": chat.json(),
            "date": int(time.time()),
            "forum_topic_created": {"name": name, "icon_color": 0x6FB9F0},
            "message_thread_id": thread,
            "is_topic_message": True,
        }
        self._messages.setdefault(chat.id, {})[thread] = Message(root)
        return thread

    def say(
        self,
        chat: Chat | User,
        text: str,
        *,
        by: User | None = None,
        reply_to: Message | None = None,
        thread: int | None = None,
        **extra: Any,
    ) -> Message:
        """A person writes `text`; commands, mentions and links get their entities as Telegram's clients set them."""
        room = self.chats[chat.id]
        person = by or room.person
        assert person is not None, "say who writes in the group: by=..."
        raw: Json = {
            "message_id": next(self._ids),
            "from": person.json(),
            "chat": room.json(),
            "date": int(time.time()),
            "text": text,
            "entities": client_entities(text),
            **extra,
        }
        if thread:
            raw |= {"message_thread_id": thread, "is_topic_message": True}
        root = self._messages.get(room.id, {}).get(thread or 0)
        if reply_to or root:
            raw["reply_to_message"] = _without_reply((reply_to or root or Message({})).raw)
        return self._deliver("message", self._keep(Message({k: v for k, v in raw.items() if v not in ([], None)})))

    def post(self, chat: Chat | User, *, by: User | None = None, **content: Any) -> Message:
        """A message that is no text: photo=[...], sticker={...}, document={...}."""
        room = self.chats[chat.id]
        person = by or room.person
        sender = {"from": person.json()} if person else {}
        raw = {"message_id": next(self._ids), **sender, "chat": room.json(), "date": int(time.time()), **content}
        return self._deliver("message", self._keep(Message(raw)))

    def send_file(
        self,
        chat: Chat | User,
        data: bytes,
        name: str | None = None,
        *,
        photo: bool = False,
        by: User | None = None,
        size: int | None = None,
        **extra: Any,
    ) -> Message:
        """A person sends a document called `name`, or a photo; `size` is what Telegram says of it."""
        id = f"file{next(self._ids)}"
        self.files[id] = data
        file: Json = {"file_id": id, "file_unique_id": f"u{id}", "file_size": len(data) if size is None else size}
        if photo:
            return self.post(chat, by=by, photo=[file | {"width": 1, "height": 1}], **extra)
        return self.post(chat, by=by, document=file | ({"file_name": name} if name else {}), **extra)

    def edit(self, message: Message, text: str) -> Message:
        """The writer changes the message."""
        raw = message.raw | {"text": text, "entities": client_entities(text), "edit_date": int(time.time())}
        return self._deliver("edited_message", self._keep(Message(raw)))

    def delete(self, message: Message) -> None:
        """The writer deletes the message: bots are not told."""
        del self._messages[message.chat_id][message.id]

    def press(self, message: Message, button: str, *, by: User | None = None) -> Press:
        """Presses the button of `message` whose label contains `button`."""
        current = self.message(message)
        found = [b for row in current.keyboard for b in row if button in b["text"]]
        assert found, f"no button {button!r} among {current.buttons}"
        return self.press_data(current, found[0]["callback_data"], by=by)

    def press_data(self, message: Message, data: str, *, by: User | None = None) -> Press:
        """A callback query with any data, as a forged client may send."""
        person = by or self.chats[message.chat_id].person
        assert person is not None, "say who presses in the group: by=..."
        query = Press(str(next(self._ids)), asyncio.get_running_loop().create_future())
        self._presses[query.id] = query
        self.raw_update(
            {
                "callback_query": {
                    "id": query.id,
                    "from": person.json(),
                    "message": message.raw,
                    "chat_instance": "1",
                    "data": data,
                }
            }
        )
        return query

    def inline(self, by: User, text: str) -> asyncio.Future[Json]:
        """A person types `@bot text` in some chat; the future is answerInlineQuery's parameters."""
        id = str(next(self._ids))
        self._inline[id] = asyncio.get_running_loop().create_future()
        if self._allowed is None or "inline_query" in self._allowed:
            self.raw_update({"inline_query": {"id": id, "from": by.json(), "query": text, "offset": ""}})
        return self._inline[id]

    def choose(self, answer: Json, n: int, chat: Chat | User, *, by: User | None = None) -> Message:
        """A person posts result `n` of an answered inline query in a chat: a message of theirs, via the bot."""
        result = answer["results"][n]
        content = result["input_message_content"]
        parsed = _text({**content, "text": content["message_text"]})
        entities = {"entities": parsed.entities} if parsed.entities else {}
        posted = self.say(chat, parsed.text, by=by, via_bot=self.me_as_sender, **entities)
        return Message(posted.raw, content["message_text"])

    def raw_update(self, update: Json) -> int:
        """Queues an update as it is, asked for or not; gives it an update_id when it has none."""
        update = {"update_id": next(self._update_ids), **update}
        self._updates.append(update)
        self._wake()
        return int(update["update_id"])

    def fail(self, method: str, status: int, description: str, **parameters: Any) -> None:
        """The next call of `method` is refused: fail("sendMessage", 429, "Too Many Requests: …", retry_after=1)."""
        self._faults.append((method, ApiError(status, description, **parameters)))

    def break_next(self, method: str, how: str, seconds: float = 0.0) -> None:
        """The next call of `method` is not answered as it should be; see `Break`."""
        self._faults.append((method, Break(how, seconds)))

    def migrate(self, old: Chat) -> Chat:
        """A group becomes a supergroup with another id; what is sent to the old one is refused with the new id."""
        new = Chat(
            -1_000_000_000_000 - next(self._ids), "supergroup", old.title, members=old.members, admins=old.admins
        )
        self.chats[new.id] = new
        old.moved_to = new.id
        return new

    def message(self, message: Message) -> Message:
        """The message as it is now."""
        return self._messages[message.chat_id][message.id]

    def called(self, method: str) -> list[Call]:
        return [c for c in self.calls if c.method == method]

    @property
    def refused(self) -> list[Call]:
        """Calls of the bot that Telegram would have refused."""
        return [c for c in self.calls if c.error]

    async def wait_for_message(
        self, chat: Chat | User | None = None, *, where: Callable[[Message], bool] = lambda m: True, within: float = 10
    ) -> Message:
        """The bot's next message (in `chat`) that was not handed out before, as it is now."""

        def take() -> Message | None:
            for m in self._sent:
                if (m.chat_id, m.id) not in self._taken and (chat is None or m.chat_id == chat.id) and where(m):
                    self._taken.add((m.chat_id, m.id))
                    return self.message(m)
            return None

        return await self._wait(take, within, "no message from the bot")

    async def wait_for_edit(self, message: Message | None = None, *, within: float = 10) -> Message:
        """The bot's next edit (of `message`) that was not handed out before."""

        def take() -> Message | None:
            for n, m in enumerate(self._edits[self._taken_edits :], self._taken_edits):
                if message is None or (m.chat_id, m.id) == (message.chat_id, message.id):
                    self._taken_edits = n + 1
                    return m
            return None

        return await self._wait(take, within, "no edit by the bot")

    async def wait_until(self, holds: Callable[[], bool], within: float = 10) -> None:
        """Waits until `holds()` after some call of the bot."""
        await self._wait(lambda: True if holds() else None, within, "it never came about")

    async def wait_confirmed(self, within: float = 10) -> None:
        """Waits until the bot has confirmed every update."""
        await self._wait(lambda: None if self._updates else True, within, "updates were left unconfirmed")

    async def _wait(self, take: Callable[[], T | None], within: float, complaint: str) -> T:
        async def until() -> T:
            async with self._changed:
                while (found := take()) is None:
                    await self._changed.wait()
                return found

        if (found := take()) is not None:
            return found
        try:
            return await asyncio.wait_for(until(), within)
        except TimeoutError:
            told = [(c.method, c.error.description) for c in self.refused if c.error]
            raise TimeoutError(f"{complaint} within {within} s; refused calls: {told}") from None

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        try:
            method, params = request.match_info["method"], await _params(request)
        except ConnectionResetError:
            return web.Response()  # who called is gone
        token, who = request.match_info["token"], request.match_info.get("who", "")
        try:
            if token != self.token:
                raise (
                    ApiError(401, "Unauthorized") if re.fullmatch(r"\d+:[\w-]+", token) else ApiError(404, "Not Found")
                )
            broken = None
            for n, (name, fault) in enumerate(self._faults):
                if name.lower() == method.lower():
                    del self._faults[n]
                    if isinstance(fault, ApiError):
                        raise fault
                    if not isinstance(fault, Break):
                        return fault()
                    broken = fault
                    break
            if broken and broken.how in ("before", "stall", "html"):
                self.calls.append(Call(method, params, by=who))
                return await _broken(broken, request)
            handler = getattr(self, f"_do_{method.lower()}", None)
            if handler is None:
                raise ApiError(404, "Not Found")
            result = await handler(params)
        except ApiError as e:
            self.calls.append(Call(method, params, error=e, by=who))
            self._wake()
            body: Json = {"ok": False, "error_code": e.status, "description": e.description}
            if e.parameters:
                body["parameters"] = e.parameters
            return web.json_response(body, status=e.status)
        if method.lower() != "getupdates" or result:
            self.calls.append(Call(method, params, result, by=who))
            self._wake()
        if broken:
            return await _broken(broken, request)
        if (seconds := self.pause()) > 0:
            await asyncio.sleep(seconds)
        return web.json_response({"ok": True, "result": result})

    async def _hand_out(self, request: web.Request) -> web.Response:
        data = self.files.get(request.match_info["path"])
        await self.hands_out.wait()
        if data is None or request.match_info["token"] != self.token:
            return web.Response(status=404)
        return web.Response(body=data)

    async def _do_getfile(self, params: Json) -> Json:
        data = self.files.get(params.get("file_id", ""))
        if data is None:
            raise bad_request("invalid file_id")
        if len(data) > MAX_DOWNLOAD:
            raise bad_request("file is too big")
        id = params["file_id"]
        return {"file_id": id, "file_unique_id": f"u{id}", "file_size": len(data), "file_path": id}

    async def _do_getme(self, params: Json) -> Json:
        return self.me

    async def _do_getupdates(self, params: Json) -> list[Json]:
        if self.webhook.get("url"):
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook"
                " first",
            )
        if "allowed_updates" in params:
            self._allowed = set(params["allowed_updates"]) or None
        offset, limit = int(params.get("offset", 0)), min(100, max(1, int(params.get("limit", 100))))
        if offset < 0:
            while len(self._updates) > -offset:
                self._updates.popleft()
        while self._updates and self._updates[0]["update_id"] < offset:
            self._updates.popleft()
        self._wake()
        earlier, self._poll = self._poll, asyncio.current_task()
        if earlier and not earlier.done():
            earlier.cancel("conflict")
        try:
            await self._wait(lambda: True if self._updates else None, min(50, int(params.get("timeout", 0))), "")
        except TimeoutError:
            return []
        except asyncio.CancelledError as e:
            if e.args == ("conflict",):
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                ) from None
            raise
        finally:
            if self._poll is asyncio.current_task():
                self._poll = None
        return list(itertools.islice(self._updates, limit))

    async def _do_setwebhook(self, params: Json) -> bool:
        url = params.get("url", "")
        if url and not url.startswith(("https://", "http://127.0.0.1")):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        secret = params.get("secret_token", "")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad_request("secret token contains unallowed characters")
        if "allowed_updates" in params:
            self._allowed = set(params["allowed_updates"]) or None
        self.webhook = {"url": url, "secret_token": secret}
        if params.get("drop_pending_updates"):
            self._updates.clear()
        if self._webhook_task:
            self._webhook_task.cancel()
        self._webhook_task = asyncio.create_task(self._push()) if url else None
        return True

    async def _do_deletewebhook(self, params: Json) -> bool:
        return await self._do_setwebhook({"url": "", "drop_pending_updates": params.get("drop_pending_updates")})

    async def _do_getwebhookinfo(self, params: Json) -> Json:
        return {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }

    async def _do_sendmessage(self, params: Json) -> Json:
        chat = self._chat(params)
        if chat.forbidden:
            raise ApiError(403, f"Forbidden: {chat.forbidden}")
        parsed = _text(params)
        raw: Json = {
            "message_id": next(self._ids),
            "from": self.me_as_sender,
            "chat": chat.json(),
            "date": int(time.time()),
            "text": parsed.text,
        }
        if parsed.entities:
            raw["entities"] = parsed.entities
        thread = params.get("message_thread_id")
        if thread is not None:
            if int(thread) not in chat.topics:
                raise bad_request("message thread not found")
            raw |= {"message_thread_id": int(thread), "is_topic_message": True}
        reply = params.get("reply_parameters") or {}
        if reply:
            target = self._messages.get(chat.id, {}).get(int(reply["message_id"]))
            if target:
                raw["reply_to_message"] = _without_reply(target.raw)
            elif not reply.get("allow_sending_without_reply"):
                raise bad_request("message to be replied not found")
        markup = _keyboard(params, self.me["supports_inline_queries"])
        if markup:
            raw["reply_markup"] = markup
        message = self._keep(Message(raw, params["text"]))
        self._sent.append(message)
        return raw

    async def _do_sendphoto(self, params: Json) -> Json:
        chat = self._chat(params)
        if chat.forbidden:
            raise ApiError(403, f"Forbidden: {chat.forbidden}")
        data = params.get("photo")
        if not isinstance(data, bytes) or not data.startswith((b"\x89PNG", b"\xff\xd8")):
            raise bad_request("IMAGE_PROCESS_FAILED")
        if len(data) > MAX_PHOTO:
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        parsed = _text({**params, "text": params.get("caption", "")})
        if utf16(parsed.text) > MAX_CAPTION:
            raise bad_request("message caption is too long")
        id = f"file{next(self._ids)}"
        self.files[id] = data
        raw: Json = {
            "message_id": next(self._ids),
            "from": self.me_as_sender,
            "chat": chat.json(),
            "date": int(time.time()),
            "photo": [{"file_id": id, "file_unique_id": f"u{id}", "width": 1, "height": 1, "file_size": len(data)}],
            "caption": parsed.text,
            "caption_entities": parsed.entities,
        }
        thread = params.get("message_thread_id")
        if thread is not None:
            raw |= {"message_thread_id": int(thread), "is_topic_message": True}
        target = self._messages.get(chat.id, {}).get(int((params.get("reply_parameters") or {}).get("message_id", 0)))
        if target:
            raw["reply_to_message"] = _without_reply(target.raw)
        message = self._keep(Message(raw, params.get("caption", "")))
        self._sent.append(message)
        return raw

    async def _do_editmessagetext(self, params: Json) -> Json:
        old = self._own(params)
        parsed, markup = _text(params), _keyboard(params)
        if (
            old.text == parsed.text
            and old.raw.get("entities", []) == parsed.entities
            and (old.raw.get("reply_markup") == markup)
        ):
            raise ApiError(400, NOT_MODIFIED)
        raw = {k: v for k, v in old.raw.items() if k not in ("entities", "reply_markup")}
        raw |= {"text": parsed.text, "edit_date": int(time.time())}
        raw |= ({"entities": parsed.entities} if parsed.entities else {}) | ({"reply_markup": markup} if markup else {})
        return self._edited(Message(raw, params["text"]))

    async def _do_editmessagereplymarkup(self, params: Json) -> Json:
        old, markup = self._own(params), _keyboard(params)
        if old.raw.get("reply_markup") == markup:
            raise ApiError(400, NOT_MODIFIED)
        raw = {k: v for k, v in old.raw.items() if k != "reply_markup"} | ({"reply_markup": markup} if markup else {})
        return self._edited(Message(raw, old.html))

    async def _do_deletemessage(self, params: Json) -> bool:
        chat = self._chat(params)
        if self._messages.get(chat.id, {}).pop(int(params["message_id"]), None) is None:
            raise bad_request("message to delete not found")
        return True

    async def _do_answercallbackquery(self, params: Json) -> bool:
        press = self._presses.get(str(params.get("callback_query_id")))
        if press is None or press.answer.done():
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if len(params.get("text", "")) > MAX_ALERT:
            raise bad_request("MESSAGE_TOO_LONG")
        press.answer.set_result(params)
        return True

    async def _do_answerinlinequery(self, params: Json) -> bool:
        waiting = self._inline.get(str(params.get("inline_query_id")))
        if waiting is None or waiting.done():
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        results = params.get("results") or []
        ids = [r.get("id", "") for r in results]
        if len(results) > 50:
            raise bad_request("RESULTS_TOO_MUCH")
        if any(not 1 <= len(i.encode()) <= 64 for i in ids):
            raise bad_request("RESULT_ID_INVALID")
        if len(set(ids)) != len(ids):
            raise bad_request("RESULT_ID_DUPLICATE")
        button = params.get("button")
        if button:
            if not button.get("text") or len(set(button) - {"text"}) != 1:
                raise bad_request("exactly one of the fields of the button must be specified")
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", button.get("start_parameter", "x")):
                raise bad_request("START_PARAM_INVALID")
        for r in results:
            content = r.get("input_message_content")
            if r.get("type") == "article" and not (r.get("title") and content):
                raise bad_request("ARTICLE_TITLE_EMPTY" if content else "MESSAGE_EMPTY")
            if content:
                _text({**content, "text": content.get("message_text", "")})
        waiting.set_result(params)
        return True

    async def _do_sendchataction(self, params: Json) -> bool:
        chat = self._chat(params)
        if chat.forbidden:
            raise ApiError(403, f"Forbidden: {chat.forbidden}")
        return True

    async def _do_setmycommands(self, params: Json) -> bool:
        commands = params.get("commands") or []
        if len(commands) > 100:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for c in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", c["command"]):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(c["description"]) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        scope = (params.get("scope") or {"type": "default"})["type"]
        self.commands[f"{scope} {params.get('language_code', '')}".strip()] = commands
        return True

    async def _do_getmycommands(self, params: Json) -> list[Json]:
        scope = (params.get("scope") or {"type": "default"})["type"]
        return self.commands.get(f"{scope} {params.get('language_code', '')}".strip(), [])

    async def _do_getmydescription(self, params: Json) -> Json:
        return {"description": self.profile.get(f"description {params.get('language_code', '')}".strip(), "")}

    async def _do_getmyshortdescription(self, params: Json) -> Json:
        key = f"short_description {params.get('language_code', '')}".strip()
        return {"short_description": self.profile.get(key, "")}

    async def _do_setmydescription(self, params: Json) -> bool:
        return self._describe("description", params, 512)

    async def _do_setmyshortdescription(self, params: Json) -> bool:
        return self._describe("short_description", params, 120)

    async def _do_getchat(self, params: Json) -> Json:
        return self._chat(params).json() | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": {
                "unlimited_gifts": False,
                "limited_gifts": False,
                "unique_gifts": False,
                "premium_subscription": False,
                "gifts_from_channels": False,
            },
        }

    async def _do_getchatmember(self, params: Json) -> Json:
        chat, id = self._chat(params), int(params["user_id"])
        if id == self.me["id"]:
            return {"status": "administrator" if id in chat.admins else "member", "user": self.me_as_sender} | (
                _RIGHTS if id in chat.admins else {}
            )
        person = self.users.get(id)
        if person is None:
            raise bad_request("PARTICIPANT_ID_INVALID")
        if id in chat.admins:
            return {"status": "creator", "user": person.json(), "is_anonymous": False}
        return {"status": "member" if id in chat.members else "left", "user": person.json()}

    async def _do_setmessagereaction(self, params: Json) -> bool:
        chat, id = self._chat(params), int(params["message_id"])
        if id not in self._messages.get(chat.id, {}):
            raise bad_request("message to react not found")
        if chat.reactions_forbidden:
            raise bad_request("REACTION_INVALID")
        self.reactions[chat.id, id] = [r["emoji"] for r in params.get("reaction") or []]
        return True

    async def _do_leavechat(self, params: Json) -> bool:
        self._chat(params).forbidden = "bot is not a member of the supergroup chat"
        return True

    @property
    def me_as_sender(self) -> Json:
        return {k: self.me[k] for k in ("id", "is_bot", "first_name", "username")}

    def _describe(self, what: str, params: Json, limit: int) -> bool:
        text = params.get(what, "")
        if len(text) > limit:
            raise bad_request(f"{what} is too long")
        self.profile[f"{what} {params.get('language_code', '')}".strip()] = text
        return True

    def _chat(self, params: Json) -> Chat:
        try:
            chat = self.chats[int(params.get("chat_id", ""))]
        except (KeyError, ValueError):
            raise bad_request("chat not found") from None
        if chat.moved_to is not None:
            said = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, said, migrate_to_chat_id=chat.moved_to)
        return chat

    def _own(self, params: Json) -> Message:
        chat = self._chat(params)
        message = self._messages.get(chat.id, {}).get(int(params.get("message_id", 0)))
        if message is None:
            raise bad_request("message to edit not found")
        if message.raw.get("from", {}).get("id") != self.me["id"]:
            raise bad_request("message can't be edited")
        return message

    def _keep(self, message: Message) -> Message:
        self._messages.setdefault(message.chat_id, {})[message.id] = message
        return message

    def _edited(self, message: Message) -> Json:
        self._keep(message)
        self._edits.append(message)
        return message.raw

    def _deliver(self, kind: str, message: Message) -> Message:
        if (self._allowed is None and kind not in NOT_BY_DEFAULT) or (self._allowed and kind in self._allowed):
            self.raw_update({kind: message.raw})
        return message

    def _wake(self) -> None:
        async def notify() -> None:
            async with self._changed:
                self._changed.notify_all()

        task = asyncio.get_running_loop().create_task(notify())
        _running.add(task)
        task.add_done_callback(_running.discard)

    async def _push(self) -> None:
        """Sends updates to the webhook one after another; an update that is not taken is sent again."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook["secret_token"]}
        async with aiohttp.ClientSession() as http:
            while True:
                await self._wait(lambda: True if self._updates else None, 3600, "")
                update = self._updates[0]
                try:
                    async with http.post(self.webhook["url"], json=update, headers=headers) as response:
                        taken = 200 <= response.status < 300
                except aiohttp.ClientError:
                    taken = False
                if taken and self._updates and self._updates[0] is update:
                    self._updates.popleft()
                    self._wake()
                elif not taken:
                    await asyncio.sleep(0.05)


# What an administrator may do: getChatMember names all of it.
_RIGHTS = {
    "can_be_edited": False,
    "is_anonymous": False,
    "can_manage_chat": True,
    "can_delete_messages": False,
    "can_manage_video_chats": False,
    "can_restrict_members": False,
    "can_promote_members": False,
    "can_change_info": False,
    "can_invite_users": False,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
}

_running: set[asyncio.Task[None]] = set()  # keeps notifications alive until they ran


async def _broken(fault: Break, request: web.Request) -> web.Response:
    if fault.how == "garbage":
        return web.Response(text="<<< no JSON", content_type="application/json")
    if fault.how == "html":
        return web.Response(status=502, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
    await asyncio.sleep(fault.seconds)
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def client_entities(text: str) -> list[Json]:
    """The entities Telegram finds by itself in what a person types: commands, mentions, links."""
    found: list[Json] = []
    for kind, pattern in (
        ("bot_command", r"(?<![\w/])/[a-zA-Z0-9_]{1,64}(?:@\w{3,32})?"),
        ("mention", r"(?<!\w)@[a-zA-Z]\w{2,31}"),
        ("url", r"https?://\S+"),
    ):
        for m in re.finditer(pattern, text):
            found.append({"type": kind, "offset": utf16(text[: m.start()]), "length": utf16(m.group())})
    commands = [(e["offset"], e["offset"] + e["length"]) for e in found if e["type"] == "bot_command"]
    inside = [e for e in found if e["type"] == "mention" and any(a <= e["offset"] < b for a, b in commands)]
    return sorted((e for e in found if e not in inside), key=lambda e: e["offset"])


def _without_reply(raw: Json) -> Json:
    """Replies are one level deep."""
    return {k: v for k, v in raw.items() if k != "reply_to_message"}


def _text(params: Json) -> Parsed:
    text, mode = params.get("text", ""), params.get("parse_mode", "")
    if not text.strip():
        raise bad_request("message text is empty")
    if mode.lower() == "html":
        try:
            parsed = parse_html(text)
        except MarkupError as e:
            raise bad_request(f"can't parse entities: {e}") from None
    elif mode:
        raise bad_request("unsupported parse_mode")
    else:
        parsed = Parsed(text.strip(), list(params.get("entities") or []))
    if not parsed.text:
        raise bad_request("message text is empty")
    if utf16(parsed.text) > MAX_TEXT:
        raise bad_request("message is too long")
    return parsed


def _keyboard(params: Json, inline: bool = True) -> Json | None:
    """`inline`: the bot has inline mode."""
    markup = params.get("reply_markup") or {}
    if markup.get("force_reply"):
        return None
    rows = markup.get("inline_keyboard", [])
    buttons = [b for row in rows for b in row]
    if len(buttons) > MAX_BUTTONS:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    for b in buttons:
        if not b.get("text"):
            raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
        actions = [k for k in b if k not in ("text", "style", "icon_custom_emoji_id")]
        if not actions:
            raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if "callback_data" in b and not 1 <= len(b["callback_data"].encode()) <= MAX_CALLBACK_DATA:
            raise bad_request("BUTTON_DATA_INVALID")
        if "switch_inline_query" in b and not inline:
            raise bad_request("BUTTON_TYPE_INVALID")
        if len(b.get("switch_inline_query", "")) > MAX_QUERY:
            raise bad_request("BUTTON_DATA_INVALID")
        if "url" in b and not re.match(r"(https?|tg)://", b["url"]):
            raise bad_request("BUTTON_URL_INVALID")
    return {"inline_keyboard": rows} if buttons else None


async def _params(request: web.Request) -> Json:
    """Parameters from the query, a form (values in JSON where they are objects) or a JSON body."""
    params: Json = dict(request.query)
    if request.content_type == "application/json":
        body: Json = await request.json()
        return params | body
    for k, v in (await request.post()).items():
        params[k] = v if isinstance(v, str) else v.file.read() if isinstance(v, web.FileField) else v
    for key, value in params.items():
        if isinstance(value, str) and key not in _TEXT_FIELDS:
            try:
                params[key] = json.loads(value)
            except ValueError:
                continue
    return params


_TEXT_FIELDS = {"text", "caption", "callback_query_id", "inline_query_id", "url", "secret_token", "parse_mode"}
_TEXT_FIELDS |= {"language_code"}
