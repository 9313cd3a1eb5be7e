"""Hand-written factories: they write as the owner; the code under test runs as the web login or the worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from appointments.models import Session, Slot
from facilities.models import Department, Facility, Membership, Practitioner
from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from health_education.models import Activity, Article, Audience, Review, Revision, Topic
from records.exchange.models import Source
from records.models import Observation, Report
from residents import documents
from residents.models import Account, Consent, Delegation, Identifier, Resident, Verification
from residents.models.consent import Purpose

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=SHANGHAI)
PASSWORD = "valley-lantern-42"
_next = count(1)
_gathered: ContextVar[list[Any] | None] = ContextVar("rows_gathered", default=None)


def made(instance: Any) -> Any:
    """Save a new row as the owner."""
    made_of([instance])
    return instance


def made_of(instances: Sequence[Any]) -> None:
    """Save new rows of one table as the owner; while rows are gathered, when that ends."""
    if (kept := _gathered.get()) is not None:
        kept.extend(instances)
        return
    with acting_as("owner"):
        if len(instances) == 1:
            instances[0].save(force_insert=True)
        else:
            type(instances[0]).objects.bulk_create(instances)


@contextmanager
def gathering() -> Iterator[None]:
    """Write all rows made inside at the end, table after table as they first came up, in one transaction.

    Nothing inside may ask the database for what was just made; a failure inside leaves nothing.
    """
    kept: list[Any] = []
    mark = _gathered.set(kept)
    try:
        yield
    finally:
        _gathered.reset(mark)
    with transaction.atomic(using="owner"):
        for model in dict.fromkeys(type(row) for row in kept):
            made_of([row for row in kept if type(row) is model])


def id_number(birth: date = date(1980, 1, 1), sequence: int = 1, county: str = "640199") -> str:
    """A well-formed number of the unassigned county; an odd sequence is a man's."""
    first = f"{county}{birth:%Y%m%d}{sequence:03d}"
    return first + documents.check_character(first)


def facility(code: str = "", name: str = "测试卫生院", level: str = "township", **fields: Any) -> Facility:
    return made(Facility(code=code or f"F{next(_next)}", name=name, level=level, **fields))


def department(at: Facility, name: str = "内科", **fields: Any) -> Department:
    return made(Department(facility=at, code=f"D{next(_next)}", name=name, **fields))


def practitioner(of: Department, name: str = "王医生", title: str = "主治医师", **fields: Any) -> Practitioner:
    return made(
        Practitioner(facility=of.facility, department=of, code=f"P{next(_next)}", name=name, title=title, **fields)
    )


def resident(name: str = "测试居民", number: str = "", **fields: Any) -> Resident:
    """A person with an ID number (made up if none is given), no account."""
    document = documents.read(number or id_number(sequence=next(_next) % 900 + 1), NOON.date())
    fields = {"sex": document.sex, "birth_date": document.birth_date} | fields
    person = made(Resident(name=name, **fields))
    made(Identifier(resident=person, kind=document.kind, value=document.number, index=document.index))
    return person


def account(
    of: Resident,
    level: int = 3,
    password: str = PASSWORD,
    phone: str | None = None,
    consents: Iterable[str] = Purpose.values,
    **fields: Any,
) -> Account:
    """A resident's login, proved to `level` (0: not at all), with consent to every purpose unless told otherwise."""
    login = Account(resident=of, name=of.name, phone=phone, phone_verified_at=NOON if phone else None, **fields)
    login.set_password(password)
    made(login)
    if level:
        made(Verification(account=login, level=level, method="counter", verified_at=NOON - timedelta(days=400)))
    given = {"resident": of, "given_at": NOON - timedelta(days=400), "given_by": login.pk}
    if agreed := [Consent(purpose=purpose, **given) for purpose in consents]:
        made_of(agreed)
    return login


def consent(of: Resident, purpose: str, by: Account | None = None, **fields: Any) -> Consent:
    """A person's agreement to one purpose."""
    fields = {"given_at": NOON - timedelta(days=400), "given_by": by.pk if by else uuid7()} | fields
    return made(Consent(resident=of, purpose=purpose, **fields))


def delegation(about: Resident, to: Resident, *scope: str, relation: str = "family", **fields: Any) -> Delegation:
    """Someone who may act for a person, from long ago to far ahead unless told otherwise."""
    dates = {"starts_at": NOON - timedelta(days=400), "ends_at": NOON + timedelta(days=4000)}
    return made(Delegation(resident=about, delegate=to, relation=relation, scope=list(scope), **{**dates, **fields}))


