"""Documents are added, replaced and removed while many ask: every quote is of a version that was in force meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from corpus.library import LIBRARY, Library
from corpus.parse import parse_string
from embeddings.shipped import load_encoder
from tests.chaos.calls import Question, answered
from tests.chaos.lives import Lives
from tests.fakes.bot_api import BotApiServer, Call, Message

CHATS = 200
PAUSE = 1.0  # seconds on average between two changes
KNOWN = 6.0  # seconds after which a document that is new is found, on files too
IDLE = 30.0  # seconds without an answer, after which none is waited for
SUBJECTS = (
    "phòng cháy ở khu dân cư",
    "tiền ăn trưa của học sinh",
    "cấp nước sạch nông thôn",
    "trồng rừng phòng hộ",
    "sửa đường giao thông",
    "khám sức khỏe người cao tuổi",
    "thu gom rác thải",
    "đào tạo nghề cho thanh niên",
    "chống hạn vụ hè thu",
    "tu bổ di tích",
    "tiêm phòng gia súc",
    "chuyển đổi số cấp xã",
)
# What a clause says of subject s in version n; a version has them in an order of its own.
CLAUSES = (
    "Các đơn vị bắt đầu việc {s} từ ngày 01 tháng 7, theo kế hoạch đợt {n}.",
    "Mức hỗ trợ {s} là {m} nghìn đồng mỗi tháng, tính từ đợt {n}.",
    "Kinh phí {s} do ngân sách tỉnh bảo đảm theo dự toán đợt {n}.",
)
ASKED = (
    "Khi nào bắt đầu {s}?",
    "Mức hỗ trợ {s} là bao nhiêu?",
    "Kinh phí {s} do ai bảo đảm?",
    "Kết luận {k}-KL/TU quy định mức hỗ trợ {s} là bao nhiêu?",
)
NOT_FOUND = ("không tìm thấy", "không có trong thư viện")


@dataclass(eq=False)
class Version:
    """A document as it stood from `began` to `ended` at the most. `put`: from then on it certainly stood."""

    file: int
    clauses: tuple[str, ...]
    began: float
    put: float = 0.0
    ended: float = float("inf")


@dataclass
class Result:
    seconds: float
    rate: float
    changes: int = 0
    asked: int = 0
    lost: int = 0
    twice: int = 0
    quotes: int = 0
    wrong: int = 0  # quotes that are no clause of the version cited, or of one not in force from question to answer
    missed: int = 0  # "not found" where the document stood all the while
    errors: int = 0  # answers that are neither a quote nor "not found"
    median: float = 0.0  # seconds from the question to its answer
    p95: float = 0.0
    late: float = 0.0  # seconds at most between a version's end and an answer that quotes it
    behind: list[float] = field(default_factory=list)  # by change: seconds after it in which a question missed it, or 0
    bad: str = ""  # the first that is wrong


def said(file: int, n: int) -> tuple[str, ...]:
    """The clauses of a version, without their numbers."""
    order = [CLAUSES[(i + n) % len(CLAUSES)] for i in range(len(CLAUSES))]
    return tuple(c.format(s=SUBJECTS[file], n=n, m=100 + n) for c in order)


def text(file: int, clauses: Sequence[str]) -> str:
    body = "\n\n".join(f"{c}. {words}" for c, words in enumerate(clauses, 1))
    return (
        f"TỈNH ỦY BÌNH AN\n*\nSố {file + 1}-KL/TU\n\nBình An, ngày 5 tháng 5 năm 2024\n\nKẾT LUẬN\n"
        f"về {SUBJECTS[file]}\n\n{body}\n\nT/M BAN THƯỜNG VỤ\nNguyễn Văn A\n"
    )


class Changing:
    """A library that changes, as by somebody's `trichdan add` in another process, and what stood in it when."""

    def __init__(self, library: Library, chance: random.Random) -> None:
        self._library, self._chance = library, chance
        self.versions: list[Version] = []
        self._standing: dict[int, Version] = {}
        self.latest = 0
        for file in range(len(SUBJECTS)):
            self._put(file)

    def close(self) -> None:
        self._library.close()

    def change(self) -> None:
        """A document is put in, replaced or, every third of them, removed. Blocking."""
        file = self._chance.randrange(len(SUBJECTS))
        if file % 3 == 0 and file in self._standing and self._chance.random() < 0.5:
            self._remove(file)
        else:
            self._put(file)
        self.latest = file

    def _put(self, file: int) -> None:
        clauses = said(file, len(self.versions))
        new = Version(file, clauses, time.monotonic())
        self.versions.append(new)
        self._library.put(parse_string(text(file, clauses), f"van-ban-{file}.txt"))
        new.put = time.monotonic()
        if old := self._standing.get(file):
            old.ended = new.put
        self._standing[file] = new

    def _remove(self, file: int) -> None:
        for d in self._library.documents():
            if d.file == f"van-ban-{file}.txt":
                self._library.remove(d.id)
        self._standing.pop(file).ended = time.monotonic()

    def stood(self, file: int, since: float, until: float) -> bool:
        """Some version of it stood at every moment."""
        gap = since
        for v in (v for v in self.versions if v.file == file):
            if v.put <= gap:
                gap = max(gap, v.ended)
        return gap > until


