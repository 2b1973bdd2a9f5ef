"""The whole house: starter documents, shipped model, search engine, application, HTTP. Every quote word for word."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.home import Home, open_home
from tests.bot.conftest import Bot, running, settings_for
from tests.databases import Shared
from tests.fakes.bot_api import BotApiServer
from tests.fakes.engine import conclusion

STARTER = Path(__file__).parents[2] / "corpus" / "starter"
KL07 = "Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị"


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def home(
    starter_home: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    class Nowhere:
        url, token = "http://127.0.0.1:1", "1:x"

    own, more, shared = starter_home, {}, None
    if request.param == "postgres":
        shared = Shared(request.getfixturevalue("postgres"))
        own = Path(shutil.copytree(starter_home, tmp_path_factory.mktemp("shared") / "home"))
        (own / "library.db").unlink()
        more = {"database_url": shared.url}
    opened = open_home(settings_for(Nowhere(), own, **more))  # type: ignore[arg-type]
    yield opened
    opened.library.close()
    if shared:
        shared.close()


@pytest_asyncio.fixture
async def bot(server: BotApiServer, home: Home, request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    # What the bot keeps is each test's own.
    url = request.getfixturevalue("shared").url if home.settings.database_url else None
    async with running(server, home.engine, home.library, settings_for(server, tmp_path, database_url=url)) as real:
        yield real


@pytest.mark.parametrize(
    ("question", "file", "words", "citation", "mark"),
    [
        (
            "Ai chủ trì cuộc họp tại Trụ sở Trung ương Đảng?",
            "000_2fcd3518578ce76f.txt",
            "Sáng nay tại Trụ sở Trung ương Đảng, dưới sự chủ trì của Tổng Bí thư Nguyễn Phú Trọng",
            ["(tháng 6/2021)", "đoạn ", "không có số hiệu"],
            "Tin báo chí",
        ),
        (
            "Có nghiên cứu tiêm vaccine cho trẻ em không?",
            "001_31d8d7d3261bbcea.txt",
            "nghiên cứu, xem xét việc tiêm vaccine cho trẻ em.",
            [f"{KL07}, mục 3.3"],
            "Nguyên văn văn bản",
        ),
        (
            "Thường trực Ban Bí thư giao Ban Dân vận, Mặt trận Tổ quốc làm nòng cốt việc gì?",
            "002_ea7742a87481f940.txt",
            "làm nòng cốt trong công tác tuyên truyền, vận động nâng cao nhận thức",
            ["(tháng 7/2021)", "đoạn ", "không có số hiệu"],
            "Tin báo chí",
        ),
        (
            "Ai làm Trưởng Ban Chỉ đạo quốc gia phòng, chống dịch?",
            "003_dc3c142be8184935.txt",
            "thống nhất phân công đồng chí Thủ tướng Chính phủ làm Trưởng Ban Chỉ đạo quốc gia phòng, chống dịch;",
            ["Thông báo số 10-TB/VPTW ngày 24/8/2021", "mục 2"],
            "",
        ),
        (
            "tinh thần 3 không trong chống dịch là gì?",
            "004_2aba242487697f91.txt",
            "tinh thần 3 không: Không nói thiếu tiền; không nói thiếu nguồn nhân lực; không nói thiếu thể chế, cơ sở"
            " vật chất, vật tư, sinh phẩm.",
            ["đoạn ", "không có số hiệu"],
            "Tin báo chí",
        ),
    ],
)
async def test_each_starter_document_is_quoted_word_for_word_and_cited(
    bot: Bot, question: str, file: str, words: str, citation: list[str], mark: str
) -> None:
    an = bot.server.user("An")
    bot.server.say(an, question)
    answer = await bot.server.wait_for_message(an, within=60)
    [quote] = answer.quotes
    assert words in quote
    source = (STARTER / file).read_text("utf-8")
    for piece in quote.split("[…]"):
        assert piece.strip() in source
    for part in citation:
        assert part in answer.bold[-1]
    assert mark in answer.text
    assert not bot.server.refused


async def test_a_clause_asked_by_number_is_quoted_whole(bot: Bot) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "07/kl tw mục 3.4")
    answer = await bot.server.wait_for_message(an, within=60)
    source = (STARTER / "001_31d8d7d3261bbcea.txt").read_text("utf-8")
    start = source.index("3.4.")
    assert answer.quotes == [source[start : source.index("3.5.")].strip()]
    assert answer.bold == [f"{KL07}, mục 3.4"]
    press = bot.server.press(answer, "Toàn văn mục 3")
    whole = await bot.server.wait_for_edit(answer)
    assert await press.answer
    assert whole.quotes[0].startswith("3. Để đạt hiệu quả cao hơn nữa")


async def test_a_number_that_is_not_in_the_library_is_said_not_to_be(bot: Bot) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "Kết luận 88-KL/TW có những nội dung nào?")
    answer = await bot.server.wait_for_message(an, within=60)
    assert "không có trong thư viện" in answer.text
    assert answer.quotes == []


async def test_a_question_in_a_group_with_topics_goes_the_same_way(bot: Bot) -> None:
    an = bot.server.user("An")
    forum = bot.server.group("Phường Hàng Bài", an, forum=True)
    topic = bot.server.topic(forum, "Phòng dịch")
    asked = bot.server.say(forum, "@trichdan_bot kết luận 07 mục 3.3", by=an, thread=topic)
    answer = await bot.server.wait_for_message(forum, within=60)
    assert answer.bold[-1] == f"{KL07}, mục 3.3"
    assert (answer.thread, answer.reply_to) == (topic, asked.id)


async def test_a_reply_asks_on_about_the_document_just_quoted(bot: Bot) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "07/kl tw mục 3.4")
    answer = await bot.server.wait_for_message(an, within=60)
    bot.server.say(an, "còn khoản 3.3?", reply_to=answer)
    assert (await bot.server.wait_for_message(an, within=60)).bold == [f"{KL07}, mục 3.3"]
    bot.server.say(an, "còn 3.5?", reply_to=answer)
    assert (await bot.server.wait_for_message(an, within=60)).bold == [f"{KL07}, mục 3.5"]
    bot.server.say(an, "ai ký?", reply_to=answer)
    signed = await bot.server.wait_for_message(an, within=60)
    assert "Võ Văn Thưởng" in signed.quotes[0]
    assert KL07 in signed.bold[-1]
    bot.server.say(an, "Ai làm Trưởng Ban Chỉ đạo quốc gia?", reply_to=answer)
    assert await bot.server.wait_for_message(an, within=60)
    bot.server.say(an, "cảm ơn", reply_to=answer)
    assert "Rất vui" in (await bot.server.wait_for_message(an, within=60)).text


async def test_a_number_that_is_a_stamp_or_a_copy_s_opens_the_card(bot: Bot) -> None:
    an = bot.server.user("An")
    for said in ("129-BS/VPTU", "đến số 1698", "10-TB/VPTW"):
        bot.server.say(an, f"/vanban {said}")
        card = await bot.server.wait_for_message(an, within=60)
        assert card.bold == ["Thông báo số 10-TB/VPTW ngày 24/8/2021 của Văn phòng Trung ương Đảng"]
        assert "Bản sao lục: số 129-BS/VPTU ngày 30/8/2021" in card.text


async def test_where_several_documents_have_the_number_the_reader_chooses(
    server: BotApiServer, own_home: Path, tmp_path: Path
) -> None:
    settings = settings_for(server, own_home)
    opened = open_home(settings)
    opened.library.put(conclusion("Thành ủy Huế", file="hue.txt", number="07-KL/TU"))
    opened.library.put(conclusion("Thành ủy Đà Nẵng", file="da-nang.txt", number="07-KL/TU"))
    async with running(server, opened.engine, opened.library, settings):
        an = server.user("An")
        server.say(an, "07-KL/TU mục 2.2")
        answer = await server.wait_for_message(an, within=60)
        assert len(answer.buttons) == 2
        server.press(answer, "Đà Nẵng")
        chosen = await server.wait_for_edit(answer)
        assert chosen.quotes == ["2.2. Mở lối thoát nạn thứ hai ở nhà ở kết hợp kinh doanh."]
        assert "Thành ủy Đà Nẵng, mục 2.2" in chosen.bold[-1]
    opened.library.close()
