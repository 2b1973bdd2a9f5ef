"""The clause grammar: which of the places that could begin a clause do.

Every line is read for markers (corpus/markers.py); a beam search then looks for the one consistent tree: levels stand
in their fixed order, siblings follow one another, a gap costs, and so does every marker that is left out. Line
patterns alone cannot tell ``10.`` the clause from ``10.`` the number at a wrapped line's start; their neighbours can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from corpus.lines import Line
from corpus.markers import NEXT, Candidate, Level, Reading, broken_article, glued_marker, lost_marker, read_marker
from corpus.paths import LETTERS

BEAM = 8  # trees kept at every step


REPEATED = 2.2
_LETTERED = (Level.LETTER, Level.UPPER, Level.SUBPART)
_DD = LETTERS.index("đ") + 1
HOPELESS = 9.0  # a tree this much dearer than the best one never caught up


@dataclass(slots=True)
class Node:
    """An open clause while the tree is being built."""

    level: Level
    ordinal: int
    numbers: tuple[int, ...]  # the decimal label so far: (3, 1) for 3.1
    path: str
    style: str


@dataclass(slots=True)
class _State:
    cost: float
    stack: tuple[Node, ...]
    taken: _Taken | None


_cost = attrgetter("cost")


@dataclass(slots=True)
class _Taken:
    """A linked list of the markers taken so far, newest first."""

    candidate: Candidate
    path: str
    gap: bool
    level: Level
    ordinal: int
    before: _Taken | None


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker the tree takes: a clause begins at `start`, its words at `body`."""

    path: str
    line: int
    start: int
    body: int
    gap: bool  # the number before it is missing
    level: Level
    ordinal: int


def candidates(lines: Sequence[Line]) -> list[Candidate]:
    """Everything in these lines that could be the beginning of a clause."""
    out: list[Candidate] = []
    skip = -1  # a line whose number belongs to the "Điều" above it
    for n, line in enumerate(lines):
        if line.furniture or line.quoted or not line.text or n == skip:
            continue
        text = line.text
        if len(text) <= 5 and (broken := broken_article(line, lines[n + 1] if n + 1 < len(lines) else None)):
            out.append(broken)
            skip = n + 1
            continue
        found = read_marker(line) or lost_marker(line)
        if found is not None:
            out.append(found)
        if (":" in text or "." in text) and (glued := glued_marker(line)) is not None:
            out.append(glued)
    return out


def read_tree(lines: Sequence[Line], repeats: bool = True) -> list[Marker]:
    """The markers of the clauses in these lines. A quotation that hides a missing Điều is taken to end before it."""
    marks = build_tree(candidates(lines), repeats)
    offset = lines[0].index if lines else 0
    for _ in range(_REPAIRS):
        hidden = _hidden_article(lines, marks, offset)
        if hidden is None:
            break
        n: int = hidden
        while n < len(lines) and (lines[n].quoted or not lines[n].text):
            lines[n].quoted = False
            n += 1
        marks = build_tree(candidates(lines), repeats)
    return marks


_REPAIRS = 12  # quotations put right in one document at most


def _hidden_article(lines: Sequence[Line], marks: Sequence[Marker], offset: int) -> int | None:
    """The quoted line that holds an Điều which is missing between two that are not quoted."""
    last, last_line = 0, 0
    for mark in marks:
        if mark.level is not Level.ARTICLE:
            continue
        if mark.gap:
            for n in range(last_line, mark.line - offset):
                line = lines[n]
                if not line.quoted or not line.text or line.text[0] not in "ĐÐ":
                    continue
                found = read_marker(line) or broken_article(line, lines[n + 1] if n + 1 < len(lines) else None)
                if found and found.readings[0].level is Level.ARTICLE and found.readings[0].ordinal == last + 1:
                    return n
        last, last_line = mark.ordinal, mark.line - offset
    return None


