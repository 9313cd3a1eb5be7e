"""Places kept for a channel: whose they are, until when, and that the database decides."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from appointments import opening, refusals
from appointments.models import Session, Slot
from appointments.terms import terms_for
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.models import Account
from tests import factories
from tests.appointments.scenes import Clinic, book, cancel, clinic, crowd, fresh, returns_at_once, rule, taken
from tests.appointments.test_places import INSERT, refused, row, run
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]


def keep(morning: Clinic, hours: int = 5, **places: int) -> Slot:
    """Keep places of the clinic's first slot apart, until some hours after noon."""
    kept = {f"reserved_{name}": number for name, number in places.items()}
    with acting_as("owner"):
        slots = Slot.objects.filter(pk=morning.slots[0].pk)
        slots.update(**kept, reserves_end_at=NOON + timedelta(hours=hours))
    return morning.slots[0]


def test_what_is_kept_for_elders_is_not_for_the_young(people: People, signed_in: SignedIn) -> None:
    slot = keep(clinic(people.township, places=1), elder=1)
    with pytest.raises(refusals.SlotFull):
        book(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, slot)
    assert taken(slot) == 0


def test_the_database_keeps_it_too(people: People) -> None:
    morning = clinic(people.township, places=1)
    keep(morning, elder=1)
    with refused("slot_never_overbooked"):
        run("owner", INSERT, row(morning, people.hexiaoyu))


def test_an_elder_on_line_has_the_elders_place(people: People, signed_in: SignedIn) -> None:
    slot = keep(clinic(people.township, places=1), elder=1)
    booking = book(signed_in(people.wangjianguo_account), people.wangjianguo_account, slot)
    booking.refresh_from_db(using="owner")
    assert (booking.channel, booking.drawn_from, fresh(slot).used_elder) == ("elder", "elder", 1)


def test_nobody_makes_themselves_an_elder(people: People) -> None:
    morning = clinic(people.township, places=1)
    keep(morning, elder=1)
    with refused("slot_never_overbooked"):
        run(
            "owner",
            INSERT.replace("cancelled_at)", "cancelled_at, channel)").replace("%s)", "%s, 'elder')"),
            row(morning, people.hexiaoyu),
        )


def test_an_elder_without_a_kept_place_has_one_of_everybodys(people: People, signed_in: SignedIn) -> None:
    slot = keep(clinic(people.township, places=2), desk=1)
    booking = book(signed_in(people.wangjianguo_account), people.wangjianguo_account, slot)
    booking.refresh_from_db(using="owner")
    assert (booking.channel, booking.drawn_from, fresh(slot).used_elder) == ("elder", "", 0)


def test_what_was_kept_goes_to_everybody_at_the_set_time(people: People, signed_in: SignedIn, at: At) -> None:
    slot = keep(clinic(people.township, places=1), hours=2, elder=1)
    later = NOON + timedelta(hours=2)
    with at(later):
        book(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, slot, now=later)
    assert taken(slot) == 1


def test_a_cancelled_elders_place_is_kept_for_elders_again(people: People, signed_in: SignedIn) -> None:
    returns_at_once()
    slot = keep(clinic(people.township, places=1), elder=1)
    wang = signed_in(people.wangjianguo_account)
    cancel(wang, people.wangjianguo_account, book(wang, people.wangjianguo_account, slot))
    assert (fresh(slot).used_elder, fresh(slot).places_for("web", NOON), fresh(slot).places_for("elder", NOON)) == (
        0,
        0,
        1,
    )


@pytest.mark.parametrize(("channel", "places"), [("web", 2), ("desk", 3), ("phone", 2), ("elder", 4), ("referral", 3)])
def test_python_and_the_database_count_alike(people: People, channel: str, places: int) -> None:
    slot = keep(clinic(people.township, places=6), desk=1, elder=2, referral=1)
    with connections["owner"].cursor() as cursor:
        question = "SELECT app.places_for(s, %s, %s) FROM appointments_slot s WHERE s.id = %s"
        counted = cursor.execute(question, [channel, NOON, slot.pk]).fetchone()[0]
    with acting_as("owner"):
        listed = Slot.objects.bookable(NOON, channel).get(pk=slot.pk).open_places
    assert counted == listed == fresh(slot).places_for(channel, NOON) == places


