"""What bot.db holds, opened together."""

from __future__ import annotations

from functools import cached_property

from bot.database import bot_database, settings_revision
from bot.drafts import Drafts
from bot.memory import Memory
from bot.preferences import PreferenceStore
from bot.private_answers import PrivateAnswers
from bot.question_log import QuestionLog
from bot.tally import Tally
from bot.votes import Votes
from corpus.database import Database


class Kept:
    """Without a database all of it lives in memory."""

    def __init__(self, database: Database | None = None, log_days: int = 0) -> None:
        """`log_days`: how long questions are kept where a chat has agreed to it."""
        self.database, self._log_days = database or bot_database(), log_days
        self._revision = settings_revision(self.database)

    @cached_property
    def memory(self) -> Memory:
        return Memory(self.database)

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

    @cached_property
    def question_log(self) -> QuestionLog:
        return QuestionLog(self.database, self._log_days)

    def refresh(self) -> None:
        """Takes in what chats have chosen in another process."""
        revision = settings_revision(self.database)
        if revision != self._revision:
            self.preferences.refresh()
            self.question_log.refresh()
            self._revision = revision

    def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup: its settings stay, what hangs on ids of its messages goes."""
        self.memory.forget_chat(old)
        self.preferences.move_chat(old, new)
        self.private_answers.forget_chat(old)
        self.drafts.forget_chat(old)
        self.question_log.move_chat(old, new)

    def close(self) -> None:
        self.database.close()
