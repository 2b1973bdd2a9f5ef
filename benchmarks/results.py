"""Tables into RESULTS.md, each between its own marks, and the machine that made them."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from embeddings.machine import cores

RESULTS = Path(__file__).with_name("RESULTS.md")
HOME = Path(__file__).resolve().parent.parent / ".bench"


def write(name: str, heading: str, lines: Sequence[str], results: Path = RESULTS) -> None:
    """Puts `lines` between the marks of `name`; where there are none yet, at the end below `heading`."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    text = results.read_text(encoding="utf-8") if results.is_file() else "# Results\n"
    if begin not in text:
        text = f"{text.rstrip()}\n\n## {heading}\n\n{begin}\n{end}\n"
    before, rest = text.split(begin, 1)
    after = rest.split(end, 1)[1]
    results.write_text(f"{before}{begin}\n" + "\n".join(lines) + f"\n{end}{after}", encoding="utf-8")


def machine() -> str:
    """Processor and cores, and how busy they were lately: 1.0 is one core."""
    busy = f"; load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{processor()}, {cores()} cores, Python {platform.python_version()}{busy}"


def processor() -> str:
    """Its model, and what of it speeds integers up."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.exists() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    flags = [flag for flag in ("avx2", "avx512_vnni", "amx_int8") if re.search(rf"\b{flag}\b", text)]
    name = found[1] if found else platform.processor() or platform.machine()
    return name + (f" ({', '.join(flags)})" if flags else "")


def percentiles(seconds: Sequence[float], *which: int) -> str:
    """Milliseconds: "12.3 / 45.6"."""
    return " / ".join(f"{1000 * x:.1f}" for x in np.percentile(seconds, which)) if len(seconds) else "–"


def resident() -> tuple[float, float]:
    """MB of this process in memory: all of it, and what is not just a file mapped."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kb = {k: int(v) for k, v in re.findall(r"^(VmRSS|RssAnon):\s+(\d+) kB", status, re.MULTILINE)}
    return kb["VmRSS"] / 1024, kb["RssAnon"] / 1024


def megabytes(path: Path) -> float:
    """On disk: a file, or all of a folder."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(p.stat().st_size for p in files) / 1e6
