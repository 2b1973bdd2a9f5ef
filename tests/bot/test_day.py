"""A day in the life, over HTTP and with the real engine: private, group with topics, inline, upload, replace, undo. The
same by polling and by webhook."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.home import Home, open_home
from tests.bot.conftest import running, settings_for
from tests.bot.test_run import free_port
from tests.databases import Databases
from tests.day import Day, Scene
from tests.fakes.bot_api import BotApiServer

KL07 = "Kết luận số 07-KL/TW ngày 11/6/2021 của Bộ Chính trị"
OLD, NEW = "trước ngày 01/5/2024", "trước ngày 15/4/2024"


@pytest.fixture
def home(starter_home: Path, databases: Databases, tmp_path: Path) -> Iterator[Home]:
    class Nowhere:
        url, token = "http://127.0.0.1:1", "1:x"

    own = Path(shutil.copytree(starter_home, tmp_path / "home"))
    opened = open_home(settings_for(Nowhere(), own))  # type: ignore[arg-type]
    yield opened
    opened.library.close()


def last(scenes: dict[str, Scene], name: str) -> str:
    return scenes[name].messages[-1].text


@pytest.mark.both
@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_day(server: BotApiServer, home: Home, mode: str) -> None:
    owner = server.user("Lan")
    port = free_port()
    hook = {"webhook_url": f"http://127.0.0.1:{port}", "webhook_port": port, "webhook_secret": SecretStr("bi-mat")}
    settings = settings_for(server, home.settings.home, admins=str(owner.id), **(hook if mode == "webhook" else {}))
    async with running(server, home.engine, home.library, settings):
        day = Day(server, owner)
        scenes = await day.live()
    assert bool(server.called("getUpdates")) is (mode == "polling")
    assert [c for c in server.refused if c.method != "getUpdates"] == []
    assert "Mai nay là quản trị viên" in last(scenes, "roles")

    assert "Xin chào" in last(scenes, "start")
    assert scenes["answer"].messages[-1].bold[-1] == f"{KL07}, mục 3.3"
    assert "Mục lục" in last(scenes, "contents")
    assert scenes["followup"].messages[-1].bold == [f"{KL07}, mục 3.5"]
    assert "Thủ tướng Chính phủ làm Trưởng Ban" in last(scenes, "question")
    assert "không có trong thư viện" in last(scenes, "refusal")
    assert "chỉ đọc được chữ" in last(scenes, "voice")

    assert "/setprivacy" in last(scenes, "group-start")
    answer = scenes["group-answer"].messages[-1]
    assert (answer.thread, answer.bold[-1]) == (day.topic, f"{KL07}, mục 3.3")
    assert answer.styled("expandable_blockquote")
    assert "Chỉ quản trị viên" in last(scenes, "not-an-admin")
    assert "Cài đặt của nhóm" in last(scenes, "settings")
    assert "trong nhóm Phường Hàng Bài" in last(scenes, "private-answer")
    asked, posted = scenes["posted"].messages
    assert (posted.reply_to, posted.thread) == (asked.id, day.topic)

    found = scenes["inline"].inline
    assert found is not None
    assert found["results"][0]["title"].startswith(KL07)
    assert "tiêm vaccine cho trẻ em" in last(scenes, "inline")

    assert "Chỉ quản trị viên thư viện" in last(scenes, "not-yours")
    for words in ("Số hiệu: 05-CT/ĐU", "Ngày: 10/3/2024", "Có 2 mục: 1, 2"):
        assert words in last(scenes, "preview")
    assert "Đã đăng cho mọi người: 05-CT/ĐU" in last(scenes, "published")
    assert OLD in last(scenes, "before")
    assert "Thêm: mục 3" in last(scenes, "replace")
    assert "Đổi lời: mục 1" in last(scenes, "replace")
    assert NEW in last(scenes, "after")
    assert OLD not in last(scenes, "after")
    assert "Đã hoàn tác" in last(scenes, "undone")
    assert OLD in last(scenes, "again")

    assert "/hieuluc 09-CT/ĐU" in last(scenes, "proposed")
    assert "⚠️ Đã được thay thế bởi Chỉ thị số 09-CT/ĐU" in last(scenes, "warned")
    assert scenes["picture"].messages[-1].picture
    assert "Đã xóa khỏi thư viện: 09-CT/ĐU" in last(scenes, "removed")
    assert "không có trong thư viện" in last(scenes, "gone")
    assert "Thư viện lại có: 09-CT/ĐU" in last(scenes, "back")
    assert "Đã được thay thế" in last(scenes, "card")
    assert "câu hỏi" in str(scenes["statistics"].messages[-1].raw["caption"])
