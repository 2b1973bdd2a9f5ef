"""Tables as lines of text: letterheads and clauses set in cells stay readable lines, rows of data stay rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_MARKER = re.compile(
    r"\W*(?:(?:điều|khoản|điểm|mục|phần)\s+)?(?:\d{1,3}(?:\.\d{1,3})*|[ivxl]{1,6}|[a-zđ])\s*[.)/:]?\W*", re.I
)
_DATA_COLUMNS = 3
_SHORT = 300  # characters; a cell longer than this is prose


def row_lines(rows: Sequence[Sequence[Sequence[str]]]) -> Iterator[str]:
    """The lines of a table given as rows of cells of lines.

    A table of three columns or more whose cells are short is data: one line a row, ``| a | b | c |``. Any other table
    is layout: cell after cell, line after line; a cell that holds only a clause's marker is joined to the cell after
    it.
    """
    filled = [[_lines(cell) for cell in row] for row in rows]
    for row in filled:
        cells = [cell for cell in row if cell]
        if not cells:
            continue
        if _is_data(row, filled):
            yield "| " + " | ".join(" ".join(cell) for cell in row) + " |"
            continue
        joined = ""
        for at, cell in enumerate(cells):
            if len(cell) == 1 and at + 1 < len(cells) and _MARKER.fullmatch(cell[0]):
                joined += cell[0] + " "
                continue
            yield joined + cell[0]
            yield from cell[1:]
            joined = ""


def _is_data(row: Sequence[Sequence[str]], table: Sequence[Sequence[Sequence[str]]]) -> bool:
    if len(row) < _DATA_COLUMNS or len(table) < 2:
        return False
    return all(sum(map(len, cell)) <= _SHORT for cell in row)


def _lines(cell: Sequence[str]) -> list[str]:
    return [line for line in cell if line.strip()]
