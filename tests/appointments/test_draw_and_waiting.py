"""A draw is held before anybody who waits is asked, and whoever is not drawn waits."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.test import Client

from appointments.models import WaitlistEntry
from foundation.rowsecurity import acting_as
from residents.models import AccessEvent, Account
from tests.appointments.scenes import Clinic, clinic, crowd, live
from tests.appointments.test_draws import DAY, OPEN, OVER, asked_by, hold, outcomes, scarce
from tests.appointments.waiting_scenes import join, offers, sweep
from tests.people import People

__all__ = ["scarce"]
SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]


def test_nobody_who_waits_is_given_a_place_before_the_draw(
    people: People, scarce: Clinic, signed_in: SignedIn, at: At
) -> None:
    yu = signed_in(people.hexiaoyu_account)
    join(yu, people.hexiaoyu_account, scarce, DAY, DAY)
    with at(OPEN):
        assert (sweep(OPEN), offers()) == (0, [])
        asked_by(crowd(2))
    with at(OVER):
        hold()
        assert sweep(OVER) == 1
    assert [offer.resident_id for offer in offers()] == [people.hexiaoyu.pk]
    assert len(live(scarce.slot)) == 2


def test_whoever_is_not_drawn_waits_in_the_order_of_the_draw(people: People, scarce: Clinic, at: At) -> None:
    with at(OPEN):
        asked_by(crowd(5))
    with at(OVER):
        hold()
    with acting_as("owner"):
        waiting = list(WaitlistEntry.objects.filter(ended_at=None))
        lines = AccessEvent.objects.filter(action="appointments.joined_waiting", actor_name="抽签").count()
    assert ([outcome for _, outcome in outcomes()].count("lost"), len(waiting), lines) == (2, 2, 2)
    assert {(one.department_id, one.practitioner_id, one.earliest, one.latest) for one in waiting} == {
        (scarce.department.pk, scarce.doctor.pk, DAY, DAY)
    }


def test_whoever_waits_for_enough_already_is_not_drawn_all_the_same(
    people: People, scarce: Clinic, signed_in: SignedIn, at: At
) -> None:
    accounts = crowd(4)
    for _ in range(3):
        for account in accounts:
            join(signed_in(account), account, clinic(people.township))
    with at(OPEN):
        asked_by(accounts)
    with at(OVER):
        assert hold() == 1
    assert [outcome for _, outcome in outcomes()] == ["won"] * 3 + ["lost"]
