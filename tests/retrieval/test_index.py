"""The index follows the library: what is added, removed or moved, whatever is damaged, whoever asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.access import PUBLIC
from corpus.library import Library
from corpus.parse import parse_string
from retrieval import index as index_module
from retrieval import store
from retrieval.answer import Answer
from retrieval.engine import Engine

from .samples import WordEncoder, directives

QUESTIONS = ("mức hỗ trợ tiền ăn trưa", "tuan tra rung", "chợ họp lúc mấy giờ", "thông báo 7", "15/2024/QĐ-UBND Điều 2")


def _market(n: int, collection: str = PUBLIC) -> tuple[str, str]:
    return (
        f"Số {n + 20}-CT/TU\n\nCHỈ THỊ\nvề chợ\n\n1. Chợ số {n} họp lúc {n} giờ.\n\n2. Kiểm tra chợ, xem 7-TB/VPTU.\n",
        f"cho-{n}.txt",
    )


def _answers(engine: Engine, view: frozenset[str] | None = None) -> list[Answer]:
    found = [engine.ask(q, view=view, always=True) for q in QUESTIONS]
    return [a.model_copy(update={"library_version": 0, "question_read": {}}) for a in found]


@pytest.fixture
def folder(engine: Engine, tmp_path: Path) -> Path:
    return tmp_path / "home" / "index"


def test_the_index_is_read_back_as_it_was(engine: Engine, library: Library, folder: Path) -> None:
    encoder = WordEncoder()
    again = Engine(library, encoder, folder)
    assert again.rebuilt_because is None
    assert encoder.passages == 0
    for question in QUESTIONS:
        assert again.ask(question) == engine.ask(question)


def test_a_flipped_byte_in_any_file_has_the_index_rebuilt(engine: Engine, library: Library, folder: Path) -> None:
    expected = _answers(engine)
    names = sorted(p.relative_to(folder).name for p in folder.rglob("*") if p.is_file() and p.name != ".lock")
    for name in names:
        path = next(p for p in folder.rglob(name))
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 0x41
        path.write_bytes(raw)
        again = Engine(library, WordEncoder(), folder)
        assert again.rebuilt_because is not None, name
        assert _answers(again) == expected


def test_a_manifest_that_says_something_else_is_not_believed(folder: Path) -> None:
    segment = next(folder.glob("segment-*"))
    manifest = segment / "manifest.json"
    said = manifest.read_text(encoding="utf-8")
    assert f'"collection": "{PUBLIC}"' in said
    manifest.write_text(said.replace(f'"collection": "{PUBLIC}"', '"collection": "another"'), encoding="utf-8")
    assert store.check(segment) == "damaged: manifest.json"


def test_a_segment_that_is_not_there_has_the_index_rebuilt(engine: Engine, library: Library, folder: Path) -> None:
    segment = next(folder.glob("segment-*"))
    for file in segment.iterdir():
        file.unlink()
    segment.rmdir()
    assert Engine(library, WordEncoder(), folder).rebuilt_because is not None


@pytest.mark.parametrize("name", ["../x", "segment-", "segment-" + "g" * 16, "segment-0123456789abcdef/.."])
def test_a_segments_name_leads_nowhere_else(name: str, tmp_path: Path) -> None:
    assert store.folder(tmp_path, name) is None


def test_another_encoder_has_the_index_rebuilt(engine: Engine, library: Library, folder: Path) -> None:
    assert Engine(library, WordEncoder("other"), folder).rebuilt_because == "another encoder"


def test_no_index_file_is_a_pickle(engine: Engine, folder: Path) -> None:
    segment = next(folder.glob("segment-*"))
    assert {p.suffix for p in segment.iterdir()} == {".npy", ".json", ".faiss"}
    checked = store.check(segment)
    assert isinstance(checked, dict)
    assert checked["encoder"] == "words-64"


def test_only_what_is_new_is_encoded(engine: Engine, library: Library, folder: Path) -> None:
    encoder = WordEncoder()
    again = Engine(library, encoder, folder)
    library.put(parse_string(*_market(1)))
    again.refresh()
    assert 0 < encoder.passages <= 6


def test_a_library_put_back_at_the_same_version_is_noticed(engine: Engine, folder: Path, tmp_path: Path) -> None:
    other = Library(tmp_path / "other.db")
    while other.version < engine.version:
        other.put(parse_string(*_market(other.version)))
    again = Engine(other, WordEncoder(), folder)
    assert {d.info.file for d in again.snapshot.documents} == {d.file for d in other.documents()}


def test_two_engines_on_one_folder_find_what_the_other_did(engine: Engine, library: Library, folder: Path) -> None:
    encoder = WordEncoder()
    other = Engine(library, encoder, folder)
    library.put(parse_string(*_market(1)))
    engine.refresh()
    encoder.passages = 0
    assert other.refresh()
    assert encoder.passages == 0
    assert _answers(other) == _answers(engine)


def test_what_a_chat_may_not_see_has_no_influence(tmp_path: Path) -> None:
    """The answers are those of a library that never held the other documents."""
    full, open_only = Library(tmp_path / "full.db"), Library(tmp_path / "open.db")
    hidden = full.make_collection("Huyện ủy").id
    for n, d in enumerate((*directives(), *(parse_string(*_market(i)) for i in range(4)))):
        full.put(d, collection=hidden if n % 2 else PUBLIC)
        if n % 2 == 0:
            open_only.put(d)
    seen = _answers(Engine(full, WordEncoder(), tmp_path / "full"), frozenset({PUBLIC}))
    alone = _answers(Engine(open_only, WordEncoder(), tmp_path / "open"))
    assert [_without_seq(a) for a in seen] == [_without_seq(a) for a in alone]


def _without_seq(a: Answer) -> dict[str, object]:
    return a.model_dump(exclude={"passages": {"__all__": {"score"}}})


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "add", "remove", "move", "refresh", "compact", "reopen"]), st.integers(0, 6)),
    max_size=8,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, small=st.integers(0, 40))
def test_after_any_changes_it_answers_as_an_index_made_anew(
    steps: list[tuple[str, int]], small: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("steps")
    library = Library(home / "library.db")
    hidden = library.make_collection("Huyện ủy").id
    with pytest.MonkeyPatch.context() as m:
        m.setattr(index_module, "SMALL", small)
        m.setattr(index_module, "DOCUMENTS_AT_ONCE", 2)
        engine = Engine(library, WordEncoder(), home / "index")
        for step, n in steps:
            documents = library.documents()
            if step == "add":
                library.put(parse_string(*_market(n)), collection=PUBLIC if n % 3 else hidden)
            elif step == "remove" and documents:
                library.remove(documents[n % len(documents)].id)
            elif step == "move" and documents:
                d = documents[n % len(documents)]
                library.move(d.id, hidden if d.collection == PUBLIC else PUBLIC)
            elif step == "refresh":
                engine.refresh()
            elif step == "compact":
                engine.compact()
            elif step == "reopen":
                engine = Engine(library, WordEncoder(), home / "index")
        engine.refresh()
        engine.compact()
    fresh = Engine(library, WordEncoder(), home / "fresh")
    for view in (None, frozenset({PUBLIC}), frozenset({PUBLIC, hidden})):
        assert [p.id for p in _documents(engine, view)] == [p.id for p in _documents(fresh, view)]
        for mine, other in zip(_answers(engine, view), _answers(fresh, view), strict=True):
            assert mine.status == other.status
            # Two markets may fit alike; which of them comes first is chance.
            assert [p.score for p in mine.passages] == pytest.approx([p.score for p in other.passages], abs=1e-5)


def _documents(engine: Engine, view: frozenset[str] | None) -> list[object]:
    return [d.info for d in engine._seen.of(view).documents]
