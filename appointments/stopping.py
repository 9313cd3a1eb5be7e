"""Stopping a clinic (停诊): who is affected, and the deed, which is one transaction of the database."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet

from appointments import refusals
from appointments.answers import meaning
from appointments.models import Booking, Session
from foundation.rowsecurity import asked, database


def affected(session: Session, now: datetime) -> QuerySet[Booking]:
    """Whom stopping `session` now would tell: people with a live booking whose time is not over, by number."""
    live = Booking.objects.filter(session=session, status__in=Booking.AWAITED, slot__ends_at__gt=now)
    return live.select_related("slot").order_by("slot__starts_at", "number")


def told(session: Session) -> QuerySet[Booking]:
    """Whose visit was taken back when `session` was stopped, by their time."""
    stopped = Booking.objects.filter(session=session, ended=Booking.Ended.STOPPED)
    return stopped.select_related("slot").order_by("slot__starts_at", "number", "id")


def booked_since(session: Session, stopped: Sequence[Booking]) -> dict[UUID, Booking]:
    """Of those who were told: the first visit they have booked since, in the department or with the doctor."""
    if not stopped:
        return {}
    since = min(booking.cancelled_at for booking in stopped if booking.cancelled_at)
    alike = Q(department=session.department_id) | Q(session__practitioner=session.practitioner_id)
    found = Booking.objects.live().filter(
        alike,
        facility=session.facility_id,
        resident__in=[booking.resident_id for booking in stopped],
        booked_at__gte=since,
    )
    latest_first = found.select_related("slot", "session__practitioner").order_by("-slot__starts_at")
    return {booking.resident_id: booking for booking in latest_first}


def stop(*, session: Session, reason: str, address: str, reference: str) -> int:
    """Stop a session, cancel its live bookings without blame, and tell everybody; returns how many were told.

    Safe to repeat: what is stopped stays so, with its reason. Raises a `Refusal`: `SessionStopped` for one that was
    never open or is not of one's own facility, `Busy` where others were in the way and nothing was done.
    """
    try:
        with transaction.atomic(using=database()):
            values = [session.pk, reason.strip(), address or None, reference]
            return int(asked("SELECT app.stop_clinic(%s, %s, %s, %s)", values))
    except DatabaseError as error:
        refusal = meaning(error)
        if refusal is refusals.IdentityNeeded:
            raise refusals.SessionStopped from None
        if refusal is None:
            raise
        raise refusal() from None
