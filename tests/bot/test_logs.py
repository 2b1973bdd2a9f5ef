"""No token and no question in the log."""

from __future__ import annotations

import io
import logging

import pytest
from pydantic import SecretStr

from bot.logs import mask_secrets, masked
from tests.bot.conftest import Bot
from tests.fakes.bot_api import TOKEN


@pytest.fixture
def written() -> io.StringIO:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def test_tokens_are_masked_in_messages_arguments_and_tracebacks(written: io.StringIO) -> None:
    mask_secrets(SecretStr("bí-mật"), None)
    log = logging.getLogger("any.library")
    log.info("POST https://api.telegram.org/bot%s/getMe", TOKEN)
    log.warning(f"webhook bí-mật at https://api.telegram.org/bot{TOKEN}/setWebhook")
    try:
        raise ValueError(f"https://api.telegram.org/bot{TOKEN}/getMe")
    except ValueError:
        log.exception("failed")
    log.info("broken %s %s", "one")
    said = written.getvalue()
    assert TOKEN not in said
    assert "bí-mật" not in said
    assert "Traceback" in said
    assert said.count("<token>") >= 4


def test_other_numbers_stay() -> None:
    assert masked("12345678 lúc 10:30, 07-KL/TW") == "12345678 lúc 10:30, 07-KL/TW"


async def test_a_running_bot_logs_neither_token_nor_questions(bot: Bot, written: io.StringIO) -> None:
    def fail() -> None:
        raise RuntimeError(f"cannot read: {bot.engine.asked[-1]}")

    bot.engine.teach_work("câu hỏi làm hỏng", fail)
    an = bot.server.user("Nguyễn Thị Ẩn")
    bot.server.say(an, "câu hỏi làm hỏng")
    assert "Có lỗi khi xử lý" in (await bot.server.wait_for_message(an)).text
    bot.server.say(an, "ai trực?")
    await bot.server.wait_for_message(an)
    said = written.getvalue()
    assert "handler failed: RuntimeError" in said
    assert "test_logs.py" in said
    assert TOKEN not in said
    for word in ("câu hỏi", "ai trực", "Ẩn"):
        assert word not in said
