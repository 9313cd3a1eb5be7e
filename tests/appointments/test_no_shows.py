"""Not coming, with due process: what is a strike, what follows, and the word against it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments import refusals
from appointments.models import Appeal, Booking, Deed, Strike
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, asked, seeing
from residents.models import Account, Notice, Resident
from tests import factories
from tests.appointments.scenes import TODAY, TOMORROW, book, cancel, clinic, held, rule
from tests.appointments.test_places import INSERT, refused, row, run
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]
# `at` ends by letting the database's clock go; here it is noon of one day.
TODAY_AGAIN = (
    "CREATE OR REPLACE FUNCTION app.clock() RETURNS timestamptz LANGUAGE sql STABLE SET search_path = pg_catalog"
    f" AS $$ SELECT timestamptz '{NOON.isoformat()}' $$"
)
MISSED = "UPDATE appointments_booking SET status = 'no_show' WHERE id = %s"


@pytest.fixture
def reporting(people: People) -> None:
    """The township says who came, and suspends after three in ninety days for thirty."""
    terms = {"no_shows_allowed": 3, "no_show_days": 90, "suspension_days": 30}
    rule(people.township, TODAY - timedelta(days=400), reports_attendance=True, **terms)


@pytest.fixture
def yu(people: People, signed_in: SignedIn) -> Client:
    """贺小雨's browser; she is 41."""
    return signed_in(people.hexiaoyu_account)


def miss(people: People, at: At, days_ago: int, who: Resident | None = None) -> Booking:
    """A visit of some days ago that was missed, as the facility said the same noon."""
    moment = NOON - timedelta(days=days_ago)
    with at(moment):
        booking = held(who or people.hexiaoyu, clinic(people.township, moment.date()).slots[0])
        run("owner", MISSED, [booking.pk])
    run("owner", TODAY_AGAIN)
    return booking


def strikes() -> list[Strike]:
    with acting_as("owner"):
        return list(Strike.objects.order_by("at"))


def ends(people: People) -> datetime | None:
    with acting_as("owner"):
        until: datetime | None = asked("SELECT app.suspension_of(%s, %s)", [people.hexiaoyu.pk, people.township.pk])
    return until


def told() -> list[str]:
    with acting_as("owner"):
        return list(Notice.objects.filter(kind__contains="strike").values_list("kind", flat=True))


def test_a_missed_visit_is_a_strike_where_attendance_is_reported(people: People, at: At, reporting: None) -> None:
    miss(people, at, 1)
    assert [(row.allowed, row.within_days, row.suspension_days) for row in strikes()] == [(3, 90, 30)]
    assert told() == ["strike_warned"]


def test_where_attendance_is_not_reported_nobody_is_marked(people: People, at: At) -> None:
    with refused("no_show_only_where_attendance_is_reported"):
        miss(people, at, 1)
    assert strikes() == []


def test_a_promise_made_after_the_booking_does_not_reach_back(people: People, at: At) -> None:
    rule(people.township, TODAY - timedelta(days=1), reports_attendance=True)
    for days_before, count in ((2, 0), (1, 1)):
        visit = clinic(people.township, TODAY, period="morning").slots[0]
        booking = held(people.hexiaoyu, visit, booked_at=NOON - timedelta(days=days_before))
        run("owner", MISSED, [booking.pk])
        assert len(strikes()) == count


def test_a_cancelled_visit_is_never_a_strike(people: People, yu: Client, reporting: None) -> None:
    cancel(yu, people.hexiaoyu_account, book(yu, people.hexiaoyu_account, clinic(people.township).slot))
    assert strikes() == []


def test_an_elder_has_no_strikes(people: People, at: At, reporting: None) -> None:
    miss(people, at, 1, people.helanfang)
    assert strikes() == []


def test_what_staff_booked_is_no_strike(people: People, reporting: None) -> None:
    by_staff = held(people.hexiaoyu, clinic(people.township, TODAY).slots[0], booked_by=people.zhangqiantai.pk)
    run("owner", MISSED, [by_staff.pk])
    assert strikes() == []


@pytest.mark.parametrize("channel", ["desk", "phone", "referral"])
def test_what_was_booked_with_help_is_no_strike(people: People, reporting: None, channel: str) -> None:
    morning = clinic(people.township, TODAY)
    helped = INSERT.replace("cancelled_at)", "cancelled_at, channel, referred_by_id)").replace("%s)", "%s, %s, %s)")
    referred_by = people.county.pk if channel == "referral" else None
    run("owner", helped, [*row(morning, people.hexiaoyu), channel, referred_by])
    run("owner", "UPDATE appointments_booking SET status = 'no_show'")
    assert strikes() == []


def test_a_stopped_clinic_takes_its_strikes_back(people: People, at: At, reporting: None) -> None:
    booking = miss(people, at, 1)
    run("owner", "UPDATE appointments_session SET state = 'stopped' WHERE id = %s", [booking.session_id])
    assert [row.withdrawn_why for row in strikes()] == ["facility"]


