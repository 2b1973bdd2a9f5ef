"""A day of a ward committee with the bot, played over HTTP: what each person saw, to be checked and to be drawn."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tests.fakes.bot_api import BotApiServer, Chat, Json, Message, User

ORDER = """ĐẢNG BỘ THÀNH PHỐ A          ĐẢNG CỘNG SẢN VIỆT NAM
ĐẢNG ỦY PHƯỜNG HÀNG BÀI
*
Số 05-CT/ĐU                     Hàng Bài, ngày 10 tháng 3 năm 2024

CHỈ THỊ
về phòng cháy, chữa cháy trong khu dân cư

1. Các chi bộ kiểm tra từng ngõ, từng nhà trước ngày {day}; lập danh sách nơi có nguy cơ cháy cao.

2. Mỗi hộ có ít nhất một bình chữa cháy và mở lối thoát nạn thứ hai.
{more}
T/M ĐẢNG ỦY
BÍ THƯ
Nguyễn Văn A
"""
NEWER = """ĐẢNG BỘ THÀNH PHỐ A          ĐẢNG CỘNG SẢN VIỆT NAM
ĐẢNG ỦY PHƯỜNG HÀNG BÀI
*
Số 09-CT/ĐU                     Hàng Bài, ngày 20 tháng 5 năm 2025

CHỈ THỊ
về tăng cường phòng cháy, chữa cháy

1. Các chi bộ kiểm tra hằng tháng, báo cáo Đảng ủy trước ngày 25.

2. Chỉ thị này thay thế Chỉ thị số 05-CT/ĐU ngày 10 tháng 3 năm 2024.

