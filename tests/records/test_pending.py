"""What a person sees of a report that waits for a doctor: where, whom to call and until when, and nothing of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.models import IssuedCopy, Observation, Report
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.portal.staffing import Enter
from tests.records import rows
from tests.records.rows import actions, read

CALM = "请接听电话，或者拨打下面的电话"
WAITS = {"release": "pending", "release_at": NOON + timedelta(hours=24), "received_at": NOON}


@pytest.fixture
def feed(people: People) -> Source:
    return factories.source(people.county)


@pytest.fixture
def held(people: People, feed: Source) -> Report:
    """A report with a critical potassium and a sodium."""
    items: list[dict[str, Any]] = [
        {"name": "血钾", "value_text": "6.80", **WAITS},
        {"name": "血钠", "value_text": "140.5"},
    ]
    return rows.panel(people.helanfang, feed, NOON, *items, title="电解质", impression="高钾血症")


@pytest.fixture
def hers(people: People, signed_in: Enter) -> Client:
    return signed_in(people.helanfang_account)


def test_the_page_says_whom_to_call_and_until_when(held: Report, hers: Client, people: People) -> None:
    with acting_as("owner"):
        type(people.county).objects.filter(pk=people.county.pk).update(phone="0953-7000000")
    page = read(hers, "report", held.pk)
    assert [words for words in (CALM, "0953-7000000", "2026-11-23 12:00", "县人民医院") if words not in page] == []


def test_nothing_of_it_is_told(held: Report, hers: Client) -> None:
    pages = read(hers, "report", held.pk) + read(hers, "reports") + read(hers, "home")
    assert [words for words in ("6.80", "140.5", "高钾", "血钾", "血钠", "电解质") if words in pages] == []


def test_the_list_says_that_one_waits(held: Report, hers: Client) -> None:
    page = read(hers, "reports")
    assert ("有 1 份报告还不能在这里看" in page, str(held.pk) in page) == (True, True)


def test_the_look_is_written_down(held: Report, hers: Client) -> None:
    read(hers, "report", held.pk)
    assert actions() == ["records.read_report"]


def test_it_cannot_be_printed(held: Report, hers: Client) -> None:
    assert hers.get(reverse("records:report_pdf", args=[held.pk])).status_code == 404
    with acting_as("owner"):
        assert IssuedCopy.objects.count() == 0


def test_it_is_not_in_everything_held_about_me(held: Report, hers: Client) -> None:
    response: Any = hers.get(reverse("residents:take_json"))
    page = b"".join(response.streaming_content).decode()
    assert [words for words in ("6.80", "140.5", "高钾血症") if words in page] == []


def test_its_values_are_nobodys_values_before(held: Report, hers: Client, people: People, feed: Source) -> None:
    later = rows.panel(
        people.helanfang, feed, NOON + timedelta(hours=1), {"name": "血钠", "value_text": "139.0"}, title="复查"
    )
    assert "140.5" not in read(hers, "report", later.pk)


def test_once_it_is_released_everything_is_there(held: Report, hers: Client) -> None:
    with acting_as("owner"):
        Observation.objects.update(release="released")
    page = read(hers, "report", held.pk)
    assert [words for words in ("6.80", "140.5", "高钾血症") if words not in page] == []


def test_with_no_hours_it_says_that_a_doctor_opens_it(held: Report, hers: Client) -> None:
    with acting_as("owner"):
        Observation.objects.filter(release="pending").update(release_at=None)
    page = read(hers, "report", held.pk)
    assert ("医生跟您说明以后" in page, "最晚" in page) == (True, False)


def test_a_report_put_off_by_a_rule_says_so_without_alarm(hers: Client, people: People, feed: Source) -> None:
    later = rows.panel(people.helanfang, feed, NOON, {"name": "血钠"}, **WAITS)
    page = read(hers, "report", later.pk)
    assert ("机构安排这类报告晚一些再显示" in page, CALM in page, "急救" in page) == (True, False, False)


def test_a_stranger_learns_nothing(held: Report, people: People, signed_in: Enter) -> None:
    stranger = signed_in(people.wangjianguo_account)
    assert stranger.get(reverse("records:report", args=[held.pk])).status_code == 404
    assert "还不能在这里看" not in read(stranger, "reports")


@pytest.mark.parametrize(("scope", "expected"), [("results", 200), ("records", 403)])
def test_a_delegate_sees_that_it_waits_where_results_are_hers_to_see(
    scope: str, expected: int, held: Report, people: People, signed_in: Enter
) -> None:
    tie = factories.delegation(people.helanfang, people.hexiaoyu, scope)
    daughter = signed_in(people.hexiaoyu_account)
    daughter.post(reverse("residents:act"), {"resident": tie.resident_id})
    response = daughter.get(reverse("records:report", args=[held.pk]))
    assert (response.status_code, "6.80" in response.content.decode()) == (expected, False)


def test_a_special_report_that_waits_is_not_even_named(hers: Client, people: People, feed: Source) -> None:
    special = rows.panel(people.helanfang, feed, NOON, {"name": "某项", **WAITS}, sensitivity=5, release="withheld")
    assert "还不能在这里看" not in read(hers, "reports")
    assert hers.get(reverse("records:report", args=[special.pk])).status_code == 404
