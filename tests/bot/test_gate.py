"""What a chat may not read is, on every way to a document, as if it were not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.callback import Choose, ShowCard, ShowClause, ShowContents, ShowDocument, encode
from bot.deeplink import Place, payload
from corpus.library import LIBRARY, DocumentInfo, Library
from corpus.model import Reference, Trust
from retrieval.answer import Note, Status
from tests.bot.conftest import Bot, running, settings_for
from tests.databases import Databases
from tests.fakes.bot_api import BotApiServer, Message, User
from tests.fakes.engine import ScriptedEngine, choice, conclusion, directive, passage

pytestmark = pytest.mark.both

SECRET = "Mật hiệu là hoa phượng đỏ."
TEXT = f"Kế hoạch nội bộ thực hiện Kết luận 01-KL/TU\n\n1. {SECRET}\n\n2. Họp kín.\n"
MARKS = {"1": "1. Mật", "2": "2. Họp"}
REFERENCE = Reference(number="01-KL/TU", start=TEXT.index("01-KL/TU"), end=TEXT.index("01-KL/TU") + 8)
FIELDS = {"file": "kin.txt", "number": "77-KH/TU", "type": "Kế hoạch", "issuer": "Ban Kín", "title": "nội bộ"}
TELLING = ("hoa phượng", "77-KH", "Ban Kín", "Họp kín", "nội bộ", "kin.txt")


@pytest.fixture
def an(bot: Bot) -> User:
    return bot.server.user("An")


@pytest.fixture
def binh(bot: Bot) -> User:
    return bot.server.user("Bình")


@pytest.fixture
def private(bot: Bot, an: User) -> DocumentInfo:
    """A plan that only An's chat may read. It names the public conclusion."""
    own = bot.library.own_collection(an.id)
    return bot.library.put(directive(TEXT, MARKS, references=(REFERENCE,), **FIELDS), collection=own.id).document


def telling(message: Message) -> bool:
    said = message.text + " ".join(message.buttons) + str(message.keyboard)
    return any(word.lower() in said.lower() for word in TELLING)


async def said(bot: Bot, who: User, words: str, **more: Message) -> Message:
    bot.server.say(who, words, **more)
    return await bot.server.wait_for_message(who)


async def test_it_is_there_for_the_chat_it_belongs_to(bot: Bot, an: User, private: DocumentInfo) -> None:
    for words in ("/vanban", "/vanban 77-KH/TU", "/muc 77-KH/TU 1", f"/start {payload(Place(private.id, 0))}"):
        assert telling(await said(bot, an, words)), words
    assert "77-KH/TU" in (await said(bot, an, "/vanban 01-KL/TU")).text


async def test_lists_cards_clauses_and_links_do_not_know_it(
    bot: Bot, an: User, binh: User, private: DocumentInfo
) -> None:
    group = bot.server.group("Phường", an, binh)
    place, unknown = payload(Place(private.id, 0)), payload(Place("0" * 16, 0))
    for who in (binh, group):
        for words in (
            "/vanban",
            "/vanban 77-KH/TU",
            "/vanban kế hoạch",
            "/muc 77-KH/TU 1",
            "/vanban 01-KL/TU",
            f"/start {place}",
            f"/start {unknown}",
        ):
            bot.server.say(who, words, by=binh)
            message = await bot.server.wait_for_message(who)
            # What somebody said is said back to them.
            told = message.text.replace("77-KH/TU", "") if "77-KH/TU" in words else message.text
            assert not any(word in told + str(message.keyboard) for word in TELLING), (words, message.text)
    here, nowhere = await said(bot, binh, f"/start {place}"), await said(bot, binh, f"/start {unknown}")
    assert (here.text, here.buttons) == (nowhere.text, nowhere.buttons)


class Counting:
    """Counts what is read from a database."""

    def __init__(self, reads: Any, whole: Counting | None = None) -> None:
        self._database, self._whole, self.reads = reads, whole or self, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def rows(self, *args: Any) -> Any:
        self._whole.reads += 1
        return self._database.rows(*args)

    def for_chat(self, chat: int | None) -> Counting:
        return Counting(self._database.for_chat(chat), self._whole)


