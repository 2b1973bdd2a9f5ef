"""Nothing is quoted that the library does not say, at the moment of sending."""

from __future__ import annotations

from pathlib import Path

import pytest
from telegram import Chat, User

from bot.desk import Desk
from bot.memory import Answered
from corpus.library import Library
from retrieval.answer import Answer, Status
from tests.bot.conftest import Bot, settings_for
from tests.fakes.engine import ScriptedEngine, passage

WORDS = "2.2. Mở lối thoát nạn thứ hai ở nhà ở kết hợp kinh doanh."


@pytest.fixture
def desk(library: Library, engine: ScriptedEngine, tmp_path: Path) -> Desk:
    class Nowhere:
        url, token = "http://127.0.0.1:1", "1:x"

    return Desk(settings_for(Nowhere(), tmp_path), engine, library)  # type: ignore[arg-type]


async def test_a_quote_that_is_not_in_the_library_is_not_shown(
    bot: Bot, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    right = passage(library, "mau.txt", WORDS, clause="2.2")
    for n, wrong in enumerate(
        (
            right.model_copy(update={"quote": right.quote.replace("hai", "ba")}),
            right.model_copy(update={"start": right.start + 1}),
            right.model_copy(update={"citation": right.citation.model_copy(update={"document_id": "0" * 16})}),
        )
    ):
        bot.engine.teach(f"sai {n}", wrong)
        bot.engine.teach(f"sai rồi đúng {n}", wrong, right)
        an = bot.server.user("An")
        bot.server.say(an, f"sai {n}")
        assert "không tìm thấy" in (await bot.server.wait_for_message(an)).text
        bot.server.say(an, f"sai rồi đúng {n}")
        assert (await bot.server.wait_for_message(an)).quotes == [WORDS]
    assert "did not match the library" in caplog.text


async def test_what_changed_while_it_was_searched_for_is_searched_again(
    desk: Desk, library: Library, engine: ScriptedEngine
) -> None:
    right = passage(library, "mau.txt", WORDS, clause="2.2")
    old = right.model_copy(update={"citation": right.citation.model_copy(update={"document_id": "0" * 16})})
    found = [old, right]
    engine.teach_work("lối nào?", lambda: Answer(question="", status=Status.ANSWERED, passages=(found.pop(0),)))
    answer = await desk.ask("lối nào?", 1)
    assert (answer.passages, answer.status) == ((right,), Status.ANSWERED)


async def test_an_answer_is_read_again_from_the_library(desk: Desk, library: Library) -> None:
    p = passage(library, "mau.txt", WORDS, clause="2.2")
    bare = p.model_copy(update={"quote": "", "shown": ""})
    answered = Answered(1, 2, 3, Answer(question="", status=Status.ANSWERED, passages=(bare,)))
    assert (await desk.again(answered)).passages == (p,)
    library.remove(p.citation.document_id)
    gone = await desk.again(answered)
    assert (gone.passages, gone.status) == ((), Status.NONE)


def test_who_is_spoken_to_in_which_language(desk: Desk) -> None:
    john, an = User(1, "John", False, language_code="en"), User(2, "An", False, language_code="vi")
    private, group = Chat(1, Chat.PRIVATE), Chat(-1, Chat.SUPERGROUP)
    assert desk.language(private, john) == "en"
    assert desk.language(private, an) == "vi"
    assert desk.language(group, john) == "vi"
    assert desk.language(None, None) == "vi"
