"""A Milvus server out of a wheel (`pip install --no-deps milvus==2.3.5`).

It speaks of itself as 127.0.0.1, but listens on every address, and has no password: for machines that nobody else
reaches. Two of them cannot run beside each other.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from importlib import import_module
from pathlib import Path

ROOMS = ("rootCoord", "proxy", "queryCoord", "queryNode", "indexNode", "dataCoord", "dataNode")
PATIENCE = 180.0  # seconds until it must have started; after a kill it takes 57


class Milvus:
    """The server, in a folder of its own; what is in it outlives `kill` and `start`. ModuleNotFoundError where the
    wheel is not there."""

    def __init__(self) -> None:
        wheel = import_module("milvus")
        self.folder = Path(tempfile.mkdtemp(prefix="trichdan-milvus-"))
        config = wheel.MilvusServerConfig(data_dir=str(self.folder))
        for room in ROOMS:
            config.set(f"{room}.ip", "127.0.0.1")
        config.resolve()
        wheel._initialize_data_files(config.base_data_dir)
        self._health, held = config.resolve_port(config.RANDOM_PORT_START)
        held.close()
        self.url = f"milvus://127.0.0.1:{wheel.MilvusServer(config).listen_port}"
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Returns when it can be used. TimeoutError when it cannot be."""
        libraries = self.folder / "bin"
        environment = os.environ | {
            "DEPLOY_MODE": "STANDALONE",
            "METRICS_PORT": str(self._health),
            "MILVUS_RUN_DIR": str(self.folder / "run"),
            "LD_LIBRARY_PATH": str(libraries),
        }
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [libraries / "milvus", "run", "standalone"], cwd=self.folder, env=environment, stdout=log, stderr=log
            )
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._health}/healthz", timeout=5) as reply:
                    if b"OK" in reply.read():
                        return
            except OSError:
                pass
            time.sleep(0.2)
        raise TimeoutError(f"{self.folder}: Milvus did not start")

    def kill(self) -> None:
        """Ends it at once, as a power cut ends its processes."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
