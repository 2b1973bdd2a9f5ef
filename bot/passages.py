"""The words that stand at a place in a document, as a passage to quote."""

from __future__ import annotations

from bot.render import citation_of
from corpus.model import Directive, Part
from retrieval.answer import Answer, Passage, Status


def passage_at(id: str, d: Directive, start: int) -> Passage | None:
    """The clause (with all below it) that begins at character `start`, else the paragraph `start` is in; None where
    there is neither."""
    clause = next((c for c in d.clauses if c.start == start), None)
    if clause:
        citation, end = citation_of(id, d, clause.path), clause.whole_end
    else:
        found = next((p for p in d.paragraphs if p.start <= start < p.end and p.part is not Part.FURNITURE), None)
        if found is None:
            return None
        where = {"clause": found.clause, "paragraph": found.number, "part": found.part}
        citation, start, end = citation_of(id, d).model_copy(update=where), found.start, found.end
    quote, shown = d.text[start:end], d.shown(start, end)
    if not shown.strip():
        return None
    return Passage(citation=citation, quote=quote, shown=shown, start=start, end=end, emphasis=None, score=1.0)


def answer_at(id: str, d: Directive, start: int) -> Answer:
    """The same as an answer: NONE where nothing stands there."""
    found = passage_at(id, d, start)
    return Answer(question="", status=Status.ANSWERED if found else Status.NONE, passages=(found,) if found else ())
