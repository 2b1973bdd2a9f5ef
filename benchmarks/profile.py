"""Where the time of an answer goes: the asking thread, sampled from outside by py-spy.

    python -m benchmarks.profile QUESTIONS [--home .bench] [--library DB] [--index DIR] [--many 300]

Needs py-spy (in the `dev` extra) and the right to look into a process of one's own.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks import options, questions, results
from benchmarks.answer import Unremembered, copy
from corpus.library import Library
from embeddings.cache import CachedEncoder
from embeddings.shipped import load_encoder
from retrieval.engine import Engine

_LINE = re.compile(r":\d+\)$")
RATE = 500  # samples a second
SHOWN = 16
# A sample belongs to the first of these that is being run.
STEPS = {
    "read_question": "reading the question",
    "Unremembered.encode_queries": "encoding it",
    "Dense.search": "vectors compared",
    "Words.candidates": "candidates by words",
    "Words.score": "candidates scored by their words",
    "Words.local": "neighbours weighed within the likeliest documents",
    "Engine.directive": "documents read from the library",
    "choose": "quotes chosen",
    "Words.weigh": "rarity of the words",
    "search": "both searches fused",
    "signs_of": "signs of an answer weighed",
    "_Asking._passages": "passages made, doubles left out",
    "Engine.ask": "the rest",
}


def ask_all(home: Path, library: Path, index: Path, texts: list[str]) -> None:
    """What is profiled: every question once."""
    raw = load_encoder(home)
    engine = Engine(Library(library), Unremembered(CachedEncoder(raw, home / "vectors"), raw), index)
    engine.warm(None)
    for text in texts:
        engine.ask(text)


def counted(stacks: str) -> tuple[Counter[str], Counter[str], int]:
    """Samples by step, and by function that was running itself, of those inside `ask`. A line of `stacks` is frames
    from the outermost on, parted by semicolons, and how many samples."""
    steps: Counter[str] = Counter()
    own: Counter[str] = Counter()
    total = 0
    for line in stacks.splitlines():
        said, _, number = line.rpartition(" ")
        frames = [_LINE.sub(")", frame) for frame in said.split(";")]
        names = {frame.partition(" (")[0] for frame in frames}
        if "Engine.ask" in names:
            total += int(number)
            own[frames[-1]] += int(number)
            steps[STEPS[next(step for step in STEPS if step in names)]] += int(number)
    return steps, own, total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    options.add_library(parser)
    parser.add_argument("--many", type=int, default=300, help="questions")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    library, index = options.library(args)
    if args.inside:
        ask_all(args.home, library, index, questions.read(args.questions)[: args.many])
        return
    with tempfile.TemporaryDirectory(dir=args.home, prefix="profile-") as scratch:
        out, home = Path(scratch, "stacks.txt"), Path(scratch)
        copy(library, index, args.home, home)
        spy = str(Path(sys.executable).with_name("py-spy"))
        command = [spy, "record", "--format", "raw", "--rate", str(RATE), "--output", str(out), "--", sys.executable]
        command += ["-m", "benchmarks.profile", str(args.questions), "--many", str(args.many), "--inside"]
        command += ["--home", scratch, "--library", str(home / "library.db"), "--index", str(home / "index")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        steps, own, total = counted(out.read_text(encoding="utf-8"))
    size = f"{len(Library(library).documents())} documents, {args.many} questions, {total:,} samples"
    lines = [f"{results.machine()}; {size}.", "", "| step | share |", "| --- | --: |"]
    lines += [f"| {name} | {n / total:.1%} |" for name, n in steps.most_common()]
    lines += ["", "| function by itself | share |", "| --- | --: |"]
    lines += [f"| `{name}` | {n / total:.1%} |" for name, n in own.most_common(SHOWN)]
    print(*lines, sep="\n")
    results.write("profile", "Where the time goes", lines)


if __name__ == "__main__":
    main()