# The search below asks for these at every step; an attribute of an enumeration is ten times as dear as a name.
_PART: Final = Level.PART
_UPPER: Final = Level.UPPER
_ROMAN: Final = Level.ROMAN
_ARTICLE: Final = Level.ARTICLE
_SECTION: Final = Level.SECTION
_SUBPART: Final = Level.SUBPART
_NUMBER: Final = Level.NUMBER
_DECIMAL: Final = Level.DECIMAL
_LETTER: Final = Level.LETTER


def build_tree(found: Sequence[Candidate], repeats: bool = True) -> list[Marker]:
    """The cheapest consistent tree over the candidates, in reading order."""
    articles = sum(1 for c in found for r in c.readings if r.level is _ARTICLE and not r.cost)
    only_articles = articles >= 1
    states = [_State(0.0, (), None)]
    for candidate in found:
        after: dict[str, _State] = {}
        for state in states:
            # The innermost path names every open clause above it.
            total = state.cost + candidate.loss
            key = state.stack[-1].path if state.stack else ""
            old = after.get(key)
            if old is None or total < old.cost:
                after[key] = _State(total, state.stack, state.taken)
            for reading in candidate.readings:
                move = _step(state.stack, reading, only_articles)
                if move is None:
                    continue
                cost, stack, gap = move
                top = stack[-1]
                if cost >= REPEATED and not repeats and top.path.endswith(")"):
                    continue
                total = state.cost + cost + reading.cost
                old = after.get(top.path)
                if old is None or total < old.cost:
                    taken = _Taken(candidate, top.path, gap, top.level, top.ordinal, state.taken)
                    after[top.path] = _State(total, stack, taken)
        states = sorted(after.values(), key=_cost)[:BEAM] if len(after) > 1 else list(after.values())
        worst = states[0].cost + HOPELESS
        while states[-1].cost > worst:
            states.pop()
    best = states[0]
    out: list[Marker] = []
    step = best.taken
    while step is not None:
        c = step.candidate
        out.append(Marker(step.path, c.line, c.start, c.body, step.gap, step.level, step.ordinal))
        step = step.before
    return out[::-1]


def _step(
    stack: tuple[Node, ...], reading: Reading, only_articles: bool
) -> tuple[float, tuple[Node, ...], bool] | None:
    """The cost of reading this marker here, the open clauses after it, and whether a number is missing before it."""
    level = reading.level
    if level is _DECIMAL:
        return _decimal(stack, reading)
    if only_articles and level < _ARTICLE and not _inside_section(stack, reading):
        if reading.level is not _ROMAN or not stack:
            return None  # Phần, Chương and Mục above the Điều are headings
        if reading.ordinal != 1 and not any(node.level is _SECTION for node in stack):
            return None
        reading = Reading(_SECTION, reading.ordinal, reading.label, reading.cost, style=reading.style)
    if only_articles and level > _ARTICLE and not stack:
        return None
    if (
        level is _UPPER
        and any(node.level in (_ROMAN, _SECTION) for node in stack)
        and not any(node.level is _UPPER for node in stack)
    ):
        reading = Reading(_SUBPART, reading.ordinal, reading.label, reading.cost, style=reading.style)
    level = reading.level
    depth = 0
    sibling = None
    for node in stack:
        if node.level >= level:
            if node.level == level:
                sibling = node
            break
        depth += 1
    above = stack[:depth]
    if reading.ordinal == NEXT:
        # Its number is lost: it can only be the next of a list that is open.
        if sibling is None or sibling.style != reading.style:
            return None
        ordinal = sibling.ordinal + 1
        if level is _LETTER and ordinal > len(LETTERS):
            return None
        label = LETTERS[ordinal - 1] if reading.level is _LETTER else str(ordinal)
        reading = Reading(reading.level, ordinal, label, reading.cost, style=reading.style)
    if sibling is None and depth < len(stack):
        # Something deeper is open and no sibling is: a parent may not open inside its child's place.
        return None
    if sibling is not None:
        step = _succession(sibling, reading)
        if step is None:
            return None
        cost, gap = step
    elif reading.ordinal == 1:
        cost, gap = 0.0, False
    elif reading.ordinal <= 3 and not (reading.level is _NUMBER and reading.cost):
        cost, gap = 1.5 + reading.ordinal, True
    elif reading.level is _ARTICLE and not stack:
        cost, gap = 4.5, True  # an excerpt
    else:
        return None
    if level is _LETTER and not above and sibling is None:
        cost += 2.0
    if sibling is not None and sibling.ordinal == reading.ordinal and reading.style != "+":
        path = f"{sibling.path} (2)"
    elif level is _ARTICLE:
        path = reading.label
    else:
        path = f"{above[-1].path}.{reading.label}" if above else reading.label
    numbers = (reading.ordinal,) if level is _NUMBER else ()
    return cost, (*above, Node(level, reading.ordinal, numbers, path, reading.style)), gap


