"""The name of a file that came from outside, made harmless: it is shown to people and given to no shell or folder."""

from __future__ import annotations

import re
import unicodedata

MOST = 100  # characters
BYTES = 200  # file systems take 255
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+')


def safe_name(name: str | None, default: str) -> str:
    """A base name of one line, without separators, control or direction marks; `default` where nothing is left."""
    said = unicodedata.normalize("NFC", (name or "").encode("utf-8", "ignore").decode())
    clean = " ".join(_UNSAFE.sub("_", said).split()).lstrip(".-~ ").rstrip(". ")
    stem, dot, ending = clean.rpartition(".")
    if not dot or not re.fullmatch(r"\w{1,5}", ending):
        stem, ending = clean, ""
    most = MOST - len(ending) - 1
    stem = stem[:most]
    while len(stem.encode()) > BYTES - 6:
        stem = stem[:-1]
    return (f"{stem.strip()}.{ending}" if ending else stem.strip()) if stem.strip("_ ") else default
