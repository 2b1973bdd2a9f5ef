"""What several benchmarks are told in the same way: which library, and where its index is."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from benchmarks import results


def add_library(parser: ArgumentParser) -> None:
    parser.add_argument("--home", type=Path, default=results.HOME)
    parser.add_argument("--library", type=Path, help="default: home/library/l.db")
    parser.add_argument("--index", type=Path, help="default: home/library/index")


def library(args: Namespace) -> tuple[Path, Path]:
    """The library that is meant, and its index."""
    return args.library or args.home / "library" / "l.db", args.index or args.home / "library" / "index"
