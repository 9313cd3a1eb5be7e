"""Fill an empty database with the demonstration county. Every step looks before it writes, so it can be repeated.

Runs as the owner, from `seed_demo`; the portal itself never imports this module.
"""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from pypinyin import lazy_pinyin

from appointments.models import Rule, Session, Slot
from facilities.models import Department, Facility, Membership, Practitioner
from health_education.models import Article, ReviewerSpeciality, Speciality
from health_education.starter import load_starter
from portal.demo import county as plan
from portal.demo import one_time, people
from portal.demo.activities import seed_activities
from portal.demo.consents import seed_consents
from portal.demo.counter import lines as counter_lines
from portal.demo.counter import seed_counter
from portal.demo.families import seed_families
from portal.demo.guide import seed_guide
from records.exchange.models import Source
from residents import documents
from residents.models import Account, Identifier, Resident, Verification

PASSWORD = "qinghekou-2026"  # shown on the console; the people are invented
LONG_AGO = timedelta(days=400)
DAYS_AHEAD = 8
SLOT = timedelta(minutes=30)
# What the county hospital's reviewer may judge; for other specialities the visitor appoints somebody, as a county does.
JUDGED = (Speciality.CARDIOVASCULAR, Speciality.ENDOCRINE, Speciality.NUTRITION, Speciality.GERIATRICS)
HALF_DAYS = {"morning": (time(8, 30), 6), "afternoon": (time(14, 30), 4)}


def county(now: datetime, sandboxes: dict[str, int]) -> None:
    """Everything of the demonstration county; `sandboxes` tells where its facilities' servers listen today."""
    facilities = seed_facilities()
    seed_departments(facilities)
    seed_practitioners(facilities)
    seed_staff(facilities, now)
    seed_residents(facilities, now)
    seed_counter(facilities["TOWN1"], PASSWORD, now)
    seed_sources(facilities, sandboxes, now)
    seed_sessions(now)
    seed_articles(now)
    seed_activities(facilities, now)
    seed_guide(now)


def seed_facilities() -> dict[str, Facility]:
    """The tree of facilities, parents first."""
    made: dict[str, Facility] = {}
    for position, item in enumerate(plan.FACILITIES):
        made[item.code], _ = Facility.objects.get_or_create(
            code=item.code,
            defaults={
                "name": item.name,
                "level": item.level,
                "parent": made.get(item.parent_code or ""),
                "address": item.address,
                "phone": item.phone,
                "position": position,
                "onboarding": "connected" if item.code in {"COUNTY", "TOWN1", "IMAGING"} else "not_connected",
            },
        )
    return made


def seed_departments(facilities: dict[str, Facility]) -> None:
    """Each facility's departments."""
    for position, item in enumerate(plan.DEPARTMENTS):
        Department.objects.get_or_create(
            facility=facilities[item.facility_code],
            code=item.code,
            defaults={
                "name": item.name,
                "introduction": item.introduction,
                "takes_bookings": item.takes_bookings,
                "position": position,
            },
        )


def seed_practitioners(facilities: dict[str, Facility]) -> None:
    """Each department's doctors."""
    for item in plan.PRACTITIONERS:
        facility = facilities[item.facility_code]
        Practitioner.objects.get_or_create(
            facility=facility,
            code=item.code,
            defaults={
                "department": Department.objects.get(facility=facility, code=item.department_code),
                "name": item.name,
                "title": item.title,
                "speciality": item.speciality.removeprefix("擅长"),  # the page says 擅长 before it
            },
        )


def seed_staff(facilities: dict[str, Facility], now: datetime) -> None:
    """Staff accounts, each with one role."""
    for item in people.STAFF:
        account = Account.objects.filter(username=item.username).first()
        if account is None:
            account = Account.objects.create_user(item.username, PASSWORD, name=item.name, is_staff=True)
        one_time.pair(account)
        Membership.objects.get_or_create(
            account=account,
            facility=facilities[item.facility_code],
            role=item.role,
            ended_at=None,
            defaults={"account_name": item.name, "starts_at": now - LONG_AGO},
        )


def seed_residents(facilities: dict[str, Facility], now: datetime) -> None:
    """Persons with documents and verified accounts, and who of them helps whom."""
    made = {item.key: seed_resident(item, facilities[people.clinic_of(item)], now) for item in people.RESIDENTS}
    seed_consents(made, now)
    seed_families(made, facilities, now)


def seed_resident(item: people.Resident, facility: Facility, now: datetime) -> Resident:
    """One person, found again by document number."""
    document = documents.read(item.id_number, timezone.localdate(now))
    known = Identifier.objects.filter(kind=document.kind, index=document.index).select_related("resident").first()
    resident = known.resident if known else new_resident(item, document, facility)
    if not Account.objects.filter(resident=resident).exists():
        account = Account.objects.create_user(
            None, PASSWORD, name=item.name, resident=resident, phone=item.phone, phone_verified_at=now
        )
        Verification.objects.create(account=account, level=3, method="counter", verified_at=now)
    return resident


