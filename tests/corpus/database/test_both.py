"""SQLite and PostgreSQL, driven by the same random operations, tell the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.database import BOT
from bot.kept import Kept
from bot.preferences import When
from bot.roles import Roles
from bot.votes import Vote
from corpus.access import PUBLIC, CollectionError
from corpus.effects import Effect
from corpus.library import LIBRARY, Library
from corpus.model import Directive, Reference, Trust
from corpus.validity import Validity
from tests.corpus.test_library import directive
from tests.databases import Files, Shared

CHATS = st.sampled_from([1, 2, -1001])
NAMES = st.sampled_from(["a", "B", "ă", "Ấ", "ba'%?", "z\x00"])


@st.composite
def documents(draw: st.DrawFn) -> Directive:
    number = draw(st.sampled_from([None, "07-KL/TW", "7-kl/tw", "08-CT/TU"]))
    references = draw(st.lists(st.sampled_from(["07-KL/TW", "08-CT/TU"]), max_size=2))
    return directive(
        "1. Một.\n2. " + draw(st.sampled_from(["Hai.", "Hai\x00.", "Ba."])) + "\n",
        file=draw(st.sampled_from(["a.txt", "B.txt", "ă.txt"])),
        number=number,
        title=draw(st.sampled_from([None, "T"])),
        issuer=draw(st.sampled_from([None, "Bộ Chính trị"])),
        trust=draw(st.sampled_from([Trust.OFFICIAL, Trust.REPORT])),
        references=tuple(Reference(number=n, start=0, end=2) for n in references),
    )


STEPS = st.one_of(
    st.tuples(st.just("put"), documents(), st.integers(0, 3)),
    st.tuples(st.just("change"), st.integers(0, 3), documents(), st.integers(0, 3)),
    st.tuples(st.just("remove"), st.integers(0, 5)),
    st.tuples(st.just("move"), st.integers(0, 5), st.integers(0, 3)),
    st.tuples(st.just("make"), NAMES, st.none() | CHATS),
    st.tuples(st.just("own"), CHATS),
    st.tuples(st.just("rename"), st.integers(0, 3), NAMES),
    st.tuples(st.just("grant"), st.integers(0, 3), CHATS),
    st.tuples(st.just("revoke"), st.integers(0, 3), CHATS),
    st.tuples(st.just("move_chat"), CHATS, CHATS),
    st.tuples(st.just("mark"), st.integers(0, 3), st.integers(0, 3), st.sampled_from(Effect)),
    st.tuples(st.just("prefer"), CHATS, st.sampled_from([1, 3, 5])),
    st.tuples(st.just("agree"), CHATS, st.booleans()),
    st.tuples(st.just("note"), CHATS, NAMES),
    st.tuples(st.just("vote"), CHATS, st.integers(1, 2), st.integers(1, 2), st.booleans()),
    st.tuples(st.just("role"), st.integers(1, 3), NAMES),
    st.tuples(st.just("chat_moved"), CHATS, CHATS),
    st.tuples(st.just("forget"), CHATS),
)


class Side:
    """One engine. What has a random name is called by its place."""

    def __init__(self, databases: Files | Shared) -> None:
        self.library = Library(databases(LIBRARY))
        self.validity = Validity(self.library.database)
        self.kept = Kept(databases(BOT), 30)
        self.roles = Roles(self.kept.database, [9])
        self.made = [PUBLIC]

    def reset(self) -> None:
        for table in ("document", "validity", "collection_chat"):
            self.library.database.execute(f"DELETE FROM {table}")
        self.library.database.execute("DELETE FROM collection WHERE id <> 'public'")
        for table in ("preference", "logging_chat", "logged_question", "vote", "administrator"):
            self.kept.database.execute(f"DELETE FROM {table}")
        self.kept.preferences.refresh()
        self.kept.question_log.refresh()
        self.made = [PUBLIC]

    def do(self, step: tuple[Any, ...]) -> object:
        try:
            done = getattr(self, step[0])(*step[1:])
        except CollectionError as e:
            return type(e)
        return self.plain(done)

    def where(self, n: int) -> str:
        return self.made[n % len(self.made)]

    def document(self, n: int) -> str:
        known = self.library.documents()
        return known[n % len(known)].id if known else "none"

    def put(self, d: Directive, n: int) -> object:
        return self.library.put(d, n, self.where(n))

    def change(self, n: int, d: Directive, where: int) -> object:
        return self.library.change([self.document(n)], [(d, 1, self.where(where))])

    def remove(self, n: int) -> object:
        return self.library.remove(self.document(n))

    def move(self, n: int, where: int) -> object:
        return self.library.move(self.document(n), self.where(where))

    def make(self, name: str, owner: int | None) -> object:
        self.made.append(self.library.make_collection(name, owner=owner).id)
        return None

    def own(self, chat: int) -> object:
        id = self.library.own_collection(chat).id
        if id not in self.made:
            self.made.append(id)
        return None

    def rename(self, n: int, name: str) -> object:
        return self.library.rename_collection(self.where(n), name)

    def grant(self, n: int, chat: int) -> object:
        return self.library.grant(self.where(n), chat)

    def revoke(self, n: int, chat: int) -> object:
        return self.library.revoke(self.where(n), chat)

    def move_chat(self, old: int, new: int) -> object:
        return self.library.move_chat(old, new)

    def mark(self, old: int, new: int, effect: Effect) -> object:
        known = self.library.documents()
        if known:
            self.validity.mark(known[old % len(known)], known[new % len(known)], effect, 5)
        return None

    def prefer(self, chat: int, results: int) -> object:
        return self.kept.preferences.set(chat, results=results, when=When.QUESTIONS)

    def agree(self, chat: int, agreed: bool) -> object:
        return self.kept.question_log.agree(chat, agreed)

    def note(self, chat: int, words: str) -> object:
        return self.kept.question_log.note(chat, None, words, "none")

    def vote(self, chat: int, message: int, person: int, up: bool) -> object:
        return self.kept.votes.cast(Vote(chat, message, person, up, "d", 1))

    def role(self, person: int, name: str) -> object:
        return self.roles.give(person, name, 9)

    def chat_moved(self, old: int, new: int) -> object:
        return self.kept.move_chat(old, new) if old != new else None

    def forget(self, chat: int) -> object:
        self.kept.votes.forget_chat(chat)
        return self.kept.preferences.forget_chat(chat)

    def plain(self, value: object) -> str:
        """Without random names, numbers that differ by where a table began, and the time."""
        words = repr(value)
        for n, id in enumerate(self.made):
            words = words.replace(id, f"<{n}>")
        return _less(words, self.library)

    def told(self) -> list[str]:
        """All that can be read."""
        library = self.library
        out: list[object] = [library.documents(), [library.get(d.id) for d in library.documents()]]
        out += [sorted((c.name, c.owner, c.chats, c.documents) for c in library.collections())]
        out += [[c.name for c in library.collections()], len(library.visible(None))]
        for chat in (1, 2, -1001):
            view, seen = library.visible(chat), library.seen_by(chat)
            out += [sorted(self.made.index(c) for c in view), seen.documents(view), seen.mentions("07-KL/TW", view)]
            out += [seen.numbered("08-CT/TU", view), self.kept.preferences.of(chat), self.kept.votes.count(chat=chat)]
            out += [seen.relatives(d.id, view) for d in seen.documents(view)]
        out += [(self.validity.of(d), self.validity.by(d)) for d in library.documents()]
        out += [[(q.chat, q.question) for q in self.kept.question_log.questions()], self.roles.administrators()]
        return [self.plain(o) for o in out]


def _less(words: str, library: Library) -> str:
    import re

    ids = {d.id: str(n) for n, d in enumerate(library.documents())}
    words = re.sub(r"[0-9a-f]{16}", lambda m: f"<d{ids.get(m[0], '?')}>", words)
    return re.sub(r"seq=\d+|added=datetime\.datetime\([^()]*(\([^()]*\))?[^()]*\)|tzinfo=\S+", "", words)


@pytest.fixture(scope="module")
def sides(postgres: object, tmp_path_factory: pytest.TempPathFactory) -> Any:
    shared = Shared(postgres)  # type: ignore[arg-type]
    files = Files(Path(tmp_path_factory.mktemp("files")))
    yield Side(files), Side(shared)
    files.close()
    shared.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=25))
def test_the_same_operations_tell_the_same(sides: tuple[Side, Side], steps: list[tuple[Any, ...]]) -> None:
    a, b = sides
    for side in sides:
        side.reset()
    before = [side.library.version for side in sides]
    for step in steps:
        assert a.do(step) == b.do(step), step
    assert a.told() == b.told()
    assert a.library.version - before[0] == b.library.version - before[1]
    a.library.check()
    b.library.check()


def test_a_difference_would_be_seen(sides: tuple[Side, Side]) -> None:
    a, b = sides
    for side in sides:
        side.reset()
        side.put(directive(), 0)
    assert a.told() == b.told()
    b.library.database.execute("DELETE FROM reference")
    b.roles.give(3, "x", 9)
    assert a.told() != b.told()
