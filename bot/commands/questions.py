"""Commands that ask: ask, eval, calibrate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.answer_json import answer_json
from bot.commands.options import HomeOption, JsonOption, opened, out
from bot.errors import BotError
from bot.messages import text
from bot.terminal import print_answer


class QuestionFileError(BotError):
    """A question file that cannot be read, or a line of it that is not a question."""

    code = "question_file"


class LabelledSetError(BotError):
    """A folder that is no labelled set in BEIR form."""

    code = "labelled_set"


def register(app: typer.Typer) -> None:
    """Hangs this file's commands on the application."""
    app.command("ask")(ask)
    app.command("eval")(evaluate)
    app.command("calibrate")(calibrate)


def ask(
    question: Annotated[str | None, typer.Argument(help="Câu hỏi · question")] = None,
    top: Annotated[int | None, typer.Option("--top", min=1, max=100, help="Số đoạn trích · passages")] = None,
    batch: Annotated[Path | None, typer.Option("--batch", help='JSONL: {"id", "question"}')] = None,
    json_: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Hỏi · Asks a question, or every question of a file."""
    if (question is None) == (batch is None):
        raise typer.BadParameter("cần một câu hỏi hoặc --batch TỆP · give a question or --batch FILE")
    with opened(home) as opened_home:
        settings, engine = opened_home.settings, opened_home.engine
        most, fetch = top or settings.results, opened_home.library.get
        if batch is None:
            answer = engine.ask(question or "", most)
        else:
            for id, words in read_questions(batch):
                row = answer_json(engine.ask(words, most), settings.language, fetch)
                del row["question"]
                print(json.dumps({"id": id, "answered": row["status"] == "answered"} | row, ensure_ascii=False))
            return
    if json_:
        print(json.dumps(answer_json(answer, settings.language, fetch), ensure_ascii=False))
    else:
        print_answer(answer, settings.language, out, fetch)


def read_questions(path: Path) -> Iterator[tuple[str, str]]:
    """(id, question) of each line of a JSONL file. QuestionFileError names the first line that is no question."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as e:
        raise QuestionFileError(f"{path}: cannot be read ({e}); give a UTF-8 file of JSON lines", path=str(path)) from e
    questions = []
    for n, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row: dict[str, Any] = json.loads(line)
            questions.append((str(row["id"]), str(row["question"])))
        except (ValueError, KeyError, TypeError) as e:
            raise QuestionFileError(
                f'{path} line {n}: not a question; each line is {{"id": …, "question": …}}', path=str(path), line=n
            ) from e
    return iter(questions)


def evaluate(
    folder: Annotated[Path, typer.Argument(help="Thư mục dạng BEIR · folder in BEIR form")],
    run: Annotated[Path | None, typer.Option("--run", help="Tệp kết quả TREC · TREC run to write")] = None,
    queries: Annotated[Path | None, typer.Option("--queries", help="Tệp câu hỏi khác · other queries")] = None,
    json_: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Đo trên bộ dữ liệu có nhãn · Measures on a labelled set (nDCG@10, RR@10, P@1, R@10, R@100)."""
    from retrieval.evaluate import evaluate as run_evaluation

    with opened(home) as opened_home:
        try:
            figures = run_evaluation(folder, opened_home.encoder, run, queries)
        except (OSError, ValueError, KeyError, TypeError) as e:
            raise LabelledSetError(f"{folder}: not a labelled set ({e})", path=str(folder), reason=str(e)) from e
    if json_:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name}\t{value:.4f}")


def calibrate(
    questions: Annotated[Path, typer.Argument(help="JSONL có đáp án · questions with their answers")],
    home: HomeOption = None,
) -> None:
    """Chỉnh ngưỡng trả lời trên một tệp câu hỏi · Fits the decision to answer on a question file."""
    from retrieval.calibrate import calibrate as fit

    with opened(home) as opened_home:
        language, out_path = opened_home.settings.language, opened_home.settings.home / "decision.json"
        try:
            found = fit(questions, opened_home.engine, out_path)
        except (OSError, ValueError, KeyError) as e:
            raise QuestionFileError(
                f"{questions}: cannot be fitted on ({e}); give JSON lines with question and answers",
                path=str(questions),
            ) from e
    figures = {"count": found.questions, "refused": f"{found.refused:.1%}", "wrong": f"{found.wrong:.1%}"}
    out.print(text(language, "cli.calibrated", path=str(out_path), **figures), markup=False)