def staff(username: str, name: str, at: Facility, role: str, password: str = PASSWORD) -> Account:
    """A staff login with one role at one facility."""
    login = Account(username=username, name=name, is_staff=True)
    login.set_password(password)
    made(login)
    membership(login, at, role)
    return login


def membership(login: Account, at: Facility, role: str, **fields: Any) -> Membership:
    fields = {"starts_at": NOON - timedelta(days=400)} | fields
    return made(Membership(account=login, account_name=login.name, facility=at, role=role, **fields))


def source(at: Facility, code: str = "", **fields: Any) -> Source:
    """A feed of a facility; a file feed unless told otherwise."""
    fields = {"kind": "file", "state": "enabled", "name": f"{at.name}数据"} | fields
    return made(Source(facility=at, code=code or f"source-{next(_next)}", **fields))


def _provenance(of: Resident, feed: Source, at: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "resident": of,
        "source": feed,
        "facility": feed.facility,
        "facility_name": feed.facility.name,
        "identifier": f"id-{next(_next)}",
        "version": "1",
        "occurred_at": at,
        "received_at": at,
    } | fields


def report(of: Resident, feed: Source, title: str = "血常规", at: datetime = NOON, **fields: Any) -> Report:
    fields = {"category": "laboratory", "status": "final", "issued_at": at} | fields
    return made(Report(title=title, **_provenance(of, feed, at, **fields)))


def observation(of: Resident, feed: Source, name: str = "白细胞", at: datetime = NOON, **fields: Any) -> Observation:
    fields = {
        "category": "laboratory",
        "value_text": "5.60",
        "unit": "10^9/L",
        "range_text": "3.5-9.5",
        "flag": "normal",
    } | fields
    return made(Observation(id=uuid7(), name=name, **_provenance(of, feed, at, **fields)))


def session(doctor: Practitioner, day: date, period: str = "morning", **fields: Any) -> Session:
    """A half-day of a practitioner, without slots."""
    return made(
        Session(
            facility=doctor.facility,
            department=doctor.department,
            practitioner=doctor,
            date=day,
            period=period,
            **fields,
        )
    )


def slot(of: Session, hour: int = 9, minute: int = 0, capacity: int = 3, first_number: int = 0) -> Slot:
    """Half an hour of a session, numbered on from the slots made before it."""
    earlier = Slot.objects.using("owner").filter(session=of).order_by("-first_number").first()
    first_number = first_number or (earlier.first_number + earlier.capacity if earlier else 1)
    start = datetime(of.date.year, of.date.month, of.date.day, hour, minute, tzinfo=SHANGHAI)
    return made(
        Slot(
            session=of,
            facility_id=of.facility_id,
            starts_at=start,
            ends_at=start + timedelta(minutes=30),
            capacity=capacity,
            first_number=first_number,
        )
    )


def article(title: str = "高血压怎么吃", body: str = "少盐。", at: datetime = NOON, **fields: Any) -> Revision:
    """A reviewed, published article; returns its live revision."""
    number = next(_next)
    topic = made(Topic(slug=f"topic-{number}", name="合理膳食"))
    text = made(Article(slug=f"article-{number}", topic=topic, audience=[Audience.EVERYONE]))
    revision = Revision(
        article=text,
        number=1,
        title=title,
        summary="一句话",
        body=body,
        source="国家卫生健康委",
        author_name="编辑",
        author_id=uuid7(),
        **fields,
    )
    made(revision)
    made(Review(revision=revision, reviewer_id=uuid7(), reviewer_name="审核", verdict="approved", reviewed_at=at))
    with acting_as("owner"):
        revision.state, revision.publish_at, revision.review_due_on = "approved", at, date(2027, 11, 22)
        revision.save()
    return revision


def activity(
    at: Facility, title: str = "高血压防治讲座", starts_at: datetime = NOON + timedelta(days=2), **fields: Any
) -> Activity:
    """An hour and a half that anybody may sign up for since yesterday, announced, without a limit."""
    times = {"ends_at": starts_at + timedelta(minutes=90), "signup_opens_at": NOON - timedelta(days=1)}
    times |= {"signup_closes_at": starts_at, "published_at": NOON - timedelta(days=1)}
    told = {"kind": "lecture", "place": "卫生院二楼会议室", "state": "published", **times, **fields}
    if told["state"] == "draft":
        told["published_at"] = None
    return made(Activity(facility=at, title=title, starts_at=starts_at, **told))
