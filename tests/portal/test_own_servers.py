"""The portal on servers of one's own: Debian's PostgreSQL 15 with passwords, and a Redis. The embedded one is newer."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import psycopg
import pytest
import redis

from tests.portal.test_launcher import free_port, launch

BINARIES = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "only-for-this-test"
pytestmark = pytest.mark.redis


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


@contextmanager
def ready(folder: Path, **environment: str) -> Iterator[str]:
    """The portal started with this environment; yields its address, and stops it."""
    started = launch(folder, PORT=str(free_port()), **environment)
    try:
        yield address_of(started)
    finally:
        started.terminate()
        started.communicate(timeout=60)
    assert started.returncode == 0


def address_of(started: subprocess.Popen) -> str:
    """Where the portal answers, once it says that it is ready; all it printed, where it never does."""
    printed = []
    for line in started.stdout or []:
        printed.append(line)
        if line.startswith("Ready: "):
            return line.removeprefix("Ready: ").strip()
    pytest.fail("".join(printed))


def within(seconds: float, question: str, server: Server, database: str) -> bool:
    """Whether the answer to a question becomes true in time."""
    pause = Event()
    for _ in range(int(seconds / 0.25)):
        if server.ask(question, database)[0][0]:
            return True
        pause.wait(0.25)
    return False


def fail_to_sign_in(address: str) -> httpx.Response:
    """One wrong password, which the door counts in the cache."""
    with httpx.Client(base_url=address, trust_env=False) as browser:
        form = browser.get("/accounts/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token
        fields = {"csrfmiddlewaretoken": token[1], "login": "640199195702130125", "password": "wrong-password"}
        return browser.post("/accounts/login/", data=fields, headers={"Origin": address})


def test_a_superusers_address_and_a_redis_are_enough(server: Server, tmp_path: Path, redis_address: str) -> None:
    server.ask("CREATE DATABASE county")
    environment = {"DATABASE_URL": server.address("postgres", "county"), "REDIS_URL": redis_address}
    with ready(tmp_path, **environment) as address, redis.Redis.from_url(redis_address) as keys:
        answer = fail_to_sign_in(address)
        owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        assert server.ask(owners, "county") == [("portal_owner",)]
        assert server.ask("SELECT datdba::regrole::text FROM pg_database WHERE datname = 'county'") == [
            ("portal_owner",)
        ]
        assert answer.status_code == 200 and not re.search(r"\d", answer.headers.get("server", ""))
        # Messages were pulled: the timetable's word went through Redis to the worker.
        assert within(45, "SELECT count(*) FROM exchange_inbound", server, "county")
        names = {key.decode() for key in keys.scan_iter()}
        assert "_kombu.binding.celery" in names and [name for name in names if name.startswith(":1:")]
        assert server.ask("SELECT count(*) FROM django_cache", "county") == [(0,)]
    assert not (tmp_path / "postgres").exists()


def refused(folder: Path, address: str) -> tuple[int, str]:
    """A start that ends by itself: its exit code and all it printed."""
    started = launch(folder, PORT=str(free_port()), DATABASE_URL=address, DEMO="false")
    printed, _ = started.communicate(timeout=60)
    return started.returncode, printed


def test_an_ordinary_owner_gets_the_sql_for_the_administrator(server: Server, tmp_path: Path) -> None:
    server.ask(f"CREATE ROLE county_owner LOGIN PASSWORD '{PASSWORD}'")
    server.ask("CREATE DATABASE second OWNER county_owner")
    address = server.address("county_owner", "second")

    code, printed = refused(tmp_path, address)
    statements = re.search(r"^((?:CREATE|ALTER) ROLE .*;)$", printed, re.M | re.S)
    assert code == 1 and statements and "请让数据库管理员执行上面的 SQL" in printed

    server.ask(statements[1], "second")
    with ready(tmp_path, DATABASE_URL=address, DEMO="false") as portal:
        assert httpx.get(f"{portal}/healthz", trust_env=False).text == "ok"
        owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        assert server.ask(owners, "second") == [("county_owner",)]
        assert server.ask("SHOW server_version_num", "second")[0][0].startswith("15")