@pytest.mark.parametrize("state", ["booked", "checked_in"])
def test_a_mark_that_is_corrected_takes_its_strike_back(people: People, at: At, reporting: None, state: str) -> None:
    """By the desk's own undo, or by the person who comes late after all."""
    booking = miss(people, at, 1)
    run("owner", "UPDATE appointments_booking SET status = %s WHERE id = %s", [state, booking.pk])
    assert [row.withdrawn_why for row in strikes()] == ["corrected"]


def test_the_first_is_a_warning_whatever_a_rule_says(people: People, at: At) -> None:
    rule(people.township, TODAY - timedelta(days=400), reports_attendance=True, no_shows_allowed=1)
    miss(people, at, 2)
    assert ends(people) is None
    miss(people, at, 1)
    assert ends(people) == NOON + timedelta(days=89)


def test_the_third_in_ninety_days_suspends_and_says_until_when(
    people: People, at: At, yu: Client, reporting: None
) -> None:
    for days in (60, 30, 2):
        miss(people, at, days)
    with pytest.raises(refusals.Suspended) as refusal:
        book(yu, people.hexiaoyu_account, clinic(people.township).slot)
    assert refusal.value.until == NOON + timedelta(days=28)


def test_three_in_more_than_ninety_days_do_not(people: People, at: At, yu: Client, reporting: None) -> None:
    for days in (95, 30, 2):
        miss(people, at, days)
    assert book(yu, people.hexiaoyu_account, clinic(people.township).slot).pk


def test_a_suspension_ends_by_itself(people: People, at: At, reporting: None) -> None:
    for days in (60, 45, 31):
        miss(people, at, days)
    assert ends(people) is None


def test_another_facility_is_not_closed_with_it(people: People, at: At, yu: Client, reporting: None) -> None:
    for days in (60, 30, 2):
        miss(people, at, days)
    assert book(yu, people.hexiaoyu_account, clinic(people.county).slot).pk


def test_the_desk_books_for_whoever_is_suspended(people: People, at: At, reporting: None) -> None:
    for days in (60, 30, 2):
        miss(people, at, days)
    morning = clinic(people.township)
    desk = INSERT.replace("cancelled_at)", "cancelled_at, channel)").replace("%s)", "%s, 'desk')")
    assert run("owner", desk, row(morning, people.hexiaoyu)) == 1


def test_the_refusal_and_the_page_say_until_when(people: People, at: At, yu: Client, reporting: None) -> None:
    for days in (60, 30, 2):
        miss(people, at, days)
    page = yu.get(reverse("appointments:confirm", args=[clinic(people.township).slot.pk])).content.decode()
    assert "12月20日" in page
    assert reverse("appointments:no_shows") in page
    assert "12月20日" in yu.get(reverse("appointments:no_shows")).content.decode()


def test_the_page_of_a_missed_visit_leads_to_the_appeal(people: People, at: At, yu: Client, reporting: None) -> None:
    booking = miss(people, at, 2)
    page = yu.get(reverse("appointments:booking", args=[booking.pk])).content.decode()
    assert "机构登记您这次没有来" in page
    assert reverse("appointments:no_shows") in page.split("</header>")[-1]


def test_what_follows_is_said_before_the_act(people: People, yu: Client, reporting: None) -> None:
    page = yu.get(reverse("appointments:confirm", args=[clinic(people.township).slot.pk])).content.decode()
    assert "90 天里满 3 次，网上预约暂停 30 天" in page
    elsewhere = yu.get(reverse("appointments:confirm", args=[clinic(people.county).slot.pk])).content.decode()
    assert "没有取消也没有来" not in elsewhere


def appeal(client: Client, strike: Strike, words: str = "") -> Any:
    return client.post(reverse("appointments:appeal", args=[strike.pk]), {"words": words})


def answer(client: Client, strike: Strike, verdict: str) -> Any:
    data = {"verdict": verdict, "answer": "当天确实住院，这一次不算。"}
    return client.post(reverse("staff:answer_no_show", args=[strike.pk]), data)


@pytest.fixture
def head(people: People, signed_in: SignedIn) -> Client:
    """The browser of the township's head."""
    return signed_in(factories.staff("yuanzhang", "院长", people.township, "manager"))


def test_one_tap_appeals_and_an_accepted_appeal_reopens_at_once(
    people: People, at: At, yu: Client, head: Client, reporting: None
) -> None:
    for days in (60, 30, 2):
        miss(people, at, days)
    strike = strikes()[-1]
    appeal(yu, strike)
    assert ends(people) is not None
    answer(head, strike, "yes")
    assert ends(people) is None
    assert book(yu, people.hexiaoyu_account, clinic(people.township, TOMORROW).slot).pk
    with acting_as("owner"):
        assert Notice.objects.filter(resident=people.hexiaoyu, kind="appeal_answered").count() == 1
        assert (Appeal.objects.get().answered_name, Appeal.objects.get().way) == ("院长", "web")


