"""Django's PostgreSQL backend, handing the session's token to each transaction of the web login.

The token is set with `set_config(..., true)`: it lives as long as the transaction, so neither a connection pool
nor PgBouncer in transaction mode can carry it to somebody else. Row-level-security policies ask it who is looking.
"""

from contextvars import ContextVar

from django.db.backends.postgresql import base

token: ContextVar[str | None] = ContextVar("row_security_token", default=None)


class DatabaseWrapper(base.DatabaseWrapper):
    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # a hook that the stubs leave out
        if not autocommit and self.alias == "default" and (value := token.get()):
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.token', %s, true)", [value])
