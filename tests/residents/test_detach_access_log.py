"""Old months leave the access log whole, verified, and are remembered."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from foundation.rowsecurity import acting_as
from residents import heads
from residents.models import AccessEvent, Seal
from tests.factories import SHANGHAI
from tests.residents.access_log import SECOND, event, seal, superuser

pytestmark = pytest.mark.usefixtures("folder")
LONG_AGO = datetime(2020, 3, 5, 12, 0, tzinfo=SHANGHAI)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=SHANGHAI)
TABLES = ("residents_accessevent", "residents_seal")


@pytest.fixture
def old_month(db: None) -> Iterator[list[AccessEvent]]:
    """Three sealed events of March 2020, in partitions of their own."""
    with connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute("SELECT app.ensure_months(%s, %s, 1)", [table, LONG_AGO])
    events = [event(LONG_AGO + n * SECOND) for n in range(3)]
    seal(LONG_AGO + 20 * SECOND)
    yield events
    with superuser() as cursor:
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {table}_202003")


def run(command: str, at: Any, login: str = "owner", now: datetime = NOW, **options: Any) -> str:
    out = StringIO()
    with at(now), acting_as(login):
        call_command(command, stdout=out, no_color=True, **options)
    return out.getvalue()


def test_an_old_month_is_moved_out_and_no_row_is_deleted(old_month: list[AccessEvent], at: Any) -> None:
    said = run("detach_access_log", at, before="202004")
    assert said == "202003：3 条已移出到 residents_accessevent_202003 和 residents_seal_202003。\n"
    with acting_as("worker"):
        assert (AccessEvent.objects.count(), Seal.objects.count()) == (0, 0)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM residents_accessevent_202003), count(*) FROM residents_seal_202003"
        )
        assert cursor.fetchone() == (3, 3)


def test_a_month_that_was_moved_out_is_no_fault(old_month: list[AccessEvent], at: Any) -> None:
    run("detach_access_log", at, before="202004")
    said = run("verify_access_log", at, "worker")
    assert said == "2020年03月：已按保存期限移出数据库，链头在案。\n核验通过。\n"


def test_a_row_put_into_a_month_that_was_moved_out_is_found(old_month: list[AccessEvent], at: Any) -> None:
    run("detach_access_log", at, before="202004")
    event(LONG_AGO)
    with pytest.raises(CommandError, match="发现 1 处问题"):
        run("verify_access_log", at, "worker")


def test_a_month_that_does_not_prove_whole_stays(old_month: list[AccessEvent], at: Any) -> None:
    with superuser() as cursor:
        cursor.execute("DELETE FROM residents_accessevent WHERE id = %s", [old_month[1].id])
    with pytest.raises(CommandError, match="202003 核验没有通过，不能移出"):
        run("detach_access_log", at, before="202004")
    with acting_as("worker"):
        assert Seal.objects.count() == 3


def test_a_month_that_must_be_kept_stays(old_month: list[AccessEvent], at: Any) -> None:
    with pytest.raises(CommandError, match="至少要保留 36 个月"):
        run("detach_access_log", at, now=LONG_AGO + timedelta(days=300), before="202004")


def test_without_the_heads_nothing_is_moved(old_month: list[AccessEvent], at: Any, folder: Any) -> None:
    path = heads.file_of("202003", folder)
    path.rename(path.with_suffix(".kept"))
    with pytest.raises(CommandError, match="202003 核验没有通过"):
        run("detach_access_log", at, before="202004")


def test_where_there_is_nothing_old_nothing_happens(db: None, at: Any) -> None:
    assert run("detach_access_log", at, before="202004") == "202004 之前没有可以移出的月份。\n"
