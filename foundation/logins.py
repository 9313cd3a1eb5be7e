"""The portal's database logins: what each may be, and the statements that make them (the house, section 3).

None is a superuser. Grants on tables are in migrations; here are only the logins, their limits and who may connect.
"""

from psycopg import Connection, sql

Statement = sql.SQL | sql.Composed

OWNER = "portal_owner"
LIMITS = {"statement_timeout": "15s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "30s"}
LOGINS = {
    "portal_web": "NOBYPASSRLS",
    "portal_signin": "NOBYPASSRLS",
    "portal_worker": "BYPASSRLS",
    "portal_backup": "BYPASSRLS",
}
WATCHED = {"portal_web", "portal_signin"}  # their statements stay out of pg_stat_activity


def login_statements(passwords: dict[str, str], existing: set[str]) -> list[Statement]:
    """Statements that create each login of `passwords` or bring an existing one up to date."""
    statements: list[Statement] = []
    for name, password in passwords.items():
        verb = "ALTER" if name in existing else "CREATE"
        flags = f"LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE {LOGINS.get(name, 'NOBYPASSRLS')}"
        statements.append(
            sql.SQL(f"{verb} ROLE {{}} WITH {flags} PASSWORD {{}}").format(sql.Identifier(name), sql.Literal(password))
        )
        if name in WATCHED:
            statements.append(sql.SQL("ALTER ROLE {} SET track_activities = off").format(sql.Identifier(name)))
            statements += [
                sql.SQL(f"ALTER ROLE {{}} SET {key} = {{}}").format(sql.Identifier(name), sql.Literal(value))
                for key, value in LIMITS.items()
            ]
    statements.append(sql.SQL("GRANT pg_read_all_data TO portal_backup"))
    return statements


def database_statements(database: str) -> list[sql.Composed]:
    """Statements that close a database to everyone but the portal's logins."""
    name = sql.Identifier(database)
    who = sql.SQL(", ").join(sql.Identifier(login) for login in LOGINS)
    return [
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, who),
    ]


def existing_roles(connection: Connection) -> set[str]:
    """The names of all roles of the server."""
    return {row[0] for row in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