def test_no_more_is_kept_than_there_is(people: People) -> None:
    morning = clinic(people.township, places=2)
    with refused("slot_keeps_apart_no_more_than_it_has"):
        run("owner", "UPDATE appointments_slot SET reserved_desk = 2, reserved_elder = 1 WHERE capacity = 2")
    assert fresh(morning.slots[0]).reserved_desk == 0


@pytest.mark.parametrize("login", ["owner", "worker", "default"])
def test_nobody_writes_what_is_used_of_them(people: People, login: str) -> None:
    slot = keep(clinic(people.township), elder=1)
    with pytest.raises(Exception, match="denied|refused|never|not allowed|permission"):
        run(login, "UPDATE appointments_slot SET used_elder = 1")
    assert fresh(slot).used_elder == 0


def test_a_session_opened_by_hand_keeps_what_the_rule_says(people: People) -> None:
    rule(people.township, reserve_elder=20, reserve_desk=20, reserves_end_hours=24)
    doctor = factories.practitioner(factories.department(people.township))
    day = NOON.date() + timedelta(days=3)
    session = Session(
        facility=doctor.facility, department=doctor.department, practitioner=doctor, date=day, period="morning"
    )
    with acting_as("owner"):
        terms = terms_for(session.facility_id, session.department_id, NOON, session.kind)
        slots = opening.open_session(
            session=session,
            start=NOON.time().replace(hour=8),
            end=NOON.time().replace(hour=9),
            minutes=30,
            capacity=10,
            terms=terms,
        )
    kept = {(slot.reserved_desk, slot.reserved_phone, slot.reserved_referral, slot.reserved_elder) for slot in slots}
    assert (kept, {slot.starts_at - slot.reserves_end_at for slot in slots[:1]}) == (
        {(2, 0, 0, 2)},
        {timedelta(hours=24)},
    )


def test_the_kept_places_hold_against_a_crowd(people: People, signed_in: SignedIn) -> None:
    slot = keep(clinic(people.township, places=3), elder=2)
    got = 0
    for account in crowd(4):
        try:
            book(signed_in(account), account, slot)
            got += 1
        except refusals.SlotFull:
            pass
    assert (got, fresh(slot).places_for("elder", NOON)) == (1, 2)


def by(channel: str, **more: Any) -> str:
    """The plain INSERT of a booking by a channel."""
    names, values = ", ".join(["channel", *more]), ", ".join([f"'{channel}'", *(f"'{one}'" for one in more.values())])
    return INSERT.replace("cancelled_at)", f"cancelled_at, {names})").replace("%s)", f"%s, {values})")


@pytest.mark.parametrize("channel", ["desk", "phone"])
def test_residents_do_not_book_by_the_desks_channels(people: People, signed_in: SignedIn, channel: str) -> None:
    morning = clinic(people.township)
    values = row(morning, people.hexiaoyu, people.hexiaoyu_account.pk)
    with seeing(signed_in(people.hexiaoyu_account).session.get(TOKEN)), refused("row-level security"):
        run("default", by(channel), values)


def test_residents_do_not_refer_themselves(people: People, signed_in: SignedIn) -> None:
    morning = clinic(people.county)
    values = row(morning, people.hexiaoyu, people.hexiaoyu_account.pk)
    with seeing(signed_in(people.hexiaoyu_account).session.get(TOKEN)), refused("row-level security"):
        run("default", by("referral", referred_by_id=people.township.pk), values)


@pytest.mark.parametrize("channel", ["web", "desk", "phone"])
def test_the_desk_books_for_nobody_it_has_not_opened(people: People, signed_in: SignedIn, channel: str) -> None:
    """A booking lets the facility see the person: nobody at the desk makes one for whom they please."""
    morning = clinic(people.township)
    values = row(morning, people.hexiaoyu, people.zhangqiantai.pk)
    with seeing(signed_in(people.zhangqiantai).session.get(TOKEN)), refused("row-level security"):
        run("default", by(channel), values)
