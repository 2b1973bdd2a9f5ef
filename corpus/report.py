"""A read document as plain data: what ``trichdan parse --json`` prints."""

from __future__ import annotations

from typing import Any

from corpus.model import Directive, Part


def directive_json(d: Directive) -> dict[str, Any]:
    """One document as the command line prints it. `text` of a clause is its own text, as in the source."""
    return {
        "file": d.file,
        "number": d.number,
        "type": d.type,
        "issuer": d.issuer,
        "date": d.date.isoformat() if d.date else None,
        "month": d.month,
        "title": d.title,
        "signer": d.signer,
        "trust": d.trust.value,
        "received": [_stamp(s.number, s.date, s.by) for s in d.received],
        "copies": [_stamp(s.number, s.date, s.by) for s in d.copies],
        "references": list(dict.fromkeys(r.number for r in d.references)),
        "clauses": [
            {"path": c.path, "text": d.text[c.start : c.end], "start": c.start, "end": c.end} for c in d.clauses
        ],
        "boilerplate": [
            line.strip()
            for p in d.paragraphs
            if p.part is Part.FURNITURE
            for line in d.text[p.start : p.end].split("\n")
            if line.strip()
        ],
        "warnings": [{"code": w.code, "line": w.line, "detail": w.detail} for w in d.warnings],
    }


def _stamp(number: str | None, date: Any, by: str | None) -> dict[str, str | None]:
    return {"number": number, "date": date.isoformat() if date else None, "by": by}
