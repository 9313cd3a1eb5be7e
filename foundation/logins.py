"""The portal's database logins: what each may be, and the statements that make them (the house, section 3).

None is a superuser. Grants on tables are in migrations; here are the logins, their limits, who may connect, and what of
PostgreSQL's own they need not reach. What no privilege can forbid: a login may always change its own password and its
own defaults (event triggers do not see roles); provisioning sets both right again.
"""

from psycopg import Connection, sql

Statement = sql.SQL | sql.Composed

OWNER = "portal_owner"
LIMITS = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
    "temp_file_limit": "1GB",
}
LOGINS = {
    "portal_web": "NOBYPASSRLS",
    "portal_signin": "NOBYPASSRLS",
    "portal_worker": "BYPASSRLS",
    "portal_backup": "BYPASSRLS",
}
WATCHED = {"portal_web", "portal_signin"}  # their statements stay out of pg_stat_activity

# What PostgreSQL lets everybody call and no login of the portal needs: ending others' connections, waiting, locks that
# outlive a transaction, large objects, messages in the log of changes, and text run as a query.
CLOSE_FUNCTIONS = sql.SQL(r"""
DO $$ DECLARE closed regprocedure; BEGIN
  FOR closed IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
    AND proname ~ ('^(pg_(terminate|cancel)_backend|pg_sleep(_for|_until)?|pg_(try_)?advisory_(un)?lock(_shared|_all)?'
      '|lo_.+|loread|lowrite|pg_logical_emit_message|(query|table|schema|database|cursor)_to_xml.*|ts_stat|ts_rewrite'
      '|pg_read_.+|pg_ls_.+|pg_stat_file)$')
    AND has_function_privilege('public', oid, 'EXECUTE')
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', closed);
  END LOOP;
END $$""")
# Anonymous blocks of code; functions and triggers that exist run without this right, the owner's migrations need it.
CLOSE_LANGUAGE = sql.SQL("""
DO $$ BEGIN
  EXECUTE format('GRANT USAGE ON LANGUAGE plpgsql TO %I',
    (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()));
  IF has_language_privilege('public', 'plpgsql', 'USAGE') THEN
    REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
  END IF;
END $$""")


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
            statements.append(sql.SQL("ALTER ROLE {} RESET ALL").format(sql.Identifier(name)))
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
    reset = sql.SQL("ALTER ROLE {} IN DATABASE {} RESET ALL")
    return [
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, who),
        *(reset.format(sql.Identifier(login), name) for login in sorted(WATCHED)),
    ]


def closing_statements() -> list[sql.SQL]:
    """Statements a superuser runs inside the portal's database (a database made from it as template has them too)."""
    return [CLOSE_FUNCTIONS, CLOSE_LANGUAGE]


def existing_roles(connection: Connection) -> set[str]:
    """The names of all roles of the server."""
    return {row[0] for row in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
