"""Who asks too much is told so once, and nobody else waits for it."""

from __future__ import annotations

import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.limits import CHAT, SECONDS, Limits, Verdict
from corpus.library import Library
from tests.bot.conftest import running, settings_for
from tests.fakes.bot_api import BotApiServer
from tests.fakes.engine import ScriptedEngine

SLOWER = "Bạn hỏi hơi nhanh"


@given(st.integers(1, 4), st.lists(st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(0, 30)), max_size=80))
def test_in_any_minute_a_person_and_a_chat_ask_so_much_and_no_more(
    most: int, asked: list[tuple[int, int, int]]
) -> None:
    limits, now, taken, told = Limits(most), 1_700_000_000.0, [], []
    for person, chat, pause in asked:
        now += pause
        verdict = limits.ask(person, chat, now)
        recent = [(p, c) for p, c, at in taken if now - at < SECONDS]
        fits = sum(p == person for p, _ in recent) < most and sum(c == chat for _, c in recent) < CHAT * most
        assert (verdict is Verdict.TAKEN) == fits
        if verdict is Verdict.TAKEN:
            taken.append((person, chat, now))
        elif verdict is Verdict.TOLD:
            assert all(now - at >= SECONDS for c, at in told if c == chat)
            told.append((chat, now))


def test_a_clock_put_back_keeps_nobody_from_asking() -> None:
    limits = Limits(1)
    assert limits.ask(1, 1, 10_000.0) is Verdict.TAKEN
    assert limits.ask(1, 1, 5_000.0) is Verdict.TAKEN


def test_none_is_no_limit() -> None:
    limits = Limits(0)
    assert all(limits.ask(1, 1, 0.0) is Verdict.TAKEN for _ in range(1000))


async def test_the_third_question_of_two_is_answered_with_a_polite_line_and_the_fourth_not_at_all(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    async with running(server, engine, library, settings_for(server, tmp_path, questions_per_minute=2)):
        an, binh = server.user("An"), server.user("Bình")
        for _ in range(4):
            server.say(an, "ai trực?")
        texts = [(await server.wait_for_message(an)).text for _ in range(3)]
        assert [SLOWER in t for t in texts] == [False, False, True]
        server.say(binh, "ai trực?")
        assert (await server.wait_for_message(binh)).quotes
        await server.wait_confirmed()
        assert engine.asked == ["ai trực?"] * 3
        assert len([c for c in server.called("sendMessage") if c.params["chat_id"] == an.id]) == 3


async def test_what_was_asked_over_hours_while_the_bot_was_away_is_all_answered(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    an = server.user("An")
    now = int(time.time())
    for n in range(4):
        server.say(an, "ai trực?", date=now - 3600 * (4 - n))
    async with running(server, engine, library, settings_for(server, tmp_path, questions_per_minute=1)):
        assert all([(await server.wait_for_message(an)).quotes for _ in range(4)])


async def test_what_is_said_in_a_group_among_people_counts_for_nothing(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    async with running(server, engine, library, settings_for(server, tmp_path, questions_per_minute=1)):
        an = server.user("An")
        group = server.group("Tổ 5", an)
        for _ in range(5):
            server.say(group, "chào mọi người", by=an)
        server.say(group, "/hoi ai trực?", by=an)
        assert (await server.wait_for_message(group)).quotes


async def test_too_many_presses_are_said_to_be(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    async with running(server, engine, library, settings_for(server, tmp_path, questions_per_minute=1)):
        an = server.user("An")
        server.say(an, "kiểm tra khi nào?")
        answer = await server.wait_for_message(an)
        presses = [server.press(answer, "2/3") for _ in range(4)]
        answers = [await p.answer for p in presses]
        assert [SLOWER in a.get("text", "") for a in answers] == [False, False, False, True]
