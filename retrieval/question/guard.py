"""What is no question to a library: greetings and thanks, nothing at all, a paste, code, an attempt to give orders."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from retrieval.tokens import fold, syllables

MOST_CHARACTERS = 1000
MOST_SMALL, MOST_BESIDE = 12, 5  # words of a message that may be small talk, and beside a phrase of it
# What people put around a greeting without changing what it is.
_POLITE = frozenset(
    [
        "a",
        "nhe",
        "nha",
        "nhi",
        "oi",
        "ban",
        "bot",
        "em",
        "anh",
        "chi",
        "bac",
        "co",
        "chu",
        "ad",
        "admin",
        "moi",
        "nguoi",
        "dong",
        "chi",
        "cac",
        "rat",
        "nhieu",
        "day",
        "vay",
        "the",
        "minh",
        "toi",
        "ca",
        "nghen",
        "nghe",
        "hen",
        "hong",
        "khong",
        "khoe",
        "nay",
        "hom",
        "qua",
        "troi",
        "luon",
        "do",
        "da",
        "u",
        "ne",
        "ta",
        "tui",
        "con",
        "chau",
        "lam",
        "gioi",
    ]
)
_CODE = re.compile(
    r"""(?ix)
    \b(?:select\s.+\sfrom|insert\s+into|drop\s+(?:table|database)|delete\s+from|update\s+\w+\s+set|union\s+(?:all\s+)?select|
        alter\s+table|exec\s*\(|xp_cmdshell)\b
    | '\s*(?:or|and)\s+'?\d+'?\s*=\s*'?\d+ | ;\s*--
    | <\s*/?\s*(?:script|img|iframe|svg|html|body|a|b|div|style|object|input)\b[^>]*>?
    | \bon(?:error|load|click)\s*= | javascript:
    | \{\{.*\}\} | \$\{.*\} | \.\./\.\./ | /etc/passwd | \brm\s+-rf\b | \bimport\s+os\b | __\w+__ | <\?php
    """
)
_ORDERS = re.compile(
    r"(?i)\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|prompts?|rules|above|previous)\b"
    r"|\b(?:system\s+prompt|jailbreak|developer\s+mode|DAN\s+mode|act\s+as|pretend\s+to\s+be|you\s+are\s+now)\b"
)
_ORDERS_FOLDED = re.compile(
    r"\b(?:bo qua|quen(?: di)?|phot lo|lo di|khong (?:can )?tuan theo)\b.{0,40}"
    r"\b(?:huong dan|chi dan|lenh|chi thi|quy tac|cau lenh)\b.{0,20}"
    r"\b(?:truoc|tren|cu|ban dau|he thong)\b"
    r"|\b(?:dong vai|gia vo|hay tro thanh)\b|\b(?:loi nhac|cau lenh|prompt) he thong\b"
)


def no_question(text: str, smalltalk: Mapping[str, frozenset[str]]) -> str | None:
    """The code of the note that answers `text`, None when it is a question worth searching for."""
    if len(text) > MOST_CHARACTERS:
        return "too_long"
    bare = unicodedata.normalize("NFKC", text)
    if not any(c.isalnum() for c in bare):
        return "empty" if not bare.strip() else "not_a_question"
    if _CODE.search(bare) or _ORDERS.search(bare) or _ORDERS_FOLDED.search(fold(bare)):
        return "not_a_question"
    words = syllables(fold(bare))
    if not words:
        return "not_a_question"
    code = _small(words, smalltalk)
    if code is not None:
        return {"ok": "not_a_question"}.get(code, code)
    letters = sum(len(w) for w in words if w.isalpha())
    if letters == 0:
        return None if len(words) <= 4 and any(len(w) >= 2 for w in words) else "not_a_question"
    if len(set(words)) == 1 and len(words) > 3:
        return "not_a_question"
    return None


def _small(words: list[str], smalltalk: Mapping[str, frozenset[str]]) -> str | None:
    """The code of a message that is nothing but greetings, thanks and the like, and politeness around them."""
    if len(words) > MOST_SMALL:
        return None
    whole = " ".join(words)
    for code, phrases in smalltalk.items():
        if whole in phrases:
            return code
    for code, phrases in smalltalk.items():
        if code == "ok" and len(words) > 3:
            continue
        for phrase in sorted(phrases, key=len, reverse=True):
            said = phrase.split()
            for at in range(len(words) - len(said) + 1):
                around = (words[:at], words[at + len(said) :])
                if words[at : at + len(said)] == said and all(_idle(side, smalltalk) for side in around):
                    return code
    return None


def _idle(words: list[str], smalltalk: Mapping[str, frozenset[str]]) -> bool:
    return all(w in _POLITE for w in words) or (len(words) <= MOST_BESIDE and _small(words, smalltalk) is not None)
