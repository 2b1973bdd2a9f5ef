"""/healthz and /metrics, for the machine itself: whether the bot is well, and what it counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import tornado.web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from tornado.httpserver import HTTPServer

from bot import metrics


@dataclass(frozen=True, slots=True)
class Report:
    """How the bot does at this moment."""

    well: bool
    silent: float  # seconds since Telegram last answered a poll; 0 where another process polls, and by webhook
    cut_off: float  # seconds since the inbox could last be written; 0 where this process answers nobody
    waiting: int  # updates that are begun, or wait for their turn, in the chats this process has in hand
    calls: int  # calls that are not through


class HealthServer:
    """Answers 200 on /healthz while the bot is well, else 503."""

    def __init__(self, report: Callable[[], Report]) -> None:
        told = {"report": report}
        app = tornado.web.Application(
            [("/healthz", _Health, told), ("/metrics", _Metrics, told)], log_function=lambda _: None
        )
        self._server = HTTPServer(app, max_body_size=1024)

    def listen(self, address: str, port: int) -> None:
        """OSError when it cannot."""
        self._server.listen(port, address=address)

    async def close(self) -> None:
        self._server.stop()
        await self._server.close_all_connections()


class _Told(tornado.web.RequestHandler):
    SUPPORTED_METHODS = ("GET",)

    def initialize(self, report: Callable[[], Report]) -> None:
        self._report = report


class _Health(_Told):
    def get(self) -> None:
        report = self._report()
        self.set_status(200 if report.well else 503)
        self.write(asdict(report))


class _Metrics(_Told):
    def get(self) -> None:
        self._report()
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.write(generate_latest(metrics.REGISTRY))
