"""Asking by SMS and in the inbox whether a service that a facility wrote down was given.

Off until the county says which share of which services is asked about. Each service is asked about once, a person not
more often than the county lets, and one telephone has one open question at a time, so that a bare "1" or "2" is
understood. The SMS says when and, of a township's or a village's facility, where; nothing of what was done: the name
of any other facility could tell what somebody has.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.models import Facility
from foundation.crypto import digest
from foundation.dated import register, setting
from records.exchange.transactions import alias
from records.models import Examination, FollowUp, Immunization, ServiceQuestion
from records.provenance import Provenance
from records.querysets import RecordQuerySet
from residents import answers, questions
from residents.message_texts import LONGEST_PLACE
from residents.messages import notify
from residents.models import Notice

Kind = ServiceQuestion.Kind
MODELS: dict[Kind, type[Provenance]] = {
    Kind.FOLLOWUP: FollowUp,
    Kind.EXAMINATION: Examination,
    Kind.IMMUNIZATION: Immunization,
}
SHARE = register("records.service_question_percent", 0, "公共卫生服务入档后，抽取百分之几询问本人是否属实（0为不问）")
KINDS = register(
    "records.service_question_kinds",
    [kind.value for kind in MODELS],
    "询问哪些服务：followup 随访，examination 体检，immunization 接种",
)
A_MONTH = register("records.service_questions_a_month", 1, "每位居民30天内最多被问几次服务是否属实")
OPEN_DAYS = register("records.service_question_days", 7, "服务是否属实的询问，多少天内可以用短信答复")
RECENT_DAYS = register("records.service_question_recent_days", 30, "多少天以前的服务不再询问")
LOOK_BACK = timedelta(days=2)
MOST = 200
COMMUNITY = {Facility.Level.TOWNSHIP, Facility.Level.VILLAGE}


def sweep(now: datetime) -> int:
    """Ask about what has arrived of late and is in the sample; safe to repeat. Returns how many questions."""
    share = int(setting(SHARE, now))
    if share <= 0:
        return 0
    asked = 0
    for kind in setting(KINDS, now):
        for row in _new(Kind(kind), now) if kind in Kind.values else ():
            if _sampled(row, share):
                asked += _ask(kind, row, now)
            if asked >= MOST:
                return asked
    return asked


def _new(kind: Kind, now: datetime) -> Iterator[Provenance]:
    """What came in the last days, was done of late, can be read by its person, and was not asked about."""
    model = MODELS[kind]
    known = ServiceQuestion.objects.filter(
        resident_id=OuterRef("resident_id"),
        source_id=OuterRef("source_id"),
        kind=kind,
        identifier=OuterRef("identifier"),
    )
    rows = RecordQuerySet[Provenance](model).readable().filter(pk__gte=_first_key(now - LOOK_BACK))
    recent = now - timedelta(days=setting(RECENT_DAYS, now))
    rows = rows.filter(occurred_at__gte=recent, occurred_at__lte=now).exclude(Exists(known))
    return rows.select_related("facility").order_by("pk").iterator(chunk_size=MOST)


def _first_key(at: datetime) -> UUID:
    """Keys begin with the milliseconds in which they were made (`foundation.keys`), so the newest rows lie together."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def _sampled(row: Provenance, share: int) -> bool:
    """The same service is in the sample or not, however often it is sent or looked at."""
    return int.from_bytes(digest(f"{row.source_id}:{row.identifier}")[:4]) % 100 < share


def _ask(kind: str, row: Provenance, now: datetime) -> int:
    month = ServiceQuestion.objects.filter(resident_id=row.resident_id, asked_at__gte=now - timedelta(days=30))
    if month.count() >= int(setting(A_MONTH, now)) or not questions.is_living(row.resident_id):
        return 0
    days = timedelta(days=setting(OPEN_DAYS, now))
    if _busy(row.resident_id, now - days, now):
        return 0
    question = _question(kind, row, now, now + days)
    try:
        with transaction.atomic(using=alias()):
            question.save(force_insert=True)
            notify(resident_id=row.resident_id, kind=Notice.Kind.SERVICE_ASKED, subject_id=question.pk, now=now)
            question.texted = questions.ask(
                resident_id=row.resident_id,
                kind=Notice.Kind.SERVICE_ASKED,
                subject_id=question.pk,
                parameters={"place": place_of(row), "day": _day(row)},
                now=now,
            )
            question.save(update_fields=["texted"])
    except IntegrityError:  # another worker was first
        return 0
    return 1


def _busy(person: UUID, since: datetime, now: datetime) -> bool:
    """Whether the telephone that would ring has a question open: for two, nobody could say what "1" answers."""
    if answers.digits_on(questions.number_index(person), now):
        return True
    asked = questions.asked_on_the_phone_of(person, Notice.Kind.SERVICE_ASKED, since)
    return ServiceQuestion.objects.filter(resident_id__in=asked, answer="", texted=True, asked_at__gte=since).exists()


def _question(kind: str, row: Provenance, now: datetime, closes_at: datetime) -> ServiceQuestion:
    assert row.occurred_at is not None
    return ServiceQuestion(
        resident_id=row.resident_id,
        facility_id=row.facility_id,
        facility_name=row.facility_name,
        kind=kind,
        source_id=row.source_id,
        identifier=row.identifier,
        day=timezone.localdate(row.occurred_at),
        asked_at=now,
        closes_at=closes_at,
    )


def place_of(row: Provenance) -> str:
    """Where it was, as far as an SMS may say it."""
    tells_nothing = row.facility.level in COMMUNITY and len(row.facility.name) <= LONGEST_PLACE
    return row.facility.name if tells_nothing else _("一家机构")


def _day(row: Provenance) -> str:
    assert row.occurred_at is not None
    day = timezone.localdate(row.occurred_at)
    return f"{day.month}月{day.day}日"
