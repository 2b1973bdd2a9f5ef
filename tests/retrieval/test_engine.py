"""From a question to an answer, over a small library."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from corpus.library import Library
from corpus.parse import parse_string
from retrieval.answer import Answer, Status
from retrieval.engine import Engine

from .samples import NOTICE, WordEncoder

QUESTIONS = [
    "mức hỗ trợ tiền ăn trưa cho học sinh là bao nhiêu",
    "ho tro hoc sinh vung cao",
    "tuần tra rừng mấy ngày một lần",
    "15/2024/QĐ-UBND Điều 2 khoản 1",
    "ai ký thông báo 7",
    "văn bản ngày 5/5/2024",
    "đốt nương",
]


def _check_quotes(answer: Answer, library: Library) -> None:
    for p in answer.passages:
        text = library.text(p.citation.document_id)
        assert text is not None
        assert p.quote == text[p.start : p.end]
        assert p.quote.strip() == p.quote != ""
        assert p.emphasis is None or 0 <= p.emphasis[0] < p.emphasis[1] <= len(p.shown)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_quote_is_a_slice_of_its_document(question: str, engine: Engine, library: Library) -> None:
    answer = engine.ask(question, always=True)
    assert answer.passages
    _check_quotes(answer, library)


def test_the_clause_that_answers_comes_first(engine: Engine) -> None:
    answer = engine.ask("mỗi học sinh được hỗ trợ bao nhiêu đồng một ngày", always=True)
    assert "25.000 đồng" in answer.passages[0].quote
    assert answer.passages[0].citation.clause == "Điều 2.1"


def test_marks_make_no_difference(engine: Engine) -> None:
    with_marks = engine.ask("kiểm lâm tuần tra rừng", always=True).passages[0]
    without = engine.ask("kiem lam tuan tra rung", always=True).passages[0]
    assert (with_marks.start, with_marks.end) == (without.start, without.end)


@pytest.mark.parametrize(
    ("question", "clause"),
    [("7-TB/VPTU mục 2.1", "2.1"), ("thông báo 07 khoản 2.2", "2.2"), ("quyết định 15 điều 2 khoản 2", "Điều 2.2")],
)
def test_a_clause_is_looked_up_exactly(question: str, clause: str, engine: Engine) -> None:
    answer = engine.ask(question)
    assert answer.status is Status.ANSWERED
    assert [p.citation.clause for p in answer.passages] == [clause]


def test_a_clause_that_is_not_there_is_said_to_be_missing(engine: Engine) -> None:
    answer = engine.ask("7-TB/VPTU mục 9.9")
    assert answer.status is Status.NONE
    assert answer.note is not None
    assert answer.note.code == "no_clause"
    assert answer.note.params["clauses"] == ["1", "2", "2.1", "2.2"]


@pytest.mark.parametrize("question", ["8-TB/VPTU", "Thông báo 70", "kết luận 7-KL/TW nói gì", "công văn đến số 15"])
def test_a_number_is_never_taken_for_a_near_one(question: str, engine: Engine) -> None:
    answer = engine.ask(question)
    assert answer.status is Status.NONE
    assert answer.note is not None
    assert answer.note.code == "no_document"


def test_a_number_that_is_only_mentioned_is_shown_where_it_is(engine: Engine) -> None:
    answer = engine.ask("Kế hoạch 88/KH-UBND")
    assert answer.note is not None
    assert answer.note.code == "no_document"
    assert answer.note.params["mentioned"]
    assert "88/KH-UBND" in answer.passages[0].quote


def test_who_signed_is_the_signature(engine: Engine) -> None:
    answer = engine.ask("Ai ký Quyết định 15/2024/QĐ-UBND?")
    assert "Trần Văn Minh" in answer.passages[0].quote


def test_several_documents_that_fit_are_offered(engine: Engine, library: Library) -> None:
    library.put(parse_string(NOTICE.replace("năm 2024", "năm 2019").replace("cháy rừng", "úng ngập"), "cu.txt"))
    engine.refresh()
    answer = engine.ask("thông báo 7")
    assert answer.status is Status.CHOOSE
    assert len(answer.choices) == 2


@pytest.mark.parametrize("question", ["xin chào", "cảm ơn nhé", "SELECT * FROM document", "🙂"])
def test_what_is_no_question_gets_no_quote(question: str, engine: Engine) -> None:
    answer = engine.ask(question)
    assert answer.status is Status.NONE
    assert not answer.passages
    assert answer.note is not None


def test_only_documents_in_scope_are_used(engine: Engine) -> None:
    ids = {d.info.id for d in engine.snapshot.documents if d.info.file == "thong-bao.txt"}
    for question in QUESTIONS:
        answer = engine.ask(question, scope=ids, always=True)
        assert {p.citation.document_id for p in answer.passages} <= ids


def test_a_new_document_is_found_after_a_refresh(engine: Engine, library: Library) -> None:
    assert not engine.refresh()
    library.put(
        parse_string("Số 3-CT/TU\n\nCHỈ THỊ\nvề nuôi ong\n\n1. Nuôi ong lấy mật dưới tán rừng tràm.\n", "ong.txt")
    )
    assert engine.refresh()
    assert "ong" in engine.ask("nuôi ong lấy mật", always=True).passages[0].quote


def test_a_removed_document_is_gone_after_a_refresh(engine: Engine, library: Library) -> None:
    gone = next(d for d in library.documents() if d.file == "thong-bao.txt")
    library.remove(gone.id)
    engine.refresh()
    for question in QUESTIONS:
        assert gone.id not in {p.citation.document_id for p in engine.ask(question, always=True).passages}


@pytest.mark.parametrize("question", ["nuôi ong lấy mật bao nhiêu đàn", "Chỉ thị số 3-CT/TU nuôi ong bao nhiêu đàn?"])
def test_what_was_replaced_a_moment_ago_is_answered_from_what_stands_there_now(
    question: str, engine: Engine, library: Library
) -> None:
    for herds in (10, 12, 15):
        words = f"1. Mỗi xã nuôi ong lấy mật {herds} đàn dưới tán rừng tràm."
        library.put(parse_string(f"Số 3-CT/TU\n\nCHỈ THỊ\nvề nuôi ong\n\n{words}\n", "ong.txt"))
        if herds == 10:
            engine.refresh()
        answer = engine.ask(question, always=True)
        assert f"{herds} đàn" in answer.passages[0].quote
        _check_quotes(answer, library)


def test_a_question_does_not_wait_for_a_long_change_of_the_library(
    engine: Engine, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.engine.PATIENCE", 0.01)
    gone = next(d for d in library.documents() if d.file == "thong-bao.txt")
    library.remove(gone.id)
    with engine._building:
        for question in QUESTIONS:
            assert gone.id not in {p.citation.document_id for p in engine.ask(question, always=True).passages}


def test_questions_are_answered_while_the_index_is_rebuilt(engine: Engine, library: Library) -> None:
    wrong: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            answer = engine.ask("kiểm lâm tuần tra rừng", always=True)
            if "kiểm lâm" not in answer.passages[0].quote:
                wrong.append(answer.passages[0].quote)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for t in askers:
        t.start()
    for n in range(3):
        library.put(parse_string(f"Số {n + 20}-CT/TU\n\nCHỈ THỊ\nvề chợ\n\n1. Chợ số {n} họp sớm.\n", f"cho-{n}.txt"))
        engine.refresh()
    done.set()
    for t in askers:
        t.join()
    assert not wrong


def test_an_empty_library_has_no_answer(tmp_path: Path) -> None:
    engine = Engine(Library(tmp_path / "library.db"), WordEncoder(), tmp_path / "index")
    assert engine.ask("hỗ trợ học sinh").status is Status.NONE
