"""PostgreSQL itself refuses: another person's rows, in every table that has any, and a changed access log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from psycopg import sql

from foundation.middleware import TOKEN
from foundation.rowsecurity import seeing
from residents.models import Account
from tests.architecture.rows import ROWS
from tests.architecture.tables import RESIDENT, TABLES
from tests.people import People

Enter = Callable[[Account], Client]
EVENTS = "residents_accessevent"


@contextmanager
def session_of(client: Client) -> Iterator[Any]:
    """A cursor of the web login in a transaction of this browser's session."""
    with seeing(client.session.get(TOKEN)), transaction.atomic(), connections["default"].cursor() as cursor:
        yield cursor


def key_of(table: str) -> str:
    return {"residents_resident": "id", "residents_guardianship": "guardian_id"}.get(table, "resident_id")


def her_row(table: str, people: People) -> dict[str, Any]:
    """The stored row about 贺兰芳, as the owner sees it."""
    ROWS[table](people)
    return stored(table, people)


def stored(table: str, people: People) -> dict[str, Any]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE {key_of(table)} = %s", [people.helanfang.pk])
        return dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))


def changeable(table: str) -> str:
    """A column that the web login may update, or the person's key where it may update none."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND has_column_privilege('portal_web', attrelid, attnum, 'UPDATE') ORDER BY attnum",
            [table],
        )
        found = cursor.fetchone()
    return found[0] if found else key_of(table)


def test_every_resident_table_is_tried() -> None:
    assert set(ROWS) == {name for name, (kind, _) in TABLES.items() if kind == RESIDENT}


@pytest.mark.parametrize("table", sorted(ROWS))
def test_the_control_she_sees_her_own_row(table: str, people: People, signed_in: Enter) -> None:
    ROWS[table](people)
    with session_of(signed_in(people.helanfang_account)) as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE {key_of(table)} = %s", [people.helanfang.pk])
        assert cursor.fetchone()[0] >= 1


@pytest.mark.parametrize("table", sorted(ROWS))
def test_a_stranger_reads_none_of_her_rows(table: str, people: People, signed_in: Enter) -> None:
    ROWS[table](people)
    with session_of(signed_in(people.wangjianguo_account)) as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE {key_of(table)} = %s", [people.helanfang.pk])
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("table", sorted(ROWS))
def test_a_stranger_writes_no_row_about_her(table: str, people: People, signed_in: Enter) -> None:
    row = her_row(table, people)
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in row)
    copy = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table), columns, sql.SQL(", ").join([sql.Placeholder()] * len(row))
    )
    with pytest.raises(DatabaseError, match="permission denied|row-level security"):
        with session_of(signed_in(people.wangjianguo_account)) as cursor:
            cursor.execute(copy.as_string(), list(row.values()))


@pytest.mark.parametrize("table", sorted(ROWS))
def test_a_stranger_changes_none_of_her_rows(table: str, people: People, signed_in: Enter) -> None:
    before, column = her_row(table, people), changeable(table)
    try:
        with session_of(signed_in(people.wangjianguo_account)) as cursor:
            cursor.execute(f"UPDATE {table} SET {column} = {column} WHERE {key_of(table)} = %s", [people.helanfang.pk])
            assert cursor.rowcount == 0
    except DatabaseError as refusal:
        assert "permission denied" in str(refusal)
    assert stored(table, people) == before


@pytest.mark.parametrize("table", sorted(ROWS))
def test_a_stranger_deletes_none_of_her_rows(table: str, people: People, signed_in: Enter) -> None:
    ROWS[table](people)
    with pytest.raises(DatabaseError, match="permission denied"):
        with session_of(signed_in(people.wangjianguo_account)) as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE {key_of(table)} = %s", [people.helanfang.pk])


@pytest.mark.parametrize("login", ["default", "worker", "owner"])
@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {EVENTS} SET actor_name = 'nobody'",
        f"DELETE FROM {EVENTS}",
        f"TRUNCATE {EVENTS}",
    ],
)
def test_an_access_event_is_never_changed(statement: str, login: str, people: People, signed_in: Enter) -> None:
    ROWS[EVENTS](people)
    token = signed_in(people.helanfang_account).session.get(TOKEN)
    with pytest.raises(DatabaseError, match="never changed or deleted|permission denied"):
        with seeing(token), transaction.atomic(using=login), connections[login].cursor() as cursor:
            cursor.execute(statement)


def test_no_event_is_written_in_another_name(people: People, signed_in: Enter) -> None:
    forged = (
        f"INSERT INTO {EVENTS} (at, id, actor_id, actor_name, action, subject_kind, subject_id, purpose, reference)"
        " VALUES (app.clock(), gen_random_uuid(), %s, 'x', 'records.read_report', '', '', '', '')"
    )
    client = signed_in(people.wangjianguo_account)
    with pytest.raises(DatabaseError, match="row-level security"), session_of(client) as cursor:
        cursor.execute(forged, [people.helanfang_account.pk])
