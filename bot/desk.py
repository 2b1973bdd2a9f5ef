"""What every handler works with: the engine and the library behind a pool of threads, the memory, the settings.

The one gate: everything about documents is asked of the desk for a chat, and what that chat may not read is as if it
were not there. Without a chat (inline mode) there is what everyone may read.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, ParamSpec, Protocol, TypeVar

from telegram import Chat, User
from telegram.constants import ChatType
from telegram.ext import ContextTypes

from bot import metrics
from bot.catalogue import Catalogue, Ties, mentions
from bot.group_admins import GroupAdmins
from bot.kept import Kept
from bot.limits import Limits
from bot.memory import Answered, Memory
from bot.messages import Language, language_of
from bot.publishing import Publisher
from bot.recent import Recent
from bot.roles import Roles
from bot.settings import Settings
from bot.sight import Sight
from bot.standing import Newer, Standing, newer, older
from corpus.extract.isolated import stop_reading
from corpus.library import DocumentInfo, Library
from corpus.model import Directive
from corpus.validity import Validity
from embeddings.machine import cores
from retrieval.answer import Answer, Passage, Status

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
THREADS = max(4, cores() + 2)  # each process that searches is waited for by one
VIEWS = 16  # lists of documents kept: one for each set of collections some chat may read
INLINE_RESULTS = 10
PRESSES = 3  # a person may press so many buttons for one question
SEARCHED, SEARCHES = 60.0, 500  # seconds an inline search is kept, and how many


class Asks(Protocol):
    """The search engine: blocking, thread-safe."""

    def ask(
        self,
        question: str,
        top: int = 3,
        scope: Collection[str] | None = None,
        *,
        view: frozenset[str] | None = None,
    ) -> Answer:
        """`scope`: ids of the only documents to look in; `view`: the collections that are there for who asks."""

    def refresh(self) -> bool:
        """Takes in what has changed in the library; False when nothing has."""

    def compact(self) -> bool:
        """Tidies the index up, which takes a while; False when there is nothing to do."""


@dataclass
class Desk:
    settings: Settings
    engine: Asks
    library: Library
    kept: Kept = field(default_factory=Kept)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "trichdan"))

    def __post_init__(self) -> None:
        self._asking = 0
        self.ending = False
        self.limits = Limits(self.settings.questions_per_minute)
        self.press_limits = Limits(PRESSES * self.settings.questions_per_minute)
        self.group_admins = GroupAdmins()
        self.validity = Validity(self.library.database)
        self.publisher = Publisher(self.kept.database, self.library)
        self.albums: dict[tuple[int, str], Any] = {}  # by chat and album: the photographs that have come
        self._slow = ThreadPoolExecutor(1, "trichdan-files")
        self.roles = Roles(self.kept.database, self.settings.admins)
        self._searches: Recent[Answer] = Recent(SEARCHED, SEARCHES)
        self.typing: dict[int, str] = {}  # by user: the inline query that is worked on
        self._lists: OrderedDict[tuple[frozenset[str], int], Catalogue] = OrderedDict()
        self._listing = threading.Lock()

    @property
    def memory(self) -> Memory:
        """Which answer belongs to which question."""
        return self.kept.memory

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs blocking work beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, partial(work, *args, **kwargs))

    async def run_slowly(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `run`, for what takes seconds or minutes: one after another, and no question waits for it."""
        return await asyncio.get_running_loop().run_in_executor(self._slow, partial(work, *args, **kwargs))

    def hurry(self) -> None:
        """The program wants to end: a file that is being read is given up."""
        self.ending = True
        self._slow.shutdown(wait=False, cancel_futures=True)
        stop_reading()

    def busy(self) -> bool:
        """More questions are being searched for than there are threads."""
        return self._asking >= THREADS

    async def ask(self, question: str, chat: int | None, document: str | None = None) -> Answer:
        """Searches (in one document when it is named) and checks every quote against the library."""
        return await self._count(question, chat, document, self.results(chat))

    def results(self, chat: int | None) -> int:
        """How many passages a question gets in this chat."""
        chosen = None if chat is None else self.kept.preferences.of(chat).results
        return chosen or self.settings.results

    def visible(self, chat: int | None) -> frozenset[str]:
        """The collections that are there for a chat: those it may read, without those it does not want."""
        readable = self.library.visible(chat)
        return readable if chat is None else readable.difference(self.kept.preferences.of(chat).hidden)

    async def _count(self, question: str, chat: int | None, document: str | None, top: int) -> Answer:
        self._asking += 1
        try:
            return await self.run(self._ask, question, chat, document, top)
        finally:
            self._asking -= 1

    async def search(self, words: str) -> Answer:
        """Searches for inline mode: more passages, kept for a short time by words and version of the library."""
        key = await self.run(self._search_key, words)
        return await self._searches.get(key, lambda: self._count(words, None, None, INLINE_RESULTS))

    async def has_searched(self, words: str) -> bool:
        """`search` would answer at once, or is at it."""
        return await self.run(self._search_key, words) in self._searches

    def _search_key(self, words: str) -> tuple[str, int]:
        return words.lower(), self.library.version

    async def again(self, answered: Answered) -> Answer:
        """A remembered answer with its words read from the library again; quotes that are gone are left out."""
        return await self.run(self._again, answered.answer, answered.chat_id)

    def fetch(self, id: str, chat: int | None) -> Directive | None:
        """A document by id; blocking. The one gate to the library's texts."""
        return self.sight(chat)(id)

    def sight(self, chat: int | None) -> Sight:
        """`fetch` for one chat, for as long as one answer or one screen is made."""
        # The same is read for what is not there and for what is not to be read: the time must not tell them apart.
        return Sight(self.library.seen_by(chat), lambda: self.visible(chat))

    def catalogue(self, chat: int | None) -> Catalogue:
        """All documents, to browse by; blocking. The one gate to the library's lists."""
        return self._catalogue(chat, self.visible(chat))

    def _catalogue(self, chat: int | None, view: frozenset[str]) -> Catalogue:
        version = self.library.version
        with self._listing:
            found = self._lists.get((view, version))
        if found is None:
            found = Catalogue(self.library.seen_by(chat).documents(view))
            with self._listing:
                self._lists[view, version] = found
                while len(self._lists) > VIEWS:
                    self._lists.popitem(last=False)
        return found

    def ties(self, id: str, d: Directive, chat: int | None) -> Ties:
        """What a document has to do with others; blocking."""
        return self.catalogue(chat).ties(id, d, self.library.seen_by(chat), self.visible(chat))

    def mentions(self, number: str, chat: int | None) -> list[tuple[DocumentInfo, str | None]]:
        """The documents that name this number, each with the clause; blocking."""
        return mentions(number, self.library.seen_by(chat), self.visible(chat))

    def standing(self, chat: int | None, sight: Sight | None = None) -> Standing:
        """What became of documents, as far as this chat may know; what it gives is blocking. `sight`: the chat's, where
        there is one."""
        seen = sight or self.sight(chat)
        catalogue = cache(lambda: self._catalogue(chat, seen.view))

        def of(id: str) -> Sequence[Newer]:
            info = seen.info(id)
            return newer(info, self.validity, catalogue()) if info else ()

        return of

    def done_to_others(self, id: str, chat: int | None) -> Sequence[Newer]:
        """Which documents this one replaces, ends or amends, as far as this chat may know; blocking."""
        info = self.library.seen_by(chat).info(id)
        return older(info, self.validity, self.catalogue(chat)) if info else ()

    async def document(self, id: str, chat: int | None) -> Directive | None:
        """As `fetch`, beside the event loop."""
        return await self.run(self.fetch, id, chat)

    def language(self, chat: Chat | None, user: User | None) -> Language:
        """A person's own language in private, the group's in a group: as chosen, else as Telegram or the operator
        says."""
        default: Language = self.settings.language
        private = chat is None or chat.type == ChatType.PRIVATE
        where = user if user and private else chat
        chosen = self.kept.preferences.of(where.id).language if where else None
        return chosen or (language_of(user.language_code, default) if user and private else default)

    def group_language(self, chat: int) -> Language:
        """A group's language, where only its id is known."""
        return self.kept.preferences.of(chat).language or self.settings.language

    def chat_moved(self, old: int, new: int) -> None:
        """A group became a supergroup with another id; blocking."""
        self.library.move_chat(old, new)
        self.kept.move_chat(old, new)

    def forget(self, person: int, private: bool) -> None:
        """Deletes what is kept of a person, and of the private chat with them; blocking."""
        self.kept.question_log.forget_person(person)
        self.kept.votes.forget_person(person)
        if private:
            for store in (self.memory, self.kept.private_answers, self.kept.preferences):
                store.forget_chat(person)
            self.kept.question_log.agree(person, False)

    def close(self) -> None:
        self.hurry()
        self._slow.shutdown(wait=True)
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.kept.close()

    def _ask(self, question: str, chat: int | None, document: str | None, top: int) -> Answer:
        answer, held, read = self._searched(question, chat, document, top)
        if len(held) < len(answer.passages):
            # The library has changed while the engine was at it; it takes that in by itself.
            answer, held, read = self._searched(question, chat, document, top)
        return _without_lost(_seen(answer, read), held)

    def _searched(
        self, question: str, chat: int | None, document: str | None, top: int
    ) -> tuple[Answer, tuple[Passage, ...], Sight]:
        """What the engine found, those of its passages that the library holds, and what the chat saw of it then."""
        scope = None if document is None else (document,)
        with metrics.SEARCHED_IN.time():
            answer = self.engine.ask(question, top, scope, view=self.visible(chat))
        read = self._looked(answer, chat)
        return answer, tuple(p for p in answer.passages if _holds(p, read)), read

    def _again(self, answer: Answer, chat: int) -> Answer:
        read = self._looked(answer, chat)
        held = tuple(p for q in answer.passages if (p := _filled(q, read)))
        return _without_lost(_seen(answer, read), held)

    def _looked(self, answer: Answer, chat: int | None) -> Sight:
        """What the chat sees, with all documents of an answer looked at."""
        sight = self.sight(chat)
        mentioned = answer.note.params.get("mentioned", ()) if answer.note else ()
        sight.look(
            (
                *(p.citation.document_id for p in answer.passages),
                *(c.document_id for c in answer.choices),
                *(pair[0] for pair in mentioned),
            )
        )
        return sight


