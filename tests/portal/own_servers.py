"""A PostgreSQL server of one's own for tests: Debian's 15, with passwords. The embedded one is newer."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.portal.test_launcher import free_port

BINARIES = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "only-for-this-test"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server that listens on a loopback port."""

    port: int

    def address(self, user: str, database: str) -> str:
        return f"postgresql://{user}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def ask(self, statement: str, database: str = "postgres") -> list[tuple]:
        """Run statements as the superuser; the rows of the last one."""
        with psycopg.connect(self.address("postgres", database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


def as_postgres(*command: str) -> None:
    """Run as the user `postgres` where we are root: PostgreSQL refuses to run as root."""
    who: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    quiet = subprocess.DEVNULL
    subprocess.run(command, check=True, cwd="/", stdout=quiet, stderr=quiet, **who)


@contextmanager
def folder_of_postgres() -> Iterator[Path]:
    """A folder outside pytest's own, which nobody else may enter."""
    folder = Path(tempfile.mkdtemp(prefix="own-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A new cluster with passwords (scram), started on a free port."""
    if not (BINARIES / "initdb").exists():
        pytest.skip("本机没有 PostgreSQL 15（apt-get install postgresql-15）")
    if os.geteuid() == 0 and "postgres" not in {user.pw_name for user in pwd.getpwall()}:
        pytest.skip("本机没有 postgres 用户，不能以它的身份启动 PostgreSQL")
    with folder_of_postgres() as folder:
        words, data, number = folder / "password", str(folder / "data"), free_port()
        words.write_text(PASSWORD)
        words.chmod(0o644)
        initdb = ["-U", "postgres", "--auth=scram-sha-256", f"--pwfile={words}", "--no-sync", "-E", "UTF8"]
        as_postgres(str(BINARIES / "initdb"), "-D", data, *initdb)
        options = f"-p {number} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        as_postgres(str(BINARIES / "pg_ctl"), "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield Server(number)
        finally:
            as_postgres(str(BINARIES / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
