"""Names of files from outside are made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.file_names import MOST, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Kết luận 07.docx", "Kết luận 07.docx"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\tệp\\a.pdf", "C_tệp_a.pdf"),
        (".env", "env"),
        ("a\nb\x00.txt", "a_b_.txt"),
        ("‮fdp.exe", "fdp.exe"),
        ("", "tep"),
        (None, "tep"),
        ("...", "tep"),
        ("///", "tep"),
    ],
)
def test_a_name_becomes_a_plain_one(name: str | None, safe: str) -> None:
    assert safe_name(name, "tep") == safe or safe_name(name, "tep").lstrip("_") == safe


@given(st.one_of(st.text(), st.from_regex(r"[./\\\x00 a-zế]{0,300}(\.docx)?")))
def test_no_name_leaves_its_folder(name: str) -> None:
    safe = safe_name(name, "tep")
    assert 0 < len(safe) <= MOST
    assert len(safe.encode()) < 255
    assert safe not in (".", "..")
    assert not safe.startswith((".", "-"))
    assert not set(safe) & set("/\\\n\r\x00")
    assert safe == safe.strip()
