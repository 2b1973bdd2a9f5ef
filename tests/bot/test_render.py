"""Whatever an answer holds, its message is one Telegram takes, and says what it must."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import render
from bot.callback import MAX_BYTES, ShowClause, ShowDocument, encode
from bot.markup import MAX_TEXT
from bot.messages import LANGUAGES
from bot.render import Screen, note_text
from corpus.library import document_id
from corpus.model import Clause, Directive, Hidden, HiddenKind, Paragraph, Part, Trust
from corpus.parse import parse_file
from retrieval.answer import Answer, Choice, Note, Passage, Status
from tests.fakes.engine import conclusion
from tests.fakes.telegram_html import Parsed, parse_html, utf16

STARTER = sorted((Path(__file__).parents[2] / "corpus" / "starter").glob("*.txt"))

letters = st.one_of(st.sampled_from("ươ <>&\"'.;\n😀a1)"), st.characters(exclude_categories=["Cs", "Cc"]))
words = st.text(letters, min_size=1, max_size=60).filter(str.strip)
maybe = st.one_of(st.none(), words)


def taken(screen: Screen) -> Parsed:
    """What a person sees; fails where Telegram would refuse."""
    parsed = parse_html(screen.html)
    assert parsed.text
    assert utf16(parsed.text) <= MAX_TEXT
    for row in screen.rows:
        for button in row:
            assert button.label.strip()
            assert len(encode(button.action).encode()) <= MAX_BYTES
    return parsed


def styled(parsed: Parsed, kind: str) -> list[str]:
    units = parsed.text.encode("utf-16-le")
    return [
        units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
        for e in parsed.entities
        if kind in e["type"]
    ]


@st.composite
def documents(draw: st.DrawFn) -> Directive:
    """A document of a few clauses, possibly long, possibly with hidden stretches."""
    bodies = draw(st.lists(st.text(letters, min_size=1, max_size=80), min_size=1, max_size=4))
    times = draw(st.integers(1, 60))
    text, clauses, paragraphs = "", [], []
    for n, body in enumerate(bodies, 1):
        start = len(text)
        text += f"{n}. {body * times}."
        clauses.append((str(n), start, len(text)))
        paragraphs.append(Paragraph(start=start, end=len(text), part=Part.CLAUSE, clause=str(n)))
        text += "\n"
    a = draw(st.integers(0, len(text) - 1))
    b = draw(st.integers(a + 1, len(text)))
    hide = draw(st.booleans())
    return Directive(
        file=draw(words),
        sha256="0" * 64,
        text=text,
        trust=draw(st.sampled_from(Trust)),
        number=draw(maybe),
        type=draw(maybe),
        issuer=draw(maybe),
        title=draw(maybe),
        date=draw(st.one_of(st.none(), st.dates(dt.date(1945, 9, 2)))),
        clauses=tuple(Clause(path=p, start=s, end=e, whole_end=e) for p, s, e in clauses),
        paragraphs=tuple(paragraphs),
        hidden=(Hidden(start=a, end=min(b, a + 5), kind=HiddenKind.MARKUP),) if hide else (),
    )


def passage_of(d: Directive, start: int, end: int, emphasis: tuple[int, int] | None = None) -> Passage:
    clause = next((c.path for c in reversed(d.clauses) if c.start <= start < c.whole_end), None)
    return Passage(
        citation=render.citation_of(document_id(d), d, clause),
        quote=d.text[start:end],
        shown=d.shown(start, end),
        start=start,
        end=end,
        emphasis=emphasis,
        score=1.0,
    )


@settings(max_examples=60, deadline=None)
@given(
    documents(),
    st.data(),
    st.sampled_from(LANGUAGES),
    st.booleans(),
    st.sampled_from([Status.ANSWERED, Status.RELATED]),
)
def test_every_answer_is_a_message_telegram_takes(
    d: Directive, data: st.DataObject, lang: str, fold: bool, status: Status
) -> None:
    start = data.draw(st.integers(0, len(d.text) - 1))
    end = data.draw(st.integers(start + 1, len(d.text)))
    size = len(d.shown(start, end))
    a = data.draw(st.integers(0, size))
    b = data.draw(st.integers(a, size))
    passages = tuple(passage_of(d, start, end, data.draw(st.sampled_from([None, (a, b)]))) for _ in range(3))
    found = Answer(question="?", status=status, passages=passages)
    for n in range(3):
        parsed = taken(render.answer(found, {document_id(d): d}.get, lang, n, fold=fold))
        quoted = "".join(styled(parsed, "blockquote")).replace("[…]", "")
        assert "".join(quoted.split()) in "".join(d.shown(start, end).split())


@settings(max_examples=60, deadline=None)
@given(documents(), st.sampled_from(LANGUAGES))
def test_pages_of_a_document_hold_all_of_it(d: Directive, lang: str) -> None:
    id, seen = document_id(d), ""
    for n in range(1000):
        screen = render.whole(id, d, ShowDocument(id, n), lang)
        parsed = taken(screen)
        seen += "".join(styled(parsed, "blockquote"))
        if ShowDocument(id, n + 1) not in [b.action for row in screen.rows for b in row]:
            break
    shown = "".join(d.shown(p.start, p.end) for p in d.paragraphs)
    assert "".join(seen.split()) == "".join(shown.split())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Choice,
            document_id=st.text("0123456789abcdef", min_size=16, max_size=16),
            file=words,
            number=maybe,
            type=maybe,
            issuer=maybe,
            date=st.none(),
            title=maybe,
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(LANGUAGES),
)
def test_choices_are_buttons(choices: list[Choice], lang: str) -> None:
    screen = render.answer(Answer(question="?", status=Status.CHOOSE, choices=tuple(choices)), lambda _: None, lang)
    taken(screen)
    assert len(screen.rows) == min(len(choices), render.MAX_CHOICES)


NOTES: list[tuple[str, dict[str, Any], str]] = [
    ("no_document", {"number": "99-KL/TW", "mentioned": []}, "Văn bản số 99-KL/TW không có trong thư viện."),
    (
        "no_clause",
        {"number": "07-KL/TW", "clause": "3.9", "clauses": ["1", "3.1", "I.2.a"]},
        "Văn bản số 07-KL/TW không có mục 3.9.\nCác mục của văn bản: mục 1, mục 3.1, điểm a mục 2 phần I.",
    ),
    ("corrected", {"question": "<a & b>"}, "Tôi hiểu câu hỏi là: <a & b>"),
    ("no_document", {}, "Tôi không tìm thấy câu trả lời"),
    ("something_new", {}, "Tôi không tìm thấy câu trả lời"),
]


@pytest.mark.parametrize(("code", "params", "line"), NOTES)
def test_notes_in_words(code: str, params: dict[str, Any], line: str) -> None:
    n = Note(code=code, params=params)
    assert note_text(n, "vi").startswith(line)
    assert taken(render.answer(Answer(question="?", status=Status.NONE, note=n), lambda _: None, "vi")).text.startswith(
        line
    )


def test_where_a_missing_number_is_mentioned_is_said_by_name() -> None:
    d = conclusion()
    id = document_id(d)
    n = Note(
        code="no_document", params={"number": "5-CT/TW", "mentioned": [[id, "2.1"], [id, "2.1"], ["0" * 16, None]]}
    )
    assert note_text(n, "vi", {id: d}.get).endswith(
        "Số này được nhắc đến trong: Kết luận số 01-KL/TU ngày 05/02/2024 của Thành ủy, mục 2.1."
    )


def test_a_related_passage_is_said_to_be_perhaps_no_answer() -> None:
    d = conclusion()
    found = Answer(
        question="?",
        status=Status.RELATED,
        passages=(passage_of(d, d.clauses[2].start, d.clauses[2].end - 2),),
        note=Note(code="below"),
    )
    parsed = taken(render.answer(found, {document_id(d): d}.get, "vi"))
    assert parsed.text.startswith("Tôi không chắc có câu trả lời.")
    assert "không trả lời" in styled(parsed, "bold")


def test_a_cut_shows_on_the_side_where_words_are_missing() -> None:
    d = conclusion()
    clause = d.clauses[2]
    whole = d.text[clause.start : clause.end].rstrip()
    first, second = whole.split(". Lập")
    for quote, shown in (
        (whole, whole),
        (first + ".", f"{first}. […]"),
        ("Lập" + second, f"[…] Lập{second}"),
    ):
        start = d.text.index(quote)
        found = Answer(question="?", status=Status.ANSWERED, passages=(passage_of(d, start, start + len(quote)),))
        assert styled(taken(render.answer(found, {document_id(d): d}.get, "vi")), "blockquote") == [shown]


def test_a_clause_quoted_without_its_sub_clauses_is_a_cut() -> None:
    d = conclusion()
    clause = d.clauses[1]
    quote = d.text[clause.start : clause.end].rstrip()
    found = Answer(
        question="?", status=Status.ANSWERED, passages=(passage_of(d, clause.start, clause.start + len(quote)),)
    )
    screen = render.answer(found, {document_id(d): d}.get, "vi")
    assert styled(taken(screen), "blockquote") == [f"{quote} […]"]
    assert screen.rows[0][0].action == ShowClause(document_id(d), clause.start, 0, 0)


def test_a_long_quote_is_folded_and_the_answering_sentence_is_in_sight() -> None:
    text = "1. " + "Một câu khá dài để lấp đầy trang giấy này. " * 200 + "Câu trả lời ở cuối."
    d = Directive(
        file="a.txt",
        sha256="0" * 64,
        text=text,
        trust=Trust.SCAN,
        clauses=(Clause(path="1", start=0, end=len(text), whole_end=len(text)),),
        paragraphs=(Paragraph(start=0, end=len(text), part=Part.CLAUSE, clause="1"),),
    )
    at = text.index("Câu trả lời")
    found = Answer(question="?", status=Status.ANSWERED, passages=(passage_of(d, 0, len(text), (at, len(text))),))
    parsed = taken(render.answer(found, {document_id(d): d}.get, "vi"))
    [quote] = styled(parsed, "expandable_blockquote")
    assert quote.startswith("[…] Một câu khá dài")
    assert quote.endswith("giấy này. Câu trả lời ở cuối.")
    assert "Câu trả lời ở cuối." in styled(parsed, "bold")
    assert "có thể sai" in parsed.text


@pytest.mark.parametrize("file", STARTER, ids=[p.stem for p in STARTER])
def test_starter_documents_are_shown_whole_without_what_is_not_theirs(file: Path) -> None:
    [d] = parse_file(file)
    id, seen, page = document_id(d), "", 0
    while True:
        screen = render.whole(id, d, ShowDocument(id, page), "vi")
        seen += styled(taken(screen), "blockquote")[0]
        page += 1
        if ShowDocument(id, page) not in [b.action for row in screen.rows for b in row]:
            break
    for furniture in ("Gửi cho bạn bè", "Thứ Tư, 15/1/2025", "Xem nhiều nhất", "date 2021-", "**", "<u>"):
        assert furniture not in seen
    for clause in d.clauses:
        shown = taken(render.clause(id, d, ShowClause(id, clause.start), "vi") or Screen(""))
        assert styled(shown, "blockquote")[0].startswith(d.shown(clause.start, clause.end).strip()[:40])


def test_what_comes_from_a_document_is_escaped() -> None:
    d = conclusion(number="<b>1</b>", issuer="A & <i>B")
    found = Answer(question="?", status=Status.ANSWERED, passages=(passage_of(d, 0, 60),))
    assert "<b>1</b> ngày 05/02/2024 của A & <i>B" in taken(render.answer(found, {document_id(d): d}.get, "vi")).text


def test_the_page_of_a_scan_is_named() -> None:
    d = conclusion(trust=Trust.SCAN)
    p = passage_of(d, 0, 60)
    p = p.model_copy(update={"citation": p.citation.model_copy(update={"page": 3})})
    text = taken(render.answer(Answer(question="?", status=Status.ANSWERED, passages=(p,)), lambda _: None, "vi")).text
    assert text.endswith("Bản quét, chữ do máy nhận dạng, có thể sai, trang 3")
