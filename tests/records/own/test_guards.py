"""Own entries in the database: who writes, who reads, and what it refuses whoever asks."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from records.models import OwnEntry
from residents.models import Account, Delegation, Notice
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.portal.test_assisted import card, help_with
from tests.portal.test_staff_residents import open_for_care
from tests.records.own.writing import entries, kept, typed
from tests.sessions import session_of

SignIn = Callable[[Account], Client]


def written_by(client: Client, people: People, by: Account, **fields: Any) -> OwnEntry:
    """An entry of hers, written straight into the table by whoever sits at this browser."""
    row = {"resident": people.helanfang, "form_key": uuid7(), "kind": "pressure", "systolic": 190, "diastolic": 90}
    row |= {"measured_at": NOON, "entered_at": NOON, "entered_by": by.pk, "entered_name": "冒名"}
    entry = OwnEntry(**row | fields)
    with session_of(client):
        entry.save(force_insert=True)
    return entry


def test_a_stranger_neither_reads_nor_writes_nor_strikes_out(people: People, signed_in: SignIn) -> None:
    entry = kept(people.helanfang, people.helanfang_account)
    client = signed_in(people.wangjianguo_account)
    for address in ("own_entry", "own_correct"):
        assert client.get(reverse(f"records:{address}", args=[entry.pk])).status_code == 404
    assert client.post(reverse("records:own_strike", args=[entry.pk])).status_code == 404
    with session_of(client):
        assert not OwnEntry.objects.exists()
        assert OwnEntry.objects.filter(pk=entry.pk).update(struck_at=NOON) == 0
    with pytest.raises(DatabaseError):
        written_by(client, people, people.wangjianguo_account)


def test_a_helper_whose_delegation_ended_has_no_more_of_it(people: People, signed_in: SignIn) -> None:
    entry = kept(people.helanfang, people.helanfang_account)
    tie = factories.delegation(people.helanfang, people.hexiaoyu, "records")
    client = signed_in(people.hexiaoyu_account)
    client.post(reverse("residents:act"), {"resident": str(people.helanfang.pk)})
    assert client.get(reverse("records:own_entry", args=[entry.pk])).status_code == 200
    with acting_as("owner"):
        Delegation.objects.filter(pk=tie.pk).update(ended_at=NOON, ended_by=people.helanfang_account.pk)
    assert client.get(reverse("records:own_entry", args=[entry.pk])).status_code == 404
    with pytest.raises(DatabaseError):
        written_by(client, people, people.hexiaoyu_account)


def test_a_helper_for_results_alone_reads_and_writes_nothing_here(people: People, signed_in: SignIn) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "results")
    client = signed_in(people.hexiaoyu_account)
    client.post(reverse("residents:act"), {"resident": str(people.helanfang.pk)})
    assert client.get(reverse("records:own")).status_code == 403
    with pytest.raises(DatabaseError):
        written_by(client, people, people.hexiaoyu_account)


@pytest.mark.parametrize(
    "change",
    [{"struck_at": NOON}, {"systolic": 120}, {"measured_at": NOON - timedelta(days=1)}, {"note": "改口"}],
)
def test_what_was_written_is_never_changed_whoever_asks(people: People, change: dict[str, Any]) -> None:
    kept(people.helanfang, people.helanfang_account, struck_at=None)
    with acting_as("owner"), pytest.raises(DatabaseError), transaction.atomic("owner"):
        OwnEntry.objects.using("owner").update(**change)


def test_nothing_is_deleted_and_a_struck_entry_stays_struck(people: People, hers: Client) -> None:
    entry = kept(people.helanfang, people.helanfang_account)
    hers.post(reverse("records:own_strike", args=[entry.pk]))
    with acting_as("owner"), pytest.raises(DatabaseError), transaction.atomic("owner"):
        OwnEntry.objects.using("owner").update(struck_at=None, struck_by=None, struck_name="")
    with acting_as("owner"), pytest.raises(DatabaseError), transaction.atomic("owner"):
        OwnEntry.objects.using("owner").filter(pk=entry.pk).delete()


def test_who_wrote_is_said_by_the_database(people: People, hers: Client) -> None:
    entry = written_by(hers, people, people.helanfang_account)
    assert {(one.pk, one.entered_name, one.for_other) for one in entries()} == {(entry.pk, "贺兰芳", False)}


IMPOSSIBLE: list[dict[str, Any]] = [
    {"systolic": 12},
    {"systolic": 300},
    {"systolic": None},
    {"diastolic": None},
    {"diastolic": 190},
    {"systolic": 80, "diastolic": 90},
    {"pulse": 3},
    {"arm": "third"},
    {"glucose": Decimal("6.1")},
    {"kind": "height"},
    {"kind": "glucose"},
    {"kind": "glucose", "systolic": None, "diastolic": None, "meal": "fasting"},
    {"kind": "glucose", "systolic": None, "diastolic": None, "meal": "fasting", "glucose": Decimal("99.0")},
    {"kind": "glucose", "systolic": None, "diastolic": None, "meal": "", "glucose": Decimal("6.1")},
    {"kind": "weight", "systolic": None, "diastolic": None},
    {"kind": "weight", "systolic": None, "diastolic": None, "weight": Decimal("900.0")},
    {"kind": "weight", "systolic": None, "diastolic": None, "waist": Decimal("9.0")},
    {"measured_at": NOON + timedelta(hours=1)},
]


@pytest.mark.parametrize("fields", IMPOSSIBLE)
def test_the_database_refuses_what_nobody_can_have_measured(people: People, fields: dict[str, Any]) -> None:
    told = {"kind": "pressure", "systolic": 190, "diastolic": 90} | fields
    with pytest.raises(IntegrityError):
        kept(people.helanfang, people.helanfang_account, **{"entered_at": NOON} | told)


def test_an_entry_takes_the_place_only_of_one_of_the_same_person(people: People) -> None:
    his = kept(people.wangjianguo, people.wangjianguo_account)
    with pytest.raises(DatabaseError):
        kept(people.helanfang, people.helanfang_account, kind="pressure", systolic=128, diastolic=78, replaces=his)


def test_a_clinician_who_has_her_open_reads_and_does_not_write(people: People, signed_in: SignIn) -> None:
    entry = kept(people.helanfang, people.helanfang_account)
    client = signed_in(people.licunyi)
    open_for_care(client, people.helanfang, people.township)
    page = client.get(reverse("records:own_entry", args=[entry.pk]))
    assert page.status_code == 200 and "记错了" not in page.content.decode()
    assert typed(client).status_code == 403
    with pytest.raises(DatabaseError):
        written_by(client, people, people.licunyi)


def test_a_helper_beside_her_writes_and_she_finds_a_receipt(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.licunyi)
    help_with(client, card(people.helanfang), people.township, "explain")
    assert typed(client).status_code == 302
    assert [(one.entered_name, one.for_other) for one in entries()] == [("李村医", True)]
    with acting_as("owner"):
        assert Notice.objects.filter(resident=people.helanfang, kind="assisted_act").exists()


def test_a_helper_who_came_to_book_writes_nothing_down(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.licunyi)
    help_with(client, card(people.helanfang), people.township, "book")
    assert typed(client).url == reverse("staff:assisting")
    with pytest.raises(DatabaseError):
        written_by(client, people, people.licunyi)
