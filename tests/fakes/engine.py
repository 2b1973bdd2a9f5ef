"""An engine that answers from a script, over a library of hand-made documents: for tests of what is said, not found."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Callable, Collection
from typing import Any

from corpus.library import Library
from corpus.model import Clause, Directive, Paragraph, Part, Trust
from retrieval.answer import Answer, Choice, Citation, Passage, Status

CONCLUSION = """Kết luận số 01-KL/TU ngày 05/02/2024 của Thành ủy về phòng, chống cháy <nổ> & cứu hộ

1. Công tác phòng cháy được quan tâm. Lực lượng tại chỗ đã được củng cố.

2. Yêu cầu các cấp ủy thực hiện các việc sau:

2.1. Kiểm tra khu dân cư trước ngày 01/5/2024. Lập danh sách nơi nguy hiểm & báo cáo "ngay".

2.2. Mở lối thoát nạn thứ hai ở nhà ở kết hợp kinh doanh.

T/M BAN THƯỜNG VỤ
"""
NEWS = """Chủ tịch Thành phố kiểm tra công tác cứu hộ

Sáng nay, Chủ tịch Thành phố đi kiểm tra.

Chủ tịch yêu cầu trực cứu hộ 24/24 giờ trong mùa khô.
"""


def directive(text: str, marks: dict[str, str] | None = None, **fields: Any) -> Directive:
    """A directive from text: `marks` maps clause paths to the words they begin with, in reading order."""
    starts = [(path, text.index(words)) for path, words in (marks or {}).items()]
    closing = text.find("\nT/M ") + 1 or len(text)
    clauses = []
    for n, (path, start) in enumerate(starts):
        end = starts[n + 1][1] if n + 1 < len(starts) else closing
        whole = next((s for p, s in starts[n + 1 :] if not p.startswith(path + ".")), closing)
        clauses.append(Clause(path=path, start=start, end=end, whole_end=whole))
    paragraphs = []
    at, number = 0, 0
    for block in text.split("\n\n"):
        start = text.index(block, at)
        at = start + len(block)
        inside = next((c for c in reversed(clauses) if c.start <= start < c.end), None)
        heading = start == 0
        if not inside and not heading and not clauses:
            number += 1
        part = Part.HEADING if heading else Part.CLAUSE if inside else Part.SIGNATURE if clauses else Part.BODY
        paragraphs.append(
            Paragraph(
                start=start,
                end=at,
                part=part,
                clause=inside.path if inside else None,
                number=number if part is Part.BODY else None,
            )
        )
    fields = {"file": "mau.txt", "trust": Trust.OFFICIAL, **fields}
    sha = hashlib.sha256(text.encode()).hexdigest()
    return Directive(text=text, sha256=sha, clauses=tuple(clauses), paragraphs=tuple(paragraphs), **fields)


def conclusion(issuer: str = "Thành ủy", **fields: Any) -> Directive:
    """A Party conclusion with clauses 1, 2, 2.1, 2.2."""
    marks = {"1": "1. Công", "2": "2. Yêu", "2.1": "2.1. Kiểm", "2.2": "2.2. Mở"}
    known: dict[str, Any] = {
        "number": "01-KL/TU",
        "type": "Kết luận",
        "issuer": issuer,
        "date": dt.date(2024, 2, 5),
        "title": "về phòng, chống cháy <nổ> & cứu hộ",
    }
    return directive(CONCLUSION.replace("Thành ủy", issuer), marks, **(known | fields))


def news() -> Directive:
    """A report without a number: two paragraphs."""
    title = "Chủ tịch Thành phố kiểm tra công tác cứu hộ"
    return directive(NEWS, file="tin.txt", type="Tin", month="2024-03", title=title, trust=Trust.REPORT)


def passage(
    library: Library, file: str, words: str, *, clause: str | None = None, emphasis: str | None = None
) -> Passage:
    """The quote `words` out of the document of this file name."""
    info = next(i for i in library.documents() if i.file == file)
    d = library.get(info.id)
    assert d is not None
    start = d.text.index(words)
    end = start + len(words)
    holding = next((p for p in d.paragraphs if p.start <= start < p.end), None)
    shown = d.shown(start, end)
    at = shown.index(emphasis) if emphasis else 0
    return Passage(
        citation=Citation.of(
            d,
            info.id,
            part=Part.CLAUSE if clause else holding.part if holding else Part.BODY,
            clause=clause,
            paragraph=holding.number if holding and not clause else None,
        ),
        quote=words,
        shown=shown,
        start=start,
        end=end,
        emphasis=(at, at + len(emphasis)) if emphasis else None,
        score=0.9,
    )


def choice(library: Library, id: str) -> Choice:
    info = library.info(id)
    assert info is not None
    return Choice.of(info)


class ScriptedEngine:
    """Answers what it was taught; anything else is not found. `asked` keeps every question, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._script: dict[str, Callable[[], Answer]] = {}
        self._lock = threading.Lock()

    def teach(self, question: str, *passages: Passage, status: Status = Status.ANSWERED, **fields: Any) -> None:
        self._script[question] = lambda: Answer(question=question, status=status, passages=passages, **fields)

    def teach_work(self, question: str, work: Callable[[], Answer]) -> None:
        """Runs `work` (which may wait or fail) for this question."""
        self._script[question] = work

    def refresh(self) -> bool:
        return False

    def compact(self) -> bool:
        return False

    def ask(
        self,
        question: str,
        top: int = 3,
        scope: Collection[str] | None = None,
        *,
        view: frozenset[str] | None = None,
    ) -> Answer:
        with self._lock:
            self.asked.append(question)
        work = self._script.get(question if scope is None else f"{question} in {', '.join(scope)}")
        if work is None:
            return Answer(question=question, status=Status.NONE)
        answer = work()
        return answer.model_copy(update={"passages": answer.passages[:top]})
