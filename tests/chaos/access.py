"""Random chats, documents, permissions and queries on every way to a document: nothing of one that a chat may not read
ever reaches it.

Two things are watched. Every private document holds words that are in no other: they must not reach a chat that may
not read it. And a stranger, who may read what is everyone's, gets the very words and buttons that they get from a bot
whose library never held anything else: no count, order, tie, spelling or score may tell.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from bot import outbox
from bot.callback import Choose, ShowCard, ShowClause, ShowContents, ShowDocument, ShowFacet, ShowList, encode
from bot.deeplink import Place, payload
from bot.run import serve
from corpus.access import PUBLIC
from corpus.library import DocumentInfo, Library
from corpus.model import Directive
from corpus.parse import parse_string
from retrieval.engine import Engine
from tests.bot.conftest import settings_for
from tests.fakes.bot_api import BotApiServer, Call, Message, User
from tests.retrieval.samples import WordEncoder

T = TypeVar("T")
PEOPLE = 3  # who may be let in; one more is the stranger
SUBJECTS = ("phòng cháy", "tiền ăn trưa", "nước sạch", "trồng rừng")
NUMBERS = (1, 2, 3, 4)
ASKED = ("mức hỗ trợ {subject} là bao nhiêu?", "{subject}", "ai thực hiện {subject} ở {place}?", "{number} mục 2")
WHO = st.sampled_from((PEOPLE, PEOPLE, 0, 1, 2))  # the stranger as often as the others
TALK = {"sendMessage", "sendPhoto", "editMessageText", "answerCallbackQuery", "answerInlineQuery"}


def document(n: int, subject: str, number: int, names: int | None) -> tuple[Directive, tuple[str, ...]]:
    """A document with words of its own, in its title, its place and its clauses; and those words."""
    title, place, secret = (f"{stem}{_letters(n)}" for stem in ("zuq", "xow", "wyj"))
    citing = f" theo Kết luận số {names}-KL/TU" if names else ""
    text = (
        f"TỈNH ỦY {place.upper()}\n*\nSố {number}-KL/TU\n\n{place}, ngày 5 tháng 5 năm 2024\n\nKẾT LUẬN\n"
        f"về {subject} {title}\n\n1. Các đơn vị ở {place} thực hiện {subject}{citing}.\n\n"
        f"2. Mức hỗ trợ {subject} là {secret} đồng.\n\nT/M BAN THƯỜNG VỤ\nNguyễn Văn A\n"
    )
    return parse_string(text, f"{title}.txt"), (title, place, secret)


def _letters(n: int) -> str:
    return "".join("bcdfghklmn"[int(d)] + "ao"[int(d) % 2] for d in f"{n:03}")


class World:
    """A bot over its own library, with the same people."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self.runner, self.home = runner, Path(tempfile.mkdtemp(prefix="trichdan-access-"))
        self.server = BotApiServer()
        self.library = Library(self.home / "library.db")
        self.engine = Engine(self.library, WordEncoder(), self.home / "index")
        self.last: dict[int, Message] = {}  # by chat: the bot's last message
        self.run(self._begin())

    async def _begin(self) -> None:
        await self.server.__aenter__()
        self.stop = asyncio.Event()
        settings = settings_for(self.server, self.home, questions_per_minute=0)
        self.life = asyncio.create_task(serve(settings, self.engine, self.library, self.stop))
        self.people = [self.server.user(f"Người {n}") for n in range(PEOPLE + 1)]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def say(self, who: User, words: str, reply_to: Message | None = None) -> list[Call]:
        """Says something and waits for the answer; every call of the bot's meanwhile that somebody reads."""
        first = len(self.server.calls)
        self.server.say(who, words, reply_to=reply_to)
        self.last[who.id] = await self.server.wait_for_message(who, within=30)
        return self._read(first)

    async def press(self, who: User, data: str) -> list[Call]:
        first = len(self.server.calls)
        if who.id not in self.last:
            return []
        press = self.server.press_data(self.last[who.id], data)
        answered = await asyncio.wait_for(press.answer, 30)
        if not answered.get("text"):
            # Nothing comes where the message says so already.
            await self.server.wait_until(lambda: any(c.method == "editMessageText" for c in self.server.calls[first:]))
            self.last[who.id] = self.server.message(self.last[who.id])
        return self._read(first)

    async def inline(self, who: User, words: str) -> list[Call]:
        first = len(self.server.calls)
        await asyncio.wait_for(self.server.inline(who, words), 30)
        return self._read(first)

    def _read(self, first: int) -> list[Call]:
        return [c for c in self.server.calls[first:] if c.method in TALK]

    def close(self) -> None:
        self.stop.set()
        self.run(asyncio.wait_for(self.life, 30))
        self.run(self.server.__aexit__())
        self.library.close()
        shutil.rmtree(self.home)


