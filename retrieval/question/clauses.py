"""Which clause a question names: `mục 3.3`, `điểm đ khoản 2 Điều 5`, `phần II mục 5`, `7.b`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.text import fold_same, normalize

_LABEL = r"(?P<{0}>\d{{1,3}}[a-z]?(?:\.\d{{1,3}})*(?:\.[a-z])?|(?=[ivxlc]+\b)[ivxlc]+(?:\.\d+)*|[a-z])"
_PART = re.compile(
    r"(?<!\w)(?:(?P<attachment>phu luc)|(?P<dieu>dieu)|(?P<phan>phan|chuong)|(?P<muc>tieu muc|muc|khoan|diem|tiet|y"
    r"|clause|article|section|point|paragraph))(?:\s+so)?(?:\s+|(?=\d))"
    + _LABEL.format("label")
    + r"(?![\w%]|[.,]\d|/)"
)
_JOINED = re.compile(r"\s*(?:,|cua|thuoc|tai|-|–)?\s*$")
# After these words a number counts things; "điểm 3" alone may be a score, but a question to a library means a clause.
_COUNTED = re.compile(r"\s*(?:tai cho|khong|nam|ngay|ty|trieu|nguoi|%|phan tram|gio|thang)\b")


@dataclass(frozen=True)
class ClauseAsk:
    """A clause, as canonical labels from the outside in: ("Điều 5", "2", "đ"). `start:end` in the question."""

    labels: tuple[str, ...]
    attachment: str | None
    start: int
    end: int
    written: str

    @property
    def path(self) -> str:
        body = ".".join(self.labels)
        return f"{self.attachment}/{body}" if self.attachment and body else (self.attachment or body)

    def find(self, paths: Sequence[str]) -> list[str]:
        """The document's paths that are meant: the very one, else every one that ends so. Never a near one."""
        if self.path in paths:
            return [self.path]
        wanted = [label.lower() for label in self.labels]
        found = []
        for path in paths:
            attachment, _, body = path.rpartition("/")
            if self.attachment and fold_same(attachment) != fold_same(self.attachment):
                continue
            labels = [label.lower() for label in body.split(".")]
            whole = [x.removeprefix("điều ") for x in labels] == wanted
            above = labels[: -len(wanted)]
            if whole or (labels[-len(wanted) :] == wanted and _may_be_left_out(above, wanted[0])):
                found.append(path)
        # "khoản 2" without its Điều is meant in whichever clause it stands highest.
        top = min((p.count(".") for p in found), default=0)
        return [p for p in found if p.count(".") == top]


def find_clause_ask(question: str, numbers_end: Sequence[tuple[int, int]] = ()) -> ClauseAsk | None:
    """The clause a question names, None when it names none. `numbers_end`: spans of the numbers of documents."""
    question = normalize(question)
    text = fold_same(question)
    found = [
        m
        for m in _PART.finditer(text)
        if not any(s < m.end() and m.start() < e for s, e in numbers_end) and _real(text, question, m)
    ]
    if not found:
        bare = _bare_after_number(text, numbers_end)
        if bare is None:
            return None
        return ClauseAsk(tuple(bare[0].split(".")), None, bare[1], bare[2], question[bare[1] : bare[2]])
    chain = [found[0]]
    for m in found[1:]:
        between = text[chain[-1].end() : m.start()]
        if _JOINED.fullmatch(between) or re.fullmatch(r"[^.?!;]{0,60}", between):
            chain.append(m)
    attachment = None
    ranked: list[tuple[int, int, str]] = []
    for n, m in enumerate(chain):
        label = m["label"]
        if m["attachment"]:
            attachment = "Phụ lục " + label.upper()
        elif m["dieu"]:
            ranked.append((0, n, "Điều " + _printed(question, m)))
        elif m["phan"]:
            ranked.append((1, n, label.upper()))
        else:
            ranked.append((_rank(m, text), n, _printed(question, m)))
    # Said from the inside out ("điểm đ khoản 2 Điều 5") or the other way round: the kind of label decides.
    ranked.sort(key=lambda r: (r[0], r[1]))
    labels = [
        part for _, _, label in ranked for part in (label.split(".") if not label.startswith("Điều") else _dieu(label))
    ]
    start, end = chain[0].start(), chain[-1].end()
    return ClauseAsk(tuple(labels), attachment, start, end, question[start:end])


def _may_be_left_out(above: Sequence[str], first: str) -> bool:
    """True when people leave out what stands above: "mục 5" for II.5. A label under a number is printed whole
    ("3.4"), so "mục 4" never means 3.4."""
    return bool(above) and not (above[-1].isdigit() and first[0].isdigit())


def _dieu(label: str) -> list[str]:
    head, *rest = label.split(".")
    return [head, *rest]


def _rank(m: re.Match[str], text: str) -> int:
    label = m["label"]
    if re.fullmatch(r"[ivxlc]+(?:\.\d+)*", label) and len(label) > 0 and not re.fullmatch(r"[cdl]", label):
        return 1
    if label[0].isdigit():
        return 2 if m["muc"] in ("muc", "khoan", "section", "clause", "article", "paragraph") else 3
    return 4


def _printed(question: str, m: re.Match[str]) -> str:
    label = question[m.start("label") : m.end("label")]
    if re.fullmatch(r"[ivxlc]+(?:\.\d+)*", m["label"]) and not re.fullmatch(r"[cdl]", m["label"]):
        return label.upper()
    return label.lower()


def _real(text: str, question: str, m: re.Match[str]) -> bool:
    if _COUNTED.match(text, m.end()):
        return False
    label = m["label"]
    if label[0].isdigit():
        return True
    # "điểm a" is a clause, "điểm y tế" and "y tế" are not: a letter must stand alone and after điểm, mục or khoản.
    if m["muc"] == "y" or (len(label) > 1 and not re.fullmatch(r"[ivxlc]+(?:\.\d+)*", label)):
        return False
    after = text[m.end() : m.end() + 12].lstrip()
    if len(label) == 1 and label in "yu" and not re.match(r"(?:khoan|muc|dieu|cua|,|$)", after):
        return False
    if m["phan"] and len(label) == 1 and label not in "ivx":
        return False
    return not (
        label in ("i", "c", "d", "l") and m["phan"] is None and m["muc"] not in ("diem", "muc", "khoan", "tiet")
    )


def _bare_after_number(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, int, int] | None:
    for _, end in spans:
        m = re.match(r"\s*[,:]?\s*(\d{1,2}(?:\.\d{1,2})+)(?![\w/]|\.\d)", text[end:])
        if m:
            return m[1], end + m.start(1), end + m.end(1)
    return None
