"""The simulation of a cluster says what queueing theory knows, and keeps what the bot promises."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest

from benchmarks.queueing import (
    Following,
    Plan,
    Time,
    constant,
    erlang_c,
    exponential,
    mean_wait,
    needed,
    percentile,
    simulate,
)

NOTHING = constant(1e-9)


def _queue(service: Time, servers: int, load: float) -> Plan:
    """A plain queue: no database, no network, every question from a chat of its own."""
    return Plan(
        rate=load * servers / service.mean,
        answerers=servers,
        chats=10**9,
        answer=service,
        statement=NOTHING,
        network=0.0,
        database=64,
        send=NOTHING,
        poll=0.0,
    )


@pytest.mark.parametrize(
    ("service", "servers", "load"),
    [
        (exponential(0.03), 1, 0.5),
        (exponential(0.03), 3, 0.8),
        (exponential(0.03), 10, 0.9),
        (constant(0.03), 1, 0.7),
        (constant(0.03), 4, 0.8),
        (Time(0.0379, 0.0529), 1, 0.7),
        (Time(0.0379, 0.0529), 3, 0.8),
    ],
)
def test_the_mean_wait_is_that_of_theory(service: Time, servers: int, load: float) -> None:
    plan = _queue(service, servers, load)
    out = simulate(plan, 10_000 / plan.rate, seed=1)
    waited = sum(out.waited) / len(out.waited)
    assert waited == pytest.approx(mean_wait(plan.rate, service, servers), rel=0.2)
    assert out.busy == pytest.approx(load, rel=0.05)


def test_erlangs_formula_agrees_with_its_definition() -> None:
    for servers, load in ((1, 0.4), (2, 1.5), (5, 4.0), (20, 17.0)):
        waits = load**servers / math.factorial(servers) * servers / (servers - load)
        served = sum(load**n / math.factorial(n) for n in range(servers))
        assert erlang_c(load, servers) == pytest.approx(waits / (served + waits))


def test_a_time_has_the_median_the_percentile_and_the_mean_it_says() -> None:
    rng, time = random.Random(0), Time(0.04, 0.06)
    drawn = [time.draw(rng) for _ in range(20_000)]
    assert percentile(drawn, 0.5) == pytest.approx(0.04, rel=0.02)
    assert percentile(drawn, 0.95) == pytest.approx(0.06, rel=0.02)
    assert sum(drawn) / len(drawn) == pytest.approx(time.mean, rel=0.02)


def test_the_fewest_servers_are_enough_and_one_less_is_not() -> None:
    service = Time(0.0379, 0.0529)
    for rate in (5, 50, 500):
        servers = needed(rate, service, 0.02)
        assert mean_wait(rate, service, servers) <= 0.02
        fewer = servers - 1
        assert fewer <= rate * service.mean or mean_wait(rate, service, fewer) > 0.02


def test_every_question_is_answered_and_each_chat_in_its_order() -> None:
    out = simulate(Plan(rate=60, answerers=3, chats=15, ahead=3), 60)
    assert sorted(number for _, number in out.order) == list(range(1, out.asked + 1))
    last: dict[int, int] = {}
    for chat, number in out.order:
        assert last.get(chat, 0) < number
        last[chat] = number


def test_a_chat_waits_for_its_own_answers_however_many_answerers_there_are() -> None:
    """One chat is served like one queue: not before Telegram has the answer before."""
    plan = Plan(rate=100, answerers=20, chats=1, answer=constant(0.03), send=constant(0.05), statement=NOTHING)
    out = simulate(plan, 10)
    times = sorted(out.handed)
    assert times[-1] > 10 * (0.03 + 0.05) * plan.rate - 10 - 1
    assert out.busy < 0.03


def test_one_poller_brings_no_more_than_a_hundred_updates_each_time_it_asks() -> None:
    plan = Plan(rate=4000, answerers=1000, poll=0.04, answer=constant(0.01), network=0.0, statement=NOTHING)
    two = Plan(**{**plan.__dict__, "pollers": 2})
    slow, fast = (simulate(p, 2).handed for p in (plan, two))
    assert percentile(slow, 0.95) > 0.5
    assert percentile(fast, 0.95) < 0.2


def test_the_same_seed_gives_the_same_run_and_other_plans_get_the_same_questions() -> None:
    plan = Plan(rate=60, answerers=3)
    one, same, other = simulate(plan, 20), simulate(plan, 20), simulate(Plan(rate=60, answerers=4), 20)
    assert one.handed == same.handed
    assert one.asked == other.asked
    assert sum(other.handed) < sum(one.handed)


def test_the_more_workers_the_later_the_last_one_serves_a_new_version() -> None:
    rng = random.Random(0)
    means = [sum(Following(n).last(rng) for _ in range(300)) / 300 for n in (1, 3, 30)]
    assert all(a < b for a, b in pairwise(means))
