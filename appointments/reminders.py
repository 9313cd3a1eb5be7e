"""Reminding of a visit by the county's timetable, and what may be answered to it by SMS.

Nothing is planned ahead. Each sweep asks the live bookings themselves who is to be reminded today, so a booking that
was made, moved, cancelled, stopped or checked in since needs no plan to be mended: the old one is not awaited any more,
the new one is found by its own day. A reminder cannot be sent twice, for its row is unique by visit and day and is
written in one transaction with the inbox's line and the outbox's message; and not for a dead visit, for the sweep locks
the booking (passing over one that somebody is just changing), a trigger withdraws the reminder in the statement that
ends the waiting, and the outbox asks once more when it hands the message over, under a lock which that statement waits
for. A table of plans would have needed all of this, and to be kept right beside it.

Who is not sure to be reached (no number, no consent, SMS of this kind refused) finds the line in the inbox. Whoever has
confirmed is left in peace. Of visits that were booked together the first one is reminded of.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from appointments.models import Booking, Reminder
from facilities.models import Facility
from foundation.dated import register, setting, time_setting
from foundation.keys import uuid7
from foundation.rowsecurity import database
from residents import answers, questions
from residents.message_texts import LONGEST_PLACE
from residents.messages import notify
from residents.models import Delivery, Notice

DAYS = register("appointments.reminder_days", "7,2,1", "就诊前几天发提醒（用逗号隔开，空着不提醒）")
TIME = register("appointments.reminder_time", "10:00", "就诊提醒在几点发（安静时段里的等到早上）")
MOST = 2000
CODES = (20, 99)  # those of offers and services are others
NAMED = {Facility.Level.TOWNSHIP, Facility.Level.VILLAGE}


def remind(now: datetime) -> int:
    """Remind everybody whose turn has come today; safe to repeat and to run twice at once. Returns how many."""
    return sum(_remind(booking, days, now) for days in days_before(now) for booking in _due(days, now))


def days_before(now: datetime) -> list[int]:
    """How many days before a visit the county reminds of it; what is no number in the setting is passed over."""
    said = str(setting(DAYS, now)).replace("，", ",").split(",")
    return sorted({int(word) for word in said if word.strip().isdecimal() and int(word) <= 60})


def when_text(at: datetime) -> str:
    """A time as an SMS says it: "11月25日9:30"."""
    local = timezone.localtime(at)
    return f"{local.month}月{local.day}日{local.hour}:{local.minute:02d}"


def place_text(facility: Facility) -> str:
    """Where, as far as an SMS may say it: another facility's name could tell what somebody has."""
    return facility.name if facility.level in NAMED and len(facility.name) <= LONGEST_PLACE else "一家机构"


def _due(days: int, now: datetime) -> Sequence[UUID]:
    today = timezone.localdate(now)
    at = timezone.make_aware(datetime.combine(today, time_setting(TIME, now)))
    if now < at:
        return ()
    known = Reminder.objects.filter(booking=OuterRef("pk"), days_before=days)
    waiting = _awaited(now).filter(date=today + timedelta(days=days), booked_at__lt=at).exclude(Exists(known))
    return list(waiting.order_by("slot__starts_at", "pk").values_list("pk", flat=True)[:MOST])


def _awaited(now: datetime) -> QuerySet[Booking]:
    """Visits to come that nobody has confirmed; of those booked together the first."""
    awaited = Booking.objects.filter(status=Booking.Status.BOOKED, slot__starts_at__gt=now)
    before = awaited.filter(trip=OuterRef("trip"), slot__starts_at__lt=OuterRef("slot__starts_at"))
    return awaited.filter(confirmed_at=None).exclude(Exists(before))


def _remind(booking_id: UUID, days: int, now: datetime) -> bool:
    with transaction.atomic(using=database()):
        locked = Booking.objects.filter(pk=booking_id, status=Booking.Status.BOOKED, confirmed_at=None)
        locked = locked.select_for_update(skip_locked=True, of=("self",), no_key=True)
        booking = locked.select_related("slot", "facility").first()
        if booking is None or Reminder.objects.filter(booking=booking_id, days_before=days).exists():
            return False
        reminder = _written(booking, days, now)
        notify(resident_id=booking.resident_id, kind=Notice.Kind.VISIT_REMINDER, subject_id=reminder.pk, now=now)
        _ask(booking, reminder, now)
    return True


def _written(booking: Booking, days: int, now: datetime) -> Reminder:
    key = uuid7()
    reminder = Reminder(
        id=key,
        resident_id=booking.resident_id,
        booking=booking,
        days_before=days,
        code=_code(booking, now),
        delivery_key=questions.key_of(Notice.Kind.VISIT_REMINDER, booking.resident_id, key),
        asked_at=now,
    )
    reminder.save(force_insert=True)
    return reminder


def _code(booking: Booking, now: datetime) -> str:
    """The visit's own two digits: those it had, else the first that nothing else open on its telephone has."""
    had = Reminder.objects.filter(booking=booking).values_list("code", flat=True).first()
    if had:
        return had
    taken = {question.code for question in _open_beside(booking, now)}
    first, last = CODES
    start = int(answers.code_of(booking.pk, first, last)) - first
    span = last - first + 1
    free = (f"{first + (start + step) % span:02d}" for step in range(span))
    return next((code for code in free if code not in taken), f"{first + start:02d}")


def _open_beside(booking: Booking, now: datetime) -> list[answers.Question]:
    """What else the telephone that will ring may answer now."""
    index = questions.number_index(booking.resident_id)
    return [question for question in answers.digits_on(index, now) if question.subject != booking.pk] if index else []


def _ask(booking: Booking, reminder: Reminder, now: datetime) -> None:
    said = {"when": when_text(booking.slot.starts_at), "place": place_text(booking.facility)}
    template = Delivery.Template.VISIT_REMINDER
    if _open_beside(booking, now):
        template, said["code"] = Delivery.Template.VISIT_REMINDER_CODE, reminder.code
    questions.ask(
        resident_id=booking.resident_id,
        kind=Notice.Kind.VISIT_REMINDER,
        subject_id=reminder.pk,
        parameters=said,
        now=now,
        template=template,
    )
