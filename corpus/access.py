"""Who may read what: each document is in one collection; "public" is everyone's, any other belongs to chats."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from corpus.database import ConflictError, Database, Transaction
from corpus.errors import LibraryError
from corpus.model import Frozen

PUBLIC = "public"


class CollectionError(LibraryError):
    """A collection that is not there, is there already, or is everyone's; `name` is what it was called."""

    code = "collection"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}; see `trichdan collections`", name=name)


class Collection(Frozen):
    """A set of documents that the same chats may read."""

    id: str  # not to be guessed: it is mixed into the ids of its documents
    name: str  # the operator's
    owner: int | None = None  # the chat it was made for
    chats: tuple[int, ...] = ()  # that may read it; of "public" none are named, since all may
    documents: int = 0


class Access:
    """Collections and the chats that may read them."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def visible(self, chat: int | None) -> frozenset[str]:
        """The collections a chat may read; without a chat (inline mode) what everyone may."""
        if chat is None:
            return frozenset({PUBLIC})
        own = self.database.rows("SELECT collection FROM collection_chat WHERE chat = ?", chat)
        return frozenset({PUBLIC, *(str(id) for (id,) in own)})

    def collections(self) -> list[Collection]:
        """All of them, by name; "public" first."""
        rows = self.database.rows(
            "SELECT id, name, owner, (SELECT count(*) FROM document WHERE collection = collection.id)"
            " FROM collection ORDER BY id <> ?, name",
            PUBLIC,
        )
        return [
            Collection.model_validate(
                {
                    "id": id,
                    "name": name,
                    "owner": owner,
                    "documents": count,
                    "chats": tuple(
                        c
                        for (c,) in self.database.rows(
                            "SELECT chat FROM collection_chat WHERE collection = ? ORDER BY chat", id
                        )
                    ),
                }
            )
            for id, name, owner, count in rows
        ]

    def collection(self, name: str) -> Collection:
        """The collection of that name (or id). CollectionError when there is none."""
        for c in self.collections():
            if name in (c.id, c.name):
                return c
        raise CollectionError(name, "there is no such collection")

    def make_collection(self, name: str, *, owner: int | None = None) -> Collection:
        """A new collection that no chat may read but its owner. CollectionError when the name (or the owner's) is
        there already."""
        id = secrets.token_hex(8)

        def work(db: Transaction) -> None:
            db.execute("INSERT INTO collection (id, name, owner) VALUES (?, ?, ?)", (id, name, owner))
            if owner is not None:
                db.execute("INSERT INTO collection_chat (chat, collection) VALUES (?, ?)", (owner, id))

        try:
            self.database.write(work)
        except ConflictError:
            raise CollectionError(name, "there is such a collection already") from None
        return self.collection(id)

    def own_collection(self, chat: int) -> Collection:
        """The collection that was made for this chat; made now when there is none."""
        for _ in range(2):
            for c in self.collections():
                if c.owner == chat:
                    return c
            try:
                return self.make_collection(f"chat {chat}", owner=chat)
            except CollectionError:
                continue  # another thread was faster
        raise CollectionError(f"chat {chat}", "the name is taken by another collection")

    def rename_collection(self, id: str, name: str) -> None:
        """CollectionError when the name is taken, the collection is not there or is everyone's."""
        self._not_public(id)
        try:
            found = self.database.execute("UPDATE collection SET name = ? WHERE id = ?", name, id)
        except ConflictError:
            raise CollectionError(name, "there is such a collection already") from None
        if not found:
            raise CollectionError(id, "there is no such collection")

    def grant(self, id: str, chat: int) -> None:
        """From now on the chat may read the collection. CollectionError when it is not there or is everyone's."""
        self._not_public(id)
        try:
            self.database.execute(
                "INSERT INTO collection_chat (chat, collection) VALUES (?, ?) ON CONFLICT DO NOTHING", chat, id
            )
        except ConflictError:
            raise CollectionError(id, "there is no such collection") from None

    def revoke(self, id: str, chat: int) -> bool:
        """From now on the chat may not; False when it could not before. CollectionError for everyone's."""
        self._not_public(id)
        return self.database.execute("DELETE FROM collection_chat WHERE chat = ? AND collection = ?", chat, id) > 0

    def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup: what the old chat may read and owns is the new one's."""

        def work(db: Transaction) -> None:
            db.execute(
                "INSERT INTO collection_chat (chat, collection)"
                " SELECT ?, collection FROM collection_chat WHERE chat = ? ON CONFLICT DO NOTHING",
                (new, old),
            )
            db.execute("DELETE FROM collection_chat WHERE chat = ?", (old,))
            db.execute(
                "UPDATE collection SET owner = ? WHERE owner = ?"
                " AND NOT EXISTS (SELECT 1 FROM collection WHERE owner = ?)",
                (new, old, new),
            )

        self.database.write(work)

    def _not_public(self, id: str) -> None:
        if id == PUBLIC:
            raise CollectionError(PUBLIC, "it is everyone's and stays so")


def among(collections: Iterable[str] | None, column: str = "collection") -> tuple[str, tuple[str, ...]]:
    """SQL that holds for rows of these collections, and its values; None: for every row."""
    if collections is None:
        return "1 = 1", ()
    ids = tuple(sorted(collections))
    if not ids:
        return "1 = 0", ()
    return f"{column} IN ({', '.join('?' * len(ids))})", ids
