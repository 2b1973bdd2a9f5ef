"""Draws docs/screens/*.png from what the bot really sent on the day of tests/day.py: `python -m docs.screens`.

Needs Debian's `chromium` and `fonts-noto-color-emoji`. The bot, its engine and the starter library are the real ones;
only Telegram is the tests' server.
"""

from __future__ import annotations

import asyncio
import base64
import html
import io
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from bot.home import open_home
from tests.bot.conftest import running, settings_for
from tests.day import Day, Scene
from tests.fakes.bot_api import BotApiServer, Message

OUT = Path(__file__).parent / "screens"
WIDTH = 390  # of a phone, in CSS pixels
SCALE = 1.5
SHOWN = (
    "start",
    "answer",
    "contents",
    "question",
    "refusal",
    "group-answer",
    "settings",
    "private-answer",
    "inline",
    "preview",
    "replace",
    "validity",
    "warned",
    "picture",
    "card",
    "statistics",
)
STYLE = (Path(__file__).parent / "screens.css").read_text(encoding="utf-8")


def page(scene: Scene, server: BotApiServer) -> str:
    """The scene as a page of HTML."""
    parts = [f"<header>{html.escape(scene.chat)}</header><main>"]
    parts += [bubble(m, scene, server) for m in scene.messages]
    parts.append("</main>")
    if scene.inline:
        rows = scene.inline["results"][:3]
        parts += [f"<div class=i><b>{esc(r['title'])}</b><span>{esc(r['description'])}</span></div>" for r in rows]
        parts.append("<div class=type>@trichdan_bot tiêm vaccine trẻ em</div>")
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{''.join(parts)}"


def bubble(m: Message, scene: Scene, server: BotApiServer) -> str:
    """One message."""
    mine = m.raw["from"]["id"] == scene.reader
    from_bot = bool(m.raw["from"]["is_bot"])
    inside = []
    if not mine:
        inside.append(f"<div class=who>{esc(m.raw['from']['first_name'])}</div>")
    if "via_bot" in m.raw:
        inside.append("<div class=who>qua @trichdan_bot</div>")
    replied = m.raw.get("reply_to_message")
    if replied and not replied.get("forum_topic_created") and from_bot:
        words = replied.get("text") or replied.get("document", {}).get("file_name") or "…"
        inside.append(f"<div class=re>{esc(words)}</div>")
    if "photo" in m.raw:
        data = base64.b64encode(server.files[m.picture]).decode()
        inside.append(f'<img src="data:image/png;base64,{data}">')
    if "document" in m.raw:
        inside.append(f"<span class=file>📄 {esc(m.raw['document'].get('file_name', 'tệp'))}</span>")
    inside.append(m.html if m.html else esc(m.text or ("🎤 0:03" if "voice" in m.raw else "")))
    rows = "".join(
        "<div class=row>" + "".join(f"<div class=k>{esc(b['text'])}</div>" for b in row) + "</div>"
        for row in m.keyboard
    )
    side = "bot" if from_bot else "me" if mine else "m"
    return f"<div class='m {side}'><div class=b>{''.join(inside)}</div>{rows}</div>"


def esc(words: str) -> str:
    return html.escape(str(words))


def shoot(markup: str, target: Path) -> None:
    """A PNG of the page as high as what stands on it, in few colours."""
    with tempfile.TemporaryDirectory() as folder:
        source, shot = Path(folder) / "page.html", Path(folder) / "shot.png"
        source.write_text(markup, encoding="utf-8")
        size = f"--window-size={WIDTH},2400"
        options = ["--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-gpu", size]
        more = [f"--force-device-scale-factor={SCALE}", f"--screenshot={shot}", source.as_uri()]
        subprocess.run(["chromium", *options, *more], check=True, capture_output=True, timeout=120)
        picture = Image.open(io.BytesIO(shot.read_bytes())).convert("RGB")
    empty = picture.getpixel((2, picture.height - 1))
    inked = (y for y in range(picture.height - 1, 0, -1) if _inked(picture, y, empty))
    below = next(inked, picture.height - 1)
    cut = picture.crop((0, 0, picture.width, min(picture.height, below + 16)))
    cut.quantize(64).save(target, "PNG", optimize=True)


def _inked(picture: Image.Image, y: int, empty: object) -> bool:
    return any(picture.getpixel((x, y)) != empty for x in range(0, picture.width, 4))


async def main() -> None:
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with BotApiServer() as server:
            owner = server.user("Lan")
            settings = settings_for(server, Path(folder), admins=str(owner.id))
            home = open_home(settings)
            async with running(server, home.engine, home.library, settings):
                scenes = await Day(server, owner).live()
            home.library.close()
            for name in SHOWN:
                target = OUT / f"{name}.png"
                shoot(page(scenes[name], server).replace("</blockquote>\n", "</blockquote>"), target)
                print(f"{target.relative_to(OUT.parent.parent)}: {target.stat().st_size // 1024} kB")


if __name__ == "__main__":
    asyncio.run(main())
