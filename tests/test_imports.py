"""The house has one direction: corpus and embeddings know nobody, retrieval knows both, bot knows all."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = {"corpus", "embeddings", "retrieval", "bot"}
MAY_KNOW = {"corpus": set(), "embeddings": set(), "retrieval": {"corpus", "embeddings"}, "bot": ROOMS}
HOMES = {
    "telegram": {"bot"},
    "faiss": {"retrieval"},
    "pymilvus": {"retrieval"},
    "lxml": {"corpus"},
    "pypdfium2": {"corpus"},
    "PIL": {"corpus", "bot"},
    "matplotlib": {"bot"},
    "torch": {"embeddings"},
    "transformers": {"embeddings"},
    "sentence_transformers": {"embeddings"},
    "onnxruntime": {"embeddings"},
    "sqlite3": {"corpus", "bot"},
    "psycopg": {"corpus"},
    "psycopg_pool": {"corpus"},
    "pickle": set(),
}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_only_what_it_may(room: str) -> None:
    files = list((ROOT / room).rglob("*.py"))
    assert files
    for path in files:
        names = imported(path)
        assert not (names & ROOMS) - MAY_KNOW[room] - {room}, path
        for library, rooms in HOMES.items():
            assert library not in names or room in rooms, f"{path} imports {library}"


def test_nobody_uses_eval_or_a_shell() -> None:
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    assert not (isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}), path
                    assert not any(k.arg == "shell" for k in node.keywords), path
