"""An Answer as the JSON of the command line's contract."""

from __future__ import annotations

from typing import Any

from bot.citation import cite
from bot.render import Fetch, note_text
from retrieval.answer import Answer, Passage


def answer_json(answer: Answer, language: str, fetch: Fetch) -> dict[str, Any]:
    """`{question, status, passages, note}` of the contract, with note_code, choices and question_read added."""
    return {
        "question": answer.question,
        "status": answer.status.value,
        "passages": [_passage_json(p, language) for p in answer.passages],
        "note": note_text(answer.note, language, fetch) if answer.note else None,
        "note_code": answer.note.code if answer.note else None,
        "choices": [c.model_dump(mode="json") for c in answer.choices],
        "question_read": answer.question_read,
    }


def _passage_json(p: Passage, language: str) -> dict[str, Any]:
    c = p.citation
    return {
        "file": c.file,
        "document": c.number,
        "clause": c.clause,
        "paragraph": c.paragraph,
        "page": c.page,
        "citation": cite(c, language),
        "quote": p.quote,
        "shown": p.shown,
        "start": p.start,
        "end": p.end,
        "score": round(p.score, 6),
        "trust": c.trust.value,
    }
