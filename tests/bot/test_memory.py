"""What the bot remembers: which answer belongs to which question, and no words."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot import memory as memory_module
from bot.database import BOT, bot_database
from bot.memory import Answered, Memory
from corpus.library import Library
from retrieval.answer import Answer, Note, Status
from tests.databases import Databases
from tests.fakes.engine import choice, passage

pytestmark = pytest.mark.both

WORDS = "2.2. Mở lối thoát nạn thứ hai ở nhà ở kết hợp kinh doanh."


def answered(library: Library, question: int = 1, answer: int = 2, chat: int = 5) -> Answered:
    found = Answer(
        question="điều riêng tư",
        status=Status.ANSWERED,
        passages=(passage(library, "mau.txt", WORDS, clause="2.2"),),
        question_read={"words": ["điều", "riêng", "tư"]},
    )
    return Answered(chat, question, answer, found)


def test_an_answer_is_found_by_its_question_and_by_itself(library: Library, databases: Databases) -> None:
    database = databases(BOT)
    Memory(database).keep(answered(library))
    database.close()
    again = Memory(databases(BOT))
    found = again.of_question(5, 1)
    assert found == again.of_answer(5, 2)
    assert found is not None
    assert found.answer_id == 2
    assert found.answer.passages[0].citation.clause == "2.2"
    assert again.of_question(6, 1) is None
    assert again.of_answer(5, 1) is None


def test_no_words_are_kept(library: Library, databases: Databases) -> None:
    database = databases(BOT)
    memory = Memory(database)
    memory.keep(answered(library))
    memory.keep(Answered(5, 3, 4, Answer(question="riêng tư", status=Status.NONE, note=Note(code="empty"))))
    kept = "".join(body for (body,) in database.rows("SELECT body FROM answered"))
    assert "riêng" not in kept
    assert "thoát nạn" not in kept


def test_a_question_waiting_for_a_choice_is_kept_until_it_is_made(library: Library, databases: Databases) -> None:
    memory = Memory(databases(BOT))
    choices = tuple(choice(library, i.id) for i in library.documents())
    memory.keep(Answered(5, 1, 2, Answer(question="riêng tư", status=Status.CHOOSE, choices=choices)))
    found = memory.of_answer(5, 2)
    assert found is not None
    assert (found.answer.question, found.answer.choices) == ("riêng tư", choices)
    memory.keep(answered(library))
    found = memory.of_answer(5, 2)
    assert found is not None
    assert found.answer.question == ""


def test_the_newer_answer_takes_the_place_of_the_older(library: Library, databases: Databases) -> None:
    memory = Memory(databases(BOT))
    memory.keep(answered(library))
    memory.keep(answered(library, answer=9))
    found = memory.of_question(5, 1)
    assert found is not None
    assert found.answer_id == 9
    assert memory.of_answer(5, 2) is None


def test_a_chat_can_be_forgotten(library: Library, databases: Databases) -> None:
    memory = Memory(databases(BOT))
    memory.keep(answered(library))
    memory.keep(answered(library, chat=6))
    memory.forget_chat(5)
    assert memory.of_question(5, 1) is None
    assert memory.of_question(6, 1) is not None


def test_old_answers_and_too_many_are_thrown_away(
    library: Library, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_module, "_SWEEP_EVERY", 1.5)
    monkeypatch.setattr(memory_module, "MOST", 3)
    database = databases(BOT)
    memory = Memory(database)
    for n in range(0, 12, 2):
        memory.keep(answered(library, question=n, answer=n + 1))
    database.write(memory_module._sweep)
    assert sum(memory.of_question(5, n) is not None for n in range(0, 12, 2)) == 3
    later = time.time() + memory_module.KEEP + 5
    monkeypatch.setattr(memory_module.time, "time", lambda: later)
    database.write(memory_module._sweep)
    assert all(memory.of_question(5, n) is None for n in range(0, 12, 2))


def test_which_document_a_message_shows_is_known_for_a_time(databases: Databases) -> None:
    database = databases(BOT)
    memory = Memory(database)
    memory.point(5, 2, "a" * 16)
    memory.point(5, 2, "b" * 16)
    memory.point(5, 3, "c" * 16)
    assert memory.shown(5, 2, 60) == "b" * 16
    assert memory.shown(6, 2, 60) is None
    memory.point(5, 3, None)
    assert memory.shown(5, 3, 60) is None
    database.execute("UPDATE shown SET at = at - 61")
    assert memory.shown(5, 2, 60) is None
    memory.point(5, 2, "b" * 16)
    memory.forget_chat(5)
    assert memory.shown(5, 2, 60) is None


def test_a_memory_made_by_an_earlier_version_is_read_on(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    Memory(bot_database(path)).keep(answered(library))
    with closing(sqlite3.connect(path)) as db:
        # Before there were versions each store made its tables where they were missing.
        db.executescript("DROP TABLE shown; DROP TABLE revision; PRAGMA user_version = 0")
    again = Memory(bot_database(path))
    again.point(5, 2, "a" * 16)
    assert again.of_question(5, 1) is not None
    assert again.shown(5, 2, 60) == "a" * 16
