"""An administrator sends a file: it is read, shown, put right, published, replaced, taken back."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import docx
import pytest
import pytest_asyncio
from PIL import Image

from bot import draft_cards
from bot.database import bot_database
from bot.drafts import KEEP, Drafts
from bot.fields import FIELDS, changed
from bot.handlers import uploads
from bot.messages import table
from bot.publishing import UNDO, Plan, Publisher
from bot.uploads import FOLDER, _held, sweep
from corpus.access import PUBLIC, CollectionError
from corpus.library import Library
from corpus.model import Page, Trust, Warning
from tests.bot.conftest import Bot, running, settings_for
from tests.fakes.bot_api import BotApiServer, Message, User
from tests.fakes.engine import ScriptedEngine, conclusion
from tests.fakes.telegram_html import parse_html

ROOT = Path(__file__).parents[2]

PAPER = """THÀNH ỦY HUẾ
*
Số 05-CT/TU

Huế, ngày 10 tháng 3 năm 2024

CHỈ THỊ
về phòng, chống cháy, nổ

1. Các cấp ủy kiểm tra khu dân cư trước ngày 01/5/2024.

2. Lập danh sách nơi nguy hiểm.

{more}T/M BAN THƯỜNG VỤ
BÍ THƯ
Nguyễn Văn A
"""


def paper(more: str = "") -> bytes:
    return PAPER.format(more=more).encode()


@pytest_asyncio.fixture
async def admin(server: BotApiServer) -> User:
    return server.user("Chủ")


@pytest_asyncio.fixture
async def bot(server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path, admin: User) -> Any:
    async with running(server, engine, library, settings_for(server, tmp_path, admins=str(admin.id))) as bot:
        yield bot


async def preview(bot: Bot, chat: Any, data: bytes, name: str | None = "chi-thi.txt", **more: Any) -> Message:
    """The message that shows the draft, once the file is read."""
    bot.server.send_file(chat, data, name, **more)
    progress = await bot.server.wait_for_message(chat)
    await bot.server.wait_until(lambda: "⏳" not in bot.server.message(progress).text)
    return bot.server.message(progress)


async def pressed(bot: Bot, message: Message, button: str, by: User | None = None) -> Message:
    await bot.server.press(message, button, by=by).answer
    return bot.server.message(message)


async def test_a_file_is_read_and_shown_before_anything_is_published(bot: Bot, admin: User) -> None:
    shown = await preview(bot, admin, paper())
    for words in (
        "Xem trước, chưa đăng",
        "Số hiệu: 05-CT/TU",
        "Loại: Chỉ thị",
        "Ngày: 10/3/2024",
        "về phòng, chống cháy, nổ",
        "Có 2 mục: 1, 2",
    ):
        assert words in shown.text
    assert len(bot.library.documents()) == 2
    assert list((bot.settings.home / "uploads").iterdir()) == []
    assert not bot.server.refused


async def test_published_it_is_in_the_library_and_can_be_taken_back(bot: Bot, admin: User) -> None:
    done = await pressed(bot, await preview(bot, admin, paper()), "Đăng cho mọi người")
    assert "Đã đăng cho mọi người: 05-CT/TU" in done.text
    assert [d.collection for d in bot.library.numbered("05-CT/TU")] == [PUBLIC]
    card = await pressed(bot, done, "Về văn bản")
    assert "Chỉ thị số 05-CT/TU" in card.text
    bot.server.say(admin, "/hoantac")
    assert "không còn trong thư viện" in (await bot.server.wait_for_message(admin)).text
    assert bot.library.numbered("05-CT/TU") == []
    bot.server.say(admin, "/hoantac")
    assert "Không có gì để hoàn tác" in (await bot.server.wait_for_message(admin)).text


async def test_a_word_file_is_read_too(bot: Bot, admin: User) -> None:
    word, data = docx.Document(), io.BytesIO()
    for line in paper().decode().splitlines():
        word.add_paragraph(line)
    word.save(data)
    assert "05-CT/TU" in (await preview(bot, admin, data.getvalue(), "chi thi.docx")).text


async def test_a_new_version_says_what_it_changes_and_the_old_one_comes_back(bot: Bot, admin: User) -> None:
    await pressed(bot, await preview(bot, admin, paper()), "Đăng cho mọi người")
    [old] = bot.library.numbered("05-CT/TU")
    new = paper("3. Báo cáo hằng tháng.\n\n").replace(b"01/5/2024", b"01/6/2024")
    shown = await preview(bot, admin, new, "ban moi.txt")
    assert "Sẽ thay bản đang có: 05-CT/TU" in shown.text
    assert "Thêm: mục 3" in shown.text
    assert "Đổi lời: mục 1" in shown.text
    done = await pressed(bot, shown, "Đăng cho mọi người")
    assert "Đã thay bản cũ" in done.text
    [now] = bot.library.numbered("05-CT/TU")
    assert now.id != old.id
    back = await pressed(bot, done, "Hoàn tác")
    assert "Thư viện lại có: 05-CT/TU" in back.text
    assert [d.id for d in bot.library.numbered("05-CT/TU")] == [old.id]


async def test_both_versions_may_be_kept(bot: Bot, admin: User) -> None:
    await pressed(bot, await preview(bot, admin, paper()), "Đăng cho mọi người")
    shown = await pressed(bot, await preview(bot, admin, paper("3. Báo cáo.\n\n")), "Giữ cả bản cũ")
    assert "Sẽ thay" not in shown.text
    await pressed(bot, shown, "Đăng cho mọi người")
    assert [d.file for d in bot.library.numbered("05-CT/TU")] == ["chi-thi.txt", "chi-thi (2).txt"]


async def test_the_same_file_again_publishes_nothing(bot: Bot, admin: User) -> None:
    await pressed(bot, await preview(bot, admin, paper()), "Đăng cho mọi người")
    version = bot.library.version
    shown = await preview(bot, admin, paper(), "ten khac.txt")
    assert "đã có đúng văn bản này" in shown.text
    assert "không có gì mới" in (await pressed(bot, shown, "Đăng cho mọi người")).text
    assert bot.library.version == version


async def test_a_field_is_put_right_by_a_reply(bot: Bot, admin: User) -> None:
    shown = await preview(bot, admin, paper().replace("Số 05-CT/TU".encode(), b""))
    assert "Số hiệu: chưa rõ" in shown.text
    assert "Chưa thấy số hiệu" in shown.text
    fields = await pressed(bot, shown, "✎ Sửa")
    await bot.server.press(fields, "Số hiệu").answer
    asked = await bot.server.wait_for_message(admin)
    assert "số hiệu" in asked.text
    bot.server.say(admin, "không nhớ", reply_to=asked)
    again = await bot.server.wait_for_message(admin)
    bot.server.say(admin, "số 05-CT/TU", reply_to=again)
    assert "Đã sửa" in (await bot.server.wait_for_message(admin)).text
    shown = bot.server.message(shown)
    assert "Số hiệu: 05-CT/TU" in shown.text
    await pressed(bot, shown, "Đăng cho mọi người")
    assert len(bot.library.numbered("05-CT/TU")) == 1
    assert bot.engine.asked == []


async def test_a_draft_is_dropped(bot: Bot, admin: User) -> None:
    shown = await preview(bot, admin, paper())
    assert "không đăng" in (await pressed(bot, shown, "✕ Bỏ")).text
    assert "không còn" in (await bot.server.press_data(shown, "D.1.e").answer)["text"]
    assert len(bot.library.documents()) == 2


async def test_in_a_group_it_may_be_published_for_the_group_alone(bot: Bot, admin: User) -> None:
    binh = bot.server.user("Bình")
    group = bot.server.group("Phường Hàng Bài", admin, binh)
    shown = await preview(bot, group, paper(), by=admin, caption="/them")
    assert "Chỉ quản trị viên" in (await bot.server.press(shown, "Chỉ nhóm này", by=binh).answer)["text"]
    assert "riêng cho nhóm này" in (await pressed(bot, shown, "Chỉ nhóm này", by=admin)).text
    assert [c.name for c in bot.library.collections()] == ["public", "Phường Hàng Bài"]
    bot.server.say(binh, "/vanban 05-CT/TU")
    assert "không có trong thư viện" in (await bot.server.wait_for_message(binh)).text
    bot.server.say(group, "/vanban 05-CT/TU", by=binh)
    assert "Chỉ thị số 05-CT/TU" in (await bot.server.wait_for_message(group)).text


async def test_a_button_means_its_collection_whatever_was_made_since(bot: Bot, admin: User) -> None:
    meant = bot.library.make_collection("Mật")
    shown = await pressed(bot, await preview(bot, admin, paper()), "bộ khác")
    bot.library.make_collection("Kín")
    await pressed(bot, shown, "Mật")
    assert [d.collection for d in bot.library.numbered("05-CT/TU")] == [meant.id]
    again = await pressed(bot, await preview(bot, admin, paper("3. Thêm.\n\n")), "bộ khác")
    assert "không dùng được nữa" in (await bot.server.press_data(again, "D.2.c.1").answer)["text"]


async def test_a_change_taken_back_in_another_chat_is_not_named_there(bot: Bot, admin: User) -> None:
    group = bot.server.group("Phường", admin)
    shown = await pressed(bot, await preview(bot, group, paper(), by=admin, caption="/them"), "Chỉ nhóm", by=admin)
    assert "05-CT/TU" in shown.text
    bot.server.say(group, "/xoa 05-CT/TU", by=admin)
    assert "05-CT/TU" in (await bot.server.wait_for_message(group, where=lambda m: "xóa" in m.text)).text
    bot.server.say(admin, "/hoantac")
    undone = await bot.server.wait_for_message(admin)
    assert "hoàn tác" in undone.text
    assert "05-CT/TU" not in undone.text
    assert len(bot.library.numbered("05-CT/TU")) == 1


async def test_in_a_group_a_file_alone_is_nobodys_business(bot: Bot, admin: User) -> None:
    group = bot.server.group("Phường", admin)
    sent = bot.server.send_file(group, paper(), "a.txt", by=admin)
    bot.server.say(group, "/them", by=admin)
    assert "/them" in (await bot.server.wait_for_message(group)).text
    bot.server.say(group, "/them", by=admin, reply_to=sent)
    progress = await bot.server.wait_for_message(group)
    await bot.server.wait_until(lambda: "05-CT/TU" in bot.server.message(progress).text)


async def test_everybody_else_is_refused_politely(bot: Bot, admin: User) -> None:
    binh = bot.server.user("Bình")
    group = bot.server.group("Phường", admin, binh)
    bot.server.send_file(binh, paper(), "a.txt")
    assert "Chỉ quản trị viên thư viện" in (await bot.server.wait_for_message(binh)).text
    for words in ("/them", "/xoa 01-KL/TU", "/hoantac"):
        bot.server.say(group, words, by=binh)
        assert "Chỉ quản trị viên thư viện" in (await bot.server.wait_for_message(group)).text
    assert not bot.server.called("getFile")
    shown = await preview(bot, group, paper(), by=admin, caption="/them")
    for data in ("D.1.e", "D.1.x", "u.1", f"X.{bot.library.documents()[0].id}"):
        assert "Chỉ quản trị viên" in (await bot.server.press_data(shown, data, by=binh).answer)["text"]
    assert len(bot.library.documents()) == 2


@pytest.mark.parametrize(
    ("data", "name", "size", "words"),
    [
        (b"MZ" + bytes(range(256)) * 9, "chi-thi.pdf", None, "Tôi không đọc được tệp"),
        (b"", "rong.txt", None, "Tôi không đọc được tệp"),
        (b"x", "to.txt", 21 << 20, "tới 20 MB"),
        (b"x" * ((20 << 20) + 1), "to.txt", 5, "tới 20 MB"),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_a_reason(
    bot: Bot, admin: User, data: bytes, name: str, size: int | None, words: str
) -> None:
    assert words in (await preview(bot, admin, data, name, size=size)).text
    assert list(bot.settings.home.glob("uploads/*")) == []


async def test_a_name_leads_nowhere(bot: Bot, admin: User) -> None:
    shown = await preview(bot, admin, paper(), "../../../tmp/<b>xấu</b>.txt")
    await pressed(bot, shown, "Đăng cho mọi người")
    [d] = bot.library.numbered("05-CT/TU")
    assert "/" not in d.file


async def test_questions_are_answered_while_a_file_is_fetched(bot: Bot, admin: User) -> None:
    bot.server.hands_out.clear()
    bot.server.send_file(admin, paper(), "a.txt")
    progress = await bot.server.wait_for_message(admin)
    bot.server.say(admin, "ai trực?")
    assert "24/24" in (await bot.server.wait_for_message(admin)).text
    assert "⏳" in bot.server.message(progress).text
    bot.server.hands_out.set()
    await bot.server.wait_until(lambda: "Xem trước" in bot.server.message(progress).text)


async def test_a_file_that_is_lost_on_the_way_is_said_to_be(bot: Bot, admin: User) -> None:
    sent = bot.server.send_file(admin, paper(), "a.txt")
    bot.server.files.clear()
    progress = await bot.server.wait_for_message(admin)
    await bot.server.wait_until(lambda: "⏳" not in bot.server.message(progress).text)
    assert "Tôi không tải được tệp này" in bot.server.message(progress).text
    assert progress.reply_to == sent.id


async def test_when_the_bot_ends_meanwhile_the_sender_is_told(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    admin = server.user("Chủ")
    async with running(server, engine, library, settings_for(server, tmp_path, admins=str(admin.id))):
        server.hands_out.clear()
        server.send_file(admin, paper(), "a.txt")
        progress = await server.wait_for_message(admin)
        asyncio.get_running_loop().call_later(0.5, server.hands_out.set)
    assert "Bot dừng trong lúc đọc tệp" in server.message(progress).text


async def test_a_file_that_ended_the_bot_again_and_again_is_not_read_once_more(
    bot: Bot, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "READINGS", 0)
    assert "dừng nhiều lần" in (await preview(bot, admin, paper())).text
    assert bot.server.called("getFile") == []


async def test_an_album_of_photographs_is_one_paper(bot: Bot, admin: User) -> None:
    photo = io.BytesIO()
    Image.new("RGB", (40, 60), "white").save(photo, "JPEG")
    for _ in range(3):
        bot.server.send_file(admin, photo.getvalue(), photo=True, media_group_id="album")
    progress = await bot.server.wait_for_message(admin)
    await bot.server.wait_until(lambda: "⏳" not in bot.server.message(progress).text)
    assert len(bot.server.called("getFile")) == 3
    assert len(bot.server.called("sendMessage")) == 1


async def test_a_draft_survives_a_restart(
    server: BotApiServer, engine: ScriptedEngine, library: Library, tmp_path: Path
) -> None:
    admin = server.user("Chủ")
    settings = settings_for(server, tmp_path, admins=str(admin.id))
    async with running(server, engine, library, settings) as bot:
        shown = await preview(bot, admin, paper())
    async with running(server, engine, library, settings) as bot:
        assert "Đã đăng" in (await pressed(bot, shown, "Đăng cho mọi người")).text


async def test_a_document_is_removed_by_its_number_and_brought_back(bot: Bot, admin: User) -> None:
    bot.server.say(admin, "/xoa 01-KL/TU")
    removed = await bot.server.wait_for_message(admin)
    assert "Đã xóa khỏi thư viện: 01-KL/TU" in removed.text
    assert bot.library.numbered("01-KL/TU") == []
    await pressed(bot, removed, "Hoàn tác")
    assert len(bot.library.numbered("01-KL/TU")) == 1
    assert (
        "Không hoàn tác được nữa" in (await bot.server.press(removed, "Hoàn tác").answer)["text"]
        if (bot.server.message(removed).buttons)
        else True
    )
    for words in ("/xoa", "/xoa 99-KL/TU", "/xoa 01-KL/TU mục 2"):
        bot.server.say(admin, words)
        assert "Đã xóa" not in (await bot.server.wait_for_message(admin)).text


async def test_where_several_have_the_number_it_asks_which(bot: Bot, admin: User) -> None:
    bot.library.put(conclusion("Thành ủy Huế", file="hue.txt"))
    bot.server.say(admin, "/xoa 01-KL/TU")
    which = await bot.server.wait_for_message(admin)
    assert len(bot.library.numbered("01-KL/TU")) == 2
    assert "Đã xóa" in (await pressed(bot, which, "Thành ủy Huế")).text
    assert [d.issuer for d in bot.library.numbered("01-KL/TU")] == ["Thành ủy"]


async def test_what_changed_since_is_not_undone(bot: Bot, admin: User) -> None:
    first = await pressed(bot, await preview(bot, admin, paper()), "Đăng cho mọi người")
    await pressed(bot, await preview(bot, admin, paper("3. Báo cáo.\n\n")), "Đăng cho mọi người")
    assert "Không hoàn tác được" in (await bot.server.press(first, "Hoàn tác").answer)["text"]


def test_how_often_a_file_was_begun_is_counted_by_message() -> None:
    drafts = Drafts(bot_database())
    assert [drafts.begin(5, 1), drafts.begin(5, 1), drafts.begin(5, 2)] == [1, 2, 1]
    drafts.forget_chat(5)
    assert drafts.begin(5, 1) == 1


def test_old_drafts_are_thrown_away_and_belong_to_their_chat() -> None:
    database = bot_database()
    drafts = Drafts(database)
    draft = drafts.keep(5, [conclusion()])
    assert drafts.get(draft.id, 5) == draft
    assert drafts.get(draft.id, 6) is None
    database.execute("UPDATE draft SET at = at - ?", KEEP + 1)
    assert drafts.get(draft.id, 5) is None
    drafts.keep(5, [conclusion()])
    assert database.rows("SELECT count(*) FROM draft") == [(1,)]


def test_after_a_day_nothing_is_undone(library: Library) -> None:
    database = bot_database()
    publisher = Publisher(database, library)
    number = publisher.publish([conclusion("Thành ủy Huế")], PUBLIC, 5).number
    database.execute("UPDATE change SET at = at - ?", UNDO + 1)
    assert publisher.latest(5) is None
    assert publisher.undo(number) is None
    assert len(library.documents()) == 3


def test_an_archive_is_published_whole_or_not_at_all(library: Library) -> None:
    publisher = Publisher(bot_database(), library)
    version = library.version
    with pytest.raises(CollectionError):
        publisher.publish([conclusion("Huế"), conclusion("Đà Nẵng")], "no such collection", 5)
    assert library.version == version
    done = publisher.publish([conclusion("Huế"), conclusion("Đà Nẵng")], PUBLIC, 5)
    assert len(done.documents) == 2
    publisher.undo(done.number)
    assert len(library.documents()) == 2


def test_a_scan_says_how_surely_it_was_read() -> None:
    pages = (Page(number=1, start=0, confidence=0.92), Page(number=2, start=9, confidence=0.6))
    warnings = (Warning(code="low_confidence", detail="page 2: 60%"), Warning(code="clause_gap", line=4, detail="3.4"))
    scan = conclusion(pages=pages, trust=Trust.SCAN, warnings=warnings)
    draft = Drafts(bot_database()).keep(5, [scan])
    shown = parse_html(draft_cards.preview(draft, [Plan(scan)], False, [], "vi").html).text
    for words in (
        "Máy nhận dạng 2 trang, độ tin cậy 76% (thấp nhất 60%)",
        "Bản quét",
        "⚠️ Nhận dạng kém: trang 2: 60%",
        "⚠️ Nhảy số mục, trước mục 3.4",
        "đối chiếu với bản giấy",
    ):
        assert words in shown


@pytest.mark.parametrize(
    ("field", "said", "value"),
    [
        ("number", "07-KL/TW", "07-KL/TW"),
        ("number", "bảy", None),
        ("type", "kết luận", "Kết luận"),
        ("type", "thư tình", None),
        ("date", "11/6/2021", dt.date(2021, 6, 11)),
        ("date", "ngày 11 tháng 6 năm 2021", dt.date(2021, 6, 11)),
        ("date", "31/02/2021", None),
        ("issuer", "  Bộ   Chính trị ", "Bộ Chính trị"),
        ("title", "x" * 2000, None),
    ],
)
def test_a_field_takes_only_what_it_can_be(field: str, said: str, value: object) -> None:
    new = changed(conclusion(), field, said)
    assert (getattr(new, field) if new else None) == value


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_can_be_left_empty(field: str) -> None:
    new = changed(conclusion(), field, "-")
    assert new
    assert getattr(new, field) is None


def test_every_warning_the_reader_gives_has_its_words() -> None:
    said = "".join(p.read_text("utf-8") for p in (ROOT / "corpus").rglob("*.py"))
    codes = set(re.findall(r'Warning\(code="(\w+)"', said)) | {f"no_{n}" for n in ("number", "type", "date", "issuer")}
    assert {f"warning.{c}" for c in codes} <= table("vi").keys()


def test_what_a_crash_left_goes_and_what_another_process_is_reading_stays(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    for name in ("left", "read"):
        (folder / name).mkdir(parents=True)
        (folder / name / "tep.txt").write_text("mật")
    with _held(folder / "read"):
        sweep(tmp_path)
        assert [p.name for p in folder.iterdir()] == ["read"]
    sweep(tmp_path)
    assert not list(folder.iterdir())
