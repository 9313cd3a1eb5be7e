"""What people answer by SMS to a reminder, or to an offer of a place they wait for.

1 comes, 2 gives the place back, 3 is told how to move it, 0 is rung up by the desk. A reply counts only while the
number is the one that a message to this person would ring: who got an old number cancels nobody's visit.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from appointments import actions, standing, texted
from appointments.models import Booking, CallBack, Hold, Reminder
from appointments.refusals import Refusal
from appointments.reminders import when_text
from foundation.dated import register, setting
from foundation.rowsecurity import asked, database
from residents import answers, questions
from residents.message_texts import REMINDERS
from residents.models import Delivery, Notice, SmsReply

CALL_HOURS = register("appointments.call_back_hours", 24, "居民回复“0”后，窗口最晚几小时内回电话")
OFFER_CODES = (15, 19)
OFFER_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("1", "要", "好", "好的", "是"), SmsReply.Meaning.TAKEN),
    **dict.fromkeys(("2", "不要", "不用", "不用了"), SmsReply.Meaning.DECLINED),
}
REMEMBERED = timedelta(days=180)  # so long somebody may still say that they want no more reminders
Meaning, Template = SmsReply.Meaning, Delivery.Template
WORDS: Mapping[str, str] = {
    **dict.fromkeys(("1", "确认", "来", "会来", "好", "好的", "是"), Meaning.KEPT),
    **dict.fromkeys(("2", "取消", "不来", "不去", "不去了"), Meaning.CANCEL),
    **dict.fromkeys(("3", "改期", "改时间", "改"), Meaning.LATER),
    **dict.fromkeys(("0", "o", "回电", "回电话", "打电话", "请回电"), Meaning.CALL),
}


class Visits:
    """What a number may answer about visits, for `residents.answers`."""

    def open_on(self, index: bytes, now: datetime) -> list[answers.Question]:
        """The visits this number was reminded of, while they are awaited and the number is still their person's."""
        since = now - answers.LATELY
        live = self._asked(index).filter(
            withdrawn_at=None, booking__status=Booking.Status.BOOKED, booking__slot__starts_at__gt=since
        )
        first = live.order_by("booking_id", "asked_at").distinct("booking_id").select_related("booking__slot")
        numbers: dict[UUID, bytes] = {}
        found = []
        for reminder in first:
            person = reminder.resident_id
            if numbers.setdefault(person, questions.number_index(person)) == index:
                found.append(_question(reminder, now))
        return found

    def last_asked(self, index: bytes, now: datetime) -> datetime | None:
        """When this number was reminded last."""
        recent = self._asked(index).filter(asked_at__gt=now - REMEMBERED).order_by("-asked_at")
        return recent.values_list("asked_at", flat=True).first()

    def stop(self, said: answers.Said) -> None:
        """No more reminders by SMS to whom this number was reminded for; cancellations and stopped clinics go on.

        Whose number it was before hears nothing of it, and goes on being reminded on theirs.
        """
        recent = self._asked(said.index).filter(asked_at__gt=said.now - REMEMBERED)
        people = set(recent.values_list("resident_id", flat=True))
        people = {person for person in people if questions.number_index(person) == said.index}
        questions.stop_asking(people, Notice.Kind.VISIT_REMINDER, said.now)
        if not said.heard(Template.REPLY_STOPPED):
            said.answer(Template.REPLY_STOPPED)

    @staticmethod
    def _asked(index: bytes) -> QuerySet[Reminder]:
        sent = questions.sent_to(index, REMINDERS)
        return Reminder.objects.filter(delivery_key__in=sent.values("key"))


class Offers:
    """What a number may answer about a place that is kept for somebody who waits, for `residents.answers`."""

    def open_on(self, index: bytes, now: datetime) -> list[answers.Question]:
        """The offers this number was told of, of each person the one that is over first; else one that just was."""
        people = [one for one in texted.offered_on(index, now) if questions.number_index(one) == index]
        known = Hold.objects.filter(resident_id__in=people, wait__isnull=False, ends_at__gt=now - answers.LATELY)
        over = ~Q(ended_at=None, ends_at__gt=now)
        first = known.annotate(over=over).order_by("resident_id", "over", "ends_at", "id").distinct("resident_id")
        return [
            answers.Question(
                subject=hold.pk,
                code=answers.code_of(hold.pk, *OFFER_CODES),
                asked_at=hold.made_at,
                label=_("候补的号"),
                words=OFFER_WORDS,
                take=partial(_take_offer, hold.resident_id),
                over=bool(getattr(hold, "over", False)),
            )
            for hold in first
            if hold.resident_id is not None
        ]

    def last_asked(self, index: bytes, now: datetime) -> datetime | None:
        """Never, for "no more": an offer is news of what somebody asked for, and ends with their waiting."""
        return None

    def stop(self, said: answers.Said) -> None:
        """Never asked, see `last_asked`."""


