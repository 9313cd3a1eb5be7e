"""A death at the counter takes two: who enters it, who decides, and how somebody comes back."""

import pytest
from django.test import Client
from django.urls import reverse

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from residents.models import DeathReport, Delivery
from tests import factories
from tests.people import HELANFANG_NUMBER, People
from tests.portal.staffing import Enter, events
from tests.portal.test_two_at_the_counter import desk, manager, slips, told
from tests.residents.door import work
from tests.residents.test_counter import decide, died, read, report

__all__ = ["desk", "manager"]


@pytest.fixture
def dead(people: People, desk: Client, manager: Client) -> People:
    report(desk)
    work()
    decide(manager, "confirm")
    assert died(people)
    return people


def test_a_death_that_is_entered_rings_the_persons_phone(people: People, desk: Client) -> None:
    report(desk)
    work()
    assert told("death_reported") == ["19900000001"]


def test_whoever_is_helped_by_a_daughter_is_told_through_her(people: People, desk: Client) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "notices")
    report(desk)
    work()
    with acting_as("owner"):
        assert Delivery.objects.filter(template="family_notice", resident_id=people.hexiaoyu.pk).exists()


def test_she_reads_it_in_her_inbox_and_is_still_signed_in(people: People, desk: Client, signed_in: Enter) -> None:
    hers = signed_in(people.helanfang_account)
    report(desk)
    assert "本县登记了您的去世" in hers.get(reverse("residents:notices")).content.decode()


def test_nobody_confirms_before_the_message_has_left(people: People, desk: Client, manager: Client) -> None:
    report(desk)
    decide(manager, "confirm")
    assert died(people) is None
    work()
    decide(manager, "confirm")
    assert died(people) is not None


def test_a_doubtful_death_is_refused_at_once(people: People, desk: Client, manager: Client) -> None:
    report(desk)
    decide(manager, "refuse")
    with acting_as("owner"):
        assert DeathReport.objects.get().confirmed is False


def test_a_manager_alone_brings_nobody_back(dead: People, manager: Client) -> None:
    read(manager)
    manager.post(reverse("staff:counter_alive"))
    page = manager.get(reverse("staff:deaths")).content.decode()
    with acting_as("owner"):
        waiting = DeathReport.objects.get(undoes=True)
    manager.post(reverse("staff:decide_death", args=[waiting.pk]), {"verdict": "confirm"})
    assert died(dead) is not None and "请另一位负责人复核" in page


def test_who_is_not_back_yet_gets_no_slip(dead: People, manager: Client) -> None:
    read(manager)
    manager.post(reverse("staff:counter_alive"))
    manager.post(reverse("staff:counter_issue"), {"agreed": "on"})
    assert slips() == 0


def test_reception_reads_the_card_and_a_manager_brings_the_person_back(
    dead: People, desk: Client, manager: Client
) -> None:
    read(desk)
    desk.post(reverse("staff:counter_alive"))
    assert "申请更正误登记的去世" in manager.get(reverse("staff:deaths")).content.decode()
    decide(manager, "confirm")
    assert died(dead) is None
    assert [e.actor_name for e in events(action="residents.undid_death")] == ["赵院长"]


def test_a_refused_correction_changes_nothing(dead: People, desk: Client, manager: Client) -> None:
    read(desk)
    desk.post(reverse("staff:counter_alive"))
    decide(manager, "refuse")
    assert died(dead) is not None and events(action="residents.kept_death")


def test_it_is_asked_for_once(dead: People, desk: Client) -> None:
    read(desk)
    desk.post(reverse("staff:counter_alive"))
    page = desk.post(reverse("staff:counter_alive"), follow=True).content.decode()
    assert "已经提交过" in page


@pytest.fixture
def village(people: People) -> Facility:
    return factories.facility("VILL1", "河东村卫生室", "village", parent=people.township)


@pytest.fixture
def village_doctor(village: Facility, signed_in: Enter) -> Client:
    return signed_in(factories.staff("wangcunyi", "王村医", village, "village_doctor"))


def test_the_township_decides_on_a_death_of_its_village(
    people: People, village_doctor: Client, manager: Client
) -> None:
    report(village_doctor)
    work()
    assert "河东村卫生室" in manager.get(reverse("staff:deaths")).content.decode()
    decide(manager, "confirm")
    assert died(people) is not None


def test_another_township_does_not(people: People, village_doctor: Client, signed_in: Enter) -> None:
    report(village_doctor)
    work()
    elsewhere = signed_in(factories.staff("biede", "别院长", factories.facility(), "manager"))
    with acting_as("owner"):
        key = DeathReport.objects.get().pk
    page = elsewhere.get(reverse("staff:deaths")).content.decode()
    elsewhere.post(reverse("staff:decide_death", args=[key]), {"verdict": "confirm"})
    assert died(people) is None and "贺兰芳" not in page


def test_a_manager_who_entered_it_in_the_village_does_not_decide_in_the_township(
    people: People, village: Facility, signed_in: Enter
) -> None:
    both = factories.staff("jianren", "兼任院长", people.township, "manager")
    factories.membership(both, village, "village_doctor")
    data = {
        "number": HELANFANG_NUMBER,
        "died_on": "2026-11-01",
        "evidence": "户口注销证明",
        "facility": str(village.pk),
    }
    client = signed_in(both)
    client.post(reverse("staff:deaths"), data)
    work()
    with acting_as("owner"):
        key = DeathReport.objects.get(facility=village).pk
    client.post(reverse("staff:decide_death", args=[key]), {"verdict": "confirm"})
    assert died(people) is None
