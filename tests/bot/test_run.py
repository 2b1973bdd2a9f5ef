"""How the bot starts and stops: by polling, by webhook, and when it cannot."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import threading
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from bot import outbox, run, send
from bot.desk import THREADS, Desk
from bot.errors import BotError
from bot.run import NoTokenError, TokenError, UnreachableError, WebhookError, check_token, run_bot, serve
from corpus.library import Library
from retrieval.answer import Answer, Status
from tests.bot.conftest import Bot, running, settings_for
from tests.fakes.bot_api import TOKEN, BotApiServer
from tests.fakes.engine import ScriptedEngine

ANSWER = "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."
WRONG = SecretStr("123456789:AAwrong-wrong-wrong-wrong-wrong-wrong")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


async def start(server: BotApiServer, engine: ScriptedEngine, library: Library, home: Path, **more: object) -> None:
    await asyncio.wait_for(serve(settings_for(server, home, **more), engine, library, asyncio.Event()), 20)


async def test_commands_and_description_are_set_in_both_languages(bot: Bot) -> None:
    await bot.server.wait_until(lambda: len(bot.server.profile) == 4)
    assert set(bot.server.commands) == {
        f"{scope}{code}"
        for scope in ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
        for code in ("", " vi")
    }
    assert [c["command"] for c in bot.server.commands["all_group_chats vi"]] == ["hoi", "vanban", "muc", "anh", "help"]


async def test_a_server_that_knows_few_methods_is_enough(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    for _ in range(2):
        server.fail("getMyDescription", 404, "Not Found")
    server.fail("deleteWebhook", 502, "Bad Gateway")
    async with running(server, engine, library, settings_for(server, tmp_path)):
        an = server.user("An")
        server.say(an, "ai trực?")
        assert (await server.wait_for_message(an)).quotes == [ANSWER]
        await server.wait_until(lambda: len(server.commands) == 8)


async def test_what_is_set_already_is_not_set_again(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    for _ in range(2):
        async with running(server, engine, library, settings_for(server, tmp_path)):
            await server.wait_until(lambda: len(server.profile) == 4)
            await server.wait_until(lambda: len(server.called("getMyShortDescription")) >= 2)
        server.calls = [c for c in server.calls if c.method.startswith("set")] if not _ else server.calls
    assert len(server.called("setMyDescription")) == 2


async def test_a_wrong_token_is_one_clear_error(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(TokenError) as refused:
        await start(server, engine, library, tmp_path, token=WRONG)
    assert "TRICHDAN_TOKEN" in str(refused.value)
    told = f"{refused.value!r} {refused.value.params} {refused.value.__cause__} {caplog.text}"
    assert WRONG.get_secret_value() not in told


async def test_no_token_is_one_clear_error(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    with pytest.raises(NoTokenError, match="TRICHDAN_TOKEN"):
        await start(server, engine, library, tmp_path, token=None)


async def test_a_server_that_cannot_be_reached_is_tried_again_and_then_told(
    server: BotApiServer,
    engine: ScriptedEngine,
    library: Library,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(run, "FIRST_WAIT", 0.01)
    with pytest.raises(UnreachableError, match="TRICHDAN_API_URL"):
        await start(server, engine, library, tmp_path, api_url=f"http://127.0.0.1:{free_port()}")
    assert "attempt 5 of 5" in caplog.text
    assert TOKEN not in caplog.text


async def test_a_server_that_fails_at_first_is_tried_again(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "FIRST_WAIT", 0.01)
    server.fail("getMe", 502, "Bad Gateway")
    server.fail("getMe", 409, "Conflict")
    server.fail("getMe", 429, "Too Many Requests", retry_after=1)
    server.fail("deleteWebhook", 429, "Too Many Requests", retry_after=1)
    async with running(server, engine, library, settings_for(server, tmp_path)):
        an = server.user("An")
        server.say(an, "ai trực?")
        assert (await server.wait_for_message(an)).quotes == [ANSWER]


async def test_questions_asked_while_the_bot_was_away_are_answered(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    an = server.user("An")
    server.say(an, "ai trực?")
    async with running(server, engine, library, settings_for(server, tmp_path)):
        assert (await server.wait_for_message(an)).quotes == [ANSWER]


async def test_buttons_and_edits_work_after_a_restart(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    an = server.user("An")
    async with running(server, engine, library, settings_for(server, tmp_path)):
        asked = server.say(an, "kiểm tra khi nào?")
        answer = await server.wait_for_message(an)
        await server.wait_confirmed()
    async with running(server, engine, library, settings_for(server, tmp_path)):
        server.press(answer, "2/3")
        assert "2.2." in (await server.wait_for_edit(answer)).text
        server.edit(asked, "ai trực?")
        assert (await server.wait_for_edit(answer)).quotes == [ANSWER]


async def test_what_is_being_answered_is_finished_before_the_bot_stops(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    an = server.user("An")
    known = engine.ask("ai trực?")
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly() -> object:
        import time

        loop.call_soon_threadsafe(begun.set)
        time.sleep(0.5)
        return known

    engine.teach_work("chậm", slowly)  # type: ignore[arg-type]
    async with running(server, engine, library, settings_for(server, tmp_path)):
        server.say(an, "chậm")
        await asyncio.wait_for(begun.wait(), 10)
    assert (await server.wait_for_message(an)).quotes == [ANSWER]


async def test_a_slow_search_holds_up_nobody_else(bot: Bot) -> None:
    import threading

    go_on = threading.Event()
    known = bot.engine.ask("ai trực?")

    def slowly() -> object:
        go_on.wait(10)
        return known

    bot.engine.teach_work("chậm", slowly)
    an, binh = bot.server.user("An"), bot.server.user("Bình")
    bot.server.say(an, "chậm")
    bot.server.say(binh, "ai trực?")
    assert (await bot.server.wait_for_message(binh)).quotes == [ANSWER]
    assert not [m for m in bot.server.called("sendMessage") if m.params["chat_id"] == an.id]
    go_on.set()
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]


async def test_by_webhook_it_answers_the_same_and_takes_nothing_without_the_secret(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    port = free_port()
    settings = settings_for(
        server,
        tmp_path,
        webhook_url=f"http://127.0.0.1:{port}",
        webhook_port=port,
        webhook_secret=SecretStr("bi-mat"),
    )
    async with running(server, engine, library, settings):
        an = server.user("An")
        asked = server.say(an, "ai trực?")
        answer = await server.wait_for_message(an)
        assert answer.quotes == [ANSWER]
        server.edit(asked, "kiểm tra khi nào?")
        assert "mục 2.1" in (await server.wait_for_edit(answer)).text
        server.press(answer, "2/3")
        assert "mục 2.2" in (await server.wait_for_edit(answer)).text
        async with aiohttp.ClientSession() as http, http.post(f"{server.webhook['url']}", json={"update_id": 1}) as r:
            assert r.status == 403
    assert server.webhook["secret_token"] == "bi-mat"
    assert not server.called("getUpdates")


async def test_a_webhook_telegram_refuses_is_one_clear_error(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    with pytest.raises(WebhookError, match=r"(?i)https"):
        await start(server, engine, library, tmp_path, webhook_url="http://a.vn", webhook_port=free_port())


async def test_a_polling_bot_takes_away_a_webhook_left_behind(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    server.webhook = {"url": "https://old.vn", "secret_token": ""}
    async with running(server, engine, library, settings_for(server, tmp_path)):
        an = server.user("An")
        server.say(an, "ai trực?")
        await server.wait_for_message(an)
    assert server.webhook["url"] == ""


async def test_the_engine_is_brought_up_to_date_beside_the_answers(
    server: BotApiServer,
    engine: ScriptedEngine,
    library: Library,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(run, "REFRESH_EVERY", 0.01)
    caplog.set_level(logging.INFO)
    rounds = iter([True, RuntimeError("disk full"), True])

    def refresh() -> bool:
        done = next(rounds, False)
        if isinstance(done, Exception):
            raise done
        return done

    monkeypatch.setattr(engine, "refresh", refresh)
    async with running(server, engine, library, settings_for(server, tmp_path)):
        async with asyncio.timeout(10):
            while caplog.text.count("the library has changed") < 2:  # noqa: ASYNC110 - the log is what is waited for
                await asyncio.sleep(0.01)
    assert "could not be brought up to date" in caplog.text


@pytest.mark.parametrize(("status", "said"), [(401, "Unauthorized"), (404, "Not Found")])
async def test_a_token_taken_back_ends_the_bot_with_a_clear_error(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path, status: int, said: str
) -> None:
    an = server.user("An")
    server.say(an, "ai trực?")
    life = asyncio.create_task(start(server, engine, library, tmp_path))
    await server.wait_for_message(an)
    server.fail("getUpdates", status, said)
    server.say(an, "ai trực?")
    with pytest.raises(TokenError):
        await life


async def test_a_token_refused_when_answering_ends_the_bot_and_the_question_waits(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FIRST_WAIT", 0.01)
    an = server.user("An")
    for _ in range(outbox.REFUSALS):
        server.fail("sendMessage", 401, "Unauthorized")
    server.say(an, "ai trực?")
    with pytest.raises(TokenError):
        await start(server, engine, library, tmp_path)
    async with running(server, engine, library, settings_for(server, tmp_path)):
        assert (await server.wait_for_message(an)).quotes == [ANSWER]


@pytest.mark.parametrize(
    ("status", "said"), [(409, "Conflict: terminated by other getUpdates request"), (502, "Bad Gateway"), (500, "Oops")]
)
async def test_polling_goes_on_after_a_passing_failure(bot: Bot, status: int, said: str) -> None:
    an = bot.server.user("An")
    bot.server.fail("getUpdates", status, said)
    bot.server.say(an, "ai trực?")
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]
    bot.server.say(an, "ai trực?")
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]


async def test_messages_wait_when_telegram_says_so(bot: Bot) -> None:
    an = bot.server.user("An")
    bot.server.fail("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)
    bot.server.say(an, "ai trực?")
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]


async def test_a_chat_that_shut_the_bot_out_harms_nobody_else(bot: Bot) -> None:
    an, binh = bot.server.user("An"), bot.server.user("Bình")
    bot.server.chats[an.id].forbidden = "bot was blocked by the user"
    bot.server.say(an, "ai trực?")
    bot.server.say(binh, "ai trực?")
    assert (await bot.server.wait_for_message(binh)).quotes == [ANSWER]


async def test_who_has_to_wait_sees_typing(bot: Bot) -> None:
    an, typed = bot.server.user("An"), threading.Event()

    def slow() -> Answer:
        assert typed.wait(20)
        return Answer(question="lâu?", status=Status.NONE)

    bot.engine.teach_work("lâu?", slow)
    bot.server.say(an, "ai trực?")
    await bot.server.wait_for_message(an)
    bot.server.say(an, "lâu?")
    await bot.server.wait_until(lambda: bool(bot.server.called("sendChatAction")))
    assert [c.params["action"] for c in bot.server.called("sendChatAction")] == ["typing"]
    typed.set()
    await bot.server.wait_for_message(an)


async def test_a_busy_bot_types_for_nobody(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "PATIENCE", 0.0)
    going, free = threading.Semaphore(0), threading.Event()

    def slow() -> Answer:
        going.release()
        assert free.wait(20)
        return Answer(question="lâu?", status=Status.NONE)

    bot.engine.teach_work("lâu?", slow)
    people = [bot.server.user(f"Người {n}") for n in range(THREADS)]
    with monkeypatch.context() as told:
        told.setattr(Desk, "busy", lambda _: True)
        for person in people:
            bot.server.say(person, "lâu?")
        for _ in people:
            assert await asyncio.to_thread(going.acquire, timeout=20)
    free.set()
    for person in people:
        await bot.server.wait_for_message(person)
    assert not bot.server.called("sendChatAction")


async def test_the_doctor_can_ask_whose_token_it_is(server: BotApiServer, tmp_path: Path) -> None:
    settings = settings_for(server, tmp_path)
    assert await asyncio.to_thread(check_token, settings) == "@trichdan_bot"
    for more, error in (
        ({"token": WRONG}, TokenError),
        ({"api_url": f"http://127.0.0.1:{free_port()}"}, UnreachableError),
    ):
        with pytest.raises(error):
            await asyncio.to_thread(check_token, settings_for(server, tmp_path, **more))
    with pytest.raises(BotError):
        await asyncio.to_thread(check_token, settings_for(server, tmp_path, token=None))


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_sigterm_ends_the_process_in_order(server: BotApiServer, tmp_path: Path) -> None:
    program = f"""
