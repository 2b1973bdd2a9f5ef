"""What is counted, in Prometheus' terms: kinds and times, never words, names or ids."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
SECONDS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)

UPDATES = Counter("trichdan_updates", "Updates taken from Telegram, by kind", ["kind"], registry=REGISTRY)
AGAIN = Counter("trichdan_updates_again", "Updates offered again that were known already", registry=REGISTRY)
OUTCOMES = Counter("trichdan_outcomes", "What became of updates", ["outcome"], registry=REGISTRY)
ANSWERS = Counter("trichdan_answers", "Answers by status", ["status"], registry=REGISTRY)
CALLS = Counter("trichdan_calls", "Calls of the Bot API, by what came back", ["result"], registry=REGISTRY)
POSTS = Counter(
    "trichdan_reposts",
    "Messages of an earlier attempt: known to be sent and left out, or unsure and sent (again)",
    ["known"],
    registry=REGISTRY,
)
ANSWERED_IN = Histogram(
    "trichdan_update_seconds", "From an update's arrival to its end", buckets=SECONDS, registry=REGISTRY
)
SEARCHED_IN = Histogram("trichdan_search_seconds", "A search", buckets=SECONDS, registry=REGISTRY)
INBOX = Gauge("trichdan_inbox_waiting", "Updates in hand that are not dealt with", registry=REGISTRY)
CUT_OFF = Gauge("trichdan_seconds_since_inbox", "Seconds since the inbox could last be written", registry=REGISTRY)
OUTBOX = Gauge("trichdan_outbox_waiting", "Calls that are not through", registry=REGISTRY)
POLLED = Gauge("trichdan_seconds_since_poll", "Seconds since Telegram last answered a poll", registry=REGISTRY)
RESTARTS = Counter("trichdan_polling_restarts", "Polling that had to be started again", registry=REGISTRY)
