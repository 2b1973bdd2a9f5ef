"""Quotes as pictures, and a month as a chart."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot import chart
from bot.database import bot_database
from bot.picture import MOST, WIDTH, Card, TooLongError, _font, _wrapped, draw
from bot.tally import Tally
from corpus.library import Library
from retrieval.answer import Answer, Note, Status
from tests.bot.conftest import Bot, running, settings_for
from tests.fakes.bot_api import BotApiServer, Message, User
from tests.fakes.engine import ScriptedEngine


@pytest_asyncio.fixture
async def admin(server: BotApiServer) -> User:
    return server.user("Chủ")


@pytest_asyncio.fixture
async def bot(server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path, admin: User) -> Any:
    async with running(server, engine, library, settings_for(server, tmp_path, admins=str(admin.id))) as bot:
        yield bot


def size(bot: Bot, message: Message) -> tuple[int, int]:
    return Image.open(io.BytesIO(bot.server.files[message.picture])).size


async def test_the_quote_of_an_answer_and_a_clause_become_pictures(bot: Bot) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "kiểm tra khi nào?")
    answer = await bot.server.wait_for_message(an)
    await bot.server.press(answer, "🖼").answer
    photo = await bot.server.wait_for_message(an)
    assert size(bot, photo)[0] == WIDTH
    assert photo.raw["caption"] == "Kết luận số 01-KL/TU ngày 05/02/2024 của Thành ủy, mục 2.1"
    assert photo.reply_to == answer.id
    await bot.server.press(answer, "Toàn văn mục 2").answer
    await bot.server.press(answer, "🖼").answer
    assert (await bot.server.wait_for_message(an)).raw["caption"].endswith("mục 2")
    assert not bot.server.refused


async def test_by_command_or_as_a_reply(bot: Bot) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "/anh 01-KL/TU 2.2")
    assert (await bot.server.wait_for_message(an)).raw["caption"].endswith("mục 2.2")
    bot.server.say(an, "kiểm tra khi nào?")
    answer = await bot.server.wait_for_message(an)
    for words, clause in (("/anh", "mục 2.1"), ("/anh 2.2", "mục 2.2")):
        bot.server.say(an, words, reply_to=answer)
        assert (await bot.server.wait_for_message(an)).raw["caption"].endswith(clause)
    for words in ("/anh", "/anh 99-KL/TU 1", "/anh 01-KL/TU 9", "/anh 01-KL/TU"):
        bot.server.say(an, words)
        assert "/anh 07-KL/TW 3.3" in (await bot.server.wait_for_message(an)).text


@pytest.mark.parametrize("data", ["g.9", "G.0000000000000000.1"])
async def test_a_forged_button_draws_nothing(bot: Bot, data: str) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "kiểm tra khi nào?")
    press = bot.server.press_data(await bot.server.wait_for_message(an), data)
    assert "không có trong thư viện" in (await press.answer)["text"]


async def test_the_month_is_drawn_for_administrators_alone(bot: Bot, admin: User) -> None:
    an = bot.server.user("An")
    for words in ("ai trực?", "không có đâu"):
        bot.server.say(an, words)
        await bot.server.wait_for_message(an)
    bot.server.say(an, "/thongke")
    assert "Chỉ quản trị viên" in (await bot.server.wait_for_message(an)).text
    bot.server.say(admin, "/thongke")
    said = (await bot.server.wait_for_message(admin, within=30)).raw["caption"]
    assert "2 câu hỏi\nTrả lời được: 1\nChỉ có đoạn gần nhất: 0\nKhông tìm thấy: 1" in said
    bot.server.say(admin, "/thongke 6/2021")
    assert "Tháng 6/2021: 0 câu hỏi" in (await bot.server.wait_for_message(admin)).raw["caption"]


def test_long_quotes_take_several_pictures_and_very_long_ones_none() -> None:
    card = Card("Các cấp ủy kiểm tra khu dân cư. " * 60, "Kết luận", "Nguyên văn", (), "Thư viện")
    assert len(draw(card)) == 3
    with pytest.raises(TooLongError):
        draw(Card("Các cấp ủy kiểm tra. " * 60 * MOST, "Kết luận", "Nguyên văn", (), "Thư viện"))


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=300))
def test_no_word_is_lost_or_runs_over_the_edge(words: str) -> None:
    font = _font("DejaVuSerif", 40)
    lines = _wrapped(words, font, 900)
    assert "".join("".join(lines).split()) == "".join(words.split())
    assert all(font.getlength(line) <= 900 or len(line) == 1 for line in lines)


def test_every_vietnamese_letter_has_a_form_of_its_own() -> None:
    letters = "aăâbcdđeêghiklmnoôơpqrstuưvxyàằầèềìòồờùừỳảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹáắấéếíóốớúứýạặậẹệịọộợụựỵ"
    for name in ("DejaVuSerif", "DejaVuSans", "DejaVuSans-Bold"):
        font = _font(name, 40)
        forms = {bytes(font.getmask(c)) for c in letters + letters.upper()}
        assert len(forms) == 2 * len(letters)


def test_questions_are_counted_by_the_day_in_vietnam_and_small_talk_is_not() -> None:
    tally = Tally(bot_database())
    night = dt.datetime(2024, 1, 31, 18, tzinfo=dt.UTC)
    for status in (Status.ANSWERED, Status.CHOOSE, Status.RELATED, Status.NONE):
        tally.count(Answer(question="?", status=status), night)
    tally.count(Answer(question="?", status=Status.NONE, note=Note(code="thanks")), night)
    tally.count(Answer(question="?", status=Status.NONE, note=Note(code="no_document")), night)
    february = tally.month(2024, 2)
    assert len(february.days) == 29
    first = february.days[0]
    assert (first.answered, first.related, first.refused, first.asked) == (2, 1, 2, 5)
    assert tally.month(2024, 12).total.asked == 0
    assert chart.draw(february, "vi").startswith(b"\x89PNG")
