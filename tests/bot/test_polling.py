"""One update that cannot be read does not keep the others from being answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from bot.readable import readable
from tests.bot.conftest import Bot

ANSWER = "Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."
UNREADABLE: list[dict[str, Any]] = [
    {"message": {"message_id": 7, "text": "bí mật"}},
    {"message": {"message_id": 7, "date": "hôm qua", "chat": {"id": 1, "type": "private"}}},
    {"poll": {"id": "1", "question": "?"}},
    {"callback_query": {"id": "1", "data": "r.0"}},
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
kinds = st.sampled_from(["message", "edited_message", "callback_query", "poll", "my_chat_member", "x"])


@pytest.mark.parametrize("update", UNREADABLE, ids=lambda u: next(iter(u)))
async def test_the_updates_around_an_unreadable_one_are_answered(
    bot: Bot, update: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    an, binh = bot.server.user("An"), bot.server.user("Bình")
    bot.server.say(an, "ai trực?")
    bot.server.raw_update(update)
    bot.server.say(binh, "ai trực?")
    assert (await bot.server.wait_for_message(an)).quotes == [ANSWER]
    assert (await bot.server.wait_for_message(binh)).quotes == [ANSWER]
    bot.server.raw_update(update)
    await bot.server.wait_confirmed()
    assert "cannot be read" in caplog.text
    assert "bí mật" not in caplog.text
    assert len(bot.server.called("getUpdates")) < 20


@given(st.lists(st.tuples(kinds, json_values), max_size=5))
def test_what_is_left_can_always_be_read_and_confirmed(updates: list[tuple[str, Any]]) -> None:
    sent = [{"update_id": n, kind: value} for n, (kind, value) in enumerate(updates, 1)]
    left = json.loads(readable(json.dumps({"ok": True, "result": sent}).encode())[0])["result"]
    assert [u["update_id"] for u in left] == [u["update_id"] for u in sent]
    for u in left:
        Update.de_json(u, None)


@given(st.one_of(st.binary(max_size=50), json_values.map(lambda v: json.dumps(v).encode())))
def test_what_is_no_list_of_updates_is_left_alone(payload: bytes) -> None:
    assert readable(payload) == (payload, {})
