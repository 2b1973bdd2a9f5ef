"""A person and the bot alone."""

from __future__ import annotations

from tests.bot.conftest import Bot

QUOTE = '2.1. Kiểm tra khu dân cư trước ngày 01/5/2024. Lập danh sách nơi nguy hiểm & báo cáo "ngay".'
CITATION = "Kết luận số 01-KL/TU ngày 05/02/2024 của Thành ủy, mục 2.1"


async def test_a_question_gets_the_clause_word_for_word_and_its_citation(bot: Bot) -> None:
    an = bot.server.user("An")
    asked = bot.server.say(an, "kiểm tra khi nào?")
    answer = await bot.server.wait_for_message(an)
    assert answer.quotes == [QUOTE]
    assert answer.bold == ["Kiểm tra khu dân cư trước ngày 01/5/2024.", CITATION]
    assert answer.reply_to == asked.id
    assert [[b["text"] for b in row] for row in answer.keyboard] == [
        ["Toàn văn mục 2", "☰ Mục lục"],
        ["◀ mục 1", "mục 2.2 ▶"],
        ["Kết quả sau 2/3 ▶"],
        ["👍", "👎", "🖼 Ảnh", "↗ Gửi"],
    ]
    assert not bot.server.refused


async def test_the_next_result_and_the_way_back(bot: Bot) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "kiểm tra khi nào?")
    answer = await bot.server.wait_for_message(an)
    press = bot.server.press(answer, "Kết quả sau")
    second = await bot.server.wait_for_edit(answer)
    assert second.quotes == ["2.2. Mở lối thoát nạn thứ hai ở nhà ở kết hợp kinh doanh."]
    assert await press.answer
    bot.server.press(answer, "3/3")
    third = await bot.server.wait_for_edit(answer)
    assert "đoạn 2 (không có số hiệu)" in third.text
    assert "Tin báo chí" in third.text
    bot.server.press(answer, "◀")
    await bot.server.wait_for_edit(answer)
    bot.server.press(answer, "◀")
    assert (await bot.server.wait_for_edit(answer)).quotes == [QUOTE]


async def test_the_whole_clause_is_one_button_away(bot: Bot) -> None:
    an = bot.server.user("An")
    bot.server.say(an, "kiểm tra khi nào?")
    answer = await bot.server.wait_for_message(an)
    bot.server.press(answer, "Toàn văn mục 2")
    whole = await bot.server.wait_for_edit(answer)
    [quote] = whole.quotes
    assert quote.startswith("2. Yêu cầu các cấp ủy")
    assert QUOTE in quote
    assert quote.endswith("kết hợp kinh doanh.")
    assert whole.bold == ["Kết luận số 01-KL/TU ngày 05/02/2024 của Thành ủy, mục 2"]
    bot.server.press(answer, "Trở lại")
    assert (await bot.server.wait_for_edit(answer)).quotes == [QUOTE]


async def test_an_edited_question_edits_its_answer(bot: Bot) -> None:
    an = bot.server.user("An")
    asked = bot.server.say(an, "ai trực??")
    nothing = await bot.server.wait_for_message(an)
    assert "không tìm thấy" in nothing.text
    bot.server.edit(asked, "ai trực?")
    answer = await bot.server.wait_for_edit(nothing)
    assert answer.quotes == ["Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô."]
    assert len(bot.server.called("sendMessage")) == 1
