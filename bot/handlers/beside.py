"""What takes long goes on beside the chat's other messages; its update is dealt with when that is through."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from telegram import Update
from telegram.ext import ContextTypes

from bot.handling import CURRENT


def beside(work: Coroutine[Any, Any, None], update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Begins with `work`. When the program is killed meanwhile, the update is dealt with again after the next start."""
    task = context.application.create_task(work, update)
    handling = CURRENT.get()
    if handling is not None:
        handling.beside = task
