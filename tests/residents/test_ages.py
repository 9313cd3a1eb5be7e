"""14 and 18: what a birthday changes, to the minute, with Python's clock and the database's."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.models import Report
from residents.family import growing_up, terms
from residents.models import Account, Delegation, Notice, Resident
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.residents.families import EVERYTHING, ask, child, open_to, prove, turns
from tests.sessions import session_of

Enter = Callable[[Account], Client]
At = Callable[..., Any]
BIRTH = date(2012, 11, 23)  # 14 on the day after NOON
GROWN = date(2008, 11, 23)  # 18 on the day after NOON
MINUTE = timedelta(minutes=1)


def ward(people: People, birth: date, **fields: Any) -> tuple[Resident, Delegation]:
    """A child with 贺小雨 as guardian for everything, and every consent given."""
    person = child(birth)
    held = factories.delegation(person, people.hexiaoyu, *EVERYTHING, relation="guardian", **fields)
    for purpose in ("records", "results"):
        factories.consent(person, purpose)
    return person, held


def seen_at(enter: Enter, at: At, moment: datetime, people: People, person: Resident) -> set[str]:
    with at(moment):
        return open_to(enter(people.hexiaoyu_account), person)


def test_at_13_years_and_364_days_the_guardian_sees_everything(people: People, signed_in: Enter, at: At) -> None:
    person, _held = ward(people, BIRTH)
    seen = seen_at(signed_in, at, turns(BIRTH, 14) - MINUTE, people, person)
    assert seen == {"identity", *EVERYTHING}


def test_in_the_first_minute_of_the_14th_birthday_health_data_closes(people: People, signed_in: Enter, at: At) -> None:
    person, _held = ward(people, BIRTH)
    seen = seen_at(signed_in, at, turns(BIRTH, 14), people, person)
    assert seen == {"identity", "booking", "notices"}


def test_what_was_agreed_to_before_goes_on_without_a_gap(people: People, signed_in: Enter, at: At) -> None:
    person, held = ward(people, BIRTH)
    with acting_as("owner"):
        Delegation.objects.filter(pk=held.pk).update(agreed_scope=["results"], agreed_at=NOON)
    before = seen_at(signed_in, at, turns(BIRTH, 14) - MINUTE, people, person)
    after = seen_at(signed_in, at, turns(BIRTH, 14), people, person)
    assert before == {"identity", *EVERYTHING}
    assert after == {"identity", "booking", "notices", "results"}


def test_a_page_open_before_midnight_opens_nothing_after_it(people: People, signed_in: Enter, at: At) -> None:
    person, _held = ward(people, BIRTH)
    report = factories.report(person, factories.source(people.township))
    with at(turns(BIRTH, 14) - MINUTE):
        client = signed_in(people.hexiaoyu_account)
        client.post(reverse("residents:act"), {"resident": str(person.pk)})
        assert client.get(reverse("records:report", args=[report.pk])).status_code == 200
    with at(turns(BIRTH, 14)):
        closed = client.get(reverse("records:report", args=[report.pk]))
        assert closed.status_code == 403
        assert "血常规" not in closed.content.decode()
        with session_of(client):
            assert Report.objects.count() == 0


def test_at_17_years_and_364_days_booking_goes_on(people: People, signed_in: Enter, at: At) -> None:
    person, _held = ward(people, GROWN)
    assert "booking" in seen_at(signed_in, at, turns(GROWN, 18) - MINUTE, people, person)


def test_in_the_first_minute_of_the_18th_birthday_all_of_it_ends(people: People, signed_in: Enter, at: At) -> None:
    person, _held = ward(people, GROWN, agreed_scope=["records", "results"])
    assert seen_at(signed_in, at, turns(GROWN, 18), people, person) == set()


def test_a_guardians_delegation_never_outlasts_childhood(people: People) -> None:
    _person, held = ward(people, GROWN, ends_at=NOON + timedelta(days=4000))
    with acting_as("owner"):
        assert Delegation.objects.get(pk=held.pk).ends_at == turns(GROWN, 18)


def test_nobody_prolongs_it_past_childhood_either(people: People) -> None:
    _person, held = ward(people, GROWN)
    with acting_as("owner"):
        Delegation.objects.filter(pk=held.pk).update(ends_at=NOON + timedelta(days=4000))
        assert Delegation.objects.get(pk=held.pk).ends_at == turns(GROWN, 18)


@pytest.mark.parametrize(("year", "day"), [(2026, date(2026, 3, 1)), (2028, date(2028, 2, 29))])
def test_a_birthday_on_29_february(people: People, year: int, day: date) -> None:
    assert terms.birthday(date(2008, 2, 29), year - 2008) == day
    with acting_as("owner"):
        from django.db import connections

        cursor = connections["owner"].cursor()
        cursor.execute("SELECT app.comes_of('2008-02-29', %s) AT TIME ZONE 'Asia/Shanghai'", [year - 2008])
        assert cursor.fetchone()[0].date() == day


def test_born_on_29_february_the_guardian_sees_until_1_march(people: People, signed_in: Enter, at: At) -> None:
    person, _held = ward(people, date(2012, 2, 29), starts_at=datetime(2020, 1, 1, tzinfo=factories.SHANGHAI))
    day = turns(date(2012, 2, 29), 14)
    assert day == datetime(2026, 3, 1, tzinfo=factories.SHANGHAI)
    assert "records" in seen_at(signed_in, at, day - MINUTE, people, person)
    assert "records" not in seen_at(signed_in, at, day, people, person)


def test_midnight_is_shanghais_not_greenwichs(people: People, signed_in: Enter, at: At) -> None:
    person, _held = ward(people, BIRTH)
    greenwich = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert greenwich == turns(BIRTH, 14)
    assert "records" not in seen_at(signed_in, at, greenwich, people, person)


def own(person: Resident, enter: Enter) -> Client:
    client = enter(factories.account(person, consents=()))
    prove(client)
    return client


def agree(client: Client, held: Delegation, *scope: str) -> bool:
    answer: bool = ask(client, "SELECT app.agree_to_guardian(%s, %s, NULL, '')", held.pk, list(scope))
    return answer


@pytest.mark.parametrize(("days", "possible"), [(90, True), (91, False)])
def test_agreeing_is_possible_from_90_days_before(
    people: People, signed_in: Enter, at: At, days: int, possible: bool
) -> None:
    person, held = ward(people, BIRTH)
    with at(turns(BIRTH, 14) - timedelta(days=days)):
        assert agree(own(person, signed_in), held, "results") is possible


def test_the_guardian_cannot_agree_in_the_childs_place(people: People, signed_in: Enter, at: At) -> None:
    _person, held = ward(people, BIRTH)
    with at(NOON):
        client = signed_in(people.hexiaoyu_account)
        prove(client)
        assert agree(client, held, "results") is False


def test_what_a_young_person_takes_back_closes_at_once(people: People, signed_in: Enter, at: At) -> None:
    person, held = ward(people, BIRTH, agreed_scope=["results"])
    with at(turns(BIRTH, 14)):
        guardian = signed_in(people.hexiaoyu_account)
        assert "results" in open_to(guardian, person)
        agree(own(person, signed_in), held)
        assert "results" not in open_to(guardian, person)


def test_a_young_person_decides_on_the_own_page(people: People, signed_in: Enter, at: At) -> None:
    person, held = ward(people, BIRTH)
    with at(NOON):
        client = own(person, signed_in)
        page = reverse("residents:agree_to_guardian", args=[held.pk])
        assert "贺小雨" in client.get(page).content.decode()
        client.post(page, {"scope": ["records"]})
    with acting_as("owner"):
        assert Delegation.objects.get(pk=held.pk).agreed_scope == ["records"]


def test_agreeing_needs_a_recent_proof(people: People, signed_in: Enter, at: At) -> None:
    person, held = ward(people, BIRTH)
    with at(NOON):
        client = own(person, signed_in)
        prove(client, NOON - timedelta(hours=1))
        with pytest.raises(DatabaseError, match="proof"):
            agree(client, held, "results")


def test_what_is_agreed_before_18_starts_on_the_birthday(people: People, signed_in: Enter, at: At) -> None:
    person, held = ward(people, GROWN)
    with at(NOON):
        client = own(person, signed_in)
        page = reverse("residents:keep_helping", args=[held.pk])
        client.post(page, {"scope": ["booking", "results"], "months": "12", "agreed": "on"})
    before = seen_at(signed_in, at, turns(GROWN, 18) - MINUTE, people, person)
    after = seen_at(signed_in, at, turns(GROWN, 18), people, person)
    assert before == {"identity", "booking", "notices"}
    assert after == {"identity", "booking", "results"}


def test_17_years_and_half_is_too_early_for_that(people: People, signed_in: Enter, at: At) -> None:
    person, held = ward(people, GROWN)
    with at(turns(GROWN, 18) - timedelta(days=91)):
        client = own(person, signed_in)
        assert client.get(reverse("residents:keep_helping", args=[held.pk])).status_code == 404
        asked = "SELECT app.keep_helping(%s, ARRAY['booking'], 12, NULL, NULL, '')"
        assert ask(client, asked, held.pk) is None


def test_a_child_does_not_end_a_guardians_duty(people: People, signed_in: Enter, at: At) -> None:
    person, held = ward(people, BIRTH)
    with at(NOON):
        assert ask(own(person, signed_in), "SELECT app.end_delegation(%s, NULL, '')", held.pk) is False


def told(kind: str = "hand_over") -> list[Any]:
    with acting_as("owner"):
        return sorted(Notice.objects.filter(kind=kind).values_list("resident_id", flat=True))


@pytest.mark.parametrize(
    ("birth", "moment", "times"),
    [
        (BIRTH, turns(BIRTH, 14) - timedelta(days=31), 0),
        (BIRTH, turns(BIRTH, 14) - timedelta(days=30), 1),
        (BIRTH, turns(BIRTH, 14), 1),
        (GROWN, turns(GROWN, 18) - timedelta(days=30), 1),
        (GROWN, turns(GROWN, 18), 1),
        (GROWN, turns(GROWN, 18) + timedelta(days=8), 0),
    ],
)
def test_ward_and_guardian_are_told_30_days_before_and_on_the_day(
    people: People, at: At, birth: date, moment: datetime, times: int
) -> None:
    person, _held = ward(people, birth)
    with at(moment), acting_as("worker"):
        growing_up.tell_of_birthdays(moment)
    assert told() == sorted([person.pk, people.hexiaoyu.pk] * times)


def test_telling_again_tells_nobody_twice(people: People, at: At) -> None:
    ward(people, BIRTH)
    for hours in (0, 6, 24):
        moment = turns(BIRTH, 14) + timedelta(hours=hours)
        with at(moment), acting_as("worker"):
            growing_up.tell_of_birthdays(moment)
    assert len(told()) == 2


def test_both_are_told_when_an_agreement_ran_out(people: People, at: At) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "booking", ends_at=NOON)
    for _n in range(2):
        with at(NOON + MINUTE), acting_as("worker"):
            growing_up.tell_of_ends(NOON + MINUTE)
    assert told("delegation_ended") == sorted([people.helanfang.pk, people.hexiaoyu.pk])


def test_an_agreement_that_ends_during_a_session_opens_nothing_on_the_next_click(
    people: People, signed_in: Enter, at: At
) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "booking", ends_at=NOON + 2 * MINUTE)
    with at(NOON):
        client = signed_in(people.hexiaoyu_account)
        client.post(reverse("residents:act"), {"resident": str(people.helanfang.pk)})
        assert "正在为贺兰芳办理" in client.get(reverse("appointments:bookings")).content.decode()
    with at(NOON + 2 * MINUTE):
        page = client.get(reverse("appointments:bookings")).content.decode()
        assert "正在为贺兰芳办理" not in page
        assert "代办已经结束" in page