def _seen(answer: Answer, read: Sight) -> Answer:
    """Without the documents that the chat may not read: the engine leaves them out, and so does the gate."""
    choices = tuple(c for c in answer.choices if read(c.document_id))
    update: dict[str, Any] = {"choices": choices}
    if answer.choices and not choices:
        update["status"] = Status.NONE
    if answer.note and "mentioned" in answer.note.params:
        pairs = [pair for pair in answer.note.params["mentioned"] if read(pair[0])]
        update["note"] = answer.note.model_copy(update={"params": {**answer.note.params, "mentioned": pairs}})
    return answer.model_copy(update=update)


def _holds(p: Passage, read: Sight) -> bool:
    d = read(p.citation.document_id)
    if d is not None and p.quote and d.text[p.start : p.end] == p.quote:
        return True
    log.warning("a quote did not match the library: document %s at %s", p.citation.document_id, p.start)
    return False


def _filled(p: Passage, read: Sight) -> Passage | None:
    d = read(p.citation.document_id)
    if d is None or not 0 <= p.start < p.end <= len(d.text):
        return None
    return p.model_copy(update={"quote": d.text[p.start : p.end], "shown": d.shown(p.start, p.end)})


def desk_of(context: ContextTypes.DEFAULT_TYPE) -> Desk:
    """The desk the application was built with."""
    data: dict[Any, Any] = context.bot_data
    desk = data["desk"]
    assert isinstance(desk, Desk)
    return desk


def _without_lost(answer: Answer, held: tuple[Passage, ...]) -> Answer:
    lost_all = answer.passages and not held
    status = Status.NONE if lost_all else answer.status
    return answer.model_copy(update={"passages": held, "status": status})
