"""How much a text looks like Vietnamese: the measure by which a wrong reading of bytes is told from the right one.

A written Vietnamese syllable is an initial consonant, a rhyme and a tone, and the rhymes are a closed list of about
160. Bytes read by the wrong table give letters with marks that stand together in no syllable.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_INITIALS = "ngh|ch|gh|gi|kh|ng|nh|ph|qu|th|tr|[bcdđghklmnpqrstvx]"
_RHYMES = """
a ac ach ai am an ang anh ao ap at au ay ă ăc ăm ăn ăng ăp ăt â âc âm ân âng âp ât âu ây
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu êng
i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot
ô ôc ôi ôm ôn ông ôp ôt ôông ơ ơi ơm ơn ơp ơt
u ua uân uâng uât uây uc uê uêch uênh ui um un ung uơ up ut uy uya uych uyn uynh uyên uyêt uyt uyu uôc uôi uôm uôn uông
uôt ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu
y yêm yên yêng yêt yêu
"""
_SYLLABLE = re.compile(rf"(?:{_INITIALS})?(?:{'|'.join(_RHYMES.split())})")
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_STOPPED = ("c", "ch", "p", "t")
_STOP_TONES = frozenset("\u0301\u0323")
_SPLIT = re.compile(r"[\s!-@\[-`{-~–—“”‘’…•]+")


@dataclass(frozen=True)
class Likeness:
    """Counts over the words that have a letter outside ASCII (only they tell one table from another)."""

    marked: int
    valid: int

    @property
    def share(self) -> float:
        """Valid marked words among all marked words, 0 to 1; 0 when there is none."""
        return self.valid / self.marked if self.marked else 0.0


@lru_cache(maxsize=1 << 14)
def is_syllable(word: str) -> bool:
    """Whether a word (any case, NFC or NFD) is a possible Vietnamese syllable, with its tone in a possible place."""
    letters = unicodedata.normalize("NFD", word.lower())
    tones = [c for c in letters if c in _TONES]
    if len(tones) > 1:
        return False
    plain = unicodedata.normalize("NFC", "".join(c for c in letters if c not in _TONES))
    if not _SYLLABLE.fullmatch(plain):
        return False
    return not tones or not plain.endswith(_STOPPED) or tones[0] in _STOP_TONES


def likeness(text: str) -> Likeness:
    """Counts the words of `text` that carry marks, and those of them that can be Vietnamese."""
    words = [word for word in _SPLIT.split(text) if not word.isascii()]
    return Likeness(len(words), sum(map(is_syllable, words)))


def sample(text: str, size: int = 6_000, parts: int = 3) -> str:
    """`parts` stretches spread over a long text (beginning and end among them); the whole of a short one."""
    if len(text) <= size * parts:
        return text
    step = (len(text) - size) // (parts - 1)
    return "\n".join(text[i * step : i * step + size] for i in range(parts))
