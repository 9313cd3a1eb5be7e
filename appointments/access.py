"""The one door to bookings: every reading of one is kept. What anyone may see of the supply is in `availability`."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from appointments import waits
from appointments.admission import channel_of
from appointments.models import Booking, Channel, WaitlistEntry
from residents.access import Viewer, record_event, viewer_of
from residents.family.scope import name_of
from residents.models import AccessEvent, Resident
from residents.models.access import Capacity

PAGE = 20


def booking_for(viewer: Viewer, booking_id: UUID, now: datetime) -> Booking:
    """One booking with all a page says about it; a stranger's and a missing one are the same 404."""
    booking = get_object_or_404(Booking.objects.visible_to(viewer).with_everything(), pk=booking_id)
    record_event(
        viewer=viewer, action="appointments.read_booking", now=now, subject=booking, facility_id=booking.facility_id
    )
    return booking


def trip_for(viewer: Viewer, trip: UUID, now: datetime) -> list[Booking]:
    """The visits that were booked together, in their order; a stranger's trip and none are the same 404."""
    mine = Booking.objects.visible_to(viewer).with_everything().filter(trip=trip)
    visits = list(mine.select_related("service").order_by("slot__starts_at"))
    if not visits:
        raise Http404
    first = visits[0]
    record_event(
        viewer=viewer, action="appointments.read_booking", now=now, subject=first, facility_id=first.facility_id
    )
    return visits


def whom_to_go_with(viewer: Viewer) -> str:
    """Of somebody who helps, whom they help: the family name, the rest as stars, for calendars are seen by others."""
    if viewer.is_self:
        return ""
    name = name_of(viewer)
    return name[:1] + "*" * max(len(name) - 1, 1)


def bookings_for(viewer: Viewer, page: str | None, now: datetime) -> tuple[list[Booking], Page[Booking]]:
    """The visits ahead, and one page of the others."""
    mine = Booking.objects.visible_to(viewer).with_everything()
    record_event(viewer=viewer, action="appointments.read_bookings", now=now)
    return list(mine.upcoming(now)), Paginator(mine.past(now), PAGE).get_page(page)


def waiting_for(viewer: Viewer, entry_id: UUID, now: datetime) -> WaitlistEntry:
    """One entry of the waitlist; the look is written down like a look at a booking."""
    entry = waits.entry_for(viewer, entry_id)
    record_event(
        viewer=viewer, action="appointments.read_waiting", now=now, subject=entry, facility_id=entry.facility_id
    )
    return entry


def next_booking(viewer: Viewer, now: datetime) -> Booking | None:
    """The nearest visit for the home page, which shows when and at which facility, and so leaves no line in the log."""
    return Booking.objects.visible_to(viewer).upcoming(now).select_related("slot", "facility").first()


def channel_seen(request: HttpRequest, now: datetime) -> str:
    """For whom a page of the supply counts places: for an elder those kept for elders, too."""
    if not request.user.is_authenticated:
        return Channel.WEB
    try:
        return channel_of(viewer_of(request).resident_id, now)
    except PermissionDenied:
        return Channel.WEB


def helper_behind(viewer: Viewer, booking: Booking) -> str:
    """Who made a booking for the person, where somebody else did and the viewer may know."""
    if booking.booked_by == viewer.account_id:
        return "" if viewer.is_self else viewer.name
    booked = AccessEvent.objects.visible_to(viewer).filter(action="appointments.booked", subject_id=str(booking.pk))
    event = booked.exclude(capacity=Capacity.SELF).first()
    return event.actor_name if event else ""


def is_unseen(resident_id: UUID) -> bool:
    """Whether the person only registered on line: they show their card on the day of the visit."""
    return Resident.objects.filter(pk=resident_id, provisional=True).exists()
