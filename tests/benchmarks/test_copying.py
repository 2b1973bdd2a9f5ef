"""What was copied there and back is asked everything, and any difference counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

pytest.importorskip("psycopg_pool")

from benchmarks.copying import differences, folder, sets, there_and_back
from bot.settings import Settings
from retrieval.answer import Answer, Status
from tests.databases import Shared


def test_the_starter_library_answers_the_same_in_all_three_places(
    own_home: Path, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRICHDAN_DATABASE_URL")
    assert shared.url is not None
    asked = {"some": ["Ai làm Trưởng Ban Chỉ đạo quốc gia phòng, chống dịch?", "07-KL/TW mục 3.4", "07-KL/TW mục 99"]}
    with folder(own_home, "shared") as there, folder(own_home, "back") as back:
        places = Settings(home=own_home), Settings(home=there, database_url=SecretStr(shared.url)), Settings(home=back)
        lines = there_and_back(*places, asked, lambda said: None)
    assert lines[0].startswith("5 documents, ")
    assert "| some | 3 | 2 | 0; 0 | 0; 0 |" in lines
    assert "not in the text as a chat is given it 0; 0; 0;" in lines[-1]


def test_another_decision_is_a_difference_though_the_passages_are_the_same() -> None:
    one, other = (Answer(question="gì?", status=status) for status in (Status.NONE, Status.RELATED))
    assert differences([one, one], [one, other]) == (0, 1)


def test_of_a_large_set_no_more_are_asked_than_wanted(tmp_path: Path) -> None:
    for name, size in (("golden/dev", 3), ("benchmarks/laws/queries", 25)):
        file = tmp_path / f"{name}.jsonl"
        file.parent.mkdir(parents=True)
        file.write_text("\n".join(json.dumps({"question": f"câu {n}"}) for n in range(size)), encoding="utf-8")
    assert {name: len(texts) for name, texts in sets(tmp_path, 10).items()} == {"golden": 3, "laws": 9}