class AccessMachine(RuleBasedStateMachine):
    documents: Bundle[str] = Bundle("documents")

    @initialize()
    def begin(self) -> None:
        outbox.PRIVATE = (10_000, 1.0)  # how fast answers may go is not what is tried here
        self.runner = asyncio.Runner()
        self.whole, self.public = World(self.runner), World(self.runner)
        self.stranger = self.whole.people[-1]
        self.collections = [self.whole.library.make_collection(name).id for name in ("kín", "mật")]
        self.told: dict[str, tuple[str, ...]] = {}  # by file: the words that only it holds
        self.ids: list[str] = []  # also of documents that are gone
        self.count = itertools.count(1)

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.whole.close()
            self.public.close()
            self.runner.close()

    @rule(
        target=documents,
        where=st.integers(0, 2),
        subject=st.sampled_from(SUBJECTS),
        number=st.sampled_from(NUMBERS),
        names=st.sampled_from((None, *NUMBERS)),
    )
    def put(self, where: int, subject: str, number: int, names: int | None) -> str:
        directive, words = document(next(self.count), subject, number, names if names != number else None)
        collection = PUBLIC if where == 0 else self.collections[where - 1]
        self.ids.append(self.whole.library.put(directive, collection=collection).document.id)
        if collection == PUBLIC:
            self.public.library.put(directive)
        self.told[directive.file] = words
        self._fresh()
        return directive.file

    @rule(file=documents)
    def remove(self, file: str) -> None:
        for world in (self.whole, self.public):
            for d in world.library.documents():
                if d.file == file:
                    world.library.remove(d.id)
        self._fresh()

    @rule(file=documents, where=st.integers(1, 2))
    def make_private(self, file: str, where: int) -> None:
        found = self._info(file)
        if found is None:
            return
        moved = self.whole.library.move(found.id, self.collections[where - 1])
        assert moved
        self.ids.append(moved.document.id)
        for d in self.public.library.documents():
            if d.file == file:
                self.public.library.remove(d.id)
        self._fresh()

    @rule(where=st.integers(0, 1), who=st.integers(0, PEOPLE - 1))
    def grant(self, where: int, who: int) -> None:
        self.whole.library.grant(self.collections[where], self.whole.people[who].id)

    @rule(where=st.integers(0, 1), who=st.integers(0, PEOPLE - 1))
    def revoke(self, where: int, who: int) -> None:
        self.whole.library.revoke(self.collections[where], self.whole.people[who].id)

    @rule(
        who=WHO,
        form=st.sampled_from(ASKED),
        subject=st.sampled_from(SUBJECTS),
        number=st.sampled_from(NUMBERS),
        file=documents,
        reply=st.booleans(),
    )
    def ask(self, who: int, form: str, subject: str, number: int, file: str, reply: bool) -> None:
        place = self.told[file][1]
        words = form.format(subject=subject, number=f"{number}-KL/TU", place=place)
        self._say(who, words, reply)

    @rule(
        who=WHO,
        command=st.sampled_from(
            ("/vanban", "/vanban {n}-KL/TU", "/muc {n}-KL/TU 2", "/vanban {w}", "/hoi {w}", "/anh {n}-KL/TU 2")
        ),
        number=st.sampled_from(NUMBERS),
        file=documents,
    )
    def browse(self, who: int, command: str, number: int, file: str) -> None:
        self._say(who, command.format(n=number, w=self.told[file][0]), False)

    @rule(who=WHO, data=st.data())
    def follow_a_link(self, who: int, data: st.DataObject) -> None:
        id = self._any_id(data)
        start = data.draw(st.sampled_from((None, 0, 130)))
        self._say(who, f"/start {payload(Place(id, start))}", False)

    @rule(who=WHO, kind=st.integers(0, 6), data=st.data())
    def press(self, who: int, kind: int, data: st.DataObject) -> None:
        id = self._any_id(data)
        actions = (
            ShowCard(id),
            ShowDocument(id),
            ShowContents(id),
            ShowClause(id, 130),
            Choose(id),
            ShowList(),
            ShowFacet("i"),
        )
        pressed = encode(actions[kind])
        calls = self.whole.run(self.whole.press(self.whole.people[who], pressed))
        if who == PEOPLE:
            self._same(calls, self.public.run(self.public.press(self.public.people[who], pressed)))
        self._hold(who, calls, "")

    @rule(
        who=WHO,
        subject=st.sampled_from(SUBJECTS),
        file=documents,
        link=st.booleans(),
        data=st.data(),
    )
    def inline(self, who: int, subject: str, file: str, link: bool, data: st.DataObject) -> None:
        words = f"{subject} {self.told[file][1]}"
        if link:
            words = payload(Place(self._any_id(data), 0))
        calls = self.whole.run(self.whole.inline(self.whole.people[who], words))
        self._same(calls, self.public.run(self.public.inline(self.public.people[who], words)))
        self._hold(PEOPLE, calls, words)  # whatever the person may read: it goes to any chat

    @invariant()
    def nothing_is_refused(self) -> None:
        if hasattr(self, "whole"):
            assert not self.whole.life.done()
            assert not [c for c in self.whole.server.refused if c.method in TALK]

    def _say(self, who: int, words: str, reply: bool) -> None:
        person = self.whole.people[who]
        answered = self.whole.last.get(person.id) if reply else None
        calls = self.whole.run(self.whole.say(person, words, answered))
        if who == PEOPLE:
            twin = self.public.people[who]
            self._same(
                calls, self.public.run(self.public.say(twin, words, self.public.last.get(twin.id) if reply else None))
            )
        self._hold(who, calls, words)

    def _hold(self, who: int, calls: list[Call], said: str) -> None:
        """No word of a document that this person may not read; what they said themselves may be said back."""
        person = self.whole.people[who]
        readable = self.whole.library.visible(None if who == PEOPLE else person.id)
        shown = json.dumps([c.params for c in calls], ensure_ascii=False).lower()
        infos = self.whole.library.documents()
        may = {d.file for d in infos if d.collection in readable}
        for file, words in self.told.items():
            if file not in may:
                for word in words:
                    assert word in said or word not in shown, f"{word} of {file} reached {person.first_name}: {shown}"
        for d in infos:
            assert d.file in may or d.id in said or f"{d.id}" not in shown

    def _same(self, calls: list[Call], others: list[Call]) -> None:
        """What the stranger reads is what they would read if nothing else had ever been there."""
        assert [_read(c) for c in calls] == [_read(c) for c in others]

    def _any_id(self, data: st.DataObject) -> str:
        # By its place, not its value: ids of private documents differ from run to run.
        return self.ids[data.draw(st.integers(0, len(self.ids) - 1))] if self.ids else "0" * 16

    def _info(self, file: str) -> DocumentInfo | None:
        return next((d for d in self.whole.library.documents() if d.file == file), None)

    def _fresh(self) -> None:
        for world in (self.whole, self.public):
            world.engine.refresh()


def _read(call: Call) -> tuple[str, Any]:
    """A call without what differs between two servers: whose message it is."""
    own = ("chat_id", "message_id", "reply_parameters", "callback_query_id", "inline_query_id")
    return call.method, {k: v for k, v in call.params.items() if k not in own}
