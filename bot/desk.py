"""What every handler works with: the engine and the library behind a pool of threads, the memory, the settings.

Documents are read through `document` and `ask` only, so that who may see what can be decided in one place.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, ParamSpec, Protocol, TypeVar

from telegram import Chat, User
from telegram.constants import ChatType
from telegram.ext import ContextTypes

from bot.catalogue import Catalogue, Ties, mentions
from bot.kept import Kept
from bot.memory import Answered, Memory
from bot.messages import Language, language_of
from bot.recent import Recent
from bot.settings import Settings
from corpus.library import DocumentInfo, Library
from corpus.model import Directive
from retrieval.answer import Answer, Passage, Status

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
THREADS = 4
CACHED = 64  # documents
INLINE_RESULTS = 10
SEARCHED, SEARCHES = 60.0, 500  # seconds an inline search is kept, and how many


class Asks(Protocol):
    """The search engine: blocking, thread-safe."""

    def ask(self, question: str, top: int = 3, scope: Collection[str] | None = None) -> Answer:
        """`scope`: ids of the only documents to look in."""

    def refresh(self) -> bool:
        """Takes in what has changed in the library; False when nothing has."""


@dataclass
class Desk:
    settings: Settings
    engine: Asks
    library: Library
    memory: Memory
    kept: Kept = field(default_factory=Kept)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "trichdan"))

    def __post_init__(self) -> None:
        self._asking = 0
        self._searches: Recent[Answer] = Recent(SEARCHED, SEARCHES)
        self.typing: dict[int, str] = {}  # by user: the inline query that is worked on
        # Reading a document back takes milliseconds; a version of the library never changes.
        self._read = lru_cache(maxsize=CACHED)(lambda id, _version: self.library.get(id))
        self._list = lru_cache(maxsize=1)(lambda _version: Catalogue(self.library.documents()))

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs blocking work beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, partial(work, *args, **kwargs))

    @property
    def busy(self) -> bool:
        """More questions are being searched for than there are threads."""
        return self._asking >= THREADS

    async def ask(self, question: str, document: str | None = None) -> Answer:
        """Searches (in one document when it is named) and checks every quote against the library."""
        return await self._count(question, document, self.settings.results)

    async def _count(self, question: str, document: str | None, top: int) -> Answer:
        self._asking += 1
        try:
            return await self.run(self._ask, question, document, top)
        finally:
            self._asking -= 1

    async def search(self, words: str) -> Answer:
        """Searches for inline mode: more passages, kept for a short time by words and version of the library."""
        key = await self.run(self._search_key, words)
        return await self._searches.get(key, lambda: self._count(words, None, INLINE_RESULTS))

    async def has_searched(self, words: str) -> bool:
        """`search` would answer at once, or is at it."""
        return await self.run(self._search_key, words) in self._searches

    def _search_key(self, words: str) -> tuple[str, int]:
        return words.lower(), self.library.version

    async def again(self, answered: Answered) -> Answer:
        """A remembered answer with its words read from the library again; quotes that are gone are left out."""
        return await self.run(self._again, answered.answer)

    def fetch(self, id: str) -> Directive | None:
        """A document by id; blocking. The one gate to the library's texts."""
        return self._read(id, self.library.version)

    def catalogue(self) -> Catalogue:
        """All documents, to browse by; blocking. The one gate to the library's lists."""
        return self._list(self.library.version)

    def ties(self, id: str, d: Directive) -> Ties:
        """What a document has to do with others; blocking."""
        return self.catalogue().ties(id, d, self.library)

    def mentions(self, number: str) -> list[tuple[DocumentInfo, str | None]]:
        """The documents that name this number, each with the clause; blocking."""
        return mentions(number, self.library)

    async def document(self, id: str) -> Directive | None:
        """As `fetch`, beside the event loop."""
        return await self.run(self.fetch, id)

    def language(self, chat: Chat | None, user: User | None) -> Language:
        """A person's own language in private; the group's in a group."""
        default: Language = self.settings.language
        private = chat is None or chat.type == ChatType.PRIVATE
        return language_of(user.language_code, default) if user and private else default

    def close(self) -> None:
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.memory.close()
        self.kept.close()

    def _ask(self, question: str, document: str | None, top: int) -> Answer:
        within = {} if document is None else {"scope": (document,)}
        answer = self.engine.ask(question, top, **within)
        return _without_lost(answer, tuple(filter(self._holds, answer.passages)))

    def _again(self, answer: Answer) -> Answer:
        return _without_lost(answer, tuple(p for q in answer.passages if (p := self._filled(q))))

    def _holds(self, p: Passage) -> bool:
        d = self.fetch(p.citation.document_id)
        if d is not None and p.quote and d.text[p.start : p.end] == p.quote:
            return True
        log.warning("a quote did not match the library: document %s at %s", p.citation.document_id, p.start)
        return False

    def _filled(self, p: Passage) -> Passage | None:
        d = self.fetch(p.citation.document_id)
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
