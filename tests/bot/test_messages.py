"""Both languages say the same things, every message is used, every code has its words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bot.messages import html, language_of, placeholders, table, text
from corpus.model import Part, Trust
from retrieval.lexicon import load_lexicon
from tests.fakes.telegram_html import parse_html

ROOT = Path(__file__).parents[2]
SOURCES = [p for room in ("bot", "retrieval", "corpus", "embeddings") for p in (ROOT / room).rglob("*.py")]
# Keys that are put together from data at run time.
COMPUTED = {
    "trust": {t.value for t in Trust} | {"page"},
    "part": {p.value for p in Part} - {"clause", "body", "furniture"},
}
WITH_MARKUP = (
    "start.",
    "help.",
    "status.",
    "browse.",
    "roles.",
    "private.",
    "upload.",
    "draft.",
    "undo.",
    "validity.",
    "own_data.",
    "picture.",
    "stats.",
)


def strings() -> set[str]:
    return {
        node.value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def note_codes() -> set[str]:
    """Codes of the notes the engine gives: Note(code="…") and what answer.py documents."""
    said = (ROOT / "retrieval" / "answer.py").read_text("utf-8")
    documented = re.search(
        r'"code` names a message in bot/messages; `params` fill it\.\s+(.*?)"""', said.replace("`code", '"code'), re.S
    )
    assert documented
    codes = {part.split()[0] for part in re.sub(r"\(.*?\)", "", documented[1]).split("·")}
    # Small talk is a note of its own kind each, but for "ok", which asks nothing.
    codes |= set(load_lexicon(Path("no-lexicon-of-an-operator")).smalltalk) - {"ok"}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Note":
                for k in node.keywords:
                    if k.arg == "code" and isinstance(k.value, ast.Constant):
                        codes.add(str(k.value.value))
    return codes


def test_both_languages_have_the_same_messages() -> None:
    assert table("vi").keys() == table("en").keys()


@pytest.mark.parametrize("key", sorted(table("vi")))
def test_a_message_has_the_same_places_to_fill_in_both_languages(key: str) -> None:
    assert placeholders(table("vi")[key]) == placeholders(table("en")[key])


def test_no_key_is_in_two_files() -> None:
    for lang in ("vi", "en"):
        counts: dict[str, int] = {}
        section = ""
        for path in sorted((ROOT / "bot" / "messages").glob(f"*{lang}.toml")):
            for line in path.read_text("utf-8").splitlines():
                if m := re.fullmatch(r"\[([\w.]+)\]", line):
                    section = m[1]
                elif m := re.match(r"(\w+) = ", line):
                    key = f"{section}.{m[1]}"
                    counts[key] = counts.get(key, 0) + 1
        assert {k for k, n in counts.items() if n > 1} == set()


def test_every_message_is_said_somewhere() -> None:
    said = strings()
    prefixes = {s for s in said if s.endswith(".") and len(s) > 1}
    unused = {k for k in table("vi") if k not in said and not any(k.startswith(p) for p in prefixes)}
    assert unused == set()


def test_every_note_has_its_words() -> None:
    missing = {c for c in note_codes() if f"note.{c}" not in table("vi")}
    assert missing == set()


def test_every_mark_and_part_has_its_words() -> None:
    for section, names in COMPUTED.items():
        assert {k.partition(".")[2] for k in table("vi") if k.startswith(f"{section}.")} == names


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_markup_stands_only_where_messages_are_html(lang: str) -> None:
    for key, line in table(lang).items():
        if key.startswith(WITH_MARKUP):
            parse_html(line.format_map(dict.fromkeys(placeholders(line), "x")))
        elif not key.startswith(("cli.", "doctor.", "reason.", "error.")):
            assert not set("<>&") & set(line), key


def test_what_is_filled_in_is_escaped_in_html_and_not_in_text() -> None:
    assert text("vi", "note.no_document", number="<1&2>") == "Văn bản số <1&2> không có trong thư viện."
    assert html("vi", "note.no_document", number="<1&2>") == "Văn bản số &lt;1&amp;2&gt; không có trong thư viện."


def test_filled_in_text_is_not_read_as_a_place_to_fill() -> None:
    assert text("vi", "note.no_document", number="{number}{0}") == "Văn bản số {number}{0} không có trong thư viện."


@pytest.mark.parametrize(
    ("code", "language"),
    [("vi", "vi"), ("vi-VN", "vi"), ("en", "en"), ("en-US", "en"), ("fr", "en"), (None, "vi"), ("", "vi")],
)
def test_the_language_of_a_person(code: str | None, language: str) -> None:
    assert language_of(code, "vi") == language
