"""What the attackers are after: 贺兰芳's rows, each with a mark that must never reach anybody else."""

import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connections

from appointments.models import Booking, Slot
from foundation.rowsecurity import acting_as
from records.models import Allergy, Condition, Report
from residents.models import Notice
from tests import factories
from tests.factories import NOON, made
from tests.people import HELANFANG_NUMBER, People

NAME, PHONE, VALUE, DIAGNOSIS = "贺兰芳", "19900000001", "5.6173", "高血压三级"
MARKS = (NAME, HELANFANG_NUMBER, PHONE, VALUE, DIAGNOSIS)


@dataclass(frozen=True)
class Scene:
    """One of everything of hers, and a slot that is free for anybody."""

    people: People
    report: Report
    booking: Booking
    free: Slot
    notice: Notice


def scene_of(people: People) -> Scene:
    """A report with a value, a diagnosis, an allergy, an inbox, a visit tomorrow with the care grant it brings."""
    lan, feed = people.helanfang, factories.source(people.township)
    lan.phone = PHONE
    with acting_as("owner"):
        lan.save(update_fields=["phone"])
    value = factories.observation(lan, feed, value_text=VALUE)
    report = factories.report(lan, feed, item_identifiers=[value.identifier])
    for model, name in ((Condition, DIAGNOSIS), (Allergy, "青霉素过敏")):
        made(model(name=name, **factories._provenance(lan, feed, NOON)))
    doctor = factories.practitioner(factories.department(people.township))
    morning = factories.session(doctor, NOON.date() + timedelta(days=1))
    # Another half-day of another department: whoever holds the booking may still take this one.
    other = factories.practitioner(factories.department(people.township, "外科"), "李医生")
    afternoon = factories.session(other, NOON.date() + timedelta(days=1), "afternoon")
    booking = _booking(factories.slot(morning), people)
    factories.article()
    return Scene(
        people=people,
        report=report,
        booking=booking,
        free=factories.slot(afternoon, 15),
        notice=made(Notice(resident=lan, kind="report_ready", subject_id=report.pk, created_at=NOON)),
    )


def _booking(slot: Slot, people: People) -> Booking:
    session = slot.session
    # The booking brings its care grant itself, by a trigger.
    return made(
        Booking(
            resident=people.helanfang,
            resident_name=NAME,
            slot=slot,
            session=session,
            facility_id=session.facility_id,
            department_id=session.department_id,
            date=session.date,
            period=session.period,
            form_key="01900000-0000-7000-8000-00000000000b",
            booked_by=people.helanfang_account.pk,
            booked_at=NOON - timedelta(hours=1),
        )
    )


def marks_in(text: str) -> list[str]:
    """Which of her marks a text shows."""
    return [mark for mark in MARKS if mark in text]


def every_row(*but: str) -> dict[str, list[str]]:
    """Every row of every table as text, as the owner reads it; to see that nothing changed."""
    tables: dict[str, list[str]] = {}
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
        )
        for name in [row[0] for row in cursor.fetchall() if row[0] not in but]:
            cursor.execute(f"SELECT t::text FROM public.{name} t ORDER BY 1")
            tables[name] = [row[0] for row in cursor.fetchall()]
    return tables


def say(capsys: Any, figures: str) -> None:
    """One line of figures, past pytest's capture."""
    with capsys.disabled():
        sys.stdout.write(f"\n  {figures}")
