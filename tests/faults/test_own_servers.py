"""The portal on servers of one's own: Debian's PostgreSQL 15 with passwords, and a Redis. The embedded one is newer."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import httpx
import pytest
import redis

from tests.portal.own_servers import PASSWORD, Server, server
from tests.portal.test_launcher import free_port, launch

__all__ = ["server"]
pytestmark = pytest.mark.redis


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
