"""Sign-ups made with a number that somebody only claimed, when its owner stands at the counter with the card."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from health_education.activities import tickets
from health_education.models import Activity, SignUp
from residents.models import Account
from tests import factories
from tests.factories import id_number
from tests.health_education.scenes import fresh, live
from tests.people import People
from tests.residents.registering import register
from tests.residents.test_counter import read, shown

NUMBER = id_number(sequence=902)
TAKE_OVER = reverse("staff:counter_take_over")


@pytest.fixture
def desk(people: People, signed_in: Callable[[Account], Client]) -> Client:
    return signed_in(people.zhangqiantai)


@pytest.fixture
def claim(people: People) -> Account:
    """Somebody registered on line with a number of 钱来顺, whom the township knows."""
    factories.resident("钱来顺", NUMBER, facility=people.township)
    register(Client(), NUMBER, "冒名者")
    with acting_as("owner"):
        return Account.objects.get(resident__name="冒名者")


def lecture(people: People, title: str) -> Activity:
    now = timezone.now()
    times = {"signup_opens_at": now - timedelta(days=1), "published_at": now - timedelta(days=1)}
    return factories.activity(people.township, title, now + timedelta(days=2), capacity=1, **times)


def signed(activity: Activity, resident_id: object, account: Account) -> SignUp:
    key = factories.uuid7()
    row = {"form_key": key, "signed_by": account.pk, "signed_at": timezone.now()}
    return factories.made(SignUp(activity=activity, facility_id=activity.facility_id, resident_id=resident_id, **row))


def test_what_the_claim_signed_up_for_is_kept_or_given_up_as_the_person_says(
    people: People, desk: Client, claim: Account
) -> None:
    wanted, unwanted = (signed(lecture(people, title), claim.resident_id, claim) for title in ("防跌倒", "少吃盐"))
    read(desk, NUMBER)
    assert "防跌倒" in shown(desk) and "少吃盐" in shown(desk)
    desk.post(TAKE_OVER, {f"signup-{wanted.pk}": "keep", f"signup-{unwanted.pk}": "cancel"})
    [kept] = live(wanted.activity)
    assert (kept.resident_name, kept.signed_by, live(unwanted.activity)) == ("钱来顺", people.zhangqiantai.pk, [])
    assert [fresh(one.activity).taken for one in (wanted, unwanted)] == [1, 0]


def test_a_place_is_kept_also_where_sign_up_has_closed_and_the_claims_slip_is_worth_nothing(
    people: People, desk: Client, claim: Account
) -> None:
    mine = signed(lecture(people, "防跌倒"), claim.resident_id, claim)
    slip = tickets.code_of(mine)
    with acting_as("owner"):
        Activity.objects.filter(pk=mine.activity_id).update(signup_closes_at=timezone.now() - timedelta(hours=1))
    read(desk, NUMBER)
    desk.post(TAKE_OVER, {f"signup-{mine.pk}": "keep"})
    [kept] = live(mine.activity)
    assert (kept.pk, kept.resident_name, tickets.code_of(kept) != slip) == (mine.pk, "钱来顺", True)


def test_who_signed_up_themselves_too_keeps_one_place(people: People, desk: Client, claim: Account) -> None:
    talk = lecture(people, "防跌倒")
    with acting_as("owner"):
        Activity.objects.filter(pk=talk.pk).update(capacity=2)
        person = factories.Resident.objects.get(name="钱来顺")
    claimed, own = signed(talk, claim.resident_id, claim), signed(talk, person.pk, people.zhangqiantai)
    read(desk, NUMBER)
    desk.post(TAKE_OVER, {f"signup-{claimed.pk}": "keep"})
    assert ([one.pk for one in live(talk)], fresh(talk).taken) == ([own.pk], 1)


def test_without_the_card_at_the_counter_no_sign_up_changes_hands(people: People, claim: Account) -> None:
    mine = signed(lecture(people, "防跌倒"), claim.resident_id, claim)
    with acting_as("owner"), pytest.raises(DatabaseError), transaction.atomic(using="owner"):
        SignUp.objects.filter(pk=mine.pk).update(resident_id=people.helanfang.pk)
