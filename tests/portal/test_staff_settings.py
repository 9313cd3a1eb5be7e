"""Dated settings in the staff site: what holds now, a next value, and nothing past is touched."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation import clock, dated
from foundation.models import DatedSetting
from tests.factories import NOON, made
from tests.people import People
from tests.portal.staffing import Enter, events

LIST = "admin:foundation_datedsetting_changelist"


@pytest.fixture(autouse=True)
def known() -> Iterator[None]:
    """Settings of this test alone: one of each type."""
    before = dict(dated.REGISTRY)
    dated.register("test.days", 7, "测试天数")
    dated.register("test.share", 0.5, "测试比例")
    dated.register("test.open", False, "测试开关")
    dated.register("test.words", "请携带身份证", "测试文字")
    dated.register("test.times", ["07:00"], "测试时刻")
    yield
    dated.REGISTRY.clear()
    dated.REGISTRY.update(before)


def add_address(key: str = "test.days") -> str:
    return f"{reverse('admin:foundation_datedsetting_add')}?key={key}"


def add(client: Client, value: str, key: str = "test.days", **fields: str) -> Any:
    form = {"value": value, "valid_from": "", "note": ""} | fields
    return client.post(add_address(key), form)


def test_the_list_shows_every_setting_with_its_value_and_default(people: People, signed_in: Enter) -> None:
    made(DatedSetting(key="test.days", value=14, valid_from=NOON - timedelta(days=9)))
    page = signed_in(people.administrator).get(reverse(LIST)).content.decode()
    assert '<strong>14</strong><br><span class="quiet">默认：7</span>' in page
    assert "<strong>请携带身份证</strong>" in page


def test_an_administrator_adds_a_value_that_holds_at_once(people: People, signed_in: Enter) -> None:
    assert dated.setting("test.days", clock.now()) == 7
    add(signed_in(people.administrator), "10")
    assert dated.setting("test.days", clock.now()) == 10


def test_the_new_row_is_signed_and_leaves_an_event(people: People, signed_in: Enter) -> None:
    add(signed_in(people.administrator), "10")
    row = DatedSetting.objects.get(key="test.days")
    assert row.changed_by == people.administrator.pk
    assert [event.subject_id for event in events(action="staff.added")] == [str(row.pk)]


def test_a_later_value_waits_for_its_day(people: People, signed_in: Enter) -> None:
    add(signed_in(people.administrator), "10", valid_from="2099-01-01T08:00")
    assert dated.setting("test.days", clock.now()) == 7
    page = signed_in(people.administrator).get(reverse(LIST)).content.decode()
    assert "10（2099-01-01 08:00）" in page


@pytest.mark.parametrize(
    ("key", "typed", "stored"),
    [
        ("test.days", "3", 3),
        ("test.share", "0.25", 0.25),
        ("test.open", "True", True),
        ("test.words", "请提前十分钟到", "请提前十分钟到"),
        ("test.times", '["08:00", "12:00"]', ["08:00", "12:00"]),
    ],
)
def test_a_value_keeps_its_type(key: str, typed: str, stored: object, people: People, signed_in: Enter) -> None:
    assert add(signed_in(people.administrator), typed, key).status_code == 302
    assert DatedSetting.objects.get(key=key).value == stored


@pytest.mark.parametrize(
    ("key", "typed"),
    [("test.days", "many"), ("test.share", "half"), ("test.open", "maybe"), ("test.times", '{"a": 1}')],
)
def test_a_value_of_another_type_is_refused(key: str, typed: str, people: People, signed_in: Enter) -> None:
    assert add(signed_in(people.administrator), typed, key).status_code == 200
    assert not DatedSetting.objects.filter(key=key).exists()


def test_the_past_is_not_rewritten(people: People, signed_in: Enter) -> None:
    response = add(signed_in(people.administrator), "10", valid_from="2020-01-01T08:00")
    assert "生效时间不能早于现在" in response.content.decode()
    assert not DatedSetting.objects.filter(key="test.days").exists()


def test_a_stored_value_can_be_read_and_not_changed(people: People, signed_in: Enter) -> None:
    row = made(DatedSetting(key="test.days", value=14, valid_from=NOON))
    client = signed_in(people.administrator)
    address = reverse("admin:foundation_datedsetting_change", args=[row.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"value": "1"}).status_code == 403


def test_an_unknown_setting_has_no_form(people: People, signed_in: Enter) -> None:
    assert signed_in(people.administrator).get(add_address("test.unknown")).status_code == 404


def test_the_form_without_a_setting_leads_back_to_the_list(people: People, signed_in: Enter) -> None:
    response = signed_in(people.administrator).get(reverse("admin:foundation_datedsetting_add"))
    assert response.headers["Location"] == reverse(LIST)


def test_an_auditor_sees_the_values_and_no_way_to_change_them(people: People, signed_in: Enter) -> None:
    from tests.portal.staffing import colleague

    client = signed_in(colleague(people, "auditor"))
    assert add_address("test.days") not in client.get(reverse(LIST)).content.decode()
    assert add(client, "10").status_code == 403


def test_the_database_takes_a_setting_from_administrators_only(people: People, signed_in: Enter) -> None:
    assert add(signed_in(people.editor), "10").status_code == 403
    assert not DatedSetting.objects.filter(key="test.days").exists()