T/M ĐẢNG ỦY
BÍ THƯ
Nguyễn Văn A
"""


@dataclass
class Scene:
    """What somebody saw at one moment, oldest message first."""

    name: str
    chat: str
    reader: int
    messages: list[Message] = field(default_factory=list)
    inline: Json | None = None


@dataclass
class Day:
    """The server must run, with `owner` among the bot's administrators."""

    server: BotApiServer
    owner: User
    scenes: dict[str, Scene] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.an = self.server.user("An")
        self.binh, self.chi, self.dung = (self.server.user(name) for name in ("Bình", "Chi", "Dũng"))
        self.mai = self.server.user("Mai")
        self.forum = self.server.group("Phường Hàng Bài", self.chi, self.binh, forum=True, admins=(self.owner,))
        self.topic = self.server.topic(self.forum, "Phòng cháy")

    async def live(self) -> dict[str, Scene]:
        """From morning to evening; the scenes by name."""
        await self.morning_in_private()
        await self.in_the_group()
        await self.in_another_chat()
        await self.a_directive_comes_in()
        await self.a_newer_one_replaces_it()
        await self.evening()
        return self.scenes

    async def morning_in_private(self) -> None:
        await self.ask(self.an, "/start", scene="start")
        answer = await self.ask(self.an, "kl 07 muc 3.3", scene="answer")
        await self.press(answer, "Mục lục", scene="contents")
        await self.press(answer, "Trở lại")
        await self.ask(self.an, "còn 3.5?", reply_to=answer, scene="followup")
        await self.ask(self.an, "ai làm trưởng ban chỉ đạo quốc gia phòng chống dịch", scene="question")
        await self.ask(self.an, "Kết luận 88-KL/TW nói gì?", scene="refusal")
        self.server.post(self.an, voice={"file_id": "v", "file_unique_id": "v", "duration": 3})
        self.scene("voice", self.an, await self.server.wait_for_message(self.an))

    async def in_the_group(self) -> None:
        await self.ask(self.forum, "/start", by=self.binh, thread=self.topic, scene="group-start")
        words = "@trichdan_bot Có nghiên cứu tiêm vaccine cho trẻ em không?"
        answer = await self.ask(self.forum, words, by=self.binh, thread=self.topic, scene="group-answer")
        await self.ask(self.forum, "ai ký?", by=self.binh, thread=self.topic, reply_to=answer)
        await self.ask(self.forum, "/caidat", by=self.binh, thread=self.topic, scene="not-an-admin")
        panel = await self.ask(self.forum, "/caidat", by=self.owner, thread=self.topic, scene="settings")
        await self.press(panel, "Trả lời riêng", by=self.owner)
        await self.press(panel, "Có", by=self.owner)
        asked = self.server.say(self.forum, "/hoi 07-KL/TW mục 3.4", by=self.chi, thread=self.topic)
        private = await self.server.wait_for_message(self.chi, within=60)
        await asyncio.sleep(0.5)  # nobody presses before the message has been looked at
        self.scene("private-answer", self.chi, private)
        await self.press(private, "Đăng cho cả nhóm")
        self.scene("posted", self.forum, asked, await self.server.wait_for_message(self.forum), reader=self.chi)

    async def in_another_chat(self) -> None:
        found = await self.server.inline(self.chi, "tiêm vaccine trẻ em")
        friend = self.server.group("Chi bộ 5", self.chi)
        posted = self.server.choose(found, 0, friend, by=self.chi)
        self.scenes["inline"] = Scene("inline", friend.title, self.chi.id, [posted], found)

    async def a_directive_comes_in(self) -> None:
        self.server.send_file(self.dung, b"x", "a.txt")
        self.scene("not-yours", self.dung, await self.server.wait_for_message(self.dung))
        draft = await self.send_file("chi thi 05.txt", ORDER.format(day="01/5/2024", more=""), scene="preview")
        await self.press(draft, "Đăng cho mọi người", by=self.owner, scene="published")
        await self.ask(self.dung, "05-CT/ĐU mục 1", scene="before")
        more = "\n3. Báo cáo Đảng ủy hằng tháng.\n"
        draft = await self.send_file("ban sua.txt", ORDER.format(day="15/4/2024", more=more), scene="replace")
        await self.press(draft, "Đăng cho mọi người", by=self.owner)
        await self.ask(self.dung, "05-CT/ĐU mục 1", scene="after")
        await self.press(draft, "Hoàn tác", by=self.owner, scene="undone")
        await self.ask(self.dung, "05-CT/ĐU mục 1", scene="again")

    async def a_newer_one_replaces_it(self) -> None:
        await self.ask(self.owner, f"/quyen {self.mai.id}", scene="roles")
        draft = await self.send_file("chi thi 09.txt", NEWER, by=self.mai)
        await self.press(draft, "Đăng cho mọi người", by=self.mai, scene="proposed")
        panel = await self.ask(self.mai, "/hieuluc 09-CT/ĐU")
        self.scene("validity", self.mai, panel)
        await self.press(panel, "đã được thay thế", by=self.mai)
        answer = await self.ask(self.binh, "05-CT/ĐU mục 2", scene="warned")
        await self.press(answer, "🖼")
        self.scene("picture", self.binh, await self.server.wait_for_message(self.binh, within=60))

    async def evening(self) -> None:
        await self.ask(self.mai, "/xoa 09-CT/ĐU", scene="removed")
        await self.ask(self.binh, "/vanban 09-CT/ĐU", scene="gone")
        await self.ask(self.mai, "/hoantac", scene="back")
        await self.ask(self.binh, "/vanban 05-CT/ĐU", scene="card")
        await self.ask(self.mai, "/thongke", scene="statistics")

    async def ask(self, chat: Chat | User, words: str, *, scene: str | None = None, **more: object) -> Message:
        """Somebody writes; the bot's reply in that chat."""
        said = self.server.say(chat, words, **more)  # type: ignore[arg-type]
        reply = await self.server.wait_for_message(chat, where=lambda m: m.reply_to == said.id, within=60)
        if scene:
            self.scene(scene, chat, said, reply)
        return reply

    async def press(
        self, message: Message, button: str, *, by: User | None = None, scene: str | None = None
    ) -> Message:
        """Somebody presses a button; the message as it is then."""
        await self.server.press(message, button, by=by).answer
        now = self.server.message(message)
        if scene:
            self.scene(scene, self.server.chats[message.chat_id], now)
        return now

    async def send_file(self, name: str, words: str, *, by: User | None = None, scene: str | None = None) -> Message:
        """An administrator sends a document; the message that shows the draft."""
        who = by or self.owner
        sent = self.server.send_file(who, words.encode(), name)
        progress = await self.server.wait_for_message(who)
        await self.server.wait_until(lambda: "⏳" not in self.server.message(progress).text, within=60)
        if scene:
            self.scene(scene, who, sent, self.server.message(progress))
        return self.server.message(progress)

    def scene(self, name: str, chat: Chat | User, *messages: Message, reader: User | None = None) -> None:
        """Keeps what was to be seen."""
        room = self.server.chats[chat.id]
        who = reader or room.person
        shown = messages[0].raw.get("from", {}).get("id", 0)
        title = room.title or "Trích dẫn"
        self.scenes[name] = Scene(name, title, who.id if who else shown, list(messages))
