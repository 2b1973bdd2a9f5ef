"""A table goes between its own marks, and nothing else in the file changes."""

from __future__ import annotations

from pathlib import Path

from benchmarks import results


def test_a_table_is_replaced_and_what_people_wrote_around_it_stays(tmp_path: Path) -> None:
    file = tmp_path / "RESULTS.md"
    results.write("a", "First", ["one"], file)
    results.write("b", "Second", ["two"], file)
    file.write_text(file.read_text(encoding="utf-8").replace("## First", "## First\n\nBy hand."), encoding="utf-8")
    results.write("a", "First", ["three"], file)
    text = file.read_text(encoding="utf-8")
    assert "one" not in text
    assert text.index("By hand.") < text.index("three") < text.index("## Second") < text.index("two")
    assert text.count("## First") == 1
