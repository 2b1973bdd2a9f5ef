"""A Milvus server out of a wheel (`pip install --no-deps milvus==2.3.5`).

It speaks of itself as 127.0.0.1, but listens on every address, and has no password: for machines that nobody else
reaches.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

ROOMS = ("rootCoord", "proxy", "queryCoord", "queryNode", "indexNode", "dataCoord", "dataNode")
PORTS = ("root_coord", "proxy", "query_coord", "query_node", "index_coord", "index_node", "data_coord", "data_node")


class Milvus:
    """The server, in a folder of its own. ModuleNotFoundError where the wheel is not there."""

    def __init__(self) -> None:
        wheel = import_module("milvus")
        self.folder = Path(tempfile.mkdtemp(prefix="trichdan-milvus-"))
        self._server: Any = wheel.MilvusServer()
        self._server.set_base_dir(str(self.folder))
        for room in ROOMS:
            self._server.config.set(f"{room}.ip", "127.0.0.1")
        for room in PORTS:
            self._server.config.set(f"{room}_port", _free_port())
        self._server.webservice_port = _free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"milvus://127.0.0.1:{self._server.listen_port}"

    def start(self) -> None:
        """Returns when it can be used."""
        self._server.start()

    def kill(self) -> None:
        """Ends it at once, as a power cut ends its processes."""
        process: subprocess.Popen[bytes] = self._server.server_proc
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        self._server.server_proc = None
        self._server.config.cleanup_listen_ports()  # else it would keep away from its own

    def close(self) -> None:
        self._server.stop()
        self._server.config.cleanup_listen_ports()
        shutil.rmtree(self.folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
