"""Logs without secrets and without what people write: lines for people, or JSON for machines."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from typing import Any

from pydantic import SecretStr

MASK = "<token>"
# Below these levels the libraries write whole updates and requests: names and questions.
QUIET = {"httpx": logging.WARNING, "httpcore": logging.INFO, "telegram": logging.INFO}
_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")
_WORDS = re.compile(r"Received data was|(?<=Can not load invalid JSON data): |(?<=Parsing the server response) b['\"]")
_secrets: set[str] = set()


def masked(text: str) -> str:
    """The text with bot tokens and the secrets given to `mask_secrets` taken out."""
    for secret in _secrets:
        text = text.replace(secret, MASK)
    return _TOKEN.sub(MASK, text)


def mask_secrets(*secrets: SecretStr | None) -> None:
    """From now on no log record of this process carries these secrets or anything that looks like a bot token.

    Done where records are made, so it holds for every logger and handler, tracebacks included.
    """
    _secrets.update(s.get_secret_value() for s in secrets if s and s.get_secret_value())
    make = logging.getLogRecordFactory()
    if getattr(make, "masks", False):
        return

    def make_masked(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        try:
            said = record.getMessage()
        except (TypeError, ValueError):
            # Arguments that do not fit the message: said as they are, rather than a second error while logging.
            said, record.args = f"{record.msg} {record.args}", ()
            record.msg = said
        # python-telegram-bot puts what it cannot read into the log whole: names and questions with it.
        clean = masked(_WORDS.split(said, maxsplit=1)[0])
        if clean != said:
            record.msg, record.args = clean, ()
        if record.exc_info and not record.exc_text:
            trace = logging.Formatter().formatException(record.exc_info) if record.exc_info[0] else ""
            if masked(trace) != trace:
                # Formatters print exc_text where it is set and do not look at exc_info again.
                record.exc_text, record.exc_info = masked(trace), None
        return record

    make_masked.masks = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(make_masked)
    for name, level in QUIET.items():
        logger = logging.getLogger(name)
        logger.setLevel(max(level, logger.getEffectiveLevel()))


class JsonLines(logging.Formatter):
    """One JSON object a record: time (UTC), level, logger, message, and the trace where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        trace = record.exc_text or (self.formatException(record.exc_info) if record.exc_info else None)
        return json.dumps(line | ({"trace": trace} if trace else {}), ensure_ascii=False)


def log_as(form: str) -> None:
    """`json`: the program's lines become JSON; `text`: they stay as they are."""
    if form == "json":
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JsonLines())