async def test_as_much_is_read_for_what_is_not_to_be_read_as_for_what_is_not_there(
    server: BotApiServer, engine: ScriptedEngine, databases: Databases, tmp_path: Path
) -> None:
    """The time an answer takes tells nothing."""
    database = Counting(databases(LIBRARY))
    library = Library(database)
    an, binh = server.user("An"), server.user("Bình")
    own = library.own_collection(an.id)
    hidden = library.put(directive(TEXT, MARKS, **FIELDS), collection=own.id).document
    async with running(server, engine, library, settings_for(server, tmp_path)) as bot:
        listed = await said(bot, binh, "/vanban")
        for form, this, none in (
            ("/vanban {}", "77-KH/TU", "78-KH/TU"),
            ("/muc {} 1", "77-KH/TU", "78-KH/TU"),
            ("/start {}", hidden.id, "0" * 16),
            ("/start {}_a", hidden.id, "0" * 16),
        ):
            counts, texts = [], []
            for what in (none, this, none):
                database.reads = 0
                texts.append((await said(bot, binh, form.format(what))).text.replace(what, "…"))
                counts.append(database.reads)
            assert counts[1] == counts[2], form
            assert texts[1] == texts[2], form
        for action in (ShowCard, ShowDocument, ShowContents):
            counts = []
            for what in (hidden.id, "0" * 16):
                database.reads = 0
                await server.press_data(listed, encode(action(what))).answer
                counts.append(database.reads)
            assert counts[0] == counts[1], action
    library.close()


async def test_buttons_made_up_or_sent_on_open_nothing(bot: Bot, an: User, binh: User, private: DocumentInfo) -> None:
    listed = await said(bot, binh, "/vanban")
    texts = set()
    for action in (
        ShowClause(private.id, TEXT.index("1. Mật")),
        ShowDocument(private.id),
        ShowContents(private.id),
        ShowCard(private.id),
        ShowCard("0" * 16),
    ):
        texts.add((await bot.server.press_data(listed, encode(action)).answer)["text"])
    assert len(texts) == 1
    assert not telling(bot.server.message(listed))
    own = await said(bot, an, "/vanban")
    await bot.server.press_data(own, encode(ShowCard(private.id))).answer
    assert telling(await bot.server.wait_for_edit(own))


async def test_an_engine_that_gives_it_away_is_not_believed(
    bot: Bot, an: User, binh: User, private: DocumentInfo, library: Library
) -> None:
    quote = passage(library, "kin.txt", SECRET, clause="1")
    public = library.documents(frozenset({"public"}))[0]
    note = Note(code="no_document", params={"number": "9-CT/TU", "mentioned": [[private.id, "1"]]})
    bot.engine.teach("trích?", quote)
    bot.engine.teach("chọn?", status=Status.CHOOSE, choices=(choice(library, private.id), choice(library, public.id)))
    bot.engine.teach("chọn một?", status=Status.CHOOSE, choices=(choice(library, private.id),))
    bot.engine.teach("nêu ở đâu?", status=Status.NONE, note=note)
    for words in ("trích?", "chọn?", "chọn một?", "nêu ở đâu?"):
        assert telling(await said(bot, an, words)), words
        answer = await said(bot, binh, words)
        assert not telling(answer), words
        if words == "chọn?":
            alert = (await bot.server.press_data(answer, encode(Choose(private.id))).answer)["text"]
            assert "không dùng được nữa" in alert
        found = await bot.server.inline(binh, words)
        assert not any(word in str(found) for word in TELLING)


async def test_the_engine_is_told_what_is_there_for_whoever_asks(bot: Bot, an: User, private: DocumentInfo) -> None:
    views = []
    ask = bot.engine.ask
    bot.engine.ask = lambda *args, **kwargs: (views.append(kwargs.get("view")), ask(*args, **kwargs))[1]
    binh = bot.server.user("Bình")
    await said(bot, an, "ai trực?")
    await said(bot, binh, "ai trực?")
    await bot.server.inline(an, "ai trực?")
    assert views == [{"public", private.collection}, {"public"}, {"public"}]


async def test_what_was_allowed_ends_with_the_permission(
    bot: Bot, an: User, private: DocumentInfo, library: Library
) -> None:
    bot.engine.teach("trích?", passage(library, "kin.txt", SECRET, clause="1"), passage(library, "kin.txt", "Họp kín."))
    answer = await said(bot, an, "trích?")
    assert SECRET in answer.quotes[0]
    library.revoke(private.collection, an.id)
    press = bot.server.press(answer, "2/2")
    assert "không có trong thư viện" in (await press.answer)["text"]
    assert bot.server.message(answer) == answer
    assert not telling(await said(bot, an, "mục lục", reply_to=answer))


async def test_reports_and_copies_of_one_s_own_are_nobody_else_s_relatives(bot: Bot, an: User, binh: User) -> None:
    own = bot.library.own_collection(an.id).id
    report = directive(TEXT, MARKS, references=(REFERENCE,), **(FIELDS | {"number": None, "trust": Trust.REPORT}))
    bot.library.put(report, collection=own)
    assert "nội bộ" in (await said(bot, an, "/vanban 01-KL/TU")).text
    assert not telling(await said(bot, binh, "/vanban 01-KL/TU"))
    bot.library.put(conclusion(file="kin.txt"), collection=own)
    assert len((await said(bot, an, "/vanban 01-KL/TU")).buttons) == 2
    assert "Kết luận số 01-KL/TU" in (await said(bot, binh, "/vanban 01-KL/TU")).bold[0]
