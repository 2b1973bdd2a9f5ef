"""Whole processes from their start: `trichdan ask` until it has answered, `trichdan bot` until it asks for updates."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROUNDS = 5
LONGEST = 120.0  # seconds a bot may take to be ready
TOKEN = "123456789:AAtoken-for-a-server-on-this-machine-00"


def ask(home: Path, question: str) -> float:
    """Seconds, the median of five; files are in the machine's memory after the first."""
    return statistics.median(_ask(home, question) for _ in range(ROUNDS + 1))


def bot(home: Path) -> float:
    """Seconds, the median of five: library, model and index are open by then."""
    return statistics.median(_bot(home) for _ in range(ROUNDS))


def _ask(home: Path, question: str) -> float:
    began = time.perf_counter()
    subprocess.run([*_command(home, "ask"), question], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def _bot(home: Path) -> float:
    asked = threading.Event()

    class Server(BaseHTTPRequestHandler):
        """As much of the Bot API as a start needs."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            method = self.path.rpartition("/")[2]
            result: object = True
            if method == "getMe":
                result = {"id": 123456789, "is_bot": True, "first_name": "Bot", "username": "a_bot"}
            elif method == "getUpdates":
                asked.set()
                time.sleep(0.5)
                result = []
            body = json.dumps({"ok": True, "result": result}).encode()
            with contextlib.suppress(OSError):  # the bot was told to stop while it waited
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    env = os.environ | {"TRICHDAN_TOKEN": TOKEN, "TRICHDAN_API_URL": address, "TRICHDAN_HEALTH_PORT": "0"}
    began = time.perf_counter()
    process = subprocess.Popen(_command(home, "bot"), env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if not asked.wait(LONGEST):
            raise TimeoutError(f"`trichdan bot` did not ask for updates within {LONGEST:.0f} s")
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()
        server.shutdown()
        server.server_close()


def _command(home: Path, name: str) -> list[str]:
    return [sys.executable, "-m", "bot.cli", name, "--home", str(home)]
