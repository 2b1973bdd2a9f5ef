"""An update is dealt with to its end: through failures, restarts and whatever Telegram's connection does."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import pytest

from bot import outbox, worker
from bot.database import INBOX
from bot.inbox import Incoming, look_into, open_inbox
from corpus.library import Library
from retrieval.answer import Answer, Status
from tests.bot.conftest import Bot, running, settings_for
from tests.databases import Databases
from tests.fakes.bot_api import BotApiServer
from tests.fakes.engine import ScriptedEngine

pytestmark = pytest.mark.both

ANSWER = "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."
SORRY = "Có lỗi khi xử lý. Xin thử lại sau ít phút."


@pytest.fixture(autouse=True)
def no_patience_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(worker, "PAUSES", (0.01, 0.01))


def sent_to(server: BotApiServer, chat: int) -> int:
    return sum(1 for c in server.called("sendMessage") if c.result and c.params["chat_id"] == chat)


@pytest.mark.parametrize("how", ["before", "html", "stall"])
async def test_an_answer_that_did_not_get_through_is_sent_again_once(bot: Bot, how: str) -> None:
    an = bot.server.user("An")
    bot.server.break_next("sendMessage", how)
    bot.server.say(an, "ai trực?")
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]
    assert sent_to(bot.server, an.id) == 1


@pytest.mark.parametrize("how", ["after", "garbage"])
async def test_an_answer_whose_receipt_is_lost_may_come_twice_but_comes(bot: Bot, how: str) -> None:
    an = bot.server.user("An")
    bot.server.break_next("sendMessage", how)
    bot.server.say(an, "ai trực?")
    for _ in range(2):
        assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]


@pytest.mark.parametrize("how", ["before", "after", "stall", "garbage", "html"])
async def test_a_poll_that_breaks_is_made_again_and_nothing_is_answered_twice(bot: Bot, how: str) -> None:
    an = bot.server.user("An")
    bot.server.break_next("getUpdates", how)
    for _ in range(2):
        bot.server.say(an, "ai trực?")
        assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]
    assert sent_to(bot.server, an.id) == 2


async def test_what_failed_in_passing_is_tried_again_without_a_word(bot: Bot) -> None:
    known = bot.engine.ask("ai trực?")
    left = [OSError("busy"), OSError("busy")]

    def work() -> Answer:
        if left:
            raise left.pop()
        return known

    bot.engine.teach_work("bận", work)
    an = bot.server.user("An")
    bot.server.say(an, "bận")
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]
    assert sent_to(bot.server, an.id) == 1


async def test_what_fails_every_time_is_said_and_set_aside(bot: Bot) -> None:
    def broken() -> Answer:
        raise ValueError("bí mật")

    bot.engine.teach_work("hỏng", broken)
    an = bot.server.user("An")
    bot.server.say(an, "hỏng")
    assert (await bot.server.wait_for_message(an)).text == SORRY
    bot.server.say(an, "ai trực?")
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]
    [aside] = look_into(bot.settings)[1]
    assert aside.reason == "ValueError"


async def test_an_update_that_cannot_be_read_is_set_aside(bot: Bot) -> None:
    id = bot.server.raw_update({"message": {"message_id": 7, "text": "bí mật"}})
    await bot.server.wait_confirmed()
    assert [(a.id, a.reason) for a in look_into(bot.settings)[1]] == [(id, "unreadable: KeyError")]


async def test_what_was_left_is_answered_after_the_next_start_and_once(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    an = server.user("An")
    asked = server.say(an, "ai trực?")
    raw = server._updates[-1]
    inbox = open_inbox(settings_for(server, tmp_path))
    await inbox.belongs_to(server.me["id"])
    await inbox.keep([Incoming(raw["update_id"], an.id, an.id, json.dumps(raw))])
    inbox.close()
    async with running(server, engine, library, settings_for(server, tmp_path)):
        assert (await server.wait_for_message(an)).reply_to == asked.id
        await server.wait_confirmed()
    assert sent_to(server, an.id) == 1
    assert look_into(settings_for(server, tmp_path)) == (0, [])


async def test_what_ended_the_program_too_often_is_set_aside_and_the_others_answered(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    an, binh = server.user("An"), server.user("Bình")
    inbox = open_inbox(settings_for(server, tmp_path))
    await inbox.belongs_to(server.me["id"])
    for who in (an, binh):
        server.say(who, "ai trực?")
        raw = server._updates.pop()
        await inbox.keep([Incoming(raw["update_id"], who.id, who.id, json.dumps(raw))])
    poison = raw["update_id"] - 1
    for _ in range(worker.SUSPECT + worker.CRASHES):
        await inbox.begin(poison)
    # As often as all that was being dealt with when the program was ended from outside, and some more.
    for _ in range(worker.SUSPECT + worker.CRASHES - 1):
        await inbox.begin(raw["update_id"])
    inbox.close()
    async with running(server, engine, library, settings_for(server, tmp_path)):
        assert (await server.wait_for_message(binh)).quotes == [ANSWER]
    assert [a.id for a in look_into(settings_for(server, tmp_path))[1]] == [poison]
    assert sent_to(server, an.id) == 0


async def test_a_full_disk_keeps_updates_at_telegram_until_there_is_room(
    bot: Bot, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot import polling

    monkeypatch.setattr(polling, "FIRST_WAIT", 0.01)
    an = bot.server.user("An")
    databases.refuse(INBOX, "incoming")
    bot.server.say(an, "ai trực?")
    await bot.server.wait_until(lambda: len(bot.server.called("getUpdates")) > 3)
    assert sent_to(bot.server, an.id) == 0
    databases.allow(INBOX, "incoming")
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]


async def test_a_stop_leaves_what_waits_for_telegram_to_the_next_start(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    an = server.user("An")
    async with running(server, engine, library, settings_for(server, tmp_path)):
        # What Telegram asks holds for all that share a database, the next start too: no longer than the test waits.
        server.fail("sendMessage", 429, "Too Many Requests: retry after 6", retry_after=6)
        server.say(an, "ai trực?")
        await server.wait_until(lambda: bool(server.called("sendMessage")))
        await server.wait_confirmed()
    assert look_into(settings_for(server, tmp_path))[0] == 1
    async with running(server, engine, library, settings_for(server, tmp_path)):
        assert (await server.wait_for_message(an)).quotes == [ANSWER]
    assert sent_to(server, an.id) == 1


async def test_a_group_that_became_a_supergroup_is_answered_there_and_keeps_its_documents(bot: Bot) -> None:
    an = bot.server.user("An")
    group = bot.server.group("Tổ 5", an)
    own = bot.library.own_collection(group.id)
    moved = bot.server.migrate(group)
    bot.server.say(group, "/hoi ai trực?", by=an)
    assert (await bot.server.wait_for_message(moved)).quotes == [ANSWER]
    assert own.id in bot.library.visible(moved.id)
    assert own.id not in bot.library.visible(group.id)


@pytest.mark.parametrize("said_in", ["old", "new"])
async def test_a_group_that_says_it_moved_takes_its_documents_along(bot: Bot, said_in: str) -> None:
    an = bot.server.user("An")
    group = bot.server.group("Tổ 5", an)
    own = bot.library.own_collection(group.id)
    moved = bot.server.migrate(group)
    if said_in == "old":
        bot.server.post(group, by=an, migrate_to_chat_id=moved.id)
    else:
        bot.server.post(moved, by=an, migrate_from_chat_id=group.id)
    bot.server.say(moved, "/hoi ai trực?", by=an)
    await bot.server.wait_for_message(moved)
    bot.server.say(an, "ai trực?")
    await bot.server.wait_for_message(an)
    assert own.id in bot.library.visible(moved.id)
    assert own.id not in bot.library.visible(group.id)


async def test_answers_of_one_chat_keep_their_order_though_one_is_slow(bot: Bot) -> None:
    known, go_on = bot.engine.ask("ai trực?"), threading.Event()

    def slowly() -> Answer:
        go_on.wait(10)
        return known

    bot.engine.teach_work("chậm", slowly)
    an = bot.server.user("An")
    asked = [bot.server.say(an, words).id for words in ("chậm", "ai trực?", "kiểm tra khi nào?")]
    await bot.server.wait_confirmed()
    await asyncio.sleep(0)
    go_on.set()
    assert [(await bot.server.wait_for_message(an)).reply_to for _ in asked] == asked


async def test_a_worker_that_cannot_say_that_it_lives_sends_nothing_until_it_can(
    server: BotApiServer,
    engine: ScriptedEngine,
    library: Library,
    tmp_path: Path,
    databases: Databases,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another may have its chats by then."""
    monkeypatch.setattr(worker, "LEASE", 0.4)
    monkeypatch.setattr(worker, "RENEW", 0.05)
    an = server.user("An")
    begun, found = threading.Event(), threading.Event()

    def slowly() -> Answer:
        begun.set()
        found.wait(20)
        return Answer(question="", status=Status.NONE)

    engine.teach_work("chậm", slowly)
    async with running(server, engine, library, settings_for(server, tmp_path)):
        server.say(an, "chậm")
        await asyncio.to_thread(begun.wait, 20)
        databases.refuse(INBOX, "turn", "UPDATE")
        await asyncio.sleep(0.5)
        found.set()
        await asyncio.sleep(0.5)
        assert sent_to(server, an.id) == 0
        databases.allow(INBOX, "turn")
        await server.wait_for_message(an)
    assert sent_to(server, an.id) == 1
