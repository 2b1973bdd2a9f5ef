"""What became of a document never makes a message too long, whatever the documents are called."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot import render
from bot.callback import ShowClause, ShowDocument
from bot.markup import MAX_TEXT
from bot.standing import Newer
from corpus.effects import Effect
from corpus.library import DocumentInfo, document_id
from corpus.model import Trust
from retrieval.answer import Answer, Citation, Passage, Status
from tests.fakes.engine import conclusion
from tests.fakes.telegram_html import parse_html, utf16

names = st.text(max_size=400)
ADDED = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def info(number: str, issuer: str, title: str) -> DocumentInfo:
    return DocumentInfo(
        seq=1, id="0" * 16, file="a.txt", sha256="0", number=number, type="Kết luận", issuer=issuer, date=ADDED.date(),
        month=None, title=title, signer=None, trust=Trust.OFFICIAL, added=ADDED,
    )  # fmt: skip


newer = st.builds(Newer, st.sampled_from(Effect), st.builds(info, names, names, names))


@settings(max_examples=40, deadline=None)
@given(st.lists(newer, max_size=6), st.integers(1, 60), st.text(max_size=300))
def test_every_screen_keeps_within_one_message(marks: list[Newer], times: int, above: str) -> None:
    d = conclusion()
    longer = d.model_copy(
        update={"text": d.text.replace("củng cố.", "củng cố. " + "Kiểm tra thường xuyên. " * 9 * times)}
    )
    grown = len(longer.text) - len(d.text)
    first = d.clauses[0]
    clause = replace(first, end=first.end + grown, whole_end=first.whole_end + grown)
    d = longer.model_copy(update={"clauses": (clause,), "paragraphs": ()})
    id = document_id(d)
    quote = d.text[clause.start : clause.whole_end]
    citation = Citation.of(d, id, clause=clause.path, part=render.Part.CLAUSE)
    passage = Passage(
        citation=citation, quote=quote, shown=quote, start=clause.start, end=clause.whole_end, emphasis=None, score=1.0
    )
    found = Answer(question="?", status=Status.ANSWERED, passages=(passage,))
    screens = [
        render.answer(
            found, {id: d}.get, "vi", bot="trichdan_bot", standing=lambda _: marks, above=render.escape(above)
        ),
        render.clause(id, d, ShowClause(id, clause.start), "vi", "bot_a", lambda _: marks),
        render.whole(id, d, ShowDocument(id), "vi", lambda _: marks),
    ]
    for screen in screens:
        assert screen
        assert utf16(parse_html(screen.html).text) <= MAX_TEXT