async def change_and_ask(folder: Path, seconds: float, seed: int, rate: float, database: str = "") -> Result:
    """`rate` questions a second to one process on files, or to a poller and three answerers on a PostgreSQL `database`.
    A change comes every PAUSE or so; the document that was changed last is asked about half of the time."""
    parts = ("poll", "answer", "answer", "answer") if database else ("all",)
    result, chance = Result(seconds, rate), random.Random(seed)
    load_encoder(folder)
    homes = [folder / f"{n}" for n in range(len(parts))]
    for home in homes:
        home.mkdir()
        os.symlink(folder / "models", home / "models")
    changing = Changing(_library(homes[0], database), chance)
    async with BotApiServer() as server:
        people = [server.user(f"Người {n}") for n in range(CHATS)]
        asked: dict[Question, tuple[int, float]] = {}
        with ExitStack() as stack:
            for home, part in zip(homes, parts, strict=True):
                told = {"url": server.url, "token": server.token, "database": database, "home": str(home), "part": part}
                lives = Lives("tests.chaos.changes_life", json.dumps(told), home / "log.txt")
                await asyncio.to_thread(stack.enter_context(lives).begin)
            for n in range(4 * len(parts)):  # until each has its engine ready
                server.say(people[n], ASKED[0].format(s=SUBJECTS[0], k=1))
                await server.wait_for_message(people[n], within=60)
            before = answered(server).keys()
            stop = asyncio.Event()
            work = asyncio.create_task(_change(changing, chance, stop))
            began, n = time.monotonic(), 0
            while time.monotonic() - began < seconds:
                file = changing.latest if n % 2 else chance.randrange(len(SUBJECTS))
                words = chance.choice(ASKED).format(s=SUBJECTS[file], k=file + 1)
                message = server.say(people[n % CHATS], words)
                asked[message.chat_id, message.id] = file, time.monotonic()
                n += 1
                await asyncio.sleep(max(0.0, began + n / rate - time.monotonic()))
            await _last_answers(server, len(asked) + len(before))
            stop.set()
            await work
            await asyncio.to_thread(changing.close)
        found = {q: calls for q, calls in answered(server).items() if q not in before}
    result.changes = len(changing.versions) - len(SUBJECTS)
    _judge(found, asked, changing, result)
    return result


def _library(home: Path, database: str) -> Library:
    if not database:
        return Library(home / "library.db")
    from corpus.database.postgres import Postgres

    return Library(Postgres(database, LIBRARY))


async def _change(changing: Changing, chance: random.Random, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await asyncio.to_thread(changing.change)
        await asyncio.sleep(chance.random() * 2 * PAUSE)


async def _last_answers(server: BotApiServer, most: int) -> None:
    """Until so many messages were sent, or none for a while."""
    before, since = -1, time.monotonic()
    while len(server._sent) < most and time.monotonic() - since < IDLE:
        if len(server._sent) > before:
            before, since = len(server._sent), time.monotonic()
        await asyncio.sleep(0.5)
    await asyncio.sleep(1)  # for what may come twice


def _judge(
    found: dict[Question, list[Call]], asked: dict[Question, tuple[int, float]], changing: Changing, result: Result
) -> None:
    result.asked, result.lost = len(asked), len(asked.keys() - found.keys())
    result.twice = sum(len(calls) - 1 for calls in found.values())
    took = sorted(calls[0].at - asked[q][1] for q, calls in found.items())
    result.median, result.p95 = statistics.median(took), took[int(0.95 * (len(took) - 1))]
    behind: dict[int, float] = {}
    for question, calls in found.items():
        file, since = asked[question]
        for call in calls:
            message = Message(call.result)
            quoted = [
                _version(message.text.replace(quote, ""), quote, since, call.at, changing.versions)
                for quote in message.quotes
            ]
            found_nothing = any(words in message.text for words in NOT_FOUND)
            errors, wrong = not quoted and not found_nothing, quoted.count(None)
            missed = not quoted and found_nothing and changing.stood(file, since - KNOWN, call.at)
            result.quotes, result.wrong = result.quotes + len(quoted), result.wrong + wrong
            result.errors, result.missed = result.errors + errors, result.missed + missed
            result.late = max([result.late, *(call.at - v.ended for v in quoted if v)])
            if wrong or errors or missed:
                result.bad = result.bad or f"{message.raw['reply_to_message']['text']} {message.text}"
            for n, v in enumerate(changing.versions[len(SUBJECTS) :]):
                if v.file == file and v.put <= since and call.at < v.ended:
                    behind[n] = max(behind.get(n, 0.0), 0.0 if v in quoted else since - v.put)
    result.behind = sorted(behind.values())


def _version(around: str, quote: str, since: float, until: float, versions: Sequence[Version]) -> Version | None:
    """The version quoted: the document and clause that are cited say it, and it stood between question and answer."""
    number, clause = re.search(r"số (\d+)-KL/TU", around), re.search(r"mục (\d+)", around)
    if number is None or clause is None:
        return None
    file, c = int(number[1]) - 1, int(clause[1]) - 1
    words = re.sub(r"^\d+\. ", "", quote)
    for v in versions:
        if v.file == file and c < len(v.clauses) and v.began <= until and since <= v.ended and words in v.clauses[c]:
            return v
    return None
