"""Vietnamese before Unicode: text whose letters are those of a font (TCVN3 ".VnTime", VNI) or read by a wrong table.

Every function takes and gives `str`. A legacy letter is met as the Windows-1252 or Latin-1 character of its byte,
which is how Word, browsers and PDF programs hand over text in such a font. Tables: TCVN 5712:1993 (VN3) and the VNI
for Windows layout.
"""

from __future__ import annotations

import re
import unicodedata

from corpus.extract.likeness import likeness, sample

# Code (as the Windows-1252 character of its byte) to letter.
TCVN3 = dict(
    zip(
        "¡¢£¤¥¦§¨©ª«¬\xad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
_TCVN3_TABLE = str.maketrans(TCVN3)
_TCVN3_CHARS = frozenset(TCVN3)

_GRAVE, _ACUTE, _TILDE, _HOOK, _DOT = "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"
_CIRCUMFLEX, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"
# VNI writes the bare vowel and then one letter that stands for its mark and tone.
_VNI_MARKS = {
    "ù": _ACUTE, "ø": _GRAVE, "û": _HOOK, "õ": _TILDE, "ï": _DOT,
    "â": _CIRCUMFLEX, "á": _CIRCUMFLEX + _ACUTE, "à": _CIRCUMFLEX + _GRAVE, "å": _CIRCUMFLEX + _HOOK,
    "ã": _CIRCUMFLEX + _TILDE, "ä": _CIRCUMFLEX + _DOT,
    "ê": _BREVE, "é": _BREVE + _ACUTE, "è": _BREVE + _GRAVE, "ú": _BREVE + _HOOK, "ü": _BREVE + _TILDE,
    "ë": _BREVE + _DOT,
}  # fmt: skip
_VNI_TONES = "ùøûõï"
_VNI_CIRCUMFLEX = "âáàåãä"
_VNI_BREVE = "êéèúüë"
_VNI_SINGLE = {"ô": "o" + _HORN, "ö": "u" + _HORN, "ñ": "đ", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}


def _vni_pairs() -> dict[str, str]:
    """All VNI letters of one or two characters, in both cases; a capital vowel also takes a small mark."""
    pairs = dict(_VNI_SINGLE)
    for vowel in "aeouy":
        marks = _VNI_TONES + (_VNI_CIRCUMFLEX if vowel in "aeo" else "") + (_VNI_BREVE if vowel == "a" else "")
        pairs |= {vowel + mark: vowel + _VNI_MARKS[mark] for mark in marks}
    for horned, base in (("ô", "o"), ("ö", "u")):
        pairs |= {horned + mark: base + _HORN + _VNI_MARKS[mark] for mark in _VNI_TONES}
    both = dict(pairs)
    for code, letter in pairs.items():
        both[code.upper()] = letter.upper()
        both[code[0].upper() + code[1:]] = letter[0].upper() + letter[1:]
    return {code: unicodedata.normalize("NFC", letter) for code, letter in both.items()}


VNI = _vni_pairs()  # code of one or two characters to letter
_VNI_PATTERN = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))
_WORD = re.compile(r"\S+")

# A text is taken for a legacy one only when it is poor Vietnamese as it stands and good Vietnamese when turned.
_POOR, _GOOD = 0.6, 0.85
_MIN_MARKED = 4


def from_tcvn3(text: str) -> str:
    """Unicode for TCVN3 text. The table has no capitals with tones (they are a font's, .VnTimeH): a word or line
    whose plain letters are all capitals is taken to be capitals throughout."""
    return "\n".join(map(_tcvn3_line, text.split("\n")))


def from_vni(text: str) -> str:
    """Unicode for VNI text."""
    return _VNI_PATTERN.sub(lambda m: VNI[m.group()], text)


def from_double_utf8(text: str) -> str | None:
    """The text whose UTF-8 bytes were once read as Windows-1252, or None when `text` is no such thing."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        pass
    try:  # programs that keep C1 controls where Windows-1252 has holes
        return b"".join(_cp1252_or_latin1(c) for c in text).decode("utf-8")
    except UnicodeError:
        return None


def repair(text: str) -> tuple[str, str | None]:
    """(text in Unicode letters, name of the legacy form it was in or None). Clean text comes back unchanged.

    Decided over a sample of the text; then only the lines that gain by it are turned, so that a Unicode line among
    legacy ones stays as it is.
    """
    if text.isascii():
        return text, None
    before = likeness(sample(text))
    if before.marked < _MIN_MARKED or before.share >= _POOR:
        return text, None
    best, name = text, None
    best_share = max(_GOOD, before.share)
    for form, turned in _readings(text):
        share = likeness(sample(turned)).share
        if share > best_share:
            best, name, best_share = turned, form, share
    if name is None or name == "utf8-as-cp1252":
        return best, name
    lines = zip(text.split("\n"), best.split("\n"), strict=True)
    return "\n".join(new if _gains(old, new) else old for old, new in lines), name


def by_font(text: str, font: str | None) -> str:
    """Unicode for the text of a run in `font`: fonts named .Vn… hold TCVN3, VNI-… VNI; others are left alone.

    A font's name is a claim, not a proof: text retyped in Unicode keeps the old name, and is left alone too.
    """
    if font is None or (text.isascii() and not font.startswith(".Vn")):
        return text
    if font.startswith(".Vn"):
        turned = from_tcvn3(text) if set(text) & _TCVN3_CHARS and _gains(text, from_tcvn3(text)) else text
        return turned.upper() if font.endswith("H") else turned
    if font.upper().startswith("VNI"):
        turned = from_vni(text)
        return turned if _gains(text, turned) else text
    return text


def _readings(text: str) -> list[tuple[str, str]]:
    readings = [("tcvn3", from_tcvn3(text)), ("vni", from_vni(text))]
    double = from_double_utf8(text)
    return [*readings, ("utf8-as-cp1252", double)] if double is not None else readings


def _gains(old: str, new: str) -> bool:
    return old != new and likeness(new).share >= likeness(old).share


def _tcvn3_line(line: str) -> str:
    if line.isascii():
        return line
    turned = line.translate(_TCVN3_TABLE)
    capitals = sum("A" <= c <= "Z" for c in line)
    if capitals > 1 and not any("a" <= c <= "z" for c in line):
        return turned.upper()

    def word(match: re.Match[str]) -> str:
        old = line[match.start() : match.end()]
        big = sum("A" <= c <= "Z" for c in old)
        return match.group().upper() if big > 1 and not any("a" <= c <= "z" for c in old) else match.group()

    return _WORD.sub(word, turned)


def _cp1252_or_latin1(char: str) -> bytes:
    try:
        return char.encode("cp1252")
    except UnicodeEncodeError:
        return char.encode("latin-1")
