"""What bot.db holds besides `Memory`, opened together."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from bot.database import Database
from bot.drafts import Drafts
from bot.preferences import PreferenceStore
from bot.private_answers import PrivateAnswers
from bot.tally import Tally
from bot.votes import Votes


class Kept:
    """Each store makes its table when it is first used. Without a path all of it lives in memory."""

    def __init__(self, path: Path | None = None) -> None:
        self.database = Database(path)

    @cached_property
    def preferences(self) -> PreferenceStore:
        return PreferenceStore(self.database)

    @cached_property
    def private_answers(self) -> PrivateAnswers:
        return PrivateAnswers(self.database)

    @cached_property
    def drafts(self) -> Drafts:
        return Drafts(self.database)

    @cached_property
    def tally(self) -> Tally:
        return Tally(self.database)

    @cached_property
    def votes(self) -> Votes:
        return Votes(self.database)

    def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup: its settings stay, what hangs on ids of its messages goes."""
        self.preferences.move_chat(old, new)
        self.private_answers.forget_chat(old)
        self.drafts.forget_chat(old)

    def forget_chat(self, chat: int) -> None:
        """Drops all of one chat."""
        for store in (self.preferences, self.private_answers, self.drafts, self.votes):
            store.forget_chat(chat)

    def close(self) -> None:
        self.database.close()
