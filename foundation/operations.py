"""Migration operations: guarding a table, and tables that are born in partitions.

A table becomes readable to the web login only through `Guard`; a table without one stays closed, and a test
lists every table with its kind (`tests/architecture/test_tables.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db.migrations import CreateModel, RunSQL
from django.db.migrations.state import ProjectState

WEB, SIGNIN, WORKER, BACKUP = "portal_web", "portal_signin", "portal_worker", "portal_backup"


def anyone() -> str:
    """Policy: every session, signed in or not."""
    return "true"


def own(category: str, column: str = "resident_id") -> str:
    """Policy: persons whom the session's token may see for `category` (identity, booking, records, ...)."""
    return f"{column} = ANY ((SELECT app.residents_for('{category}'))::uuid[])"


def own_account(column: str = "account_id") -> str:
    """Policy: rows of the signed-in account itself."""
    return f"{column} = (SELECT app.account())"


def staff(*roles: str, column: str = "facility_id") -> str:
    """Policy: rows of facilities where the session's account holds one of `roles`."""
    return f"{column} = ANY ((SELECT app.facilities_for({_array(roles)}))::uuid[])"


def role(*roles: str) -> str:
    """Policy: the session's account holds one of `roles` at any facility."""
    return f"(SELECT app.has_role({_array(roles)}))"


def at_bureau(*roles: str) -> str:
    """Policy: the session's account holds one of `roles` at the health bureau."""
    return f"(SELECT app.has_role_at_bureau({_array(roles)}))"


def _array(words: Sequence[str]) -> str:
    return "ARRAY[" + ",".join(f"'{word}'" for word in words) + "]::text[]"


def as_it_was(sql: str, name: str) -> str:
    """One function `app.<name>` out of an earlier migration, to be put back in its place; KeyError without."""
    found = re.search(rf"CREATE (?:OR REPLACE )?(FUNCTION app\.{name}\(.*?\$\$.*?\$\$;)", sql, re.DOTALL)
    if found is None:
        raise KeyError(name)
    return f"CREATE OR REPLACE {found[1]}\n"


class Guard(RunSQL):
    """Row-level security, policies and grants of one table.

    `select`, `insert`, `update` and `delete` are lists of policies for the web login (any of them suffices; an empty
    list means no right at all). `update_columns` limits what the web login may change. `worker` and `signin` are the
    verbs of those logins; the worker bypasses row-level security, the sign-in login gets an open policy.
    """

    def __init__(
        self,
        table: str,
        *,
        select: Sequence[str] = (),
        insert: Sequence[str] = (),
        update: Sequence[str] = (),
        delete: Sequence[str] = (),
        update_columns: Sequence[str] = (),
        worker: str = "SELECT, INSERT, UPDATE",
        signin: str = "",
    ) -> None:
        self.arguments = {
            "select": select,
            "insert": insert,
            "update": update,
            "delete": delete,
            "update_columns": update_columns,
            "worker": worker,
            "signin": signin,
        }
        self.table = table
        verbs = {"SELECT": select, "INSERT": insert, "UPDATE": update, "DELETE": delete}
        sql: list[Any] = [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"]
        for verb, policies in verbs.items():
            if policies:
                columns = f" ({', '.join(update_columns)})" if verb == "UPDATE" and update_columns else ""
                sql += [_policy(table, verb, " OR ".join(policies)), f"GRANT {verb}{columns} ON {table} TO {WEB}"]
        if worker:
            sql.append(f"GRANT {worker} ON {table} TO {WORKER}")
        if signin:
            sql += [
                f"CREATE POLICY signin_all ON {table} TO {SIGNIN} USING (true) WITH CHECK (true)",
                f"GRANT {signin} ON {table} TO {SIGNIN}",
            ]
        super().__init__(sql, _undo(table))

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table], self.arguments

    def describe(self) -> str:
        return f"Guard {self.table}"


def _policy(table: str, verb: str, condition: str) -> str:
    using = "" if verb == "INSERT" else f" USING ({condition})"
    check = f" WITH CHECK ({condition})" if verb in {"INSERT", "UPDATE"} else ""
    return f"CREATE POLICY web_{verb.lower()} ON {table} FOR {verb} TO {WEB}{using}{check}"


def _undo(table: str) -> list[Any]:
    return [
        f"""DO $$ DECLARE name text; BEGIN
              FOR name IN SELECT policyname FROM pg_policies WHERE schemaname = 'public' AND tablename = '{table}' LOOP
                EXECUTE format('DROP POLICY %I ON {table}', name);
              END LOOP;
            END $$""",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        f"REVOKE ALL ON {table} FROM {WEB}, {SIGNIN}, {WORKER}",
    ]


class CreatePartitionedModel(CreateModel):
    """Create a model's table partitioned, e.g. `HASH (resident_id)` or `RANGE (at)`; a default partition comes along.

    The partition key must be part of the primary key (PostgreSQL's rule): use `CompositePrimaryKey`.
    """

    def __init__(self, *args: Any, partition_by: str, partitions: Sequence[str] = (), **kwargs: Any) -> None:
        self.partition_by = partition_by
        self.partitions = partitions
        super().__init__(*args, **kwargs)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        plain = schema_editor.sql_create_table
        schema_editor.sql_create_table = f"{plain} PARTITION BY {self.partition_by}"
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            schema_editor.sql_create_table = plain
        model = to_state.apps.get_model(app_label, self.name)
        for statement in self.partitions:
            schema_editor.execute(statement.format(table=model._meta.db_table))

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        name, args, kwargs = super().deconstruct()
        return name, list(args), {**kwargs, "partition_by": self.partition_by, "partitions": self.partitions}


def hash_partitions(count: int) -> list[str]:
    """Statements for `count` hash partitions of `{table}`."""
    return [
        f"CREATE TABLE {{table}}_{n:02d} PARTITION OF {{table}} FOR VALUES WITH (MODULUS {count}, REMAINDER {n})"
        for n in range(count)
    ]


def month_partitions() -> list[str]:
    """Statements for a default partition and this month with the next three; a task goes on from there."""
    return [
        "CREATE TABLE {table}_default PARTITION OF {table} DEFAULT",
        "CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table}_default EXECUTE FUNCTION app.refuse()",
        "SELECT app.ensure_months('{table}', app.clock(), 4)",
    ]
