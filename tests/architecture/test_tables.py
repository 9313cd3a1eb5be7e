"""Every table is known, guarded, and open to exactly the logins that need it (the house, section 7, point 7)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from foundation.logins import LOGINS, OWNER
from tests.architecture.tables import PRIVATE, REFERENCE, RESIDENT, TABLES


@pytest.fixture
def rows(db: None) -> Iterator[Any]:
    """Run a statement as the owner: `rows("SELECT ...", arguments)`."""
    with connections["owner"].cursor() as cursor:

        def run(statement: str, *arguments: object) -> list[tuple[Any, ...]]:
            cursor.execute(statement, arguments or None)
            return cursor.fetchall()

        yield run


def present(rows: Any) -> set[str]:
    found = rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition"
    )
    return {row[0] for row in found}


def test_every_table_is_listed_and_every_listed_table_exists(rows: Any) -> None:
    assert present(rows) == set(TABLES)


def test_every_table_is_listed_with_a_known_kind_and_a_reason() -> None:
    kinds = {RESIDENT, "facility", REFERENCE, PRIVATE}
    assert [name for name, (kind, reason) in TABLES.items() if kind not in kinds or not reason] == []


def test_there_is_no_view_that_row_level_security_does_not_reach(rows: Any) -> None:
    assert (
        rows("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')") == []
    )


def test_every_table_has_row_level_security(rows: Any) -> None:
    assert (
        rows(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition AND NOT relrowsecurity"
        )
        == []
    )


def web_rights(rows: Any, table: str) -> set[str]:
    """The verbs the web login has on a table or on any column of it."""
    by_column, whole = ["SELECT", "INSERT", "UPDATE"], ["DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
    found = rows(
        "SELECT verb FROM unnest(%s::text[]) AS verb WHERE has_any_column_privilege('portal_web', %s, verb)"
        " UNION SELECT verb FROM unnest(%s::text[]) AS verb WHERE has_table_privilege('portal_web', %s, verb)",
        by_column,
        f"public.{table}",
        whole,
        f"public.{table}",
    )
    return {row[0] for row in found}


@pytest.mark.parametrize("table", [name for name, (kind, _) in TABLES.items() if kind == PRIVATE])
def test_a_private_table_is_closed_to_the_web_login(rows: Any, table: str) -> None:
    assert web_rights(rows, table) <= ({"INSERT"} if table == "residents_delivery" else set())


@pytest.mark.parametrize("table", sorted(TABLES))
def test_no_table_may_be_emptied_or_hooked_by_the_web_login(rows: Any, table: str) -> None:
    assert web_rights(rows, table) <= {"SELECT", "INSERT", "UPDATE"}


def policies(rows: Any, table: str, command: str) -> list[str]:
    """The conditions under which the web login may do `command`."""
    return [
        f"{using or ''} {check or ''}"
        for using, check in rows(
            "SELECT qual, with_check FROM pg_policies WHERE schemaname = 'public' AND tablename = %s"
            " AND permissive = 'PERMISSIVE' AND cmd IN (%s, 'ALL')"
            " AND ('portal_web' = ANY (roles) OR 'public' = ANY (roles))",
            table,
            command,
        )
    ]


def test_every_table_with_a_residents_key_asks_who_is_looking_or_is_private(rows: Any) -> None:
    keyed = rows(
        "SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attname = 'resident_id'"
        " AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    unasked = [
        table
        for (table,) in keyed
        if "SELECT" in web_rights(rows, table)
        and not all("app.residents_for(" in text for text in policies(rows, table, "SELECT"))
    ]
    assert unasked == []


@pytest.mark.parametrize("table", [name for name, (kind, _) in TABLES.items() if kind == RESIDENT])
def test_a_residents_table_asks_who_is_looking(rows: Any, table: str) -> None:
    conditions = policies(rows, table, "SELECT")
    assert len(conditions) == 1
    assert "app.residents_for(" in conditions[0]


@pytest.mark.parametrize("table", [name for name, (kind, _) in TABLES.items() if kind == RESIDENT])
def test_writing_to_a_residents_table_is_never_open_to_all(rows: Any, table: str) -> None:
    written = policies(rows, table, "INSERT") + policies(rows, table, "UPDATE")
    assert [text for text in written if "app." not in text] == []


def test_partitions_are_reached_through_their_table_only(rows: Any) -> None:
    granted = rows(
        "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relispartition"
        " AND relkind = 'r' AND relacl IS NOT NULL"
    )
    assert granted == []


def test_functions_with_the_owners_rights_have_a_fixed_path_and_are_not_public(rows: Any) -> None:
    loose = rows(
        "SELECT proname FROM pg_proc p WHERE prosecdef"
        " AND pronamespace IN ('app'::regnamespace, 'public'::regnamespace)"
        " AND (NOT coalesce(proconfig::text LIKE '%%search_path=%%', false)"
        "      OR has_function_privilege('public', p.oid, 'EXECUTE'))"
    )
    assert loose == []


def test_no_login_of_the_portal_is_a_superuser(rows: Any) -> None:
    logins = rows(
        "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = ANY (%s)",
        [OWNER, *LOGINS],
    )
    assert {row[0] for row in logins} == {OWNER, *LOGINS}
    assert [row for row in logins if any(row[1:4])] == []
    assert {row[0] for row in logins if row[4]} == {"portal_worker", "portal_backup"}


def test_the_web_login_is_member_of_nothing(rows: Any) -> None:
    assert (
        rows(
            "SELECT roleid::regrole FROM pg_auth_members"
            " WHERE member IN ('portal_web'::regrole, 'portal_signin'::regrole)"
        )
        == []
    )
