"""A death is entered at the counter and decided by another."""

from datetime import date

from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents.models import DeathReport, Delegation
from tests import factories
from tests.people import People
from tests.residents.door import by_password, is_in, work
from tests.residents.test_counter import Enter, decide, desk, died, manager, read, report

__all__ = ["desk", "manager"]


def test_an_entered_death_changes_nothing_yet(people: People, desk: Client, signed_in: Enter) -> None:
    report(desk)
    assert died(people) is None and is_in(signed_in(people.helanfang_account))


def test_a_confirmed_death_ends_account_and_delegations_at_once(
    people: People, desk: Client, manager: Client, signed_in: Enter
) -> None:
    inside = signed_in(people.helanfang_account)
    factories.delegation(people.helanfang, people.hexiaoyu, "booking")
    report(desk)
    work()
    decide(manager, "confirm")
    by_password(again := Client())
    with acting_as("owner"):
        live = Delegation.objects.filter(resident=people.helanfang, ended_at=None)
        assert died(people) == date(2026, 11, 1) and not live.exists()
    assert not is_in(inside) and not is_in(again)


def test_a_refused_death_changes_nothing(people: People, desk: Client, manager: Client, signed_in: Enter) -> None:
    report(desk)
    decide(manager, "refuse")
    assert died(people) is None and is_in(signed_in(people.helanfang_account))


def test_nobody_confirms_a_death_they_entered(people: People, manager: Client) -> None:
    report(manager)
    page = manager.get(reverse("staff:deaths")).content.decode()
    assert "请另一位负责人复核" in page and "verdict" not in page


def test_reception_confirms_no_death(people: People, desk: Client, manager: Client) -> None:
    report(manager)
    with acting_as("owner"):
        key = DeathReport.objects.get().pk
    desk.post(reverse("staff:decide_death", args=[key]), {"verdict": "confirm"})
    assert died(people) is None


def test_a_death_entered_by_mistake_is_put_right_before_the_person(
    people: People, desk: Client, manager: Client
) -> None:
    report(desk)
    work()
    decide(manager, "confirm")
    read(desk)
    desk.post(reverse("staff:counter_alive"))
    decide(manager, "confirm")
    assert died(people) is None
