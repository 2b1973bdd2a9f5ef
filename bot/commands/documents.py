"""Commands on the library: add, parse, list, show, remove."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from bot.commands.options import HomeOption, JsonOption, err, opened, out
from bot.explain import refusal
from bot.home import Home
from bot.lookup import ClauseNotFoundError, DocumentNotFoundError, find_document
from bot.messages import text
from corpus.access import PUBLIC
from corpus.library import DocumentInfo

WATCH_EVERY = 2.0  # seconds between looks at a watched folder


def register(app: typer.Typer) -> None:
    """Hangs this file's commands on the application."""
    for command in (add, parse, list_, show, remove):
        app.command(command.__name__.rstrip("_"))(command)


def add(
    paths: Annotated[list[Path], typer.Argument(help="Tệp hoặc thư mục · files or folders")],
    json_: JsonOption = False,
    watch: Annotated[bool, typer.Option("--watch", help="Theo dõi thư mục · follow the folder")] = False,
    collection: Annotated[
        str, typer.Option("--collection", help="Bộ văn bản, mặc định cho mọi người đọc · default: everyone's")
    ] = PUBLIC,
    home: HomeOption = None,
) -> None:
    """Đưa văn bản vào thư viện · Reads files or folders into the library."""
    from corpus.ingest import find_files
    from corpus.watch import changes

    with opened(home) as opened_home:
        into = opened_home.library.collection(collection).id
        failed = _add(opened_home, find_files(paths), into, json_)
        if watch:
            for changed in changes(paths, WATCH_EVERY):
                if changed:
                    _add(opened_home, changed, into, json_)
    # In a folder some files are never documents; a file that was named and refused is a failure.
    if any(str(p) in failed for p in paths):
        raise typer.Exit(1)


def _add(home: Home, files: Sequence[Path], collection: str, json_: bool) -> set[str]:
    """Adds files to a collection, prints one result each, brings the index up to date; the paths that were refused."""
    from corpus.ingest import FileOutcome, FileResult, ingest

    language = home.settings.language
    results: list[FileResult] = []
    with Progress(
        TextColumn(text(language, "cli.reading")),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    ) as bar:
        task = bar.add_task("", total=len(files), rate="")
        for result in ingest(home.library, files, collection=collection):
            results.append(result)
            if json_:
                print(json.dumps(_result_json(result), ensure_ascii=False), flush=True)
            if result.outcome is FileOutcome.REFUSED:
                why = refusal(result.reason or "", result.advice or "", language)
                err.print(f"trichdan: {Path(result.path).name}: {why}", markup=False, soft_wrap=True)
            speed = bar.tasks[task].speed
            bar.update(task, advance=1, rate=f"{speed:.0f}/s" if speed else "")
    if any(r.outcome in (FileOutcome.ADDED, FileOutcome.REPLACED) for r in results):
        home.engine.refresh(progress=home.progress)
        home.engine.compact()
    if not json_:
        _print_results(results, language)
    return {r.path for r in results if r.outcome is FileOutcome.REFUSED}


def _result_json(result: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "path": result.path,
        "file": Path(result.path).name,
        "outcome": result.outcome.value,
        "documents": [_card(d) for d in result.documents],
    }
    if result.reason:
        row |= {"reason": result.reason, "advice": result.advice}
    changed = [a.diff for a in result.added if a.diff]
    if changed:
        row["changed"] = [d.model_dump() for d in changed]
    return row


def _print_results(results: Sequence[Any], language: str) -> None:
    table = Table(box=None, pad_edge=False)
    for key in ("file", "outcome", "number", "title"):
        table.add_column(text(language, f"column.{key}"), overflow="fold")
    for r in results:
        documents = r.documents or [None]
        for d in documents:
            table.add_row(
                Path(r.path).name,
                text(language, f"outcome.{r.outcome.value}"),
                (d.number if d else None) or "–",
                (d.title if d else refusal(r.reason or "", r.advice or "", language)) or "–",
            )
    out.print(table)
    counts = {o: sum(r.outcome.value == o for r in results) for o in ("added", "unchanged", "replaced", "refused")}
    out.print(", ".join(f"{n} {text(language, f'outcome.{o}')}" for o, n in counts.items()))


