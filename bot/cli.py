"""The `trichdan` command: results to stdout, progress and errors to stderr.

Exit 0 when it worked (no answer found is also 0), 2 for a wrong call, 1 for a failure with one clear line.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys

import typer

from bot.commands import backups, collections, copying, documents, questions, service
from bot.errors import BotError
from bot.explain import KNOWN_ERRORS, explain

app = typer.Typer(
    name="trichdan",
    help="Trả lời câu hỏi về văn bản chỉ đạo bằng chính điều khoản, trích nguyên văn, có dẫn nguồn.\n\n"
    "Answers questions about directives with the clause itself, quoted word for word and cited.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
documents.register(app)
app.add_typer(collections.app)
questions.register(app)
backups.register(app)
copying.register(app)
service.register(app)


def main() -> None:
    """Runs the command line; the console script."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except KNOWN_ERRORS as e:
        _fail(e)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output (head, less) went away: not a failure worth a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except sqlite3.DatabaseError as e:
        _fail(DamagedError(str(e), reason=str(e)))
    except OSError as e:
        # A full disk, a folder that became read-only: the operator's to mend, wherever it was met.
        _fail(FileSystemError(str(e), path=e.filename or "TRICHDAN_HOME", reason=e.strerror or str(e)))


class DamagedError(BotError):
    """One of the data folder's databases cannot be read or written."""

    code = "damaged"


class FileSystemError(BotError):
    """The operating system refused a file."""

    code = "file_system"


def _fail(error: Exception) -> None:
    print(f"trichdan: {explain(error, _language())}", file=sys.stderr)
    sys.exit(1)


def _language() -> str:
    # Not from Settings: what failed may be the settings themselves.
    return "en" if os.environ.get("TRICHDAN_LANGUAGE") == "en" else "vi"


if __name__ == "__main__":
    main()
