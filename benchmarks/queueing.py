"""Answerers that share one inbox, as a simulation: how long a question waits, and what is busy, at any load.

    python -m benchmarks.queueing [--seconds 60] [--seed 0]

Updates come at random (Poisson) from many chats. One poller keeps them in the database; answerers take them, the
oldest first, never two of one chat at once; each answer holds a core of its answerer, then goes to Telegram while the
core does the next. Times are those measured in RESULTS.md and docs/scale.md. tests/benchmarks/test_queueing.py holds
the simulation against what queueing theory knows exactly.
"""

from __future__ import annotations

import argparse
import math
import random
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import simpy

Process = Generator[simpy.Event, Any, None]

MOST = 50_000  # questions in one run
AT_ONCE = 100  # updates that one getUpdates hands out
Z95 = 1.6448536  # of a normal distribution


@dataclass(frozen=True)
class Time:
    """How long something takes, in seconds: log-normal by its median and 95th percentile; constant where they are the
    same; exponential where no percentile is given."""

    median: float
    p95: float | None

    def draw(self, rng: random.Random) -> float:
        if self.p95 is None:
            return rng.expovariate(math.log(2) / self.median)
        if self.p95 == self.median:
            return self.median
        return self.median * math.exp(self._sigma * rng.gauss(0.0, 1.0))

    @property
    def mean(self) -> float:
        if self.p95 is None:
            return self.median / math.log(2)
        return self.median * math.exp(self._sigma**2 / 2)

    @property
    def variation(self) -> float:
        """Standard deviation, as a share of the mean."""
        return 1.0 if self.p95 is None else math.sqrt(math.expm1(self._sigma**2))

    @property
    def _sigma(self) -> float:
        assert self.p95 is not None
        return math.log(self.p95 / self.median) / Z95


def exponential(mean: float) -> Time:
    return Time(mean * math.log(2), None)


def constant(seconds: float) -> Time:
    return Time(seconds, seconds)


@dataclass(frozen=True)
class Plan:
    """A cluster and what is asked of it."""

    rate: float  # questions a second
    answerers: int  # processes, each with a core of its own
    chats: int = 100_000
    answer: Time = Time(0.0379, 0.0529)  # RESULTS.md, question to answer: encoding, searching, deciding
    statement: Time = Time(0.0002, 0.0004)  # docs/scale.md, inbox: a statement that writes, with its commit
    network: float = 0.0003  # between two machines and back: assumed
    database: int = 4  # cores that work on statements
    send: Time = Time(0.08, 0.2)  # Telegram's answer to sendMessage: assumed
    poll: float = 0.04  # from Telegram to the poller: assumed
    pollers: int = 1  # one for each bot: Telegram lets a token be asked by one at a time
    ahead: int = 0  # updates an answerer takes while its core is busy


@dataclass(frozen=True, order=True)
class Question:
    number: int
    chat: int
    at: float
    work: float  # seconds of a core


@dataclass
class Outcome:
    """What one run showed; seconds."""

    seconds: float
    asked: int = 0
    handed: list[float] = field(default_factory=list)  # from Telegram's having a question to the call with the answer
    waited: list[float] = field(default_factory=list)  # of that, for a core
    order: list[tuple[int, int]] = field(default_factory=list)  # (chat, number) as handed over
    busy: float = 0.0  # of the answerers' cores, a share
    database: float = 0.0  # of the database's cores, a share


class Cluster:
    """One run of a plan. Everything random comes from the seed."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.plan = plan
        # Questions are the same whatever the cluster is: plans are compared on them, not on luck.
        self.asking, self.rng = random.Random(f"asking {seed}"), random.Random(f"rest {seed}")
        self.env = simpy.Environment()
        self.arrived: simpy.Store = simpy.Store(self.env)
        self.ready: simpy.PriorityStore = simpy.PriorityStore(self.env)
        self.queues: dict[int, deque[Question]] = {}  # of each chat that has an unfinished update
        self.database = simpy.Resource(self.env, plan.database)
        self.cores = [simpy.Resource(self.env, 1) for _ in range(plan.answerers)]
        self.out = Outcome(0.0)
        self.worked = self.stated = 0.0

    def run(self, seconds: float) -> Outcome:
        """Questions come for so many seconds; then what is left is answered."""
        arrivals = self.env.process(self._arrivals(seconds))
        for _ in range(self.plan.pollers):
            self.env.process(self._poller())
        for core in self.cores:
            for _ in range(1 + self.plan.ahead):
                self.env.process(self._answerer(core))
        self.env.run(until=arrivals)
        busy, stated = self.worked, self.stated
        self.env.run()
        self.out.seconds = seconds
        self.out.busy = busy / (seconds * self.plan.answerers)
        self.out.database = stated / (seconds * self.plan.database)
        return self.out

    def _arrivals(self, seconds: float) -> Process:
        while True:
            yield self.env.timeout(self.asking.expovariate(self.plan.rate))
            if self.env.now >= seconds:
                return
            self.out.asked += 1
            chat, work = self.asking.randrange(self.plan.chats), self.plan.answer.draw(self.asking)
            self.arrived.put(Question(self.out.asked, chat, self.env.now, work))

    def _poller(self) -> Process:
        while True:
            batch = [(yield self.arrived.get())]
            while self.arrived.items and len(batch) < AT_ONCE:
                batch.append((yield self.arrived.get()))
            yield self.env.timeout(self.plan.poll)
            yield from self._statement()  # one commit for all of them
            for question in batch:
                if question.chat in self.queues:
                    self.queues[question.chat].append(question)
                else:
                    self.queues[question.chat] = deque()
                    self.ready.put(question)

    def _answerer(self, core: simpy.Resource) -> Process:
        while True:
            question = yield self.ready.get()
            yield from self._statement()  # take
            with core.request() as free:
                yield free
                self.out.waited.append(self.env.now - question.at)
                yield self.env.timeout(question.work)
                self.worked += question.work
            # While Telegram answers, the core does the next.
            self.env.process(self._send(question))

    def _send(self, question: Question) -> Process:
        yield from self._statement()  # post
        self.out.handed.append(self.env.now - question.at)
        self.out.order.append((question.chat, question.number))
        yield self.env.timeout(self.plan.send.draw(self.rng))
        yield from self._statement()  # posted
        yield from self._statement()  # end
        if waiting := self.queues[question.chat]:
            self.ready.put(waiting.popleft())
        else:
            del self.queues[question.chat]

    def _statement(self) -> Process:
        yield self.env.timeout(self.plan.network)
        with self.database.request() as free:
            yield free
            took = self.plan.statement.draw(self.rng)
            yield self.env.timeout(took)
            self.stated += took


def simulate(plan: Plan, seconds: float, seed: int = 0) -> Outcome:
    """Runs a plan; the same for the same seed."""
    return Cluster(plan, seed).run(seconds)


def erlang_c(load: float, servers: int) -> float:
    """The probability that a question waits at all: M/M/c, `load` in servers, less than `servers`."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))


