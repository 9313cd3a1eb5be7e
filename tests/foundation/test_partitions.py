"""Tables that are born in partitions."""

from datetime import datetime

import pytest
from django.db import DatabaseError, ProgrammingError, connections

from foundation.rowsecurity import acting_as
from foundation.tasks import prepare_partitions
from tests.factories import SHANGHAI


def partitions(table: str) -> set[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table])
        return {row[0] for row in cursor.fetchall()}


def test_observations_lie_in_sixteen_parts(db: None) -> None:
    assert len(partitions("records_observation")) == 16


@pytest.mark.parametrize("table", ["residents_accessevent", "residents_seal", "exchange_inbound"])
def test_the_coming_months_are_there_with_a_default(db: None, table: str) -> None:
    assert f"{table}_default" in partitions(table) and len(partitions(table)) >= 5


def months(login: str, table: str, first: datetime, count: int) -> int:
    with connections[login].cursor() as cursor:
        cursor.execute("SELECT app.ensure_months(%s, %s, %s)", [table, first, count])
        return int(cursor.fetchone()[0])


def test_making_months_twice_makes_them_once(db: None) -> None:
    first = datetime(2031, 1, 31, 23, tzinfo=SHANGHAI)
    made = months("worker", "residents_accessevent", first, 3), months("worker", "residents_accessevent", first, 3)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "DROP TABLE residents_accessevent_203101, residents_accessevent_203102, residents_accessevent_203103"
        )
    assert made == (3, 0)


def test_the_web_login_makes_no_partitions(db: None) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        months("default", "residents_accessevent", datetime(2031, 1, 1, tzinfo=SHANGHAI), 1)


def test_a_table_that_is_not_monthly_is_refused(db: None) -> None:
    with pytest.raises(DatabaseError, match="not partitioned by month"):
        months("worker", "residents_account", datetime(2031, 1, 1, tzinfo=SHANGHAI), 1)


def test_the_task_can_be_repeated(db: None) -> None:
    with acting_as("worker"):
        assert prepare_partitions() == 0


@pytest.mark.parametrize("table", ["residents_accessevent", "residents_seal", "exchange_inbound"])
def test_no_partition_of_an_append_only_table_can_be_truncated(db: None, table: str) -> None:
    for partition in partitions(table):
        with pytest.raises(DatabaseError, match="never changed"), connections["owner"].cursor() as cursor:
            cursor.execute(f"TRUNCATE {partition}")