import logging, sys
from pathlib import Path
from bot.run import run_bot
from corpus.library import Library
from retrieval.answer import Answer, Status
from tests.bot.conftest import settings_for
from tests.fakes.engine import ScriptedEngine
class Server: url, token = {server.url!r}, {server.token!r}
logging.basicConfig(level=logging.INFO)
home = Path({str(tmp_path)!r})
run_bot(settings_for(Server, home), ScriptedEngine(), Library(home / "library.db"))
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=Path(__file__).parents[2], stderr=asyncio.subprocess.PIPE
    )
    try:
        an = server.user("An")
        server.say(an, "/start")
        await server.wait_for_message(an, within=60)
        process.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(process.communicate(), 30)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, log.decode()
    assert "running as @trichdan_bot" in log.decode()
    assert "stopped" in log.decode()
    assert server.token not in log.decode()


def test_run_bot_without_a_token_tells_so(tmp_path: Path) -> None:
    class Nowhere:
        url, token = "http://127.0.0.1:1", ""

    settings = settings_for(Nowhere(), tmp_path, token=None)  # type: ignore[arg-type]
    with pytest.raises(NoTokenError):
        run_bot(settings, ScriptedEngine(), Library(tmp_path / "library.db"))


async def test_the_webhook_takes_only_what_telegram_sends(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    from bot.inbox import look_into
    from bot.webhook import MAX_BODY, SECRET_HEADER

    port = free_port()
    secret = SecretStr("bi-mat")
    url = f"http://127.0.0.1:{port}"
    settings = settings_for(server, tmp_path, webhook_url=url, webhook_port=port, webhook_secret=secret)
    right = {SECRET_HEADER: "bi-mat"}
    async with running(server, engine, library, settings):
        await server.wait_until(lambda: bool(server.webhook))
        async with aiohttp.ClientSession() as http:
            for body, headers, status in (
                (b'{"update_id": 1}', {SECRET_HEADER: "sai"}, 403),
                (b"no json", right, 400),
                (b"[]", right, 400),
                (b'{"update_id": "x"}', right, 400),
                (b'{"update_id": 7, "message": {"message_id": 7}}', right, 200),
                (b'{"update_id": 8}', right, 200),
            ):
                async with http.post(f"{url}/telegram", data=body, headers=headers) as response:
                    assert response.status == status, body
            async with http.get(f"{url}/telegram", headers=right) as response:
                assert response.status == 405
            try:
                async with http.post(f"{url}/telegram", data=b"x" * (MAX_BODY + 1), headers=right) as response:
                    assert response.status in (400, 413)
            except aiohttp.ClientError:
                pass  # cut off while it was still sending
        an = server.user("An")
        server.say(an, "ai trực?")
        assert (await server.wait_for_message(an)).quotes == [ANSWER]
    assert [a.id for a in look_into(settings_for(server, tmp_path))[1]] == [7]