def mean_wait(rate: float, service: Time, servers: int) -> float:
    """Seconds in the queue, on average. Exact for one server (Pollaczek and Khinchine) and for exponential times
    (Erlang C); between them the usual approximation (Lee and Longton)."""
    load = rate * service.mean
    wait = erlang_c(load, servers) * service.mean / (servers - load)
    return wait * (1 + service.variation**2) / 2


def needed(rate: float, service: Time, most: float) -> int:
    """The fewest servers at which questions wait no longer than `most` seconds on average."""
    servers = math.floor(rate * service.mean) + 1
    while mean_wait(rate, service, servers) > most:
        servers += 1
    return servers


@dataclass(frozen=True)
class Following:
    """How a new version of the library reaches every worker."""

    workers: int
    notice: Time = Time(0.0002, 0.0004)  # NOTIFY comes with the commit
    lag: Time = Time(0.0006, 0.003)  # of a streaming replica: the median is measured, the rest assumed
    refresh: Time = Time(0.49, 0.7)  # RESULTS.md, one document more; the 95th percentile is assumed

    def last(self, rng: random.Random) -> float:
        """Seconds until the last worker serves it."""
        return max(self.notice.draw(rng) + self.lag.draw(rng) + self.refresh.draw(rng) for _ in range(self.workers))


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def row(plan: Plan, seconds: float, seed: int) -> str:
    out = simulate(plan, seconds, seed)
    p50, p95 = (1000 * percentile(out.handed, share) for share in (0.5, 0.95))
    return (
        f"| {plan.rate:,.0f} | {plan.pollers} | {plan.answerers} | {plan.ahead} | {plan.chats:,} |"
        f" {p50:.0f} / {p95:.0f} | {out.busy:.0%} | {out.database:.1%} |"
    )


HEAD = (
    "| questions a second | pollers | answerers | taken ahead | chats |"
    " p50 / p95 until sent, ms | cores busy | database busy |",
    "| --: | --: | --: | --: | --: | --: | --: | --: |",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    base = Plan(rate=10, answerers=1)
    print(f"A question costs {1000 * base.answer.mean:.1f} ms of a core: one core does {1 / base.answer.mean:.1f}.\n")
    print("The fewest answerers with a mean wait of 20 ms:\n", *HEAD, sep="\n")
    for rate in (10, 30, 100, 300, 1_000, 3_000, 10_000):
        plan = replace(base, rate=rate, answerers=needed(rate, base.answer, 0.02), database=4 if rate <= 1000 else 16)
        print(row(replace(plan, pollers=math.ceil(rate / 2000)), min(args.seconds, MOST / rate), args.seed), flush=True)
    print("\nOne poller, and as many answerers as are needed:\n", *HEAD, sep="\n")
    for rate in (1_000, 2_000, 2_400, 2_600):
        plan = replace(base, rate=rate, answerers=needed(rate, base.answer, 0.02), database=16)
        print(row(plan, min(args.seconds, MOST / rate), args.seed), flush=True)
    print("\nThree answerers, as the load grows:\n", *HEAD, sep="\n")
    for rate in (20, 40, 60, 70, 75):
        print(row(replace(base, rate=rate, answerers=3), args.seconds, args.seed), flush=True)
    print("\nWhat spoils it: taking more than one can do, a few chats that ask all:\n", *HEAD, sep="\n")
    for ahead, chats in ((0, 100_000), (1, 100_000), (7, 100_000), (0, 100), (0, 20)):
        print(row(replace(base, rate=60, answerers=3, ahead=ahead, chats=chats), args.seconds, args.seed), flush=True)
    print("\n| workers | the last one serves a new version after, p50 / p95, s |\n| --: | --: |")
    rng = random.Random(args.seed)
    for workers in (1, 3, 30, 300):
        times = [Following(workers).last(rng) for _ in range(1000)]
        print(f"| {workers} | {percentile(times, 0.5):.2f} / {percentile(times, 0.95):.2f} |")


if __name__ == "__main__":
    main()
