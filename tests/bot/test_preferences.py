"""A chat chooses when it is answered, how much and in which language; in a group its administrators do."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.database import bot_database
from bot.preferences import VIETNAM, Preferences, PreferenceStore, When
from tests.bot.conftest import Bot
from tests.fakes.bot_api import Chat, Message, User

pytestmark = pytest.mark.both


@pytest.fixture
def an(bot: Bot) -> User:
    return bot.server.user("An")


@pytest.fixture
def boss(bot: Bot) -> User:
    return bot.server.user("Bình")


@pytest.fixture
def group(bot: Bot, an: User, boss: User) -> Chat:
    return bot.server.group("Tổ dân phố 5", an, admins=(boss,))


async def choose(bot: Bot, group: Chat, boss: User, field: str, choice: str) -> Message:
    bot.server.say(group, "/caidat", by=boss)
    panel = await bot.server.wait_for_message(group)
    for button in (field, choice):
        await bot.server.press(panel, button, by=boss).answer
    return bot.server.message(panel)


async def test_the_panel_says_what_is_chosen_and_changes_it(bot: Bot, group: Chat, boss: User) -> None:
    panel = await choose(bot, group, boss, "Số kết quả", "5")
    assert "Số kết quả: 5" in panel.text
    assert "Ngôn ngữ: Tiếng Việt" in panel.text
    assert panel.buttons == ["Khi nào trả lời", "Số kết quả", "Ngôn ngữ", "Trả lời riêng", "Giờ yên lặng"]
    assert not bot.server.refused


async def test_a_member_is_told_politely_that_administrators_do_that(bot: Bot, group: Chat, an: User) -> None:
    bot.server.say(group, "/caidat", by=an)
    assert "Chỉ quản trị viên" in (await bot.server.wait_for_message(group)).text
    assert "Chỉ quản trị viên" in (await bot.server.press_data(await _panel(bot, group), "S.r.0", by=an).answer)["text"]


async def _panel(bot: Bot, group: Chat) -> Message:
    boss = next(u for u in bot.server.users.values() if u.id in group.admins)
    bot.server.say(group, "/caidat", by=boss)
    return await bot.server.wait_for_message(group)


async def test_an_anonymous_administrator_may_open_it(bot: Bot, group: Chat, an: User) -> None:
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    bot.server.say(group, "/caidat", by=an, sender_chat=group.json(), **{"from": anonymous})
    assert "Cài đặt của nhóm" in (await bot.server.wait_for_message(group)).text


async def test_telegram_is_asked_who_administers_only_now_and_then(bot: Bot, group: Chat, boss: User) -> None:
    await choose(bot, group, boss, "Số kết quả", "5")
    await choose(bot, group, boss, "Số kết quả", "1")
    assert len(bot.server.called("getChatMember")) == 1


@pytest.mark.parametrize("data", ["S.r.zz", "S.c.9", "S.x.0", "s.z", "S.r", "S.w.9"])
async def test_a_choice_that_does_not_exist_is_refused(bot: Bot, group: Chat, boss: User, data: str) -> None:
    panel = await _panel(bot, group)
    assert "không dùng được" in (await bot.server.press_data(panel, data, by=boss).answer)["text"]


async def test_a_person_chooses_a_language_for_the_private_chat(bot: Bot, an: User) -> None:
    bot.server.say(an, "/ngonngu")
    await bot.server.press(await bot.server.wait_for_message(an), "English").answer
    bot.server.say(an, "không có đâu")
    assert "I found no answer" in (await bot.server.wait_for_message(an)).text
    assert "không dùng được" not in (await bot.server.inline(an, ""))["button"]["text"]


async def test_the_group_s_language_is_not_its_members_(bot: Bot, group: Chat, an: User, boss: User) -> None:
    await choose(bot, group, boss, "Ngôn ngữ", "English")
    bot.server.say(group, "/hoi không có đâu", by=an)
    assert "I found no answer" in (await bot.server.wait_for_message(group)).text
    bot.server.say(an, "không có đâu")
    assert "không tìm thấy" in (await bot.server.wait_for_message(an)).text


def test_what_is_chosen_survives_a_restart_and_a_broken_row_is_as_if_nothing_was() -> None:
    database = bot_database()
    PreferenceStore(database).set(5, results=10)
    database.execute("INSERT INTO preference (chat, body) VALUES (6, ?)", '{"results": "nhiều"}')
    again = PreferenceStore(database)
    assert again.of(5).results == 10
    assert again.of(6) == Preferences()
    again.move_chat(5, 7)
    assert (again.of(5), again.of(7).results) == (Preferences(), 10)


@given(st.integers(0, 23), st.integers(0, 23), st.integers(0, 24 * 60 - 1))
def test_quiet_hours_run_over_midnight_in_vietnam(start: int, end: int, minute: int) -> None:
    now = dt.datetime(2024, 1, 1, tzinfo=VIETNAM) + dt.timedelta(minutes=minute)
    hours = [(start + n) % 24 for n in range((end - start) % 24)]
    chosen = Preferences(when=When.QUESTIONS, quiet=(start, end))
    assert chosen.at(now.astimezone(dt.UTC)) is (When.COMMANDS if now.hour in hours else When.QUESTIONS)


@pytest.mark.parametrize("reads_all", [False, True])
async def test_start_in_a_group_says_what_to_do_about_privacy_mode(
    bot: Bot, group: Chat, an: User, reads_all: bool
) -> None:
    bot.server.me["can_read_all_group_messages"] = reads_all
    bot.server.say(group, "/start", by=an)
    said = (await bot.server.wait_for_message(group)).text
    assert ("/setprivacy" in said) is not reads_all
    group.admins.add(bot.server.me["id"])
    bot.server.say(group, "/start", by=an)
    assert "/setprivacy" not in (await bot.server.wait_for_message(group)).text