def _inside_section(stack: tuple[Node, ...], reading: Reading) -> bool:
    return reading.level is _UPPER and any(node.level is _SECTION for node in stack)


def _succession(sibling: Node, reading: Reading) -> tuple[float, bool] | None:
    ahead = reading.ordinal - sibling.ordinal
    if ahead == 0 and reading.level is _ARTICLE and reading.style == "+":
        return 0.0, False  # Điều 5a after Điều 5
    if ahead == 0 and reading.ordinal > 1 and not reading.cost and not sibling.path.endswith(")"):
        return REPEATED, False  # the office has given one number twice
    if ahead <= 0:
        return None
    if reading.level in _LETTERED and sibling.ordinal < _DD < reading.ordinal:
        # Many offices leave đ out: a, b, c, d, e.
        ahead -= 1
        if ahead == 1:
            return 0.4, False
    style = 0.0 if reading.style == sibling.style or reading.level is _ARTICLE else 0.7
    if ahead == 1:
        return style, False
    if reading.level is _ARTICLE:
        return (1.0 + 0.3 * ahead, True) if ahead < 30 else None
    if ahead <= 3:
        return style + 1.2 * ahead, True
    return None


def _decimal(stack: tuple[Node, ...], reading: Reading) -> tuple[float, tuple[Node, ...], bool] | None:
    prefix = reading.prefix
    # The innermost open clause whose printed number is this one's prefix.
    for depth in range(len(stack), 0, -1):
        node = stack[depth - 1]
        if node.numbers == prefix:
            sibling = stack[depth] if depth < len(stack) else None
            gap = False
            if sibling is not None and sibling.level is _DECIMAL:
                step = _succession(sibling, reading)
                if step is None or sibling.ordinal == reading.ordinal:
                    return None
                cost, gap = step
            elif reading.ordinal == 1:
                cost = 0.0
            elif reading.ordinal <= 3:
                cost, gap = 1.5 + reading.ordinal, True
            else:
                return None
            path = f"{node.path}.{reading.label}"
            return (
                cost,
                (*stack[:depth], Node(_DECIMAL, reading.ordinal, (*prefix, reading.ordinal), path, reading.style)),
                gap,
            )
    if len(prefix) != 1:
        return None
    # "2.1." straight under II. or Điều 2: the printed label is kept.
    for depth in range(len(stack), 0, -1):
        node = stack[depth - 1]
        if node.level is _DECIMAL and node.numbers[:-1] == prefix:
            step = _succession(node, reading)
            if step is None or node.ordinal == reading.ordinal:
                return None
            cost, gap = step
            path = f"{node.path.rpartition('.')[0]}.{reading.label}"
            new = Node(_DECIMAL, reading.ordinal, (*prefix, reading.ordinal), path, reading.style)
            return cost, (*stack[: depth - 1], new), gap
        if node.level in (_ROMAN, _ARTICLE, _SECTION, _PART) and node.ordinal == prefix[0] and reading.ordinal == 1:
            path = f"{node.path}.{prefix[0]}.{reading.label}"
            new = Node(_DECIMAL, reading.ordinal, (*prefix, reading.ordinal), path, reading.style)
            return 1.0, (*stack[:depth], new), False
    return None
