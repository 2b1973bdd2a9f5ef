"""Reading order of pieces of lines whose order is unknown: side-by-side blocks (letterhead, signature) one by one."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.extract.layout import Line


def reading_order(pieces: Sequence[Line]) -> list[Line]:
    """Pieces of lines from top to bottom; where rows are split by a common gap, the left column before the right.

    A piece that lies wholly on one side of the gap belongs to the column; one that crosses it ends the columns.
    """
    rows = _rows(pieces)
    out: list[Line] = []
    at = 0
    while at < len(rows):
        if len(rows[at]) != 2:
            out.extend(rows[at])
            at += 1
            continue
        end, gap = _region(rows, at)
        columns: tuple[list[Line], list[Line]] = ([], [])
        middle = sum(gap) / 2
        for row in rows[at:end]:
            for piece in row:
                columns[(piece.left + piece.right) / 2 > middle].append(piece)
        for column in columns:
            out.extend(sorted(column, key=lambda piece: (piece.top + piece.bottom, piece.left)))
        at = end
    return out


def _rows(pieces: Sequence[Line]) -> list[list[Line]]:
    """Pieces that stand side by side, rows from top to bottom, each from left to right."""
    rows: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda p: p.top + p.bottom):
        if rows and all(_beside(piece, other) for other in rows[-1]):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda p: p.left) for row in rows]


def _beside(a: Line, b: Line) -> bool:
    overlap = min(a.bottom, b.bottom) - max(a.top, b.top)
    return overlap > 0.4 * min(a.size, b.size) and (a.left >= b.right or b.left >= a.right)


def _region(rows: Sequence[Sequence[Line]], start: int) -> tuple[int, tuple[float, float]]:
    """(row after the last of the side-by-side block that begins at `start`, the gap between its columns)."""
    gap = (rows[start][0].right, rows[start][1].left)
    end = start + 1
    last_split = end
    while end < len(rows):
        row = rows[end]
        if len(row) > 2:
            break
        if len(row) == 2:
            shared = (max(gap[0], row[0].right), min(gap[1], row[1].left))
            if shared[0] >= shared[1]:
                break
            gap = shared
            last_split = end + 1
        else:
            piece = row[0]
            if piece.left < gap[0] - piece.size and piece.right > gap[1] + piece.size:
                break
            if piece.right <= gap[1] and piece.left < gap[0]:
                gap = (max(gap[0], piece.right), gap[1]) if piece.right < gap[1] else gap
            elif piece.left >= gap[0] and piece.right > gap[1]:
                gap = (gap[0], min(gap[1], piece.left)) if piece.left > gap[0] else gap
            else:
                break
            if piece.top - rows[end - 1][0].bottom > 4 * piece.size:
                break
        end += 1
    return _trim(rows, last_split, end, gap), gap


def _trim(rows: Sequence[Sequence[Line]], last_split: int, end: int, gap: tuple[float, float]) -> int:
    """Single pieces after the last split row stay in the block only while they stand in the right column: below a
    letterhead the body's first short line is no part of it, below a signature's title the name is."""
    at = last_split
    while at < end and len(rows[at]) == 1:
        piece = rows[at][0]
        if (piece.left + piece.right) / 2 <= sum(gap) / 2 and piece.right > gap[0] + piece.size:
            break
        at += 1
    return at
