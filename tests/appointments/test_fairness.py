"""The month's figures: from the trail alone, small ones left out, the same whenever they are counted again."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from appointments import fairness
from appointments.fairness import SMALL, hide_small
from appointments.models import FairnessMonth
from foundation.rowsecurity import acting_as
from tests import factories
from tests.appointments.scenes import clinic, held, rule
from tests.appointments.test_no_shows import MISSED, TODAY_AGAIN
from tests.appointments.test_places import refused, run
from tests.factories import NOON
from tests.people import People

At = Callable[[datetime], Any]
MONTH, AFTER = date(2026, 11, 1), NOON + timedelta(days=12)


@pytest.fixture
def month(people: People, at: At) -> None:
    """Twelve people booked for tomorrow: seven of the township, three elders among them; one did not come."""
    rule(people.township, reports_attendance=True)
    slot = clinic(people.township, places=20, count=1).slots[0]
    for n in range(12):
        born = factories.id_number(date(1950 if n < 3 else 1990, 1, 1), 400 + n)
        home = people.township if n < 7 else people.county
        booking = held(factories.resident(f"某人{n}", born, facility=home), slot)
    with at(NOON + timedelta(days=1)):
        run("owner", MISSED, [booking.pk])
    run("owner", TODAY_AGAIN)


def publish(now: datetime = AFTER) -> int:
    with acting_as("worker"):
        return fairness.publish_due(now)


def published() -> FairnessMonth:
    with acting_as("owner"):
        return FairnessMonth.objects.get()


def test_a_month_is_published_once_and_when_it_is_over(people: People, month: None) -> None:
    assert (publish(NOON), publish(), publish()) == (0, 1, 0)
    assert published().month == MONTH


def test_what_is_published_says_who_got_the_places(people: People, month: None) -> None:
    publish()
    told = published().figures
    assert told["booked"] == 12
    assert told["townships"] == {str(people.county.pk): 5, str(people.township.pk): 7}
    assert told["waits"]["1-1"] == 12
    assert told["median_wait"] == 1


def test_three_elders_are_left_out_and_nobody_subtracts_them(people: People, month: None) -> None:
    publish()
    told = published().figures
    assert told["channels"] == {"elder": None, "web": None}
    assert told["ages"] == {"18": None, "65": None}


def test_it_is_counted_from_the_trail_alone(people: People, month: None) -> None:
    with acting_as("worker"), CaptureQueriesContext(connections["worker"]) as asked:
        fairness.figures_of(MONTH)
    read = " ".join(query["sql"] for query in asked.captured_queries)
    assert "appointments_deed" in read
    assert not [table for table in ("appointments_booking", "residents_", "appointments_strike") if table in read]


def test_counted_again_it_is_the_same(people: People, month: None) -> None:
    publish()
    out = StringIO()
    with acting_as("worker"):
        call_command("check_fairness", stdout=out)
    assert out.getvalue() == "2026-11 一致\n"


def test_a_trail_that_somebody_changed_is_found(people: People, month: None) -> None:
    publish()
    run("owner", "ALTER TABLE appointments_deed DISABLE TRIGGER trail_is_never_changed")
    run("owner", "DELETE FROM appointments_deed WHERE kind = 'booked' AND age_band = 65")
    run("owner", "ALTER TABLE appointments_deed ENABLE TRIGGER trail_is_never_changed")
    with acting_as("worker"), pytest.raises(CommandError, match="1 个月与流水不一致"):
        call_command("check_fairness", stdout=StringIO())


@pytest.mark.parametrize(
    "deed", ["UPDATE appointments_fairnessmonth SET figures = '{}'", "DELETE FROM appointments_fairnessmonth"]
)
def test_what_was_published_stays(people: People, month: None, deed: str) -> None:
    publish()
    with refused("never"):
        run("owner", deed)


def test_everybody_reads_it(people: People, month: None, client: Client) -> None:
    publish()
    page = client.get(reverse("appointments:fairness")).content.decode()
    assert all(words in page for words in ("2026年11月", "河东镇卫生院", "不公布", "第二天"))
    assert client.get(reverse("appointments:fairness"), {"month": "202001"}).status_code == 404


def test_before_the_first_month_it_says_so(people: People, client: Client) -> None:
    assert "还没有公布的月份" in client.get(reverse("appointments:fairness")).content.decode()


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40)))
def test_no_small_figure_is_shown_or_follows_from_the_sum(cells: dict[str, int]) -> None:
    shown = hide_small(cells)
    hidden = [cells[name] for name, count in shown.items() if count is None]
    assert not [count for count in shown.values() if count is not None and 0 < count < SMALL]
    rest = [count for count in shown.values() if count]
    assert not hidden or not rest or (len(hidden) >= 2 and sum(hidden) >= SMALL)


@pytest.mark.parametrize(
    ("whole", "many", "few"), [("appealed", "accepted", "rejected"), ("asked", "not_drawn", "drawn")]
)
def test_a_small_answer_does_not_follow_from_the_other_one(
    people: People, month: None, whole: str, many: str, few: str
) -> None:
    """Nine were made and seven accepted: then it is no secret how many were not."""
    columns = "facility_id, department_id, number_kind, channel, drawn_from, ended, days_ahead"
    again = f"INSERT INTO appointments_deed (at, kind, {columns}) SELECT at, %s, {columns} FROM appointments_deed"
    for kind, count in ((whole, 9), (many, 7), (few, 2)):
        run("owner", f"{again} LIMIT {count}", [kind])
    publish()
    assert [published().figures["rules"][name] for name in (whole, many, few)] == [9, None, None]


def test_the_rules_stand_by_what_belongs_together(people: People, month: None, client: Client) -> None:
    publish()
    shown = client.get(reverse("appointments:fairness")).context["rules"]
    names = [cell["name"] for group in shown for cell in group["rows"]]
    assert [group["key"] for group in shown] == ["strikes", "ended", "draws"]
    assert len(names) == len(published().figures["rules"])
