"""What a document's own words do to other documents: replace them, end them, amend them. Proposals for a person to
confirm, found by the wording that decrees ask for (Nghị định 34/2016/NĐ-CP, Điều 54 and below); nothing more."""

from __future__ import annotations

import re
from enum import StrEnum

from corpus.model import Directive, Frozen, Part
from corpus.text import fold_same, sentences


class Effect(StrEnum):
    """What became of an older document."""

    REPLACED = "replaced"
    ENDED = "ended"  # no longer in force, without another in its place
    AMENDED = "amended"


class Statement(Frozen):
    """`text[start:end]` says this of the document with this number."""

    effect: Effect
    number: str
    start: int
    end: int


_STRENGTH = (Effect.REPLACED, Effect.ENDED, Effect.AMENDED)  # where one document says several things of another
_LONGEST = 600  # characters between the verb and the number: a list of documents may stand between
_VERB = re.compile(r"\b(?P<replace>thay the)\b|\b(?P<end>bai bo|huy bo)\b|\b(?P<amend>sua doi)\b")
# Who does it: the paper itself ("Quyết định này … thay thế"), or nobody named, where a provision or a title begins.
_SELF = re.compile(
    r"(?:[\W\d]|dieu \d|khoan \d|\b[a-z]\)|\b(?:ve|viec|v/v)\b)*$|.*\bnay\b(?!.*\b(?:so|do)\b)", re.DOTALL
)
# "được sửa đổi bởi …", "đề nghị thay thế": told of, not done.
_TOLD = re.compile(r"\b(?:duoc|bi|da|khi|neu|de xuat|de nghi|nghien cuu|ra soat|chua)(?: [a-z]+)? $")
_BY = re.compile(r"\b(?:theo|tai|boi|can cu)\b")
_PARTLY = re.compile(r"\b(?:dieu \d|khoan \d|diem [a-z]\b|muc \d|phu luc|cum tu|mot so|doan|chuong)")
_ENDS = re.compile(r"[^.]{0,400}?\bhet hieu luc\b")
# A number is named itself, or in a list of such; "về thực hiện Nghị quyết số …" names what the one before it is about.
_NAMED = re.compile(
    r"(?:^\W*(?:dieu \d+[a-z]?\b|[a-z]\))?|[;,:(]|\b(?:va|cung|cac|toan bo|mot phan))[\W\d]*(?P<kind>[a-z \n]{0,60})$"
)
_ABOUT = re.compile(r"\b(?:thuc hien|huong dan|trien khai|cua|ve|theo|tai|thi hanh)\b")
_NUMBER = re.compile(r"\d{1,5}\s?(?:/\s?\d{4}\s?)?[/-]\s?[a-z]{1,}")
_ASIDE = (Part.PREAMBLE, Part.FURNITURE, Part.NOTE, Part.STAMP, Part.RECIPIENTS, Part.SIGNATURE)
_NOT_YET = re.compile(r"\b(?:truoc|den|sau|khong|chua|neu|khi)\b[^,;]{0,40}$")


def find_effects(d: Directive) -> tuple[Statement, ...]:
    """What the document says it does, one statement a number, in reading order. What a publisher wrote between square
    brackets is not the document's."""
    own: dict[str, Statement] = {}
    spans = [s for p in d.paragraphs if p.part not in _ASIDE for s in sentences(d.text, p.start, p.end)]
    at = 0
    for r in d.references:
        while at < len(spans) and spans[at][1] <= r.start:
            at += 1
        if at == len(spans) or not spans[at][0] <= r.start:
            continue
        start, end = spans[at]
        effect = _effect(fold_same(d.text[start : r.start]), fold_same(d.text[r.end : end]), r.clause is not None)
        if effect is None:
            continue
        before = own.get(r.number)
        if before is None or _STRENGTH.index(effect) < _STRENGTH.index(before.effect):
            own[r.number] = Statement(effect=effect, number=r.number, start=start, end=end)
    return tuple(sorted(own.values(), key=lambda s: s.start))


def _its_own(lead: str) -> bool:
    return bool(_SELF.match(lead)) and not _TOLD.search(lead)


def _effect(before: str, after: str, of_clause: bool) -> Effect | None:
    if before.count("[") > before.count("]"):
        return None
    verbs = [m for m in _VERB.finditer(before) if _its_own(before[: m.start()])]
    if verbs:
        last = verbs[-1]
        between = before[last.end() :]
        if len(between) <= _LONGEST and not _BY.search(between) and _is_meant(between):
            partly = of_clause or bool(_PARTLY.search(between))
            if last["amend"] or partly:
                return Effect.AMENDED
            return Effect.REPLACED if last["replace"] else Effect.ENDED
    ends = _ENDS.match(after)
    if ends and not _NOT_YET.search(ends[0].removesuffix("het hieu luc")) and _is_listed(before):
        return Effect.AMENDED if of_clause else Effect.ENDED
    return None


def _is_meant(between: str) -> bool:
    """Does the verb mean this number: the first after it, or one of a list?"""
    return not _NUMBER.search(between) or _is_listed(between)


def _is_listed(before: str) -> bool:
    named = _NAMED.search(before)
    return named is not None and not _ABOUT.search(named["kind"])
