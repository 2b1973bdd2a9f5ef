"""What the machine lets us use."""

from __future__ import annotations

import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup/cpu.max")
_PROCESSOR = Path("/proc/cpuinfo")


def cores() -> int:
    """Cores this process may use, at least 1: a container's share counts, not what the machine has."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = _CGROUP.read_text(encoding="ascii").split()
        if quota != "max":
            here = min(here, -(-int(quota) // int(period)))
    except (OSError, ValueError, ZeroDivisionError):
        pass  # no such limit on this system
    return max(1, here)


def multiplies_halves() -> bool:
    """True when the processor multiplies bfloat16 itself; elsewhere it is slower than single precision."""
    try:
        flags = _PROCESSOR.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(f" {flag}" in flags for flag in ("avx512_bf16", "amx_bf16"))
