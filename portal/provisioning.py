"""The portal's logins on a PostgreSQL server that was given to us (the embedded one is provisioned by itself)."""

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from foundation.environment import given
from foundation.logins import (
    LOGINS,
    OWNER,
    closing_statements,
    database_statements,
    existing_roles,
    login_statements,
)
from portal.embedded import address_for


class NotPermitted(Exception):
    """The given user may not create logins; `statements` is what a database administrator has to run."""

    def __init__(self, statements: str) -> None:
        super().__init__("这个数据库用户无权建立门户的登录角色。")
        self.statements = statements


def provision(address: str, passwords: dict[str, str]) -> str:
    """Make sure that the portal's logins exist on `address` and can connect; returns the owner's address.

    A superuser's address is used for this only: the portal then owns its database as `portal_owner`. An ordinary
    owner must find the logins already there. Raises NotPermitted with the statements to run, or
    psycopg.OperationalError where the server cannot be reached.
    """
    with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
        database = connection.info.dbname
        superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        if superuser and superuser[0]:
            for statement in statements_for(connection, database, passwords):
                connection.execute(statement)
            return address_for(address, OWNER, passwords[OWNER])
        logins = {name: password for name, password in passwords.items() if name in LOGINS}
        if not all(can_connect(address, name, password) for name, password in logins.items()):
            statements = ordinary_statements(connection, database, logins)
            raise NotPermitted(";\n".join(statement.as_string(connection) for statement in statements) + ";")
    return address


def statements_for(
    connection: psycopg.Connection, database: str, passwords: dict[str, str]
) -> list[sql.SQL | sql.Composed]:
    """What a superuser runs in the database: every login, `portal_owner` as its owner, and what is closed to all."""
    owner = sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(database), sql.Identifier(OWNER))
    return [*login_statements(passwords, existing_roles(connection)), owner, *inside(database)]


def ordinary_statements(
    connection: psycopg.Connection, database: str, logins: dict[str, str]
) -> list[sql.SQL | sql.Composed]:
    """What an administrator runs in the database for an owner who may not: the logins, and what is closed."""
    return [*login_statements(logins, existing_roles(connection)), *inside(database)]


def inside(database: str) -> list[sql.SQL | sql.Composed]:
    """Who may connect to the database, and what of PostgreSQL's own nobody gets there."""
    return [*database_statements(database), *closing_statements()]


def can_connect(address: str, login: str, password: str) -> bool:
    """Whether `login` gets in with this password."""
    try:
        psycopg.connect(address_for(address, login, password), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def passwords_from(environment: dict[str, str], generated: dict[str, str]) -> dict[str, str]:
    """Each login's password: from its DATABASE_<NAME>_URL (or its file) where given, else the generated one."""
    passwords = {name: generated[name] for name in [OWNER, *LOGINS]}
    for name in LOGINS:
        address = given(f"DATABASE_{name.removeprefix('portal_').upper()}_URL", environment)
        if address and (password := conninfo_to_dict(address).get("password")):
            passwords[name] = str(password)
    return passwords
