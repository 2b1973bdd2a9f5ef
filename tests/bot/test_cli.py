"""The command line keeps its contract: forms, JSON, exit status, one clear line for a failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KETLUAN = """BỘ CHÍNH TRỊ
*
Số 21-KL/TW

Hà Nội, ngày 05 tháng 3 năm 2024

KẾT LUẬN
về phòng cháy, chữa cháy ở khu dân cư

1. Các cấp uỷ kiểm tra lối thoát nạn tại nhà ở kết hợp kinh doanh trước mùa khô.

2. Lực lượng công an hướng dẫn nhân dân sử dụng bình chữa cháy xách tay.

T/M BỘ CHÍNH TRỊ
Nguyễn Văn A
"""


def run(*args: str, home: Path, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TRICHDAN_")}
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *args],
        capture_output=True,
        text=True,
        env=clean | {"TRICHDAN_HOME": str(home), "NO_COLOR": "1"} | env,
        cwd=Path(__file__).parent.parent.parent,
        timeout=300,
    )
    assert done.returncode == code, f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of a failure."""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("trichdan: ")
    return lines[0]


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "ket-luan-21.txt"
    path.write_text(KETLUAN, encoding="utf-8")
    return path


def test_ask_answers_with_the_quoted_clause_as_json(starter_home: Path) -> None:
    (row,) = rows(
        run("ask", "Ai làm Trưởng Ban Chỉ đạo quốc gia phòng, chống dịch?", "--json", "--top", "1", home=starter_home)
    )
    (passage,) = row["passages"]
    source = Path("corpus/starter") / passage["file"]
    assert row["status"] == "answered"
    assert (passage["document"], passage["clause"]) == ("10-TB/VPTW", "2")
    assert "phân công đồng chí Thủ tướng Chính phủ làm Trưởng Ban Chỉ đạo" in passage["quote"]
    assert source.read_text(encoding="utf-8")[passage["start"] : passage["end"]] == passage["quote"]
    assert passage["citation"] == "Thông báo số 10-TB/VPTW ngày 24/8/2021 của Văn phòng Trung ương Đảng, mục 2"
    assert {"score", "trust"} <= passage.keys()


def test_ask_batch_answers_every_line_in_order(starter_home: Path, tmp_path: Path) -> None:
    questions = tmp_path / "q.jsonl"
    lines = [{"id": "b", "question": "07-KL/TW mục 3.4"}, {"id": "a", "question": "xin chào"}]
    questions.write_text("\n".join(json.dumps(q) for q in lines) + "\n", encoding="utf-8")
    answers = rows(run("ask", "--batch", str(questions), "--json", "--top", "2", home=starter_home))
    assert [(a["id"], a["answered"], a["status"] == "answered") for a in answers] == [
        ("b", True, True),
        ("a", False, False),
    ]
    assert answers[0]["passages"][0]["clause"] == "3.4"


def test_ask_on_the_terminal_shows_quote_and_citation(starter_home: Path) -> None:
    shown = " ".join(run("ask", "07-KL/TW mục 3.4", home=starter_home).stdout.split())
    assert "Tiếp tục kiểm soát chặt chẽ việc nhập cảnh" in shown
    assert "Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị, mục 3.4" in shown


def test_a_number_that_is_not_there_is_no_answer_and_no_failure(starter_home: Path) -> None:
    (row,) = rows(run("ask", "Kết luận 88-KL/TW có những nội dung nào", "--json", home=starter_home))
    assert row["status"] == "none"
    assert row["passages"] == []
    assert "88-KL/TW" in row["note"]


