"""What provisioning takes from everybody, on the oldest PostgreSQL we run on, and what it puts right again."""

import subprocess

import psycopg
import pytest

from foundation.logins import LIMITS, LOGINS, OWNER
from portal import provisioning
from tests.portal.own_servers import BINARIES, Server, server

__all__ = ["server"]

WORDS = dict.fromkeys([OWNER, *LOGINS], "only-for-this-test")


@pytest.fixture
def county(server: Server) -> str:
    """A provisioned database's address for the superuser."""
    server.ask("DROP DATABASE IF EXISTS county WITH (FORCE)")
    server.ask("CREATE DATABASE county")
    address = server.address("postgres", "county")
    provisioning.provision(address, WORDS)
    return address


def said(server: Server, login: str, statement: str, database: str = "county") -> str:
    """What a login is answered: `ok`, or the error's text."""
    with psycopg.connect(server.address(login, database), autocommit=True) as connection:
        try:
            connection.execute(statement)
        except psycopg.Error as refusal:
            return str(refusal)
    return "ok"


def can_enter(server: Server, login: str) -> bool:
    return provisioning.can_connect(server.address("postgres", "county"), login, WORDS[login])


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize(
    "statement",
    ["SELECT pg_sleep(0)", "SELECT pg_terminate_backend(0)", "SELECT pg_advisory_lock(1)", "SELECT lo_create(0)"],
)
def test_no_login_calls_what_it_does_not_need(server: Server, county: str, login: str, statement: str) -> None:
    assert "permission denied for function" in said(server, login, statement)


def test_anonymous_code_is_the_owners_alone(server: Server, county: str) -> None:
    block = "DO $$ BEGIN PERFORM 1; END $$"
    assert said(server, OWNER, block) == "ok"
    assert {said(server, login, block) for login in LOGINS} == {"permission denied for language plpgsql"}


def test_locks_of_a_transaction_stay_open_to_all(server: Server, county: str) -> None:
    assert said(server, "portal_web", "SELECT pg_advisory_xact_lock(1), pg_try_advisory_xact_lock(1)") == "ok"


def test_a_database_made_from_it_as_template_is_closed_too(server: Server, county: str) -> None:
    server.ask("DROP DATABASE IF EXISTS clone")
    server.ask("CREATE DATABASE clone TEMPLATE county OWNER portal_owner")
    assert "permission denied for function" in said(server, OWNER, "SELECT pg_sleep(0)", "clone")


def test_provisioning_again_changes_nothing(server: Server, county: str) -> None:
    before = server.ask("SELECT sum(xmin::text::bigint) FROM pg_proc", "county")
    provisioning.provision(county, WORDS)
    assert server.ask("SELECT sum(xmin::text::bigint) FROM pg_proc", "county") == before


@pytest.mark.parametrize("login", ["portal_web", "portal_signin"])
def test_a_login_that_changed_itself_is_put_right_again(server: Server, county: str, login: str) -> None:
    # PostgreSQL lets every role do these two, and no privilege or event trigger can forbid them.
    changes = [
        "ALTER ROLE CURRENT_USER SET statement_timeout = 0",
        "ALTER ROLE CURRENT_USER IN DATABASE county SET search_path = 'mine'",
        "ALTER ROLE CURRENT_USER PASSWORD 'mine'",
    ]
    assert [said(server, login, change) for change in changes] == ["ok"] * 3
    assert not can_enter(server, login)

    provisioning.provision(county, WORDS)
    assert can_enter(server, login)
    settings = server.ask(f"SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setrole = '{login}'::regrole")
    expected = {"track_activities=off", *(f"{key}={value}" for key, value in LIMITS.items())}
    assert {row[0] for row in settings} == expected


def test_a_backup_can_still_be_taken(server: Server, county: str) -> None:
    server.ask("CREATE TABLE kept AS SELECT 42 AS number; ALTER TABLE kept OWNER TO portal_owner", "county")
    command = [str(BINARIES / "pg_dump"), server.address("portal_backup", "county")]
    dumped = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (dumped.returncode, dumped.stderr) == (0, "") and "\n42\n" in dumped.stdout
    # A restore brings what was revoked along, where a superuser does it.
    assert "REVOKE ALL ON FUNCTION pg_catalog.pg_sleep" in dumped.stdout
