"""The tests' Telegram behaves like Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from tests.fakes.bot_api import NOT_MODIFIED, BotApiServer, Json, User, client_entities


class Client:
    """Calls methods the way any bot does, over HTTP."""

    def __init__(self, server: BotApiServer, http: aiohttp.ClientSession) -> None:
        self.server, self.http = server, http
        self.token = server.token

    async def __call__(self, method: str, **params: Any) -> Any:
        answer = await self.full(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def full(self, method: str, **params: Any) -> Json:
        async with self.http.post(f"{self.server.url}/bot{self.token}/{method}", json=params) as response:
            body: Json = await response.json()
            assert body["ok"] == (response.status == 200)
            assert body["ok"] or body["error_code"] == response.status
            return body

    async def refusal(self, method: str, **params: Any) -> str:
        return str((await self.full(method, **params))["description"])


@pytest_asyncio.fixture
async def server() -> AsyncIterator[BotApiServer]:
    async with BotApiServer() as server:
        yield server


@pytest_asyncio.fixture
async def call(server: BotApiServer) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        yield Client(server, http)


@pytest.fixture
def an(server: BotApiServer) -> User:
    return server.user("An")


async def test_a_wrong_token_is_401_and_no_token_at_all_404(call: Client) -> None:
    call.token = "123456789:AAwrong-wrong-wrong-wrong-wrong-wrong"
    assert await call.full("getMe") == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    call.token = "nonsense"
    assert (await call.full("getMe"))["error_code"] == 404


async def test_an_unknown_method_is_404(call: Client) -> None:
    assert (await call.full("makeTea"))["error_code"] == 404


async def test_methods_are_found_whatever_their_case_and_by_form_too(call: Client) -> None:
    assert (await call("GETME"))["username"] == "trichdan_bot"
    url = f"{call.server.url}/bot{call.token}/getUpdates"
    async with call.http.post(url, data={"timeout": "0", "allowed_updates": '["message"]'}) as response:
        assert (await response.json())["result"] == []


async def test_updates_come_again_until_an_offset_confirms_them(call: Client, an: User) -> None:
    for text in ("một", "hai", "ba"):
        call.server.say(an, text)
    first = await call("getUpdates", limit=2)
    assert [u["message"]["text"] for u in first] == ["một", "hai"]
    assert await call("getUpdates", limit=2) == first
    rest = await call("getUpdates", offset=first[-1]["update_id"] + 1)
    assert [u["message"]["text"] for u in rest] == ["ba"]
    assert await call("getUpdates", offset=rest[-1]["update_id"] + 1) == []


async def test_a_negative_offset_forgets_all_but_the_last(call: Client, an: User) -> None:
    for text in ("một", "hai", "ba"):
        call.server.say(an, text)
    assert [u["message"]["text"] for u in await call("getUpdates", offset=-1)] == ["ba"]


async def test_a_long_poll_waits_for_the_next_update(call: Client, an: User) -> None:
    poll = asyncio.create_task(call("getUpdates", timeout=20))
    await asyncio.sleep(0.1)
    assert not poll.done()
    call.server.say(an, "chào")
    assert (await asyncio.wait_for(poll, 5))[0]["message"]["text"] == "chào"


async def test_a_second_poll_ends_the_first(call: Client, an: User) -> None:
    first = asyncio.create_task(call.full("getUpdates", timeout=20))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(call.full("getUpdates", timeout=20))
    refused = await asyncio.wait_for(first, 5)
    assert refused["error_code"] == 409
    assert "terminated by other getUpdates request" in refused["description"]
    call.server.say(an, "chào")
    assert (await second)["ok"]


async def test_kinds_that_were_not_asked_for_are_not_delivered(call: Client, an: User) -> None:
    await call("getUpdates", allowed_updates=["edited_message"])
    said = call.server.say(an, "một")
    call.server.edit(said, "hai")
    assert [list(u)[1] for u in await call("getUpdates")] == ["edited_message"]


async def test_sent_markup_is_what_a_person_sees(call: Client, an: User) -> None:
    sent = await call("sendMessage", chat_id=an.id, text="<b>đậm</b> &amp; nhạt", parse_mode="HTML")
    assert sent["text"] == "đậm & nhạt"
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    message = await call.server.wait_for_message(an)
    assert message.bold == ["đậm"]


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty"),
        ({"text": "đ" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        (
            {"text": "<x>a</x>", "parse_mode": "HTML"},
            'can\'t parse entities: Unsupported start tag "x" at byte offset 0',
        ),
        ({"text": "a", "parse_mode": "markdown-ish"}, "unsupported parse_mode"),
        ({"text": "a", "chat_id": 5}, "chat not found"),
        ({"text": "a", "reply_parameters": {"message_id": 9}}, "message to be replied not found"),
        ({"text": "a", "message_thread_id": 9}, "message thread not found"),
        (
            {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "đ" * 33}]]}},
            "BUTTON_DATA_INVALID",
        ),
        ({"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x", "url": "nowhere"}]]}}, "BUTTON_URL_INVALID"),
        (
            {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x"}]]}},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
    ],
)
async def test_what_cannot_be_sent_is_refused(call: Client, an: User, params: Json, refusal: str) -> None:
    assert await call.refusal("sendMessage", **({"chat_id": an.id} | params)) == f"Bad Request: {refusal}"


async def test_the_limit_counts_what_is_left_after_the_tags(call: Client, an: User) -> None:
    await call("sendMessage", chat_id=an.id, text=f"<b>{'&lt;' * 4096}</b>", parse_mode="HTML")
    await call("sendMessage", chat_id=an.id, text="😀" * 2048)


async def test_a_reply_to_nothing_is_sent_where_that_is_allowed(call: Client, an: User) -> None:
    reply = {"message_id": 9, "allow_sending_without_reply": True}
    assert "reply_to_message" not in await call("sendMessage", chat_id=an.id, text="a", reply_parameters=reply)


async def test_edits_change_the_message_and_the_same_again_is_refused(call: Client, an: User) -> None:
    sent = await call("sendMessage", chat_id=an.id, text="một")
    there = {"chat_id": an.id, "message_id": sent["message_id"]}
    keys = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}
    assert await call.refusal("editMessageText", **there, text="một") == NOT_MODIFIED
    await call("editMessageText", **there, text="<b>một</b>", parse_mode="HTML", reply_markup=keys)
    edited = await call.server.wait_for_edit()
    assert (edited.bold, edited.buttons) == (["một"], ["x"])
    assert await call.refusal("editMessageReplyMarkup", **there, reply_markup=keys) == NOT_MODIFIED
    await call("editMessageReplyMarkup", **there)
    assert (await call.server.wait_for_edit()).buttons == []
    theirs = call.server.say(an, "của tôi")
    assert "can't be edited" in await call.refusal("editMessageText", chat_id=an.id, message_id=theirs.id, text="a")
    assert "not found" in await call.refusal("editMessageText", chat_id=an.id, message_id=1, text="a")


async def test_a_press_is_answered_once(call: Client, an: User) -> None:
    keys = {"inline_keyboard": [[{"text": "Nút", "callback_data": "x"}]]}
    await call("sendMessage", chat_id=an.id, text="a", reply_markup=keys)
    press = call.server.press(await call.server.wait_for_message(an), "Nút")
    [update] = await call("getUpdates")
    assert update["callback_query"]["data"] == "x"
    await call("answerCallbackQuery", callback_query_id=press.id, text="rồi")
    assert (await press.answer)["text"] == "rồi"
    assert "query is too old" in await call.refusal("answerCallbackQuery", callback_query_id=press.id)


async def test_inline_answers_are_checked(call: Client, an: User) -> None:
    answer = call.server.inline(an, "vắc-xin")
    [update] = await call("getUpdates")
    id = update["inline_query"]["id"]
    twice = [{"type": "article", "id": "1", "title": "a", "input_message_content": {"message_text": "a"}}] * 2
    assert "RESULT_ID_DUPLICATE" in await call.refusal("answerInlineQuery", inline_query_id=id, results=twice)
    await call("answerInlineQuery", inline_query_id=id, results=twice[:1])
    assert (await answer)["results"][0]["id"] == "1"


@pytest.mark.parametrize(("command", "refusal"), [("Hỏi", "BOT_COMMAND_INVALID"), ("", "BOT_COMMAND_INVALID")])
async def test_commands_are_ascii(call: Client, command: str, refusal: str) -> None:
    commands = [{"command": command, "description": "x"}]
    assert await call.refusal("setMyCommands", commands=commands) == f"Bad Request: {refusal}"


async def test_members_and_forbidden_chats(call: Client, an: User) -> None:
    group = call.server.group("Tổ 5", an)
    assert (await call("getChatMember", chat_id=group.id, user_id=an.id))["status"] == "member"
    assert (await call("getChat", chat_id=group.id))["title"] == "Tổ 5"
    call.server.chats[an.id].forbidden = "bot was blocked by the user"
    refused = await call.full("sendMessage", chat_id=an.id, text="a")
    assert (refused["error_code"], refused["description"]) == (403, "Forbidden: bot was blocked by the user")


async def test_a_planned_failure_comes_once(call: Client, an: User) -> None:
    call.server.fail("sendMessage", 429, "Too Many Requests: retry after 3", retry_after=3)
    refused = await call.full("sendMessage", chat_id=an.id, text="a")
    assert refused["parameters"] == {"retry_after": 3}
    assert (await call.full("sendMessage", chat_id=an.id, text="a"))["ok"]


async def test_a_webhook_gets_each_update_until_it_takes_it(call: Client, an: User) -> None:
    got: list[tuple[str, str]] = []

    async def take(request: web.Request) -> web.Response:
        got.append((request.headers["X-Telegram-Bot-Api-Secret-Token"], (await request.json())["message"]["text"]))
        return web.Response(status=500 if len(got) == 1 else 200)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    assert "unallowed" in await call.refusal("setWebhook", url="https://a.vn", secret_token="kín")
    assert "HTTPS" in await call.refusal("setWebhook", url="http://a.vn")
    await call("setWebhook", url=f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="s")
    call.server.say(an, "một")
    call.server.say(an, "hai")
    await call.server.wait_confirmed()
    assert got == [("s", "một"), ("s", "một"), ("s", "hai")]
    assert (await call.full("getUpdates"))["error_code"] == 409
    await call("deleteWebhook")
    assert await call("getUpdates") == []
    await runner.cleanup()


def test_clients_mark_commands_mentions_and_links() -> None:
    marks = client_entities("/hoi@trichdan_bot 😀 @an_nguyen https://a.vn")
    assert [(e["type"], e["offset"], e["length"]) for e in marks] == [
        ("bot_command", 0, 17),
        ("mention", 21, 10),
        ("url", 32, 12),
    ]