def parse(
    files: Annotated[list[Path], typer.Argument(help="Tệp · files")],
    json_: JsonOption = False,
) -> None:
    """Đọc thử tệp, không đưa vào thư viện · Reads files without touching the library."""
    from bot.explain import explain
    from bot.settings import load_settings
    from corpus.errors import CorpusError
    from corpus.ingest import find_files
    from corpus.parse import parse_file
    from corpus.report import directive_json

    failed = False
    for path in find_files(files):
        try:
            directives = parse_file(path)
        except CorpusError as e:
            failed = True
            err.print(f"trichdan: {explain(e, load_settings().language)}", markup=False, soft_wrap=True)
            continue
        for d in directives:
            row = directive_json(d)
            if json_:
                print(json.dumps(row, ensure_ascii=False), flush=True)
            else:
                out.print(f"{row['file']}: {row['number'] or '–'} | {row['type']} | {row['issuer']} | {row['date']}")
                for c in row["clauses"]:
                    out.print(f"  {c['path']}  {' '.join(c['text'].split())[:90]}", markup=False)
    if failed:
        raise typer.Exit(1)


def list_(json_: JsonOption = False, home: HomeOption = None) -> None:
    """Liệt kê thư viện · Lists the library."""
    with opened(home) as opened_home:
        documents = opened_home.library.documents()
        language = opened_home.settings.language
    if json_:
        for d in documents:
            print(json.dumps(_card(d), ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    for key in ("number", "type", "issuer", "date", "title", "file"):
        table.add_column(text(language, f"column.{key}"), overflow="fold")
    for d in documents:
        date = f"{d.date:%d/%m/%Y}" if d.date else d.month or "–"
        table.add_row(d.number or "–", d.type or "–", d.issuer or "–", date, d.title or "–", d.file)
    out.print(table)


def show(
    number: Annotated[str, typer.Argument(help="Số hiệu, tên tệp hoặc mã · number, file or id")],
    clause: Annotated[str | None, typer.Argument(help="Điều khoản, vd 3.3 · clause")] = None,
    json_: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Xem một văn bản hay một điều khoản · Shows a document or one clause of it."""
    from bot.explain import paths_hint
    from corpus.report import directive_json

    with opened(home) as opened_home:
        info = find_document(opened_home.library, number)
        directive = opened_home.library.get(info.id)
    if directive is None:
        raise DocumentNotFoundError(f"{number}: removed a moment ago", words=number)
    if clause is None:
        if json_:
            print(json.dumps(_card(info) | directive_json(directive), ensure_ascii=False))
        else:
            out.print("\n".join(f"{k}: {v}" for k, v in _card(info).items() if v is not None), markup=False)
            for c in directive.clauses:
                words = " ".join(directive.shown(c.start, c.end).split())
                out.print(f"{c.path:10} {words[:100]}", markup=False)
        return
    found = next((c for c in directive.clauses if c.path == clause.strip()), None)
    if found is None:
        paths = [c.path for c in directive.clauses]
        raise ClauseNotFoundError(
            f"{info.number or info.file} has no clause {clause}; it has: {paths_hint(paths)}",
            document=info.number or info.file,
            clause=clause,
            clauses=paths_hint(paths),
        )
    if json_:
        row = {"document": info.number, "file": info.file, "clause": found.path, "start": found.start}
        print(
            json.dumps(
                row | {"end": found.whole_end, "text": directive.text[found.start : found.whole_end]},
                ensure_ascii=False,
            )
        )
    else:
        out.print(directive.shown(found.start, found.whole_end).strip(), markup=False, soft_wrap=True)


def remove(
    number: Annotated[str, typer.Argument(help="Số hiệu, tên tệp hoặc mã · number, file or id")],
    home: HomeOption = None,
) -> None:
    """Bỏ một văn bản khỏi thư viện · Takes a document out of the library."""
    with opened(home) as opened_home:
        info = find_document(opened_home.library, number)
        opened_home.library.remove(info.id)
        language = opened_home.settings.language
    out.print(text(language, "cli.removed", document=info.number or info.file), markup=False)


def _card(d: DocumentInfo) -> dict[str, Any]:
    return d.model_dump(mode="json", exclude={"seq"})
