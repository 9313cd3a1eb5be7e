"""One of everything that has an address, all of it 贺兰芳's."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from appointments.models import Booking, Session, Slot, WaitlistEntry
from facilities.models import Department
from foundation.crypto import seal
from foundation.keys import uuid7
from health_education.models import Activity, Medium, Revision, SignUp
from records.exchange.models import Source
from records.models import Document, Examination, FollowUp, Medication, Observation, OwnEntry, OwnReport, Report
from records.models.own import OwnReportPage, place_of
from residents.models import Notice
from tests import factories
from tests.health_education import files
from tests.people import People


@dataclass(frozen=True)
class World:
    people: People
    report: Report
    value: Observation
    check_up: Examination
    follow_up: FollowUp
    document: Document
    medicine: Medication
    own: OwnReport
    notice: Notice
    department: Department
    session: Session
    slot: Slot
    booking: Booking
    wait: WaitlistEntry
    article: Revision
    medium: Medium
    activity: Activity


def tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


def _where(people: People, feed: Source) -> dict[str, Any]:
    return factories._provenance(people.helanfang, feed, factories.NOON)


def world_of(people: People) -> World:
    """A report with one value, a notice, a clinic tomorrow with a booking, an article: written as the owner."""
    feed = factories.source(people.township)
    value = factories.observation(people.helanfang, feed)
    report = factories.report(people.helanfang, feed, item_identifiers=[value.identifier])
    notice = factories.made(
        Notice(resident=people.helanfang, kind="report_ready", subject_id=report.pk, created_at=timezone.now())
    )
    department = factories.department(people.township)
    session = factories.session(factories.practitioner(department), tomorrow())
    slot, article = factories.slot(session), factories.article()
    return World(
        people=people,
        report=report,
        value=value,
        check_up=factories.made(Examination(title="健康体检", **_where(people, feed))),
        follow_up=factories.made(FollowUp(title="随访", programme="hypertension", **_where(people, feed))),
        document=factories.made(Document(title="出院小结", **_where(people, feed))),
        medicine=factories.made(Medication(name="阿司匹林肠溶片", **_where(people, feed))),
        own=own_report(people),
        notice=notice,
        department=department,
        session=session,
        slot=slot,
        booking=booking_in(slot, people),
        wait=wait_for(session, people),
        article=article,
        medium=files.image_of(article.article),
        activity=activity_with(people),
    )


def own_report(people: People) -> OwnReport:
    """A photographed report with one page, and a blood pressure of the same key."""
    key, now = uuid7(), timezone.now()
    written = {
        "resident": people.helanfang,
        "form_key": key,
        "entered_at": now,
        "entered_by": people.helanfang_account.pk,
        "entered_name": people.helanfang.name,
    }
    factories.made(OwnEntry(id=key, kind="pressure", measured_at=now, systolic=128, diastolic=78, **written))
    report = factories.made(OwnReport(id=key, title="腹部B超", **written))
    page = {"resident": people.helanfang, "report": report, "number": 1}
    factories.made(OwnReportPage(id=key, content=seal(b"a picture", place_of(key)), **page))
    return report


def wait_for(session: Session, people: People) -> WaitlistEntry:
    """She waits for another day of the same department."""
    return factories.made(
        WaitlistEntry(
            resident=people.helanfang,
            facility=session.facility,
            department=session.department,
            earliest=session.date + timedelta(days=1),
            latest=session.date + timedelta(days=1),
            joined_at=timezone.now(),
            joined_by=people.helanfang_account.pk,
        )
    )


def activity_with(people: People) -> Activity:
    """A lecture in two days for which she has signed up."""
    now = timezone.now()
    times = {"starts_at": now + timedelta(days=2), "signup_opens_at": now - timedelta(days=1)}
    lecture = factories.activity(people.township, **times)
    factories.made(
        SignUp(
            activity=lecture,
            facility=people.township,
            resident=people.helanfang,
            form_key=uuid7(),
            signed_by=people.helanfang_account.pk,
            signed_at=now,
        )
    )
    return lecture


def booking_in(slot: Slot, people: People) -> Booking:
    """A place of hers in a slot."""
    session = slot.session
    return factories.made(
        Booking(
            resident=people.helanfang,
            resident_name=people.helanfang.name,
            slot=slot,
            session=session,
            facility_id=session.facility_id,
            department_id=session.department_id,
            date=session.date,
            period=session.period,
            form_key=uuid7(),
            trip=uuid7(),
            booked_by=people.helanfang_account.pk,
            booked_at=timezone.now(),
        )
    )