def test_add_ask_replace_remove(own_home: Path, document: Path) -> None:
    (added,) = rows(run("add", str(document), "--json", home=own_home))
    assert (added["outcome"], added["documents"][0]["number"]) == ("added", "21-KL/TW")
    (answer,) = rows(run("ask", "21-KL/TW mục 2", "--json", home=own_home))
    assert answer["passages"][0]["quote"].startswith("2. Lực lượng công an")
    assert rows(run("add", str(document), "--json", home=own_home))[0]["outcome"] == "unchanged"
    document.write_text(KETLUAN.replace("bình chữa cháy xách tay", "bình chữa cháy và vòi nước"), encoding="utf-8")
    (replaced,) = rows(run("add", str(document), "--json", home=own_home))
    assert (replaced["outcome"], replaced["changed"]) == ("replaced", [{"added": [], "removed": [], "changed": ["2"]}])
    (clause,) = rows(run("show", "21-KL/TW", "2", "--json", home=own_home))
    assert "vòi nước" in clause["text"]
    run("remove", "21-KL/TW", home=own_home)
    assert [d["number"] for d in rows(run("list", "--json", home=own_home)) if d["number"]] == [
        "07-KL/TW",
        "10-TB/VPTW",
    ]
    assert rows(run("ask", "21-KL/TW mục 2", "--json", home=own_home))[0]["status"] == "none"


def test_a_bad_file_in_a_folder_does_not_stop_the_rest(own_home: Path, document: Path) -> None:
    (document.parent / "trang.txt").write_bytes(b"")
    (document.parent / "nhac.mp3").write_bytes(b"ID3\x04" + bytes(range(256)) * 8)
    home_inside = rows(run("add", str(document), str(document.parent / "trang.txt"), "--json", home=own_home, code=1))
    assert {r["file"]: r["outcome"] for r in home_inside} == {"ket-luan-21.txt": "added", "trang.txt": "refused"}