def test_an_appeal_turned_down_changes_nothing(
    people: People, at: At, yu: Client, head: Client, reporting: None
) -> None:
    for days in (60, 30, 2):
        miss(people, at, days)
    appeal(yu, strikes()[-1])
    answer(head, strikes()[-1], "no")
    with acting_as("owner"):
        assert Appeal.objects.get().accepted is False
    assert ends(people) == NOON + timedelta(days=28)


def test_an_appeal_that_nobody_answers_in_time_is_in_the_persons_favour(
    people: People, at: At, yu: Client, reporting: None
) -> None:
    for days in (60, 30, 2):
        miss(people, at, days)
    appeal(yu, strikes()[-1])
    with at(NOON + timedelta(days=7)):
        assert ends(people) is None


def test_after_its_deadline_there_is_no_appeal(people: People, at: At, yu: Client, reporting: None) -> None:
    miss(people, at, 31)
    appeal(yu, strikes()[0])
    with acting_as("owner"):
        assert not Appeal.objects.exists()


def test_an_appeal_is_made_once(people: People, at: At, yu: Client, reporting: None) -> None:
    miss(people, at, 1)
    appeal(yu, strikes()[0], "当天住院")
    appeal(yu, strikes()[0], "又一次")
    with acting_as("owner"):
        assert [row.words for row in Appeal.objects.all()] == ["当天住院"]


def test_whoever_marked_it_does_not_turn_the_appeal_down(
    people: People, signed_in: SignedIn, yu: Client, reporting: None
) -> None:
    login = factories.staff("yuanzhang", "院长", people.township, "manager")
    chief = signed_in(login)
    booking = held(people.hexiaoyu, clinic(people.township, TODAY).slots[0])
    with seeing(chief.session.get(TOKEN)):
        run("default", MISSED, [booking.pk])
    appeal(yu, strikes()[0])
    answer(chief, strikes()[0], "no")
    with acting_as("owner"):
        assert Appeal.objects.get().accepted is None
    answer(chief, strikes()[0], "yes")
    with acting_as("owner"):
        assert Appeal.objects.get().accepted is True


def test_the_desk_writes_down_an_appeal_and_does_not_decide_it(
    people: People, at: At, signed_in: SignedIn, reporting: None
) -> None:
    miss(people, at, 1)
    desk = signed_in(people.zhangqiantai)
    desk.post(reverse("staff:file_appeal", args=[strikes()[0].pk]), {"words": "来电话说住院"})
    assert answer(desk, strikes()[0], "yes").status_code == 403
    with acting_as("owner"):
        assert [(row.way, row.accepted) for row in Appeal.objects.all()] == [("desk", None)]


def test_a_stranger_appeals_against_nothing(people: People, at: At, signed_in: SignedIn, reporting: None) -> None:
    miss(people, at, 1)
    assert appeal(signed_in(people.wangjianguo_account), strikes()[0]).status_code == 404


def test_another_facilitys_head_sees_none_of_it(people: People, at: At, signed_in: SignedIn, reporting: None) -> None:
    miss(people, at, 1)
    head = signed_in(factories.staff("yuanzhang2", "院长", people.county, "manager"))
    assert head.get(reverse("staff:no_show", args=[strikes()[0].pk])).status_code == 404
    assert "贺小雨" not in head.get(reverse("staff:no_shows"), {"all": "1"}).content.decode()


def test_the_head_excuses_what_was_the_facilitys_fault(people: People, at: At, head: Client, reporting: None) -> None:
    miss(people, at, 1)
    head.post(reverse("staff:excuse_no_show", args=[strikes()[0].pk]), {"why": "facility"})
    assert (strikes()[0].withdrawn_why, sorted(told())) == ("facility", ["strike_excused", "strike_warned"])


@pytest.mark.parametrize("change", ["at = at - interval '1 day'", "allowed = 9", "withdrawn_at = NULL"])
def test_a_strike_is_only_withdrawn(people: People, at: At, reporting: None, change: str) -> None:
    miss(people, at, 1)
    with refused("a strike is only withdrawn"):
        run("owner", f"UPDATE appointments_strike SET {change}")


def test_all_of_it_is_in_the_trail(people: People, at: At, yu: Client, head: Client, reporting: None) -> None:
    for days in (60, 30, 2):
        miss(people, at, days)
    appeal(yu, strikes()[2])
    answer(head, strikes()[2], "yes")
    with acting_as("owner"):
        kinds = Deed.objects.exclude(kind__in=["booked", "no_show"]).order_by("id").values_list("kind", flat=True)
        assert list(kinds) == ["strike", "strike", "strike", "suspended", "appealed", "accepted"]
