"""Waiting for a place (候补): joining and leaving, taking and declining what is offered.

The sweep is `turns`; what a person reads of it is in `waits`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import DatabaseError, transaction

from appointments import actions, refusals
from appointments.models import Booking, Hold, Session, Slot, WaitlistEntry
from foundation.places import said_no
from foundation.rowsecurity import asked, database
from residents.access import Viewer, record_event

JOINED, LEFT, DECLINED = "appointments.joined_waiting", "appointments.left_waiting", "appointments.declined_offer"


class WaitRefused(Exception):
    """Somebody cannot wait for this, or not twice: `reason` is "same", "few" or "past"; nothing was written."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


def join(
    *,
    session: Session,
    viewer: Viewer,
    only_this_doctor: bool,
    earliest: date,
    latest: date,
    periods: Sequence[str],
    now: datetime,
) -> WaitlistEntry:
    """Begin to wait for a place in `session`'s department, or with its doctor alone. Raises WaitRefused."""
    entry = WaitlistEntry(
        resident_id=viewer.resident_id,
        facility_id=session.facility_id,
        department_id=session.department_id,
        practitioner_id=session.practitioner_id if only_this_doctor else None,
        number_kind=session.kind if only_this_doctor else "",
        earliest=earliest,
        latest=latest,
        periods=list(periods),
        joined_at=now,
        joined_by=viewer.account_id,
    )
    try:
        with transaction.atomic(using=database()):
            entry.save(force_insert=True)
            record_event(viewer=viewer, action=JOINED, now=now, subject=entry, facility_id=entry.facility_id)
    except DatabaseError as error:
        reasons = {
            "one_wait_per_department_and_days": "same",
            "waits_are_few": "few",
            "wait_agrees_with_its_department": "past",
        }
        reason = reasons.get(said_no(error)[0] or "")
        if reason is None:
            raise
        raise WaitRefused(reason) from None
    return entry


def leave(*, entry: WaitlistEntry, viewer: Viewer, now: datetime) -> None:
    """Wait no more; an offer on its way is let go. An entry that has ended stays as it is."""
    with transaction.atomic(using=database()):
        mine = WaitlistEntry.objects.visible_to(viewer).filter(pk=entry.pk, ended_at=None)
        offers = Hold.objects.filter(wait_id=entry.pk, resident_id=viewer.resident_id, ended_at=None)
        for key in list(offers.values_list("pk", flat=True)):
            asked("SELECT app.decline_offer(%s)", [key])
        if mine.update(ended_at=now, ended=WaitlistEntry.Ended.LEFT):
            record_event(viewer=viewer, action=LEFT, now=now, subject=entry, facility_id=entry.facility_id)


def decline(*, entry: WaitlistEntry, hold_id: UUID, viewer: Viewer, now: datetime) -> bool:
    """Let an offer go to whoever is next, and go on waiting. False where there is no such offer any more."""
    with transaction.atomic(using=database()):
        found = Hold.objects.filter(pk=hold_id, wait_id=entry.pk, resident_id=viewer.resident_id, ended_at=None)
        if not found.exists() or not asked("SELECT app.decline_offer(%s)", [hold_id]):
            return False
        record_event(viewer=viewer, action=DECLINED, now=now, subject=entry, facility_id=entry.facility_id)
    return True


def take(*, entry: WaitlistEntry, hold_id: UUID, viewer: Viewer, form_key: UUID, now: datetime) -> Booking:
    """Book the place that is kept for the person, or, where all were told, be the first to take it.

    The same `form_key` again gives the same booking. Raises a `Refusal`: `HoldOver` where the place is gone.
    """
    with transaction.atomic(using=database()):
        sent = Booking.objects.visible_to(viewer).filter(booked_by=viewer.account_id, form_key=form_key)
        again = sent.exclude(status=Booking.Status.CANCELLED).first()
        if again is not None:
            return again
        hold = _kept_for(entry, hold_id, viewer)
    if hold is None:
        raise refusals.HoldOver
    slot = Slot.objects.with_everything().get(pk=hold.slot_id)
    try:
        return actions.book(slot=slot, viewer=viewer, form_key=form_key, now=now, hold=hold)
    except refusals.Refusal:
        if hold.pk != hold_id:  # taken before others who wait, and of no use: theirs again
            with transaction.atomic(using=database()):
                asked("SELECT app.decline_offer(%s)", [hold.pk])
        raise


def _kept_for(entry: WaitlistEntry, hold_id: UUID, viewer: Viewer) -> Hold | None:
    mine = Hold.objects.filter(wait_id=entry.pk, resident_id=viewer.resident_id, ended_at=None)
    kept = mine.filter(pk=hold_id).first()
    if kept is not None:
        return kept
    claimed = asked("SELECT app.claim_place(%s, %s)", [hold_id, entry.pk])
    return Hold.objects.get(pk=claimed) if claimed else None