def new_resident(item: people.Resident, document: documents.Document, facility: Facility) -> Resident:
    """A person and the document by which the person is found."""
    resident = Resident.objects.create(
        name=item.name,
        name_pinyin="".join(lazy_pinyin(item.name)),
        sex=document.sex,
        birth_date=document.birth_date,
        phone=item.phone,
        address=item.village,
        facility=facility,
    )
    Identifier.objects.create(resident=resident, kind=document.kind, value=document.number, index=document.index)
    return resident


def seed_sources(facilities: dict[str, Facility], sandboxes: dict[str, int], now: datetime) -> None:
    """The sandbox facilities' feeds; they listen on new ports at each start."""
    for code in ("COUNTY", "TOWN1"):
        port = sandboxes.get(code, 0)
        Source.objects.update_or_create(
            code=f"{code.lower()}-fhir",
            defaults={
                "name": f"{facilities[code].name} FHIR 接口",
                "facility": facilities[code],
                "kind": Source.Kind.FHIR_R4,
                "address": f"http://127.0.0.1:{port}/fhir",
                "allowed_hosts": [f"127.0.0.1:{port}"],
                "interval_minutes": 1,
                "state": Source.State.ENABLED if port else Source.State.PAUSED,
                "next_pull_at": now,
                "failures": 0,
            },
        )


def seed_sessions(now: datetime) -> None:
    """Half-days for the coming days: each doctor of a department that takes bookings, Monday to Saturday."""
    for facility in Facility.objects.filter(level__in=["county", "township", "village"]):
        Rule.objects.get_or_create(
            facility=facility,
            department=None,
            valid_from=date(2026, 1, 1),
            defaults={"window_days": 14 if facility.level == "county" else 7},
        )
    doctors = Practitioner.objects.filter(department__takes_bookings=True).select_related("facility", "department")
    today = timezone.localdate(now)
    for number, doctor in enumerate(doctors):
        for offset in range(DAYS_AHEAD):
            seed_half_days(doctor, today + timedelta(days=offset), number)


def seed_half_days(doctor: Practitioner, day: date, number: int) -> None:
    """A doctor's half-days on one day; Sunday is free, and every third doctor has no afternoon clinic."""
    if day.weekday() == 6:
        return
    for period, (start, count) in HALF_DAYS.items():
        if period == "afternoon" and number % 3 == 0:
            continue
        expert = "主任" in doctor.title
        session, made = Session.objects.get_or_create(
            practitioner=doctor,
            date=day,
            period=period,
            defaults={
                "facility": doctor.facility,
                "department": doctor.department,
                "kind": Session.NumberKind.EXPERT if expert else Session.NumberKind.ORDINARY,
                "fee": 15 if expert else 5 if doctor.facility.level == "county" else 1,
                "location": f"门诊{number % 3 + 1}楼 {doctor.department.name}诊室",
            },
        )
        if made:
            seed_slots(session, timezone.make_aware(datetime.combine(day, start)), count)


def seed_slots(session: Session, first: datetime, count: int, capacity: int = 3) -> None:
    """`count` half-hours from `first` on."""
    Slot.objects.bulk_create(
        Slot(
            session=session,
            facility_id=session.facility_id,
            starts_at=first + n * SLOT,
            ends_at=first + (n + 1) * SLOT,
            capacity=capacity,
            first_number=n * capacity + 1,
        )
        for n in range(count)
    )


def seed_articles(now: datetime) -> None:
    """The starter articles, once."""
    if Article.objects.exists():
        return
    author = Account.objects.get(username="xuanjiao")
    reviewer = Account.objects.get(username="shenhe")
    load_starter(by_author=author, by_reviewer=reviewer, now=now)
    who = {"account_id": reviewer.pk, "account_name": reviewer.name, "starts_at": now}
    ReviewerSpeciality.objects.bulk_create(ReviewerSpeciality(speciality=one, **who) for one in JUDGED)


def sign_in_table(port: int) -> str:
    """Who can sign in, for the console."""
    patient, stranger = people.resident("he_lanfang"), people.resident("wang_jianguo")
    rows = [
        ("居民", patient.name, patient.id_number, PASSWORD, "/"),
        ("居民", stranger.name, stranger.id_number, PASSWORD, "/"),
        ("窗口", "张前台", "zhangqiantai", PASSWORD, "/staff/"),
        ("编辑", "宣教编辑", "xuanjiao", PASSWORD, "/staff/"),
        ("接口工程师", "信息科工程师", "xinxike", PASSWORD, "/staff/"),
        ("管理员", "管理员", "guanliyuan", PASSWORD, "/staff/"),
    ]
    lines = [
        f"  {kind:<6} {name:<8} 账号 {login:<20} 密码 {password}  入口 {path}"
        for kind, name, login, password, path in rows
    ]
    code = f"  短信验证码登录：验证码显示在 http://127.0.0.1:{port}/demo/outbox/"
    app = f"  工作人员登录的第二步：动态码显示在 http://127.0.0.1:{port}/demo/codes/"
    return "\n".join(["演示账号（均为虚构人物）：", *lines, code, app, *counter_lines(), ""])
