"""Commands on collections: who may read which documents."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from bot.commands.options import HomeOption, JsonOption, opened, out
from bot.lookup import find_document
from bot.messages import text

NameArgument = Annotated[str, typer.Argument(help="Tên bộ văn bản · name of the collection")]
ChatArgument = Annotated[int, typer.Argument(help="Mã trò chuyện Telegram · Telegram chat id")]

# A group's id is negative, and no option.
_NEGATIVE = {"ignore_unknown_options": True}

app = typer.Typer(
    name="collections", help="Ai được đọc văn bản nào · Who may read which documents.", no_args_is_help=True
)


@app.command("list")
def list_(json_: JsonOption = False, home: HomeOption = None) -> None:
    """Liệt kê các bộ văn bản · Lists the collections."""
    with opened(home) as opened_home:
        collections = opened_home.library.collections()
        language = opened_home.settings.language
    if json_:
        for c in collections:
            print(json.dumps(c.model_dump(mode="json"), ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    for key in ("collection", "documents", "chats"):
        table.add_column(text(language, f"column.{key}"), overflow="fold")
    for n, c in enumerate(collections):
        chats = text(language, "cli.everyone") if n == 0 else ", ".join(map(str, c.chats)) or "–"
        table.add_row(c.name, str(c.documents), chats)
    out.print(table)


@app.command()
def make(name: NameArgument, home: HomeOption = None) -> None:
    """Tạo bộ văn bản · Makes a collection that no chat may read yet."""
    with opened(home) as opened_home:
        opened_home.library.make_collection(name)
        out.print(text(opened_home.settings.language, "cli.collection_made", name=name), markup=False)


@app.command()
def rename(
    name: NameArgument,
    new: Annotated[str, typer.Argument(help="Tên mới · the new name")],
    home: HomeOption = None,
) -> None:
    """Đổi tên bộ văn bản · Gives a collection another name."""
    with opened(home) as opened_home:
        library = opened_home.library
        library.rename_collection(library.collection(name).id, new)
        out.print(text(opened_home.settings.language, "cli.collection_renamed", name=name, new=new), markup=False)


@app.command(context_settings=_NEGATIVE)
def grant(name: NameArgument, chat: ChatArgument, home: HomeOption = None) -> None:
    """Cho một nhóm hay một người đọc · Lets a chat read a collection."""
    with opened(home) as opened_home:
        library = opened_home.library
        library.grant(library.collection(name).id, chat)
        out.print(text(opened_home.settings.language, "cli.granted", name=name, chat=chat), markup=False)


@app.command(context_settings=_NEGATIVE)
def revoke(name: NameArgument, chat: ChatArgument, home: HomeOption = None) -> None:
    """Thôi cho đọc · Lets a chat read a collection no more."""
    with opened(home) as opened_home:
        library = opened_home.library
        library.revoke(library.collection(name).id, chat)
        out.print(text(opened_home.settings.language, "cli.revoked", name=name, chat=chat), markup=False)


@app.command()
def move(
    number: Annotated[str, typer.Argument(help="Số hiệu, tên tệp hoặc mã · number, file or id")],
    name: NameArgument,
    home: HomeOption = None,
) -> None:
    """Chuyển văn bản sang bộ khác · Moves a document into another collection."""
    with opened(home) as opened_home:
        library = opened_home.library
        info = find_document(library, number)
        library.move(info.id, library.collection(name).id)
        language = opened_home.settings.language
    out.print(text(language, "cli.moved", document=info.number or info.file, name=name), markup=False)
