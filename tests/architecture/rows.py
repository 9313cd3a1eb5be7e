"""One row about 贺兰芳 in every resident table, written as the owner."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from appointments.models import (
    Appeal,
    Booking,
    CallBack,
    Draw,
    DrawRequest,
    Hold,
    Queue,
    Reminder,
    Strike,
    Ticket,
    WaitlistEntry,
)
from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from health_education.models import SignUp
from records.models import (
    Allergy,
    Awaited,
    Condition,
    Dispute,
    Document,
    Encounter,
    Examination,
    FollowThrough,
    FollowUp,
    ImagingStudy,
    Immunization,
    IssuedCopy,
    Look,
    Medication,
    OwnEntry,
    OwnReport,
    OwnReportPage,
    Procedure,
    ReportAttachment,
    ServiceQuestion,
    SharedFile,
    StoredCopy,
    Summary,
    SummaryDue,
)
from residents.models import (
    AccessCase,
    AccessEvent,
    CareGrant,
    Consent,
    Correction,
    Delegation,
    Guardianship,
    Hearing,
    Invitation,
    MessageChoice,
    Notice,
    Opening,
    PresenceCode,
)
from tests import factories
from tests.factories import NOON, made
from tests.people import People
from tests.records import booklets, shares
from tests.residents.connected import programs

SOON = NOON + timedelta(days=1)


def statement(model: type[Any]) -> Callable[[People], Any]:
    """A row of one of the record tables that hold a coded statement."""
    return lambda people: made(model(name="高血压", **provenance(people)))


def titled(model: type[Any], **fields: Any) -> Callable[[People], Any]:
    """A row of one of the record tables that hold something with a title."""
    return lambda people: made(model(title="健康体检", **fields, **provenance(people)))


def provenance(people: People) -> dict[str, Any]:
    return factories._provenance(people.helanfang, factories.source(people.township), NOON)


def encounter(people: People) -> Any:
    return made(Encounter(kind="ambulatory", **provenance(people)))


def report(people: People) -> Any:
    return factories.report(people.helanfang, factories.source(people.township))


def follow_through(people: People) -> Any:
    """What a result out of range brings with it."""
    factories.observation(people.helanfang, factories.source(people.township), flag="high")
    with acting_as("owner"):
        return FollowThrough.objects.get(resident=people.helanfang)


def hearing(people: People) -> Any:
    return made(Hearing(resident=people.helanfang, category="laboratory", way="after_comment", started_at=NOON))


def awaited(people: People) -> Any:
    about = report(people)
    facts = {"source": about.source, "identifier": about.identifier, "facility": about.facility}
    return made(Awaited(resident=people.helanfang, category="laboratory", held_at=NOON, until=SOON, **facts))


def service_question(people: People) -> Any:
    about = titled(FollowUp, programme="hypertension")(people)
    facts = {"source": about.source, "identifier": about.identifier, "facility": about.facility}
    return made(
        ServiceQuestion(
            resident=people.helanfang,
            facility_name="河东镇卫生院",
            kind="followup",
            day=NOON.date(),
            asked_at=NOON,
            closes_at=SOON,
            **facts,
        )
    )


def share_link(people: People) -> Any:
    return shares.share(people.helanfang, people.helanfang_account, [report(people)])


def shared_report(people: People) -> Any:
    with acting_as("owner"):
        return share_link(people).reports.get()


def share_opening(people: People) -> Any:
    return shares.opening(share_link(people))


def shared_file(people: People) -> Any:
    link = share_link(people)
    return made(SharedFile(resident=people.helanfang, share=link, made_at=NOON, size=1, rows=[], content=b"x"))


def imaging_study(people: People) -> Any:
    return made(ImagingStudy(study_uid="1.2.3", accession="R1", **provenance(people)))


def observation(people: People) -> Any:
    return factories.observation(people.helanfang, factories.source(people.township))


def issued_copy(people: People) -> Any:
    return made(
        IssuedCopy(
            resident=people.helanfang, report=report(people), code_hash=b"c" * 32, sha256=b"s" * 32, issued_at=NOON
        )
    )


def stored_copy(people: People) -> Any:
    issued = issued_copy(people)
    return made(
        StoredCopy(
            copy=issued,
            resident=people.helanfang,
            report=issued.report,
            account_id=people.helanfang_account.pk,
            language="zh-hans",
            made_from=b"m" * 32,
            content=b"sealed",
            stored_at=NOON,
        )
    )


def dispute(people: People) -> Any:
    about = report(people)
    return made(
        Dispute(
            resident=people.helanfang,
            category="results",
            kind="report",
            subject_id=about.pk,
            title="血常规",
            reason="not_mine",
            asked_at=NOON,
            asked_by=people.helanfang_account.pk,
            due_at=SOON,
            source=about.source,
            identifier=about.identifier,
            facility=about.facility,
            facility_name=about.facility_name,
        )
    )


def own_entry(people: People) -> Any:
    return made(OwnEntry(kind="pressure", measured_at=NOON, systolic=128, diastolic=78, **written_down(people)))


def own_report(people: People) -> Any:
    return made(OwnReport(title="腹部B超", **written_down(people)))


def own_report_page(people: People) -> Any:
    return made(OwnReportPage(resident=people.helanfang, report=own_report(people), number=1, content=b"sealed"))


def written_down(people: People) -> dict[str, Any]:
    return {
        "resident": people.helanfang,
        "form_key": uuid7(),
        "entered_at": NOON,
        "entered_by": people.helanfang_account.pk,
        "entered_name": people.helanfang.name,
    }


def attachment(people: People) -> Any:
    return made(
        ReportAttachment(resident=people.helanfang, report=report(people), number=1, size=9, content=b"%PDF-1.7\n")
    )


def booking(people: People) -> Any:
    doctor = factories.practitioner(factories.department(people.township))
    session = factories.session(doctor, date(2026, 11, 23))
    return made(
        Booking(
            resident=people.helanfang,
            resident_name=people.helanfang.name,
            slot=factories.slot(session),
            session=session,
            facility=people.township,
            department=session.department,
            date=session.date,
            period=session.period,
            form_key=uuid7(),
            booked_by=people.helanfang_account.pk,
            booked_at=NOON,
        )
    )


def hold(people: People) -> Any:
    doctor = factories.practitioner(factories.department(people.township))
    slot = factories.slot(factories.session(doctor, date(2026, 11, 23)))
    return made(
        Hold(
            slot=slot,
            facility=people.township,
            kind=Hold.Kind.OFFER,
            resident=people.helanfang,
            made_at=NOON,
            ends_at=SOON,
        )
    )


def wait(people: People) -> Any:
    day = date(2099, 11, 23)
    department = factories.department(people.township)
    return made(
        WaitlistEntry(
            resident=people.helanfang,
            facility=people.township,
            department=department,
            earliest=day,
            latest=day,
            joined_at=NOON,
            joined_by=people.helanfang_account.pk,
        )
    )


def ticket(people: People) -> Any:
    visit = booking(people)
    place = {"facility": people.township, "department": visit.department}
    queue = made(Queue(date=visit.date, period=visit.period, session=visit.session, **place))
    facts = {"booking": visit, "resident": people.helanfang, "facility": people.township}
    return made(Ticket(queue=queue, category="ordinary", number=1, order_at=NOON, issued_at=NOON, **facts))


def reminder(people: People) -> Any:
    visit = booking(people)
    facts = {"booking": visit, "resident": people.helanfang, "days_before": 1}
    return made(Reminder(code="27", delivery_key="k", asked_at=NOON, **facts))


def call_back(people: People) -> Any:
    visit = booking(people)
    facts = {"booking": visit, "resident": people.helanfang, "facility": people.township}
    return made(CallBack(phone="19900000001", asked_at=NOON, due_at=SOON, **facts))


def strike(people: People) -> Any:
    return made(
        Strike(
            booking=booking(people),
            resident=people.helanfang,
            facility=people.township,
            at=NOON,
            allowed=3,
            within_days=90,
            suspension_days=90,
            appeal_until=SOON + timedelta(days=36500),
        )
    )


def appeal(people: People) -> Any:
    against = strike(people)
    facts = {"strike": against, "resident": people.helanfang, "facility": people.township}
    return made(Appeal(way=Appeal.Way.WEB, words="当天住院了", at=NOON, answer_due=SOON, **facts))


def draw_request(people: People) -> Any:
    doctor = factories.practitioner(factories.department(people.township))
    session = factories.session(doctor, date(2026, 11, 23), draw=True)
    open_to_all = {"opens_at": NOON - timedelta(days=36500), "closes_at": NOON + timedelta(days=36500)}
    draw = made(Draw(session=session, seed_hash="0" * 64, **open_to_all))
    return made(DrawRequest(draw=draw, resident=people.helanfang, asked_by=uuid7(), asked_at=NOON))


def signup(people: People) -> Any:
    return made(
        SignUp(
            activity=factories.activity(people.township, walk_ins=0),
            facility=people.township,
            resident=people.helanfang,
            walked_in=True,
            form_key=uuid7(),
            signed_by=people.helanfang_account.pk,
            signed_at=NOON,
        )
    )


def delegation(people: People) -> Any:
    return made(
        Delegation(
            resident=people.helanfang,
            delegate=people.hexiaoyu,
            relation="family",
            scope=["identity"],
            starts_at=NOON,
            ends_at=SOON,
        )
    )


def care_grant(people: People) -> Any:
    return made(
        CareGrant(resident=people.helanfang, facility=people.township, reason="预约就诊", starts_at=NOON, ends_at=SOON)
    )


def opening(people: People) -> Any:
    return made(
        Opening(
            token_hash=b"t" * 32,
            account_id=people.zhangqiantai.pk,
            resident=people.helanfang,
            facility=people.township,
            reason="就诊",
            opened_at=NOON,
            closes_at=SOON,
        )
    )


def presence_code(people: People) -> Any:
    return made(
        PresenceCode(resident=people.helanfang, kind="spoken", code_hash=b"p" * 32, issued_at=NOON, expires_at=SOON)
    )


def consent(people: People) -> Any:
    return Consent.objects.using("owner").filter(resident=people.helanfang).first()


def access_case(people: People) -> Any:
    times = {"opened_at": NOON, "first_at": NOON, "last_at": NOON, "due_at": SOON}
    return made(AccessCase(resident=people.helanfang, opened_by=people.helanfang_account.pk, **times))


def correction(people: People) -> Any:
    times = {"asked_at": NOON, "due_at": SOON, "asked_by": people.helanfang_account.pk}
    return made(Correction(resident=people.helanfang, facility=people.township, subject="name", text="错了", **times))


def access_event(people: People) -> Any:
    return made(
        AccessEvent(
            at=NOON,
            id=uuid7(),
            actor_id=people.helanfang_account.pk,
            actor_name="贺兰芳",
            resident_id=people.helanfang.pk,
            action="records.read_report",
        )
    )


def notice(people: People) -> Any:
    return made(Notice(resident=people.helanfang, kind="report_ready", subject_id=uuid7(), created_at=NOON))


def message_choice(people: People) -> Any:
    return made(
        MessageChoice(resident=people.helanfang, template="booked", channel="sms", wanted=False, changed_at=NOON)
    )


# Table -> how to write her row; persons and their documents are there from the start.
def invitation(people: People) -> Any:
    return made(
        Invitation(
            resident=people.helanfang,
            scope=["booking"],
            months=3,
            code_hash=b"i" * 32,
            created_at=NOON,
            expires_at=SOON,
        )
    )


def guardianship(people: People) -> Any:
    return made(
        Guardianship(
            guardian=people.helanfang,
            kinship="mother",
            child_name="小宝",
            child_kind="resident_id_card",
            child_number=factories.id_number(date(2019, 5, 18), 27),
            child_index=b"c" * 32,
            evidence_kind="household",
            facility=people.township,
            created_by=people.helanfang_account.pk,
            created_at=NOON,
        )
    )


def summary(people: People) -> Any:
    return made(Summary(resident=people.helanfang, part="records", content={"kinds": {}, "told": []}, built_at=NOON))


def summary_due(people: People) -> Any:
    return made(SummaryDue(resident=people.helanfang))


def parcel(people: People) -> Any:
    return booklets.made(people)


def parcel_piece(people: People) -> Any:
    return booklets.piece(people)


def parcel_link(people: People) -> Any:
    return booklets.link(people)


def look(people: People) -> Any:
    return made(Look(resident=people.helanfang, account_id=people.helanfang_account.pk, seen_at=NOON))


ROWS: dict[str, Callable[[People], Any]] = {
    "residents_resident": lambda people: people.helanfang,
    "residents_identifier": lambda people: people.helanfang,
    "residents_delegation": delegation,
    "residents_invitation": invitation,
    "residents_guardianship": guardianship,
    "residents_caregrant": care_grant,
    "residents_opening": opening,
    "residents_presencecode": presence_code,
    "residents_accesscase": access_case,
    "residents_correction": correction,
    "residents_consent": consent,
    "residents_accessevent": access_event,
    "residents_notice": notice,
    "residents_messagechoice": message_choice,
    "residents_connection": programs.connection,
    "residents_hearing": hearing,
    "records_awaited": awaited,
    "records_servicequestion": service_question,
    "records_encounter": encounter,
    "records_report": report,
    "records_observation": observation,
    "records_condition": statement(Condition),
    "records_medication": statement(Medication),
    "records_allergy": statement(Allergy),
    "records_immunization": statement(Immunization),
    "records_procedure": statement(Procedure),
    "records_examination": titled(Examination),
    "records_followup": titled(FollowUp, programme="hypertension"),
    "records_document": titled(Document),
    "records_imagingstudy": imaging_study,
    "records_dispute": dispute,
    "records_ownentry": own_entry,
    "records_ownreport": own_report,
    "records_ownreportpage": own_report_page,
    "records_followthrough": follow_through,
    "records_issuedcopy": issued_copy,
    "records_storedcopy": stored_copy,
    "records_parcel": parcel,
    "records_parcelpiece": parcel_piece,
    "records_parcellink": parcel_link,
    "records_sharelink": share_link,
    "records_sharedreport": shared_report,
    "records_sharedfile": shared_file,
    "records_shareopening": share_opening,
    "records_look": look,
    "records_reportattachment": attachment,
    "records_summary": summary,
    "records_summarydue": summary_due,
    "appointments_booking": booking,
    "appointments_hold": hold,
    "appointments_waitlistentry": wait,
    "appointments_ticket": ticket,
    "appointments_reminder": reminder,
    "appointments_callback": call_back,
    "appointments_strike": strike,
    "appointments_appeal": appeal,
    "appointments_drawrequest": draw_request,
    "health_education_signup": signup,
}
