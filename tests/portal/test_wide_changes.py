"""What one administrator changes for the whole county is written down by the database and read by the others."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.urls import reverse

from facilities.models import Facility
from foundation import clock
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from residents.models import AccessEvent
from tests import factories
from tests.factories import made
from tests.foundation.test_row_security import session_of
from tests.people import People
from tests.portal.staffing import Enter, colleague, events
from tests.residents.test_counter import issue, read

READERS = ["administrator", "security", "auditor"]


@pytest.fixture
def village(people: People) -> Facility:
    return factories.facility("V1", "河东村卫生室", "village", parent=people.township)


def move(people: People, signed_in: Enter, village: Facility, **wanted: str) -> Any:
    """What the administrator types into the form of a facility."""
    facts = {"code": village.code, "name": village.name, "level": village.level, "onboarding": village.onboarding}
    facts |= {"position": "100", "is_active": "on", "parent": str(people.township.pk)} | wanted
    address = reverse("admin:facilities_facility_change", args=[village.pk])
    return signed_in(people.administrator).post(address, facts)


def change_setting(people: People, signed_in: Enter, value: str) -> Any:
    address = f"{reverse('admin:foundation_datedsetting_add')}?key=access.assisted_minutes"
    return signed_in(people.administrator).post(address, {"value": value, "valid_from": "", "note": "试行"})


def page_of(signed_in: Enter, account: Any) -> str:
    return signed_in(account).get(reverse("staff:changes")).content.decode()


def test_a_facility_that_is_moved_is_noted_with_before_and_after(
    people: People, village: Facility, signed_in: Enter
) -> None:
    move(people, signed_in, village, parent=str(people.county.pk))
    (event,) = events(action="facilities.changed_reach")
    assert (event.actor_name, event.facility_id) == ("管理员", village.pk)
    assert event.purpose == "上级机构：河东镇卫生院 → 县人民医院"


def test_a_place_that_becomes_the_bureau_is_noted(people: People, village: Facility, signed_in: Enter) -> None:
    move(people, signed_in, village, level="bureau")
    assert [e.purpose for e in events(action="facilities.changed_reach")] == ["机构层级：村卫生室 → 卫生健康局"]


def test_another_phone_of_a_facility_is_not(people: People, village: Facility, signed_in: Enter) -> None:
    move(people, signed_in, village, phone="0951-100")
    with acting_as("owner"):
        assert Facility.objects.get(pk=village.pk).phone == "0951-100"
    assert events(action="facilities.changed_reach") == []


def test_the_command_line_is_noted_too(people: People, village: Facility) -> None:
    with acting_as("owner"):
        Facility.objects.filter(pk=village.pk).update(parent=people.county)
    (event,) = events(action="facilities.changed_reach")
    assert (event.actor_name, event.capacity) == ("", "system")


def test_a_setting_is_noted_with_before_and_after(people: People, signed_in: Enter) -> None:
    change_setting(people, signed_in, "20")
    change_setting(people, signed_in, "60")
    said = [event.purpose.partition("，")[0] for event in events(action="settings.changed")]
    assert said == ["access.assisted_minutes：默认值 → 20", "access.assisted_minutes：20 → 60"]


@pytest.mark.parametrize("role", READERS)
def test_the_others_read_it_and_the_first_page_counts_it(role: str, people: People, signed_in: Enter) -> None:
    change_setting(people, signed_in, "60")
    reader = colleague(people, role)
    assert "默认值 → 60" in page_of(signed_in, reader)
    desk = signed_in(reader).get(reverse("staff:index")).context["groups"]
    assert [card.count for group in desk for card in group.cards if card.href == reverse("staff:changes")] == [1]


@pytest.mark.parametrize("role", ["manager", "reception", "clinician", "engineer"])
def test_nobody_else_does(role: str, people: People, signed_in: Enter) -> None:
    client = signed_in(colleague(people, role))
    change_setting(people, signed_in, "60")
    assert client.get(reverse("staff:changes")).status_code == 403
    with session_of(client):
        assert not AccessEvent.objects.filter(action="settings.changed").exists()


def test_an_administrator_reads_nothing_else_of_the_log(people: People, signed_in: Enter) -> None:
    read(signed_in(people.zhangqiantai))
    with session_of(signed_in(people.administrator)):
        assert not AccessEvent.objects.exclude(actor_id=people.administrator.pk).exists()


def test_nobody_takes_a_line_back(people: People, signed_in: Enter) -> None:
    change_setting(people, signed_in, "60")
    with acting_as("owner"), pytest.raises(DatabaseError):
        AccessEvent.objects.filter(action="settings.changed").delete()


def test_an_old_change_is_no_news(people: People, signed_in: Enter, at: Any) -> None:
    made(DatedSetting(key="access.assisted_minutes", value=7, valid_from=clock.now() - timedelta(days=1)))
    with at(clock.now() + timedelta(days=8)):
        desk = signed_in(people.administrator).get(reverse("staff:index")).context["groups"]
    assert [card.count for group in desk for card in group.cards if card.href == reverse("staff:changes")] == [0]


# --- slips without a card --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("manual", "listed"), [("on", ["张前台"]), ("", [])])
def test_the_auditor_lists_slips_printed_by_hand(
    people: People, signed_in: Enter, manual: str, listed: list[str]
) -> None:
    number = factories.id_number(sequence=907)
    factories.resident("钱来顺", number, facility=people.township, phone="19900000077")
    desk = signed_in(people.zhangqiantai)
    read(desk, number, manual=manual)
    issue(desk)
    page = signed_in(colleague(people, "auditor")).get(reverse("staff:slips"))
    assert [line.event.actor_name for line in page.context["lines"]] == listed
    assert [line["count"] for line in page.context["by_card"]] == ([] if manual else [1])
    assert "钱来顺" not in page.content.decode()


@pytest.mark.parametrize("role", ["administrator", "security", "manager", "reception"])
def test_nobody_else_lists_slips(role: str, people: People, signed_in: Enter) -> None:
    assert signed_in(colleague(people, role)).get(reverse("staff:slips")).status_code == 403