@pytest.mark.parametrize(
    ("name", "content"),
    [("trang.txt", b""), ("nhac.mp3", b"ID3\x04" + bytes(range(256)) * 8), ("hong.docx", b"PK\x03\x04 hong")],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    home = tmp_path / "home"
    assert name in one_line(run("parse", str(path), "--json", home=home, code=1))


def test_parse_gives_the_contract_s_object_without_a_library(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (row,) = rows(run("parse", "corpus/starter/003_dc3c142be8184935.txt", "--json", home=home))
    assert (row["number"], row["type"], row["date"]) == ("10-TB/VPTW", "Thông báo", "2021-08-24")
    assert row["received"] == [{"number": "1698", "date": "2021-09-07", "by": "VP QUẬN ỦY HOÀN KIẾM - HÀ NỘI"}]
    assert [c["number"] for c in row["copies"]] == ["129-BS/VPTU"]
    assert "234/BC-BCSD" in json.dumps(row["references"])
    assert [c["path"] for c in row["clauses"]] == ["1", "2", "2.1", "2.2", "2.3", "2.4", "2.5", "3", "4"]
    assert not home.exists()


@pytest.mark.parametrize(
    ("args", "env", "says"),
    [
        (("ask", "gì?"), {"TRICHDAN_HOME": "/dev/null/home"}, "TRICHDAN_HOME"),
        (("ask", "gì?"), {"TRICHDAN_MODEL": "/khong/co/mo-hinh"}, "TRICHDAN_MODEL"),
        (("list",), {"TRICHDAN_RESULTS": "nhiều"}, "TRICHDAN_RESULTS"),
        (("bot",), {}, "TRICHDAN_TOKEN"),
        (("show", "99-KL/TW"), {}, "99-KL/TW"),
        (("show", "07-KL/TW", "9.9"), {}, "9.9"),
        (("add", "khong-co.txt"), {}, "khong-co.txt"),
        (("ask", "--batch", "khong-co.jsonl"), {}, "khong-co.jsonl"),
    ],
)
def test_a_failure_is_one_line_that_names_what_to_mend(
    starter_home: Path, args: tuple[str, ...], env: dict[str, str], says: str
) -> None:
    home = Path(env.pop("TRICHDAN_HOME")) if "TRICHDAN_HOME" in env else starter_home
    for language in ("vi", "en"):
        line = one_line(run(*args, home=home, code=1, TRICHDAN_LANGUAGE=language, **env))
        assert says in line
        assert "Traceback" not in line


@pytest.mark.parametrize("args", [("ask",), ("nghi",), ("ask", "gì?", "--top", "0"), ("show",)])
def test_a_wrong_call_is_two(tmp_path: Path, args: tuple[str, ...]) -> None:
    run(*args, home=tmp_path, code=2)


def test_init_makes_an_empty_library_and_leaves_one_that_is_there_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run("init", "--empty", home=home)
    assert rows(run("list", "--json", home=home)) == []
    one_line(run("init", home=home, code=1))


def test_doctor_finds_a_sound_home_sound_and_a_damaged_library(own_home: Path) -> None:
    checks = {c["name"]: c["ok"] for c in json.loads(run("doctor", "--json", home=own_home).stdout)}
    assert {"program", "library", "model", "index"} <= {name for name, ok in checks.items() if ok}
    assert checks["token"] is None
    path = own_home / "library.db"
    data = bytearray(path.read_bytes())
    data[4096 * 2 : 4096 * 6] = os.urandom(4096 * 4)
    path.write_bytes(data)
    assert "library.db" in run("doctor", home=own_home, code=1).stdout


def test_the_doctor_says_where_vectors_are_and_when_they_cannot_be_reached(own_home: Path) -> None:
    pytest.importorskip("milvus_lite")
    url = f"milvus://{own_home}/vectors.db"
    found = json.loads(run("doctor", "--json", home=own_home, TRICHDAN_VECTORS=url).stdout)
    checks = {c["name"]: c for c in found}
    assert checks["vectors"]["ok"]
    assert f"{own_home}/vectors.db" in checks["vectors"]["detail"]
    away = "milvus://an:geheim@127.0.0.1:9"
    said = run("doctor", "--json", home=own_home, code=1, TRICHDAN_VECTORS=away).stdout
    assert "TRICHDAN_VECTORS" in said
    assert "geheim" not in said
    assert "TRICHDAN_VECTORS" in one_line(run("ask", "xin chào", home=own_home, code=1, TRICHDAN_VECTORS=away))


def test_a_damaged_library_is_one_clear_line_and_restore_works(own_home: Path, tmp_path: Path) -> None:
    run("backup", str(tmp_path / "b.zip"), home=own_home)
    path = own_home / "library.db"
    raw = bytearray(path.read_bytes())
    raw[: len(raw) // 2] = b"\x5a" * (len(raw) // 2)
    path.write_bytes(raw)
    for call in (("list",), ("ask", "xin chào"), ("backup", str(tmp_path / "c.zip"))):
        assert "trichdan restore" in one_line(run(*call, home=own_home, code=1))
    run("restore", str(tmp_path / "b.zip"), home=own_home)
    assert len(rows(run("list", "--json", home=own_home))) == 5
    (own_home / "bot.db").write_bytes(b"x" * 5000)
    assert "trichdan restore" in one_line(
        run("bot", home=own_home, code=1, TRICHDAN_TOKEN="1:x", TRICHDAN_HEALTH_PORT="0")
    )


def test_collections_are_made_filled_and_lent_to_chats(starter_home: Path, own_home: Path, document: Path) -> None:
    run("collections", "make", "phuong", home=own_home)
    run("collections", "grant", "phuong", "-1001234", home=own_home)
    (added,) = rows(run("add", str(document), "--collection", "phuong", "--json", home=own_home))
    listed = rows(run("collections", "list", "--json", home=own_home))
    assert [(c["name"], c["documents"], c["chats"]) for c in listed] == [("public", 5, []), ("phuong", 1, [-1001234])]
    assert added["documents"][0]["collection"] == listed[1]["id"]
    run("collections", "move", "21-KL/TW", "public", home=own_home)
    run("collections", "revoke", "phuong", "-1001234", home=own_home)
    listed = rows(run("collections", "list", "--json", home=own_home))
    assert [(c["documents"], c["chats"]) for c in listed] == [(6, []), (0, [])]
    assert "nowhere" in one_line(run("add", str(document), "--collection", "nowhere", home=own_home, code=1))
    assert "public" in one_line(run("collections", "grant", "public", "5", home=own_home, code=1))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_part_of_the_bot_alone_is_refused_where_there_is_no_shared_database(tmp_path: Path, language: str) -> None:
    for part in ("poll", "answer"):
        said = one_line(
            run("bot", "--only", part, home=tmp_path, code=1, TRICHDAN_TOKEN="1:x", TRICHDAN_LANGUAGE=language)
        )
        assert "TRICHDAN_DATABASE_URL" in said
