"""Clearing away what is over: the worker's task, which may delete nothing else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client

from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from portal.settings import CELERY_BEAT_SCHEDULE
from residents import housekeeping
from residents.housekeeping import clear_what_is_over
from residents.models import Account, AccountSession, Delivery
from tests.factories import NOON
from tests.people import People

Enter = Callable[[Account], Client]


def cleared() -> int:
    with acting_as("worker"):
        return clear_what_is_over()


def sessions() -> int:
    with acting_as("owner"):
        return AccountSession.objects.count()


def message(days_old: int, status: str = "sent") -> Delivery:
    """A message of so many days ago."""
    key, sent_at = f"{status}{days_old}", NOON if status == "sent" else None
    with acting_as("owner"):
        made = Delivery(template="booked", parameters="{}", key=key, due_at=NOON, status=status, sent_at=sent_at)
        made.recipient = None if status == "withheld" else "13900000000"
        made.save(force_insert=True)
        Delivery.objects.filter(pk=made.pk).update(created_at=NOON - timedelta(days=days_old))
    return made


def messages() -> set[str]:
    with acting_as("owner"):
        return set(Delivery.objects.values_list("key", flat=True))


def test_ended_sessions_are_deleted_and_live_ones_kept(people: People, signed_in: Enter, at: Callable) -> None:
    with at(NOON):
        signed_in(people.helanfang_account)
    with at(NOON + timedelta(hours=11, minutes=50)):
        late = signed_in(people.wangjianguo_account)
    with at(NOON + timedelta(hours=12, minutes=1)):
        assert (cleared(), sessions()) == (1, 1)
        assert late.session["_auth_user_id"] == str(people.wangjianguo_account.pk)


def test_old_messages_are_deleted_and_waiting_ones_never(db: None, at: Callable) -> None:
    for days in (179, 181):
        for status in ("sent", "failed", "withheld", "waiting"):
            message(days, status)
    with at(NOON):
        assert cleared() == 3
    assert messages() == {"sent179", "failed179", "withheld179", "waiting179", "waiting181"}


@pytest.mark.parametrize(("days", "left"), [(60, {"sent59"}), (1, {"sent29"})], ids=["as set", "never below 30"])
def test_the_setting_decides(db: None, at: Callable, days: int, left: set[str]) -> None:
    with acting_as("owner"):
        DatedSetting.objects.create(key="messages.keep_days", value=days, valid_from=NOON - timedelta(days=1))
    for age in (29, 59, 61) if days == 1 else (59, 61):
        message(age)
    with at(NOON):
        cleared()
    assert messages() == left


def test_it_goes_on_piece_by_piece(db: None, at: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "PIECE", 2)
    for days in range(181, 186):
        message(days)
    with at(NOON):
        assert (cleared(), cleared(), messages()) == (5, 0, set())


@pytest.mark.parametrize("table", ["residents_accountsession", "residents_delivery"])
def test_the_worker_deletes_nothing_by_itself(db: None, table: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(using="worker"):
        connections["worker"].cursor().execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("login", ["default", "signin"])
@pytest.mark.parametrize("function", ["clear_expired_sessions", "clear_old_deliveries"])
def test_nobody_else_clears(db: None, login: str, function: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(using=login):
        connections[login].cursor().execute(f"SELECT app.{function}(1)")


def test_the_timetable_knows_the_task() -> None:
    tasks: list[Any] = [entry["task"] for entry in CELERY_BEAT_SCHEDULE.values()]
    assert clear_what_is_over.name in tasks
