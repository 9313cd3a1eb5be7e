"""What PostgreSQL itself lets a session do with record tables, whatever the code above forgets."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import ProgrammingError, connection, models, transaction
from django.test import Client

from foundation.keys import uuid7
from records.models import IssuedCopy, Report
from residents.models import Account, Delegation
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.records import rows
from tests.sessions import session_of

SignIn = Callable[[Account], Client]
every_table = pytest.mark.parametrize("model", rows.TABLES, ids=[model.__name__ for model in rows.TABLES])


def again(row: models.Model) -> models.Model:
    """The same facts as a new row."""
    row.id = uuid7()
    row._state.adding = True
    for name in ("identifier", "code_hash"):
        if hasattr(row, name):
            setattr(row, name, b"x" * 32 if name == "code_hash" else "another")
    return row


@every_table
def test_a_person_reads_their_own_rows(people: People, signed_in: SignIn, model: Any) -> None:
    rows.row_of(model, people.helanfang, factories.source(people.county))
    with session_of(signed_in(people.helanfang_account)):
        assert model.objects.count() == 1


@every_table
def test_a_stranger_reads_nothing(people: People, signed_in: SignIn, model: Any) -> None:
    rows.row_of(model, people.helanfang, factories.source(people.county))
    with session_of(signed_in(people.wangjianguo_account)):
        assert model.objects.count() == 0


@every_table
def test_a_visitor_reads_nothing(people: People, model: Any) -> None:
    rows.row_of(model, people.helanfang, factories.source(people.county))
    with transaction.atomic():
        assert model.objects.count() == 0


@every_table
def test_the_staff_of_the_very_facility_read_nothing_unasked(people: People, signed_in: SignIn, model: Any) -> None:
    rows.row_of(model, people.helanfang, factories.source(people.township))
    with session_of(signed_in(people.licunyi)):
        assert model.objects.count() == 0


@every_table
def test_nobody_writes_a_row_for_another_person(people: People, signed_in: SignIn, model: Any) -> None:
    row = again(rows.row_of(model, people.helanfang, factories.source(people.county)))
    with pytest.raises(ProgrammingError), session_of(signed_in(people.wangjianguo_account)):
        row.save(force_insert=True)


@every_table
def test_nobody_changes_a_row_of_another_person(people: People, signed_in: SignIn, model: Any) -> None:
    row = rows.row_of(model, people.helanfang, factories.source(people.county))
    column = "issued_at" if model is IssuedCopy else "received_at"
    with pytest.raises(ProgrammingError), session_of(signed_in(people.wangjianguo_account)):
        model.objects.filter(id=row.id).update(**{column: NOON})


@every_table
def test_nobody_deletes_even_their_own_row(people: People, signed_in: SignIn, model: Any) -> None:
    row = rows.row_of(model, people.helanfang, factories.source(people.county))
    with pytest.raises(ProgrammingError), session_of(signed_in(people.helanfang_account)):
        connection.cursor().execute(f"DELETE FROM {model._meta.db_table} WHERE id = %s", [row.id])


def test_a_stranger_cannot_mark_a_report_as_read(people: People, signed_in: SignIn) -> None:
    report = factories.report(people.helanfang, factories.source(people.county))
    with session_of(signed_in(people.wangjianguo_account)):
        assert Report.objects.filter(pk=report.pk).update(first_seen_at=NOON) == 0


def test_not_even_the_person_may_change_what_a_report_says(people: People, signed_in: SignIn) -> None:
    report = factories.report(people.helanfang, factories.source(people.county))
    with pytest.raises(ProgrammingError), session_of(signed_in(people.helanfang_account)):
        Report.objects.filter(pk=report.pk).update(title="正常")


@pytest.mark.parametrize(("scope", "seen"), [("results", True), ("records", False), ("booking", False)])
def test_a_delegate_for_one_category_reads_results_or_not(
    people: People, signed_in: SignIn, at: Callable[..., Any], scope: str, seen: bool
) -> None:
    rows.row_of(Report, people.helanfang, factories.source(people.county))
    grant = {"relation": "family", "scope": [scope], "starts_at": NOON, "ends_at": NOON.replace(day=23)}
    factories.made(Delegation(resident=people.helanfang, delegate=people.hexiaoyu, **grant))
    with at(NOON):
        client = signed_in(people.hexiaoyu_account)
        with session_of(client):
            assert Report.objects.exists() is seen


def test_an_account_without_proved_identity_reads_nothing(people: People, signed_in: SignIn) -> None:
    person = factories.resident("马秀兰")
    rows.row_of(Report, person, factories.source(people.county))
    with session_of(signed_in(factories.account(person, level=1))):
        assert not Report.objects.exists()
