"""What one chat sees at one moment: whatever an answer or a screen asks of a document twice is read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from corpus.library import DocumentInfo, Documents
from corpus.model import Directive


class Sight:
    """Made for one answer or one screen, and thrown away with it. Blocking; not for two threads at once.

    Asking PostgreSQL what a chat may read takes it longer than any other reading, one document as well as several.
    """

    def __init__(self, documents: Documents, visible: Callable[[], frozenset[str]]) -> None:
        """`documents` as the database shows them to the chat; `visible`: the collections that are there for it."""
        self._documents, self._visible = documents, visible
        self._infos: dict[str, DocumentInfo | None] = {}
        self._texts: dict[str, Directive | None] = {}

    @cached_property
    def view(self) -> frozenset[str]:
        return self._visible()

    def look(self, ids: Iterable[str]) -> None:
        """Reads together what will be asked for."""
        if wanted := [id for id in dict.fromkeys(ids) if id not in self._infos]:
            self._infos |= dict.fromkeys(wanted) | self._documents.found(wanted, self.view)

    def info(self, id: str) -> DocumentInfo | None:
        """None where it is not there, or not for this chat."""
        self.look([id])
        return self._infos[id]

    def __call__(self, id: str) -> Directive | None:
        """The whole document; None as for `info`."""
        if id not in self._texts:
            info = self.info(id)
            self._texts[id] = self._documents.whole(info) if info else None
        return self._texts[id]
