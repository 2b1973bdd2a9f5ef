"""Random chats, documents, permissions and queries on every way to a document: nothing of one that a chat may not read
ever reaches it.

Three things are watched. Every private document holds words that are in no other (and often a number that is no
other's): they must not reach a chat that may not read it, by a list of permissions that is kept here and not asked of
the program. A stranger, who may read what is everyone's, gets the very words, buttons and pictures that they get from a
bot whose library never held anything else: no count, order, tie, spelling or score may tell. And whoever asks for a
number that is not theirs to see gets the very answer that a number gets which is nowhere.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, invariant, multiple, rule

from bot.callback import (
    Action,
    Choose,
    DrawClause,
    DrawResult,
    Fitting,
    Judge,
    OnDraft,
    Post,
    Rate,
    Remove,
    SetPreference,
    ShowCard,
    ShowClause,
    ShowContents,
    ShowDocument,
    ShowFacet,
    ShowList,
    ShowPreferences,
    ShowResult,
    Undo,
    encode,
)
from bot.catalogue import tag
from bot.deeplink import Place, payload
from corpus.access import PUBLIC
from corpus.effects import Effect
from corpus.library import DocumentInfo
from corpus.validity import identity
from tests.chaos.access_world import (
    NOBODY,
    OWN,
    PEOPLE,
    SHARED,
    SUBJECTS,
    TALK,
    World,
    carried,
    document,
    limits_lifted,
    number_of,
    read,
    text,
)
from tests.fakes.bot_api import Call, Chat, User

COLLECTIONS = ("quxbo", "quxma")  # names that are nobody else's either
COMMANDS = (
    "/vanban",
    "/vanban {number}",
    "/muc {number} 2",
    "/muc {number}",
    "/anh {number} 2",
    "/vanban {title}",
    "/vanban {place}",
    "/vanban kết luận 2024",
    "/hoi {secret}",
    "/hieuluc {number}",
    "/hieuluc {number} {other}",
    "/start {link}",
    "/start {clause}",
)
QUESTIONS = (
    "mức hỗ trợ {subject} là bao nhiêu?",
    "{subject}",
    "ai thực hiện {subject} ở {place}?",
    "{number} mục 2",
    "kết luận số {number} nói gì về {subject}?",
    "{title} {subject}",
    "{number}",
)
FOLLOWING = ("toàn văn", "mục lục", "còn mục 1?", "mức hỗ trợ là bao nhiêu?", "ai ký?", "/anh", "/muc 2")
INLINE = ("{subject} {place}", "{number}", "{number} mục 2", "{link}", "{clause}", "{secret}")
OTHERS = (
    "/quen",
    "/nhatky bat",
    "/thongke",
    "/xoa {number}",
    "/hoantac",
    "/caidat",
    "/quyen",
    "/them",
    "/start",
)
ABSENT = ("{number}", "{number} mục 2", "/vanban {number}", "/muc {number} 2", "/anh {number} 2", "/hieuluc {number}")
STRANGER = PEOPLE

# Where somebody acts: in their private chat, in the room, in the street. The stranger as often as all the others.
WHERE = st.sampled_from(
    (
        *[(STRANGER, "private"), (STRANGER, "street")] * 3,
        *[(n, "private") for n in range(PEOPLE)],
        (0, "room"),
        (1, "room"),
        (0, "street"),
    )
)
Where = tuple[int, str]
DOCUMENT = st.fixed_dictionaries(
    {
        "where": st.sampled_from((0, 0, 1, 2)),
        "subject": st.sampled_from(SUBJECTS),
        "number": st.sampled_from((*SHARED, None, None)),
        "names": st.sampled_from((None, *SHARED)),
        "report": st.sampled_from((False, False, True)),
        "effect": st.booleans(),
    }
)


@dataclass
class Told:
    """What a document is made of; the words are in no other."""

    said: str
    words: tuple[str, ...]
    subject: str
    number: int


class AccessMachine(RuleBasedStateMachine):
    documents: Bundle[str] = Bundle("documents")

    @initialize(
        target=documents,
        first=st.lists(DOCUMENT, min_size=4, max_size=7),
        effects=st.lists(st.sampled_from((None, *Effect)), min_size=7, max_size=7),
    )
    def begin(self, first: list[dict[str, Any]], effects: list[Effect | None]) -> MultipleResults[str]:
        limits_lifted()
        self.runner = asyncio.Runner()
        self.whole, self.public = World(self.runner), World(self.runner)
        self.collections = [self.whole.library.make_collection(name).id for name in COLLECTIONS]
        self.granted: dict[str, set[int]] = defaultdict(set)  # by collection: the chats that may read it
        self.told: dict[str, Told] = {}  # by file
        self.known: dict[int, set[str]] = defaultdict(set)  # by chat: the files that were sent there as drafts
        self.asked: dict[int, set[str]] = defaultdict(set)  # by chat: the numbers that were asked for there
        self.privately: dict[tuple[int, int], int] = {}  # private answers, by chat and message: where it was asked
        self.ids: list[tuple[str, int]] = []  # with the place of a clause; also of documents that are gone
        self.buttons: list[str] = []  # that were shown to anybody
        self.links: list[str] = []
        self.count = itertools.count(1)
        files = [self._put(**one) for one in first]
        for old, new, effect in zip(files, (*files[1:], files[0]), effects, strict=False):
            if effect:
                self.mark(old, new, effect)
        return multiple(*files)

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.whole.close()
            self.public.close()
            self.runner.close()

    # What the library holds, and for whom.

    @rule(target=documents, one=DOCUMENT)
    def put(self, one: dict[str, Any]) -> str:
        return self._put(**one)

    @rule(file=documents)
    def remove(self, file: str) -> None:
        for d in self._infos():
            if d.file == file:
                self.whole.library.remove(d.id)
        self._mirror()

    @rule(file=documents, where=st.sampled_from((0, 1, 2)))
    def move(self, file: str, where: int) -> None:
        found = self._info(file)
        if found is not None:
            self.whole.library.move(found.id, PUBLIC if where == 0 else self.collections[where - 1])
            self._mirror()

    @rule(where=st.integers(0, 1), who=st.integers(0, PEOPLE), gives=st.booleans())
    def permit(self, where: int, who: int, gives: bool) -> None:
        self._permit(self.collections[where], self.whole.room.id if who == PEOPLE else self.whole.people[who].id, gives)

    @rule(old=documents, new=documents, effect=st.sampled_from(tuple(Effect)))
    def mark(self, old: str, new: str, effect: Effect) -> None:
        a, b = self._info(old), self._info(new)
        if a and b and identity(a) != identity(b):
            self.whole.validity.mark(a, b, effect, 1)
            self._mirror()

    @rule()
    def become_a_supergroup(self) -> None:
        old, new = self.whole.migrate()
        for chats in self.granted.values():
            if old in chats:
                chats.remove(old)
                chats.add(new)
        self.known[new] |= self.known[old]
        self.asked[new] |= self.asked[old]
        assert self.whole.library.visible(old) == {PUBLIC}

    @rule(on=st.booleans())
    def answer_privately(self, on: bool) -> None:
        """The room wants its answers to go to those who ask."""
        self._say((0, "room"), "/caidat")
        self._press((0, "room"), encode(SetPreference("p", int(on))))

    @rule()
    def leave_or_return(self) -> None:
        """The second person leaves the room, or comes back."""
        self.whole.room.members ^= {self.whole.people[1].id}

    @rule(where=st.sampled_from(((0, "private"), (1, "private"), (2, "private"), (0, "room"))), file=documents)
    def lose_the_right(self, where: Where, file: str) -> None:
        """What was answered while it was allowed: the buttons under it, replies to it."""
        found, chat = self._info(file), self._at(self.whole, where)[0].id
        if found is None or found.collection not in self.collections:
            return
        for following in (ShowResult(0), DrawResult(0), *FOLLOWING[:3], "/anh"):
            self._permit(found.collection, chat, True)
            self._say(where, self._filled(QUESTIONS[2], file))
            self._permit(found.collection, chat, False)
            if isinstance(following, str):
                self._say(where, following, True)
            else:
                self._press(where, encode(following))

    @rule(file=documents)
    def leave_with_an_answer(self, file: str) -> None:
        """A private answer to a question of the room, and the one who has it is not in the room any more."""
        found, member = self._info(file), self.whole.people[1].id
        if found is None or found.collection not in self.collections:
            return
        self.answer_privately(True)
        self._permit(found.collection, self.whole.room.id, True)
        for form, following in (
            (QUESTIONS[2], ShowResult(0)),
            (QUESTIONS[6], Choose(found.id)),
            (QUESTIONS[2], Post()),
        ):
            self.whole.room.members.add(member)
            self._say((1, "room"), self._filled(form, file))
            self.whole.room.members.discard(member)
            self._press((1, "private"), encode(following))

    # What an administrator does.

    @rule(
        target=documents,
        where=st.sampled_from(((0, "private"), (0, "room"), (0, "street"))),
        subject=st.sampled_from(SUBJECTS),
        number=st.sampled_from((*SHARED, None)),
        names=st.sampled_from((None, *SHARED)),
        then=st.sampled_from(("e", "g", "c", "k", "p", "x", "")),
        n=st.integers(0, 2),
    )
    def draft(self, where: Where, subject: str, number: int | None, names: int | None, then: str, n: int) -> str:
        said, file = self._written(next(self.count), subject, number, names, True)
        chat, by = self._at(self.whole, where)
        self.known[chat.id].add(file)
        self._judge(where, self.whole.send(chat, by, said, file), "")
        if then == "c":
            self._press(where, self._button(where, ".k"))
        if then:
            # The n-th collection where it asks which, else the button itself.
            self._press(where, self._button(where, f".{then}", n))
        self._mirror()
        return file

    @rule(where=WHERE, words=st.sampled_from(OTHERS), file=documents)
    def other_command(self, where: Where, words: str, file: str) -> None:
        if where == (0, "street") and words.startswith("/nhatky"):
            return  # as above
        self._say(where, self._filled(words, file))
        self._mirror()

    # The ways to a document.

    @rule(where=WHERE, form=st.sampled_from(QUESTIONS), file=documents, reply=st.booleans())
    def ask(self, where: Where, form: str, file: str, reply: bool) -> None:
        self._say(where, self._filled(form, file), reply)

    @rule(where=WHERE, form=st.sampled_from(COMMANDS), file=documents, then=st.sampled_from(FOLLOWING))
    def browse(self, where: Where, form: str, file: str, then: str) -> None:
        self._say(where, self._filled(form, file))
        self._say(where, then, True)

    @rule(where=WHERE, data=st.data())
    def press_what_somebody_was_shown(self, where: Where, data: st.DataObject) -> None:
        """Sent on from another chat, or kept from another day."""
        if self.buttons:
            self._press(where, self.buttons[data.draw(st.integers(0, len(self.buttons) - 1))])
            self._mirror()

    @rule(where=WHERE, data=st.data())
    def press_what_nobody_was_shown(self, where: Where, data: st.DataObject) -> None:
        if self.ids:
            actions = list(self._forged(*self._any(data)))
            self._press(where, encode(actions[data.draw(st.integers(0, len(actions) - 1))]))
            self._mirror()

    @rule(where=WHERE, data=st.data())
    def follow_a_link(self, where: Where, data: st.DataObject) -> None:
        if self.links:
            self._say(where, f"/start {self.links[data.draw(st.integers(0, len(self.links) - 1))]}")

    @rule(who=st.integers(0, PEOPLE), form=st.sampled_from(INLINE), file=documents)
    def inline(self, who: int, form: str, file: str) -> None:
        self._inline(who, self._filled(form, file))

    @rule(where=WHERE, file=documents)
    def look_everywhere(self, where: Where, file: str) -> None:
        """Every way there is to one document, one after another."""
        if self._away(where):
            return
        for form in (*COMMANDS, *QUESTIONS[:4]):
            self._say(where, self._filled(form, file))
        for id, start in [i for i in self.ids if self._file(i[0]) in (file, None)][-1:]:
            for action in self._forged(id, start):
                if where[0] or not isinstance(action, (Remove, Undo, OnDraft)):
                    self._press(where, encode(action))
        for form in INLINE[2:4]:
            self._inline(where[0], self._filled(form, file))
        self._mirror()

    @rule(where=WHERE, form=st.sampled_from(ABSENT), file=documents)
    def ask_for_what_is_not_there(self, where: Where, form: str, file: str) -> None:
        """A number that is another's to see, and one that is nowhere."""
        chat, _ = self._at(self.whole, where)
        told, found = self.told[file], self._info(file)
        if told.number < OWN or found is None or found.collection in self._readable(chat.id) or where[0] == 0:
            return
        answers = []
        for number in (told.number, told.number - OWN + NOBODY):
            calls = self._say(where, form.format(number=number_of(number)))
            shown = json.dumps([read(c) for c in calls], ensure_ascii=False, default=repr)
            answers.append(re.sub(rf"\b{number}-KL", "…", shown, flags=re.IGNORECASE))
        _alike(*answers)

    @invariant()
    def nothing_is_refused(self) -> None:
        if hasattr(self, "whole"):
            for world in (self.whole, self.public):
                assert not world.life.done()
                refused = [c for c in world.server.refused if c.method in TALK and not _expected(c)]
                assert not refused, refused

    # What is done in both worlds, and looked at.

    def _away(self, where: Where) -> bool:
        return where[1] == "room" and self.whole.people[where[0]].id not in self.whole.room.members

    def _say(self, where: Where, words: str, reply: bool = False) -> list[Call]:
        if self._away(where):
            return []
        if where[1] != "private" and not words.startswith("/"):
            words = f"/hoi {words}"

        def say(world: World) -> list[Call]:
            chat, by = self._at(world, where)
            return world.say(chat, by, words, reply)

        return self._both(where, say, words)

    def _press(self, where: Where, data: str | None) -> None:
        if where == (0, "street") and re.match(r"S\.|D\.\w+\.g", data or ""):
            return  # the stranger's other street would be another
        if data is not None and not self._away(where):
            self._both(where, lambda world: world.press(*self._at(world, where), data), data)

    def _inline(self, who: int, words: str) -> None:
        calls = self.whole.inline(self.whole.people[who], words)
        _alike([read(c) for c in calls], [read(c) for c in self.public.inline(self.public.people[who], words)])
        # Whatever the person may read: it goes to any chat.
        self._judge((STRANGER, "private"), calls, words)

    def _both(self, where: Where, do: Callable[[World], list[Call]], said: str) -> list[Call]:
        before = {d.file: d.collection for d in self._infos()}
        calls = do(self.whole)
        for c in self.whole.library.collections():
            if c.owner is not None:
                self.granted[c.id].add(c.owner)  # made when something was published for the room
        if where[0] == STRANGER:
            _alike([read(c) for c in calls], [read(c) for c in do(self.public)])
        self._judge(where, calls, said, before)
        return calls

    def _judge(self, where: Where, calls: list[Call], said: str, before: dict[str, str] | None = None) -> None:
        """No word of a document that the chat which gets it may not read; what was said there may be said back."""
        at, by = self._at(self.whole, where)
        for chat in (at.id, by.id):
            self.asked[chat] |= set(re.findall(r"\d+-KL/TU", said))
        infos = self._infos()
        now = {d.file: d.collection for d in infos}
        for call in calls:
            chat, message = int(call.params.get("chat_id", at.id)), _message(call)
            if chat != at.id and call.method == "sendMessage" and chat == by.id:
                self.privately[chat, message] = at.id
            readable = set(self._readable(chat))
            if (chat, message) in self.privately and chat in self.whole.room.members:
                # Their group's rights, while they are in it.
                readable |= self._readable(self._now(self.privately[chat, message]))
            may = {f for f in self.told if {now.get(f), (before or now).get(f)} & readable} | self.known[chat]
            shown = json.dumps({k: v for k, v in call.params.items() if k != "photo"}, ensure_ascii=False).lower()
            for file, told in self.told.items():
                for word in () if file in may else told.words:
                    # A number that was asked for may come back with the answer it got.
                    own = word in said or (word[0].isdigit() and word in self.asked[chat])
                    assert own or word.lower() not in shown, f"{word} of {file} reached {where}: {shown}"
            for d in infos:
                assert d.file in may or d.id in said or d.id not in shown, f"{d.file} reached {where}: {shown}"
            for id, name in zip(self.collections, COLLECTIONS, strict=True):
                known = id in readable or (where == (0, "private"))
                assert known or name not in shown, f"{name} reached {where}: {shown}"
        buttons, links = carried(calls)
        self.buttons += sorted(buttons - set(self.buttons))
        self.links += sorted(links - set(self.links))

    def _mirror(self) -> None:
        """The other world holds what is everyone's, in the same order, and nothing else."""
        self.whole.fresh()
        mine = [(d.file, d.id) for d in self._infos() if d.collection == PUBLIC]
        theirs = [(d.file, d.id) for d in self.public.library.documents()]
        alike = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(mine, theirs, strict=False))
        same = sum(1 for _ in alike)
        for _, id in theirs[same:]:
            self.public.library.remove(id)
        for _, id in mine[same:]:
            d = self.whole.library.get(id)
            assert d is not None
            self.public.library.put(d)
        self.public.fresh()
        everyones = {identity(d): d for d in self.public.library.documents()}
        marks = {(m.old, m.new): m.effect for d in self._infos() for m in self.whole.validity.of(d)}
        for old in everyones.values():
            for m in self.public.validity.of(old):
                if m.new in everyones and (m.old, m.new) not in marks:
                    self.public.validity.unmark(old, everyones[m.new])
        for (one, other), effect in marks.items():
            if one in everyones and other in everyones:
                self.public.validity.mark(everyones[one], everyones[other], effect, 1)
        for d in self._infos():
            place = self.told[d.file].said.find("\n2. ") + 1 if d.file in self.told else 0
            if all(id != d.id for id, _ in self.ids):
                self.ids.append((d.id, place))

    def _forged(self, id: str, start: int) -> Iterator[Action]:
        """Buttons that somebody makes up who knows the id of a document."""
        yield from (ShowCard(id), ShowCard(id, 0), ShowDocument(id), ShowContents(id), ShowClause(id, start))
        yield from (ShowClause(id, 0), DrawClause(id, start), Choose(id), ShowResult(0), ShowResult(1), DrawResult(0))
        yield from (Rate(0, True), ShowList(), ShowFacet("t"), ShowFacet("y"), ShowFacet("i"), Post(), Remove(id))
        yield from (
            ShowPreferences("c"),
            SetPreference("c", 1),
            SetPreference("c", 1),
            OnDraft(1, "p"),
            OnDraft(1, "k"),
        )
        yield from (OnDraft(1, "s"), OnDraft(2, "w"), OnDraft(2, "e"), Undo(1), Undo(2))
        file = self._file(id)
        place = self.told[file].words[1] if file else "?"
        yield ShowList(0, Fitting(issuer=tag(f"Tỉnh ủy {place}")))
        yield from (Judge(id, other, effect) for other, _ in self.ids[:2] for effect in "rx")

    def _put(self, where: int, subject: str, number: int | None, names: int | None, report: bool, effect: bool) -> str:
        n = next(self.count)
        said, file = self._written(n, subject, number, names, effect)
        collection = PUBLIC if where == 0 else self.collections[where - 1]
        self.whole.library.put(document(n, said, report), collection=collection)
        self._mirror()
        return file

    def _permit(self, collection: str, chat: int, gives: bool) -> None:
        (self.whole.library.grant if gives else self.whole.library.revoke)(collection, chat)
        (self.granted[collection].add if gives else self.granted[collection].discard)(chat)

    def _written(self, n: int, subject: str, number: int | None, names: int | None, effect: bool) -> tuple[str, str]:
        number = OWN + n if number is None else number
        said, words = text(n, subject, number, names if names != number else None, effect)
        file = f"{words[0]}.txt"
        self.told[file] = Told(said, words, subject, number)
        return said, file

    def _filled(self, form: str, file: str) -> str:
        told = self.told[file]
        id, start = next((i for i in reversed(self.ids) if self._file(i[0]) == file), ("0" * 16, 0))
        return form.format(
            subject=told.subject,
            number=number_of(told.number),
            other=number_of(SHARED[0]),
            title=told.words[0],
            place=told.words[1],
            secret=told.words[2],
            link=payload(Place(id)),
            clause=payload(Place(id, start)),
        )

    def _button(self, where: Where, holding: str, n: int = 0) -> str | None:
        """What the n-th button of the last message there carries that has this in it."""
        chat, by = self._at(self.whole, where)
        last = self.whole.last.get((chat.id, by.id))
        data = [b.get("callback_data", "") for row in last.keyboard for b in row] if last else []
        fitting = [d for d in data if holding in d]
        return fitting[n % len(fitting)] if fitting else None

    def _at(self, world: World, where: Where) -> tuple[User | Chat, User]:
        who, place = where
        person = world.people[who]
        return {"private": person, "room": world.room, "street": world.street}[place], person

    def _readable(self, chat: int) -> set[str]:
        return {PUBLIC, *(c for c, chats in self.granted.items() if chat in chats)}

    def _now(self, room: int) -> int:
        """The id a group has by now."""
        return self.whole.room.id if room < 0 and room != self.whole.street.id else room

    def _infos(self) -> list[DocumentInfo]:
        return self.whole.library.documents()

    def _info(self, file: str) -> DocumentInfo | None:
        return next((d for d in self._infos() if d.file == file), None)

    def _file(self, id: str) -> str | None:
        return next((d.file for d in self._infos() if d.id == id), None)

    def _any(self, data: st.DataObject) -> tuple[str, int]:
        # By its place, not its value: ids of private documents differ from run to run.
        return self.ids[data.draw(st.integers(0, len(self.ids) - 1))]


def _alike(said: object, other: object) -> None:
    assert said == other, f"{said}\nis not\n{other}"


def _message(call: Call) -> int:
    """The message a call made or changed; 0 where it is none."""
    made = call.result.get("message_id", 0) if isinstance(call.result, dict) else 0
    return int(call.params.get("message_id") or made)


def _expected(call: Call) -> bool:
    """Telegram's refusals that the bot counts on: a group that moved, a screen that is there already."""
    said = call.error.description if call.error else ""
    return "upgraded" in said or "not modified" in said
