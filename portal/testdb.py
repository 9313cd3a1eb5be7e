"""pytest plugin: a real PostgreSQL with the true logins, one migrated template, one clone a worker, real commits.

Loaded by `addopts = -p portal.testdb`, because pytest-django reads the settings before any conftest.
"""

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from foundation.certificates import self_signed
from foundation.logins import LOGINS, OWNER, database_statements
from portal import embedded

KEEP = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "residents_consenttext",
    "health_education_synonymgroup",
}
ALIASES = {"default": "portal_web", "signin": "portal_signin", "owner": OWNER, "worker": "portal_worker"}
PASSWORD = "test-only"
SUPER = ""


def prepare() -> None:
    """Start the test server and set the environment that the settings read."""
    global SUPER
    os.environ.update(
        PORTAL_LOGIN="test",
        DEBUG="false",
        DEMO="demonstration-county",
        HTTPS="false",
        SECRET_KEY="test-only-" + "s" * 50,
        FIELD_KEYS="t1:AES:" + base64.b64encode(b"a" * 32).decode() + ",t2:SM4:" + base64.b64encode(b"b" * 16).decode(),
        AUDIT_KEY=base64.b64encode(b"u" * 32).decode(),
        INDEX_KEY=base64.b64encode(b"i" * 32).decode(),
        SIGNING_KEY=self_signed(),
        ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
        DATA_DIR=str(embedded.BASE / "var" / "test"),
        REDIS_URL="none",
    )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API keeps a loop in this thread
    (embedded.BASE / "var" / "test" / "static").mkdir(parents=True, exist_ok=True)
    SUPER = embedded.start_server(embedded.BASE / "var" / "test" / "postgres")
    embedded.provision(SUPER, dict.fromkeys([OWNER, *LOGINS], PASSWORD), for_tests=True)
    for name in ("web", "signin", "worker"):
        os.environ[f"DATABASE_{name.upper()}_URL"] = embedded.socket_address(SUPER, f"portal_{name}", PASSWORD)
    os.environ["DATABASE_URL"] = embedded.socket_address(SUPER, OWNER, PASSWORD)


prepare()


def migrations_key(base: Path) -> str:
    """A name for the migrations' text: another text, another template."""
    import allauth
    import django

    rooms = ["foundation", "facilities", "residents", "health_education", "records", "appointments", "portal"]
    files = sorted(path for room in rooms for path in (base / room).rglob("migrations/*.py"))
    files += [base / "foundation/operations.py", base / "foundation/logins.py"]
    text = b"".join(path.read_bytes() for path in files) + repr((django.VERSION, allauth.VERSION)).encode()
    return hashlib.sha256(text).hexdigest()[:12]


def use(name: str) -> None:
    """Point every alias at the database `name`."""
    from django.db import connections

    for alias in ALIASES:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


def clone(connection: psycopg.Connection, name: str, template: str | None = None) -> None:
    """Create an owned, closed database, empty or from a template."""
    rest = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
    create = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER)) + rest
    connection.execute(create)
    for statement in database_statements(name):
        connection.execute(statement)
    if template is None:
        embedded.close(make_conninfo(SUPER, dbname=name))


def build(worker: str) -> str:
    """The clone for one xdist worker; makes the template first where the migrations changed."""
    from django.core.management import call_command

    template, name = f"template_{migrations_key(embedded.BASE)}", f"test_{os.getpid()}_{worker}"
    with psycopg.connect(SUPER, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(7002)")
        known = {row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()}
        for old in (database for database in known if _is_left_over(database, template)):
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
        if template not in known:
            draft = f"{template}_draft"
            clone(connection, draft)
            use(draft)
            call_command("migrate", database="owner", verbosity=0, interactive=False)
            use(draft)
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier(draft), sql.Identifier(template)))
        clone(connection, name, template)
        connection.execute("SELECT pg_advisory_unlock(7002)")
    use(name)
    return name


def _is_left_over(database: str, template: str) -> bool:
    """A template of other migrations, a draft, or a clone whose process is gone."""
    if database.startswith("test_"):
        return not Path(f"/proc/{database.split('_')[1]}").exists()
    return database.startswith("template_") and database != template


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """pytest-django's fixture, replaced (the root conftest imports it, or pytest-django's own would win)."""
    from django.db import connections

    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with django_db_blocker.unblock():
        name = build(worker)
    yield
    with django_db_blocker.unblock():
        for alias in connections:
            connections[alias].close()
        _wiper(name).close()
    with psycopg.connect(SUPER, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@cache
def tables() -> list[str]:
    """Every table that a test may leave rows in; partitions are emptied through their parent."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
            " AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        )
        return [row[0] for row in cursor.fetchall() if row[0] not in KEEP]


@cache
def _wiper(name: str) -> psycopg.Connection:
    """A session of the owner's in the database `name`, with triggers stepped around.

    One of its own, as setting that role throws away every plan: to plan the question below took 25 ms between any two
    tests, and to ask it takes one.
    """
    address = make_conninfo(os.environ["DATABASE_URL"], dbname=name, options="-c session_replication_role=replica")
    return psycopg.connect(address, autocommit=True)


def _empty(connection: psycopg.Connection) -> None:
    probes = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM public.{table})" for table in tables()]
    dirty = connection.execute(" UNION ALL ".join(probes).encode(), prepare=True).fetchall()
    with connection.pipeline():  # one wait for all of them, and one commit
        for (table,) in dirty:
            connection.execute(f"DELETE FROM public.{table}".encode(), prepare=True)


def wipe(self: object = None) -> None:
    """Empty each table that has rows, as owner, triggers stepped around: every login and thread saw real commits."""
    from django.core.cache import caches
    from django.db import connections

    for alias in ALIASES:
        if connections[alias].connection is not None and connections[alias].in_atomic_block:
            connections[alias].close()
    name = connections["owner"].settings_dict["NAME"]
    try:
        _empty(_wiper(name))
    except psycopg.OperationalError:  # the test cut its connection
        _wiper.cache_clear()
        _empty(_wiper(name))
    caches["default"].close()
    caches["memory"].clear()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    from django.test import TestCase, TransactionTestCase

    real_commits: Any = TestCase
    real_commits._databases_support_transactions = classmethod(lambda cls: False)  # in every test
    TransactionTestCase.databases = TestCase.databases = set(ALIASES)
    teardown: Any = TransactionTestCase
    teardown._fixture_teardown = wipe
    # Nothing is rolled back here: the connections stay as they are.
    teardown._should_reload_connections = classmethod(lambda cls: False)


@pytest.fixture
def owner(db: None) -> Callable[[], Any]:
    """Write rows as the owner: `with owner(): Model.objects.create(...)`."""
    from foundation.rowsecurity import acting_as

    return lambda: acting_as("owner")
