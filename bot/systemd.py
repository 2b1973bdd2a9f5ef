"""What systemd wants to be told (sd_notify(3)): ready, alive, stopping. Without systemd nothing happens."""

from __future__ import annotations

import contextlib
import os
import socket


def notify(state: str) -> None:
    """`READY=1`, `WATCHDOG=1`, `STOPPING=1`. That nobody listens is no error."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address.startswith("@"):
        address = "\0" + address[1:]
    if not address:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.connect(address)
        to.sendall(state.encode())


def watchdog_every() -> float | None:
    """Seconds between signs of life: half of what systemd waits (WatchdogSec=); None when it does not wait for any."""
    given, whose = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", str(os.getpid()))
    if not given.isdigit() or int(given) == 0 or whose != str(os.getpid()):
        return None
    return int(given) / 2_000_000