def _take_offer(person: UUID, meaning: str, said: answers.Said) -> answers.Done:
    return partial(_settle_offer, person, meaning, said)


def _settle_offer(person: UUID, meaning: str, said: answers.Said) -> str:
    """Book the place or pass it on; what came of a yes is told like every booking."""
    try:
        if meaning == Meaning.TAKEN:
            texted.take_by_text(people=[person], now=said.now)
        else:
            texted.decline_by_text(people=[person], now=said.now)
    except Refusal:
        said.answer(Template.REPLY_GONE)
    return meaning


class Appeals:
    """One word against a missed visit that a number was told of, for `residents.answers`."""

    def open_on(self, index: bytes, now: datetime) -> list[answers.Question]:
        """That this number may appeal; against which strike is worked out when it does."""
        told = questions.sent_to(index, (Template.STRIKE_WARNED, Template.WEB_SUSPENDED)).order_by("-created_at")
        newest = told.filter(created_at__gt=now - REMEMBERED).first()
        if newest is None:
            return []
        words = {standing.APPEAL_WORD: Meaning.APPEALED.value}
        return [answers.Question(newest.pk, "", newest.created_at, _("申诉"), words, _appeal)]

    def last_asked(self, index: bytes, now: datetime) -> datetime | None:
        """Never, for "no more": what limits somebody's booking is always told."""
        return None

    def stop(self, said: answers.Said) -> None:
        """Never asked, see `last_asked`."""


def _appeal(meaning: str, said: answers.Said) -> str:
    made = standing.appeal_by_text(phone=said.index, now=said.now)
    if made is None:
        return Meaning.UNASKED
    made.refresh_from_db(fields=["answer_due"])
    said.answer(Template.REPLY_APPEALED, when=when_text(made.answer_due))
    return meaning


def _question(reminder: Reminder, now: datetime) -> answers.Question:
    return answers.Question(
        subject=reminder.booking_id,
        code=reminder.code,
        asked_at=reminder.asked_at,
        label=when_text(reminder.booking.slot.starts_at),
        words=WORDS,
        take=partial(_take, reminder.booking_id),
        has_menu=True,
        over=reminder.booking.slot.starts_at <= now,
    )


def _take(booking_id: UUID, meaning: str, said: answers.Said) -> str:
    booking = Booking.objects.with_everything().get(pk=booking_id)
    {Meaning.KEPT: _keep, Meaning.CANCEL: _cancel, Meaning.LATER: _later, Meaning.CALL: _call}[Meaning(meaning)](
        booking, said
    )
    return meaning


def _keep(booking: Booking, said: answers.Said) -> None:
    awaited = Booking.objects.filter(pk=booking.pk, status=Booking.Status.BOOKED)
    if awaited.update(confirmed_at=said.now):
        said.answer(Template.REPLY_KEPT, when=when_text(booking.slot.starts_at))


def _cancel(booking: Booking, said: answers.Said) -> None:
    """Give the place back, all places of visits that were booked together; past the cut-off of one of them none."""
    visits = [booking]
    if booking.trip:
        together = Booking.objects.filter(trip=booking.trip, status=Booking.Status.BOOKED)
        visits = list(together.with_everything().order_by("slot_id"))  # as whoever books a trip locks them
    if any(said.now >= actions.cancel_deadline(visit) for visit in visits):
        said.answer(Template.REPLY_TOO_LATE)
        return
    for visit in visits:
        if asked("SELECT app.cancel_by_text(%s)", [visit.pk]):
            # Who has just written is told, also where they want no SMS about what others cancel.
            kind = Notice.Kind.BOOKING_CANCELLED
            said.answer_once(Template.BOOKING_CANCELLED, questions.key_of(kind, visit.resident_id, visit.pk))


def _later(booking: Booking, said: answers.Said) -> None:
    said.answer(Template.REPLY_MOVE)


def _call(booking: Booking, said: answers.Said) -> None:
    """The desk of the visit's facility owes a call; asking again while it does changes nothing."""
    due = min(said.now + timedelta(hours=setting(CALL_HOURS, said.now)), booking.slot.starts_at)
    with transaction.atomic(using=database()):
        owed = CallBack(
            resident_id=booking.resident_id,
            facility_id=booking.facility_id,
            booking=booking,
            phone=said.phone,
            asked_at=said.now,
            due_at=due,
        )
        CallBack.objects.bulk_create([owed], ignore_conflicts=True)
    said.answer(Template.REPLY_CALL, when=when_text(due))
