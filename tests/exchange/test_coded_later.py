"""A result that turns out to be critical once its code is mapped: held, or called about where it was opened."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from records.exchange import opening
from records.exchange.models import CodeMapping, CriticalCase, CriticalLimit, CriticalSubject, Source
from records.exchange.replaying import asking, running
from records.models import Observation, Report
from residents.models import Notice
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, observation, patient, report, versioned
from tests.factories import NOON, made
from tests.people import People
from tests.portal.staffing import Enter
from tests.sessions import session_of

LATER, LATEST = NOON + timedelta(hours=30), NOON + timedelta(hours=31)
LOCAL = {"coding": [{"system": "https://lab.example", "code": "K"}], "text": "钾"}


@pytest.fixture
def town(people: People) -> Source:
    """A feed of the township, with a limit for potassium, whose code nobody has mapped."""
    signed = {"reason": "文件", "starts_at": NOON, "made_at": NOON, "made_by": uuid7(), "made_name": "甲"}
    made(CriticalLimit(code="2823-3", unit="mmol/L", low=None, high=6, **signed))
    return factories.source(people.township, "town-files")


def potassium(value: str = "6.80", **fields: Any) -> dict[str, Any]:
    return observation(value=value, code=LOCAL, **fields)


def coded(town: Source, now: datetime = LATER) -> int:
    """The code is mapped, and what is stored is read again; returns how many messages were renewed."""
    if not rows(CodeMapping):
        fields = {"local_code": "K", "standard_code": "2823-3", "unit_code": "mmol/L"}
        made(CodeMapping(source=town, facility=town.facility, **fields))
    with acting_as("worker"):
        wanted = asking.ask(town, None, None, by="测试", now=now)
        return running.run(wanted.pk, clock=lambda: now).renewed


def opened() -> None:
    with acting_as("owner"):
        Report.objects.update(first_seen_at=NOON)


def cases() -> list[tuple[str, bool]]:
    return [(case.state, case.already_read) for case in rows(CriticalCase)]


def shown() -> list[tuple[str, str]]:
    """The current results with how they are released."""
    return sorted((row.value_text, row.release) for row in rows(Observation, superseded_at=None))


def test_what_nobody_has_opened_waits_for_a_doctor_with_hours_of_its_own(town: Source) -> None:
    deliver(town, patient(), potassium(), report())
    assert coded(town) == 1
    (row,) = rows(Observation)
    assert (row.release, row.release_at, cases()) == ("pending", LATER + timedelta(hours=24), [("open", False)])


def test_what_was_opened_stays_and_a_doctor_is_asked_to_call(town: Source) -> None:
    deliver(town, patient(), potassium(), report())
    opened()
    assert coded(town) == 1
    assert (shown(), cases()) == ([("6.80", "released")], [("open", True)])


def test_a_second_reading_asks_nothing_again(town: Source) -> None:
    deliver(town, patient(), potassium(), report())
    opened()
    coded(town)
    assert (coded(town, LATEST), cases()) == (0, [("open", True)])


@pytest.mark.parametrize("value", ["5.90", "6.80"])
def test_what_is_ordinary_or_was_measured_long_ago_is_left_alone(town: Source, value: str) -> None:
    measured = {"effectiveDateTime": "2026-10-01T08:10:00+08:00"} if value == "6.80" else {}
    deliver(town, patient(), potassium(value, **measured), report())
    assert coded(town, NOON + timedelta(hours=1)) == 1
    assert (shown(), cases()) == ([(value, "released")], [])


def test_what_was_measured_lately_when_it_came_is_history_when_it_is_read_again_after_a_year(town: Source) -> None:
    deliver(town, patient(), potassium(), report())
    assert coded(town, NOON + timedelta(days=365)) == 1
    assert (shown(), cases()) == ([("6.80", "released")], [])


def test_what_was_critical_before_and_has_opened_is_not_held_again(town: Source) -> None:
    deliver(town, patient(), potassium(interpretation=[{"coding": [{"code": "HH"}]}]), report())
    with acting_as("worker"):
        opening.sweep(LATER)
    assert coded(town) == 1
    assert (shown(), cases()) == ([("6.80", "released")], [("elapsed", False)])


def test_only_the_version_that_counts_is_called_about(town: Source) -> None:
    deliver(town, patient(), versioned(potassium(), 1), report())
    deliver(town, versioned(potassium("5.10", status="corrected"), 2))
    opened()
    assert coded(town) == 2
    assert (shown(), cases()) == ([("5.10", "released")], [])


def test_the_same_value_sent_again_is_still_to_be_called_about(town: Source) -> None:
    deliver(town, patient(), versioned(potassium(), 1), report())
    opened()
    coded(town)
    deliver(town, versioned(potassium(note=[{"text": "复核"}]), 2), now=LATEST)
    assert (shown(), cases()) == ([("6.80", "released")], [("open", True)])
    assert [about.observation_id for about in rows(CriticalSubject)] == [
        row.id for row in rows(Observation, superseded_at=None)
    ]


def test_a_correction_that_is_not_critical_ends_the_case(town: Source) -> None:
    deliver(town, patient(), versioned(potassium(), 1), report())
    opened()
    coded(town)
    deliver(town, versioned(potassium("4.10", status="corrected"), 2), now=LATEST)
    assert (shown(), cases()) == ([("4.10", "released")], [("gone", True)])


def test_a_correction_to_another_critical_value_waits_like_any_other(town: Source) -> None:
    deliver(town, patient(), versioned(potassium(), 1), report())
    opened()
    coded(town)
    deliver(town, versioned(potassium("7.10", status="corrected"), 2), now=LATEST)
    assert (shown(), cases()) == ([("7.10", "pending")], [("open", False)])


def test_what_was_opened_is_no_news_when_the_call_ends(town: Source, people: People, signed_in: Enter) -> None:
    deliver(town, patient(), potassium(), report())
    opened()
    before = len(rows(Notice))
    coded(town)
    doctor = signed_in(factories.staff("yisheng", "镇医生", people.township, "clinician"))
    address = reverse("staff:critical_case", args=[rows(CriticalCase)[0].pk])
    page = doctor.get(address).content.decode()
    assert [word for word in ("贺兰芳", "6.80", "本人已经看得到") if word not in page] == []
    doctor.post(address, {"deed": "told", "seen": 0, "reached": "self", "advice": "revisit"})
    with acting_as("worker"):
        opening.sweep(LATEST)
    assert (cases(), len(rows(Notice))) == ([("told", True)], before)


def test_she_goes_on_reading_what_she_had_opened(town: Source, people: People, signed_in: Enter) -> None:
    deliver(town, patient(), potassium(), report())
    opened()
    coded(town)
    hers: Client = signed_in(people.helanfang_account)
    with session_of(hers):
        assert [row.value_text for row in Observation.objects.all()] == ["6.80"]
        assert Report.objects.count() == 1
