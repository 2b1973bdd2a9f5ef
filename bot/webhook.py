"""The webhook's end: takes what Telegram posts with the secret, and says so only when it is kept."""

from __future__ import annotations

import hmac
import json
import logging

import tornado.web
from telegram import Bot, Update
from tornado.httpserver import HTTPServer

from bot.inbox import InboxError
from bot.readable import unreadable
from bot.worker import Worker

log = logging.getLogger(__name__)

PATH = "telegram"
MAX_BODY = 1 << 20  # bytes; Telegram's updates are far smaller
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
BODY_TIMEOUT = 10.0  # seconds


class Webhook:
    """An HTTP server for one path."""

    def __init__(self, bot: Bot, worker: Worker, secret: str) -> None:
        app = tornado.web.Application(
            [(f"/{PATH}/?", _Handler, {"bot": bot, "worker": worker, "secret": secret})], log_function=lambda _: None
        )
        self._server = HTTPServer(app, max_body_size=MAX_BODY, body_timeout=BODY_TIMEOUT)

    def listen(self, address: str, port: int) -> None:
        """OSError when it cannot."""
        self._server.listen(port, address=address)

    async def close(self) -> None:
        self._server.stop()
        await self._server.close_all_connections()


class _Handler(tornado.web.RequestHandler):
    SUPPORTED_METHODS = ("POST",)

    def initialize(self, bot: Bot, worker: Worker, secret: str) -> None:
        self._bot, self._worker, self._secret = bot, worker, secret

    async def post(self) -> None:
        said = self.request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(said.encode(), self._secret.encode()):
            raise tornado.web.HTTPError(403)
        try:
            raw = json.loads(self.request.body)
            id = int(raw["update_id"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise tornado.web.HTTPError(400) from None
        try:
            if (why := unreadable(raw)) is not None:
                # Refused, it would come again and again, and keep back what follows.
                await self._worker.refuse(id, f"unreadable: {why}")
            else:
                await self._worker.take([Update.de_json(raw, self._bot)])
        except InboxError as e:
            log.error("%s; Telegram will offer it again", e)
            raise tornado.web.HTTPError(503) from None

    def log_exception(self, *_: object) -> None:
        """Requests that are refused are no news, and their words stay out of the log."""
