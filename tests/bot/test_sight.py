"""What one chat sees at one moment: each document is read once, and only where the chat may."""

from __future__ import annotations

from bot.sight import Sight
from corpus.access import PUBLIC
from corpus.database import Row
from corpus.library import LIBRARY, Documents, Library
from tests.databases import Databases
from tests.fakes.engine import conclusion, news


class Counted:
    """Reads, and how often something was read."""

    def __init__(self, library: Library) -> None:
        self._reads, self.times = library.database.for_chat(1), 0

    def rows(self, sql: str, *values: object) -> list[Row]:
        self.times += 1
        return self._reads.rows(sql, *values)


def test_several_documents_are_one_reading_and_asking_again_is_none(databases: Databases) -> None:
    library = Library(databases(LIBRARY))
    ids = [a.document.id for a in (library.put(conclusion()), library.put(news()))]
    reads = Counted(library)
    sight = Sight(Documents(reads, library.database.damaged, library._memory), lambda: frozenset({PUBLIC}))
    sight.look([*ids, "nobody", ids[0]])
    assert reads.times == 1
    assert [i.id for i in map(sight.info, ids) if i] == ids
    assert sight.info("nobody") is None
    assert sight("nobody") is None
    assert reads.times == 1
    sight.look(())
    assert [d.file for d in map(sight, ids) if d] == ["mau.txt", "tin.txt"]
    library.close()


def test_what_a_chat_may_not_read_or_does_not_want_is_not_there(databases: Databases) -> None:
    library = Library(databases(LIBRARY))
    own = library.make_collection("Riêng").id
    private = library.put(news(), collection=own).document
    public = library.put(conclusion()).document
    library.grant(own, 1)

    def sight(chat: int, *view: str) -> Sight:
        return Sight(library.seen_by(chat), lambda: frozenset(view))

    assert sight(1, PUBLIC, private.collection)(private.id)
    assert sight(1, PUBLIC)(private.id) is None
    assert sight(1, private.collection)(public.id) is None
    # Going by the view alone another chat could read it; PostgreSQL looks for itself.
    assert (sight(2, private.collection)(private.id) is None) == (databases.name == "postgres")
    library.close()
