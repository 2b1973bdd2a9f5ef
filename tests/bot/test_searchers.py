"""Questions that come together are searched for in several processes, in their order, and none is lost with one."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from pathlib import Path

import pytest

from bot.home import open_home
from bot.searchers import GoneError, Searcher, Searchers
from bot.settings import load_settings
from corpus.access import PUBLIC
from corpus.parse import parse_string
from retrieval.answer import Answer, Status

PATIENCE = 30.0


def answer_by(name: str) -> Answer:
    return Answer(question=name, status=Status.NONE)


class Asked:
    """Somebody who searches, one question after the other, as slowly as the test lets them."""

    def __init__(self, name: str, *, slow: threading.Event | None = None, gone: bool = False) -> None:
        self.name, self.slow, self.gone = name, slow, gone
        self.questions: list[str] = []
        self.told = 0
        self.closed = False
        self.busy = self.most_busy = 0

    def ask(
        self,
        question: str,
        top: int = 3,
        scope: Collection[str] | None = None,
        view: frozenset[str] | None = None,
    ) -> Answer:
        if self.gone:
            raise GoneError("killed")
        self.questions.append(question)
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        if self.slow is not None:
            assert self.slow.wait(PATIENCE)
        self.busy -= 1
        return answer_by(self.name)

    def refresh(self) -> bool:
        self.told += 1
        return True

    def compact(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True


def ask_beside(searchers: Searchers, question: str) -> threading.Thread:
    thread = threading.Thread(target=searchers.ask, args=(question,))
    thread.start()
    return thread


def until(what: object) -> None:
    """Waits for something another thread does."""
    end = time.monotonic() + PATIENCE
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.005)


def test_one_question_after_the_other_needs_no_further_process() -> None:
    own = Asked("own")

    def start() -> Asked:
        raise AssertionError("nobody waited")

    searchers = Searchers(own, start, 4)

    assert [searchers.ask(q).question for q in "abc"] == ["own"] * 3
    assert own.questions == ["a", "b", "c"]


def test_a_question_that_would_wait_starts_another_process_up_to_the_most() -> None:
    lets_go = threading.Event()
    own, others = Asked("own", slow=lets_go), [Asked(f"other {n}", slow=lets_go) for n in range(5)]
    started: list[Asked] = []

    def start() -> Asked:
        started.append(others[len(started)])
        return started[-1]

    searchers = Searchers(own, start, 3)
    threads = [ask_beside(searchers, f"q{n}") for n in range(9)]
    until(lambda: len(own.questions) + sum(len(s.questions) for s in started) == 3)
    lets_go.set()
    for t in threads:
        t.join(PATIENCE)

    assert len(started) == 2
    assert {s.most_busy for s in (own, *started)} == {1}
    assert sorted(q for s in (own, *started) for q in s.questions) == [f"q{n}" for n in range(9)]
    searchers.close()
    assert all(s.closed for s in started)
    assert not own.closed


def test_questions_are_taken_in_the_order_they_came() -> None:
    lets_go = threading.Event()
    own = Asked("own", slow=lets_go)
    searchers = Searchers(own, lambda: own, 1)
    threads = []
    for n in range(6):
        threads.append(ask_beside(searchers, f"q{n}"))
        until(lambda n=n: len(own.questions) + len(searchers._waiting) == n + 1)
    lets_go.set()
    for t in threads:
        t.join(PATIENCE)

    assert own.questions == [f"q{n}" for n in range(6)]


def test_a_question_whose_process_ends_is_answered_all_the_same() -> None:
    lets_go = threading.Event()
    own, other = Asked("own", slow=lets_go), Asked("other", gone=True)
    searchers = Searchers(own, lambda: other, 2)
    first, second = ask_beside(searchers, "first"), None
    until(lambda: own.questions == ["first"])
    own.slow = None
    second = ask_beside(searchers, "second")
    until(lambda: other.closed)
    lets_go.set()
    first.join(PATIENCE)
    second.join(PATIENCE)

    assert searchers.ask("third").question == "own"


def test_where_no_process_can_be_started_the_own_engine_goes_on() -> None:
    lets_go = threading.Event()
    own = Asked("own", slow=lets_go)
    tries = []

    def start() -> Asked:
        tries.append(1)
        raise GoneError("no memory")

    searchers = Searchers(own, start, 4)
    threads = [ask_beside(searchers, f"q{n}") for n in range(5)]
    until(lambda: tries)
    lets_go.set()
    for t in threads:
        t.join(PATIENCE)

    assert len(own.questions) == 5
    assert len(tries) == 1


def test_no_question_is_put_to_a_process_that_has_not_taken_over_a_change() -> None:
    lets_go, other_goes = threading.Event(), threading.Event()
    own, other = Asked("own", slow=lets_go), Asked("other", slow=other_goes)
    searchers = Searchers(own, lambda: other, 2)
    first = ask_beside(searchers, "first")
    until(lambda: own.questions)
    second = ask_beside(searchers, "second")
    until(lambda: other.questions)

    assert searchers.refresh()  # while both are busy
    assert (own.told, other.told) == (1, 0)
    other_goes.set()
    second.join(PATIENCE)
    until(lambda: other.told == 1)
    lets_go.set()
    first.join(PATIENCE)

    assert searchers.refresh()  # while both are idle
    assert (own.told, other.told) == (2, 2)


def test_a_real_process_gives_the_very_answers_of_the_own_engine(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRICHDAN_TOKEN", "1:secret")
    home = open_home(load_settings(own_home))
    searcher = Searcher(own_home)
    try:
        environment = Path(f"/proc/{searcher._process.pid}/environ")
        assert not environment.exists() or b"1:secret" not in environment.read_bytes()
        public = frozenset({PUBLIC})
        one = home.library.documents()[0].id
        for question, scope, view in (
            ("Ai làm Trưởng Ban Chỉ đạo quốc gia?", None, public),
            ("07-KL/TW mục 3.4", None, None),
            ("phòng chống dịch", [one], public),
            ("phòng chống dịch", None, frozenset()),
            ("xin chào", None, public),
        ):
            assert searcher.ask(question, 3, scope, view) == home.engine.ask(question, 3, scope, view=view)

        home.library.put(parse_string("CHỈ THỊ\n\n1. Trồng cây xanh.\n", "moi.txt"))
        home.engine.refresh()
        searcher.refresh()
        assert searcher.ask("trồng cây xanh", 1, None, public) == home.engine.ask("trồng cây xanh", 1, view=public)

        searcher._process.kill()
        with pytest.raises(GoneError):
            searcher.ask("07-KL/TW", 3, None, public)
    finally:
        searcher.close()
        home.library.close()
