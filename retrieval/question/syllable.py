"""What a Vietnamese syllable can be, and what an input method's keys would have made of it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ONSETS = "ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|b|c|d|g|h|k|l|m|n|p|r|s|t|v|x|"
# Rhymes without marks (a for ă and â, e for ê, o for ô and ơ, u for ư).
_RHYMES = (
    "a|ac|ach|ai|am|an|ang|anh|ao|ap|at|au|ay|e|ec|ech|em|en|eng|enh|eo|ep|et|eu|i|ia|ich|iec|iem|ien|ieng|iep|iet|ieu|"
    "im|in|inh|ip|it|iu|o|oa|oac|oach|oai|oam|oan|oang|oanh|oao|oap|oat|oay|oc|oe|oen|oeo|oet|oi|om|on|ong|ooc|oong|op|ot|"
    "u|ua|uan|uang|uat|uay|uc|ue|uech|uenh|ui|um|un|ung|uo|uoc|uoi|uom|uon|uong|uop|uot|uou|up|ut|uu|uy|uya|uych|uyen|uyet|"
    "uynh|uyt|uyu|y|ych|yem|yen|yet|yeu|ynh|yt|uau|uac|uam|uenh|uit|uyn"
)
_SYLLABLE = re.compile(rf"(?:{_ONSETS})(?:{_RHYMES})")


def is_syllable(folded: str) -> bool:
    """True for letters without marks that a Vietnamese syllable can have (`nghiem`, not `nghem` or `vacine`)."""
    return _SYLLABLE.fullmatch(folded) is not None


_BARE_RHYME = re.compile(r"[iy]e(?=[cmnptu])|u[oơ](?=[cimnptu])|ưo(?=[cimnptu])")


@lru_cache(maxsize=50_000)
def is_spelled(word: str) -> bool:
    """True for a lower-case syllable with its marks where they belong (`nghiệm`, `phở`; not `nghịem`, `phuơng`)."""
    letters, tone = "", ""
    for c in unicodedata.normalize("NFD", word):
        if c in _TONES:
            tone += c
        else:
            letters += c
    letters = unicodedata.normalize("NFC", letters)
    plain = "".join(c for c in unicodedata.normalize("NFD", letters) if not unicodedata.combining(c)).replace("đ", "d")
    if len(tone) > 1 or not is_syllable(plain) or _BARE_RHYME.search(letters):
        return False
    if not tone:
        return True
    places = {_tone_place(letters), *_other_place(letters)}
    return any(p is not None and _with_tone(letters, p, tone) == word for p in places)


def _with_tone(letters: str, at: int, tone: str) -> str:
    return unicodedata.normalize("NFC", letters[: at + 1] + tone + letters[at + 1 :])


def _other_place(letters: str) -> list[int]:
    # hoà beside hòa.
    return [len(letters) - 1] if re.search(r"(?:oa|oe|uy)$", letters) else []


_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_TONE = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_DOUBLE = (
    ("uow", "ươ"),
    ("uwo", "ươ"),
    ("aa", "â"),
    ("ee", "ê"),
    ("oo", "ô"),
    ("dd", "đ"),
    ("aw", "ă"),
    ("ow", "ơ"),
    ("uw", "ư"),
)
_VOWELS = "aăâeêioôơuưy"


def telex(word: str) -> str | None:
    """The syllable that telex keys spell (`ddichj`, `nuooi`), None when they spell none."""
    if not word.isascii() or not word.isalpha():
        return None
    tone, letters = None, word
    # The tone key comes last, or straight after the vowel it marks.
    m = re.search(r"(?<=[aeiouyw])[sfrxj](?=[a-z]?[a-z]?$)", letters[1:])
    if m:
        at = m.start() + 1
        rest = letters[:at] + letters[at + 1 :]
        if rest[at:] in ("", "n", "m", "t", "c", "p", "ng", "nh", "ch", "i", "o", "u", "y", "a", "w", "e"):
            tone, letters = letters[at], rest
    if tone is None and len(letters) > 2 and letters[-1] in _TONE:
        tone, letters = letters[-1], letters[:-1]
    changed = letters
    for keys, letter in _DOUBLE:
        changed = changed.replace(keys, letter)
    if changed.endswith("w"):
        # The horn typed at the very end: `truongw`.
        changed = re.sub("uo(?=[^o]*w$)", "ươ", changed)[:-1] if "uo" in changed else changed
    if tone is None and changed == word:
        return None
    if tone:
        spot = _tone_place(changed)
        if spot is None:
            return None
        changed = changed[: spot + 1] + _TONE[tone] + changed[spot + 1 :]
    return unicodedata.normalize("NFC", changed)


def _tone_place(word: str) -> int | None:
    start = 2 if word.startswith(("qu", "gi")) and len(word) > 2 and word[2] in _VOWELS else 0
    vowels = [i for i, c in enumerate(word) if c in _VOWELS and i >= start]
    if not vowels:
        return None
    for i in reversed(vowels):
        if word[i] in "ăâêôơư":
            return i
    if len(vowels) == 1:
        return vowels[0]
    if len(vowels) == 3 or vowels[-1] < len(word) - 1:
        return vowels[1]
    return vowels[0]
