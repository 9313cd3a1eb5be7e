"""Every result out of range has an owner, a due date and an end with a reason; the clock carries it on."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records import following
from records.exchange.models import CriticalCase, Source
from records.models import FollowThrough, FollowThroughStep, Observation, Report
from residents.models import Account, Notice
from tests import factories
from tests.exchange.sending import at_utc, deliver, observation, patient, report, versioned
from tests.factories import NOON
from tests.people import People
from tests.records import rows

HIGH: dict[str, Any] = {"name": "空腹血糖", "value_text": "7.8", "flag": "high"}
SENT: dict[str, Any] = {"interpretation": [{"coding": [{"code": "H"}]}], "value": "9.90"}
SignIn = Callable[[Account], Client]


def cases(**filters: Any) -> list[FollowThrough]:
    with acting_as("owner"):
        return list(FollowThrough.objects.filter(**filters).select_related("facility").order_by("day"))


def only_case() -> FollowThrough:
    (case,) = cases()
    return case


def deeds() -> list[str]:
    with acting_as("owner"):
        return list(FollowThroughStep.objects.order_by("done_at", "id").values_list("deed", flat=True))


def swept(days: float) -> FollowThrough:
    with acting_as("worker"):
        following.sweep(NOON + timedelta(days=days))
    return only_case()


def test_results_out_of_range_of_one_day_are_one_matter_with_an_owner_and_a_due_date(
    people: People, feed: Source
) -> None:
    deliver(feed, patient(), observation(**SENT), observation(id="o2", **SENT), report())
    case = only_case()
    assert (case.facility_id, case.state, case.day) == (people.county.pk, "waiting", date(2026, 11, 20))
    assert case.due_on == date(2026, 12, 6)


def test_a_batch_and_a_message_alone_open_the_same(people: People, feed: Source) -> None:
    deliver(feed, patient(), versioned(observation(**SENT), updated=at_utc(1)))
    deliver(feed, versioned(observation(**SENT), updated=at_utc(2)))
    assert only_case().state == "waiting"


@pytest.mark.parametrize(
    "fields", [{"flag": "normal"}, {"flag": ""}, {"sensitivity": 5}, {"release": "withheld"}, {"release": "pending"}]
)
def test_what_is_in_range_or_not_shown_opens_nothing(people: People, feed: Source, fields: dict[str, Any]) -> None:
    factories.observation(people.helanfang, feed, **HIGH | fields)
    assert cases() == []


def test_history_opens_nothing(people: People, feed: Source) -> None:
    factories.observation(people.helanfang, feed, at=NOON - timedelta(days=31), received_at=NOON, **HIGH)
    assert cases() == []


def test_a_correction_that_is_in_range_ends_it_with_a_reason(people: People, feed: Source) -> None:
    deliver(feed, patient(), versioned(observation(**SENT), updated=at_utc(1)))
    normal: dict[str, Any] = {"value": "5.00", "interpretation": [{"coding": [{"code": "N"}]}], "status": "corrected"}
    deliver(feed, versioned(observation(**normal), updated=at_utc(2)))
    case = only_case()
    assert (case.state, case.reason) == ("gone", "结果已更正或收回") and case.ended_at is not None


def test_sent_again_it_stays_as_far_as_it_was(people: People, feed: Source) -> None:
    deliver(feed, patient(), versioned(observation(**SENT), updated=at_utc(1)))
    with acting_as("owner"):
        FollowThrough.objects.update(state="contacted")
    deliver(feed, versioned(observation(**SENT), updated=at_utc(2)))
    assert only_case().state == "contacted"


def test_a_critical_result_that_a_doctor_told_has_been_seen_to(people: People, feed: Source) -> None:
    item = factories.observation(people.helanfang, feed, **HIGH | {"flag": "critical_high", "release": "pending"})
    assert cases() == []
    with acting_as("owner"), transaction.atomic():
        CriticalCase.objects.update(state="told", ended_at=NOON)
        Observation.objects.filter(id=item.id).update(release="released")
    assert (only_case().state, deeds()) == ("contacted", ["critical"])


def test_a_result_without_an_owner_cannot_be_left_behind(people: People, feed: Source) -> None:
    factories.observation(people.helanfang, feed, **HIGH)
    with acting_as("owner"), pytest.raises(IntegrityError), transaction.atomic():
        FollowThrough.objects.all().delete()


@pytest.mark.parametrize("fields", [{"state": "closed"}, {"state": "closed", "ended_at": NOON}, {"ended_at": NOON}])
def test_nothing_ends_without_a_reason(people: People, feed: Source, fields: dict[str, Any]) -> None:
    factories.observation(people.helanfang, feed, **HIGH)
    with acting_as("owner"), pytest.raises(IntegrityError), transaction.atomic():
        FollowThrough.objects.update(**fields)


def test_what_nobody_opens_is_recalled_then_called_then_visited(people: People, feed: Source) -> None:
    rows.panel(people.helanfang, feed, NOON, HIGH)
    assert swept(2.9).level == 0
    assert swept(3).level == 1
    with acting_as("owner"):
        assert Notice.objects.filter(resident=people.helanfang, kind="result_unread").count() == 1
    assert swept(7).level == 2
    visited = swept(14)
    assert (visited.level, visited.handed_to_id) == (3, people.township.pk)
    assert deeds() == ["reminded", "calls", "visits"]


def test_each_step_is_taken_once_however_often_the_clock_runs(people: People, feed: Source) -> None:
    rows.panel(people.helanfang, feed, NOON, HIGH)
    for _turn in range(3):
        swept(7)
    assert deeds() == ["reminded", "calls"]


def test_who_has_read_the_report_gets_no_message(people: People, feed: Source) -> None:
    rows.panel(people.helanfang, feed, NOON, HIGH, first_seen_at=NOON)
    assert swept(3).level == 0
    assert swept(7).level == 2


def test_what_somebody_sees_to_is_left_alone_by_the_clock(people: People, feed: Source) -> None:
    rows.panel(people.helanfang, feed, NOON, HIGH)
    with acting_as("owner"):
        FollowThrough.objects.update(state="booked")
    assert (swept(60).level, deeds()) == (0, [])


def test_the_report_says_who_calls_by_when(people: People, hers: Client, feed: Source) -> None:
    sheet = rows.panel(people.helanfang, feed, NOON, HIGH)
    page = rows.read(hers, "report", sheet.pk)
    assert "待联系" in page and "县人民医院应当在 2026-12-06 之前联系您" in page


def test_a_report_in_range_says_nothing_of_calls(people: People, hers: Client, feed: Source) -> None:
    sheet = rows.panel(people.helanfang, feed, NOON, HIGH | {"flag": "normal"})
    assert "谁会联系您" not in rows.read(hers, "report", sheet.pk)


def test_staff_of_the_facility_call_and_write_down_what_came_of_it(
    people: People, feed: Source, signed_in: SignIn
) -> None:
    rows.panel(people.helanfang, feed, NOON, HIGH)
    desk = signed_in(people.chenyisheng)
    address = reverse("staff:follow_through_case", args=[only_case().pk])
    assert "县人民医院" in desk.get(reverse("staff:follow_through")).content.decode()
    page = desk.get(address).content.decode()
    assert "贺兰芳" in page and "空腹血糖" in page
    assert desk.post(address, {"deed": "booked", "seen": "0"}).status_code == 302
    assert (only_case().state, deeds()) == ("booked", ["booked"])
    assert {"records.read_follow_through", "records.booked_follow_through"} <= set(rows.actions())


def test_closing_needs_a_reason(people: People, feed: Source, signed_in: SignIn) -> None:
    rows.panel(people.helanfang, feed, NOON, HIGH)
    desk = signed_in(people.chenyisheng)
    address = reverse("staff:follow_through_case", args=[only_case().pk])
    assert "请写明为什么不用再联系" in desk.post(address, {"deed": "closed", "seen": "0"}).content.decode()
    assert only_case().state == "waiting"
    desk.post(address, {"deed": "closed", "why": "轻微偏离", "seen": "0"})
    assert (only_case().state, only_case().reason) == ("closed", "轻微偏离")


def test_two_who_call_at_once_do_not_write_over_each_other(people: People, feed: Source, signed_in: SignIn) -> None:
    rows.panel(people.helanfang, feed, NOON, HIGH)
    desk = signed_in(people.chenyisheng)
    address = reverse("staff:follow_through_case", args=[only_case().pk])
    desk.post(address, {"deed": "contacted", "seen": "0"})
    desk.post(address, {"deed": "missed", "seen": "0"})
    assert deeds() == ["contacted"]


def test_another_facility_sees_nothing_of_it(people: People, feed: Source, signed_in: SignIn) -> None:
    rows.panel(people.helanfang, feed, NOON, HIGH)
    desk = signed_in(people.licunyi)
    assert desk.get(reverse("staff:follow_through_case", args=[only_case().pk])).status_code == 404
    assert "县人民医院" not in desk.get(reverse("staff:follow_through")).content.decode()


def test_a_withdrawn_report_is_not_recalled_by_a_message(people: People, feed: Source) -> None:
    rows.withdrawn(rows.panel(people.helanfang, feed, NOON, HIGH))
    assert swept(3).level == 0
    with acting_as("owner"):
        assert Report.objects.count() == 1 and not Notice.objects.filter(kind="result_unread").exists()
