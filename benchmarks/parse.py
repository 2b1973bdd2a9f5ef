"""Reads documents, scores them where there is truth to score against, and writes the table into RESULTS.md.

    python -m benchmarks.parse FOLDER [--score SCORER TRUTH] [--out parsed.jsonl] [--results benchmarks/RESULTS.md]

FOLDER holds documents; SCORER is a script that takes ``parsed.jsonl --truth TRUTH --json FILE``. Also checks what must
hold for every document (offsets, order, markers) and measures how many documents a second one core reads.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks import results
from corpus.errors import CorpusError
from corpus.model import Directive, Part
from corpus.parse import parse_file
from corpus.report import directive_json

_CPU = "nanoseconds of processor time"


def broken(d: Directive) -> list[str]:
    """What does not hold in a read document; empty when all does."""
    out = []
    last = -1
    seen: set[str] = set()
    for c in d.clauses:
        if c.path in seen:
            out.append(f"clause {c.path} is there twice")
        seen.add(c.path)
        if c.start < last:
            out.append(f"clause {c.path} is out of order")
        last = c.start
        if not d.text[c.start : c.end].strip() or d.text[c.start].isspace():
            out.append(f"clause {c.path} is empty or begins with white space")
    final = d.clauses[-1] if d.clauses else None
    if final and len(d.shown(final.start, final.end)) < 25 and any(p.part is Part.CLOSING for p in d.paragraphs):
        out.append(f"clause {final.path} is a heading only, with closing text behind it")
    at = 0
    for p in d.paragraphs:
        if any(ch.isalnum() for ch in d.shown(at, p.start)):
            out.append(f"text before {p.start} is in no paragraph: {d.text[at : p.start]!r:.60}")
        if d.text[p.start].isspace() or d.text[p.end - 1].isspace():
            out.append(f"paragraph {p.start} has white space at its ends")
        if p.part is Part.FURNITURE and p.clause:
            out.append(f"furniture in clause {p.clause}")
        at = p.end
    return out


def read(path: Path) -> tuple[list[dict[str, object]], list[str], Counter[str]]:
    """One file's documents as JSON, what is broken in them, and counts for the statistics."""
    counts: Counter[str] = Counter()
    began = time.process_time_ns()
    try:
        directives = parse_file(path)
        counts[_CPU] = time.process_time_ns() - began
    except CorpusError as e:
        counts["refused"] += 1
        return [], [f"refused: {e}"], counts
    rows, faults = [], []
    for d in directives:
        counts["documents"] += 1
        counts["clauses"] += len(d.clauses)
        counts["with clauses"] += bool(d.clauses)
        for name in ("number", "type", "issuer", "date", "title", "signer"):
            counts[f"with {name}"] += getattr(d, name) is not None
        counts["reports"] += d.trust.value == "report"
        counts["clause gaps"] += sum(w.code == "clause_gap" for w in d.warnings)
        faults += broken(d)
        row = directive_json(d)
        row["file"] = path.name
        rows.append(row)
    return rows, faults, counts


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; exit 1 when something that must hold does not."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("folder", type=Path)
    args.add_argument("--score", nargs=2, type=Path, metavar=("SCORER", "TRUTH"))
    args.add_argument("--only", default="", help="regular expression on file names")
    args.add_argument("--out", type=Path)
    args.add_argument("--results", type=Path)
    args.add_argument("--jobs", type=int, default=1)
    a = args.parse_args(argv)
    files = sorted(f for f in a.folder.iterdir() if f.is_file() and re.search(a.only, f.name))
    began = time.perf_counter()
    rows: list[dict[str, object]] = []
    faults: list[str] = []
    counts: Counter[str] = Counter()
    read_files: Iterable[tuple[list[dict[str, object]], list[str], Counter[str]]]
    if a.jobs > 1:
        with ProcessPoolExecutor(a.jobs) as pool:
            read_files = list(pool.map(read, files, chunksize=8))
    else:
        read_files = map(read, files)
    for file, (some, bad, count) in zip(files, read_files, strict=True):
        rows += some
        faults += [f"{file.name}: {b}" for b in bad]
        counts += count
    took = time.perf_counter() - began
    lines = [
        f"| documents | {counts['documents']} |",
        f"| read in | {took:.1f} s with {a.jobs} process(es): {len(files) / took:.0f} documents/s |",
        f"| processor time for each | {counts.pop(_CPU) / 1e6 / max(1, len(files)):.1f} ms |",
        f"| broken invariants | {len(faults)} |",
    ]
    lines += [f"| {k} | {counts[k]} |" for k in sorted(counts) if k != "documents"]
    for fault in faults[:40]:
        print(fault, file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        out = a.out or Path(folder, "parsed.jsonl")
        out.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
        if a.score:
            figures = Path(folder, "figures.json")
            command = [
                sys.executable,
                str(a.score[0]),
                str(out),
                "--truth",
                str(a.score[1]),
                "--json",
                str(figures),
                "-v",
            ]
            print(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            over = json.loads(figures.read_text(encoding="utf-8"))["overall"]
            for name in ("number", "type", "date", "issuer", "signer", "title", "P", "R", "F1", "F1_mean_of_files"):
                lines.append(f"| {name} | {100 * over[name]:.1f} % |")
    table = "\n".join(["| | |", "| --- | --- |", *lines])
    print(table)
    if a.results:
        results.write("parse", "Reading", [table], a.results)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
