"""Who may come to a facility's desk, and the lines that looking and doing leave."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from appointments.models import Booking, Session
from facilities.models import Facility
from facilities.querysets import facilities_reached
from facilities.roles import Role
from foundation import clock
from foundation.middleware import reference_of
from residents.access import address_of, clerk_of, record_event, record_staff_event
from residents.acting import Acting, acting_of
from residents.models import Account
from residents.models.access import Capacity

VIEW, CHANGE = "appointments.view_booking", "appointments.change_booking"
READERS = (Role.RECEPTION, Role.MANAGER, Role.CLINICIAN)
WRITERS = (Role.RECEPTION, Role.MANAGER)
YEARS = timedelta(days=50 * 365)


def need(request: HttpRequest, permission: str) -> Account:
    """The staff account of this request; raises PermissionDenied when none of its roles allows `permission`."""
    account = request.user
    if not isinstance(account, Account) or not account.has_perm(permission):
        raise PermissionDenied
    return account


def places(*roles: str) -> list[Facility]:
    """The facilities at whose desk this account sits."""
    return list(Facility.objects.filter(pk__in=facilities_reached(*roles), is_active=True).order_by("position", "code"))


def place(facility_id: UUID, *roles: str) -> Facility:
    """One of them; everybody else's is a 404."""
    return get_object_or_404(Facility, pk=facility_id, pk__in=facilities_reached(*roles))


def booking_at(booking_id: UUID, *roles: str) -> Booking:
    """A booking at one of these desks with all that a page says; everybody else's is a 404."""
    here = Booking.objects.filter(facility__in=facilities_reached(*roles)).with_everything()
    return get_object_or_404(here, pk=booking_id)


def session_at(session_id: UUID, *roles: str) -> Session:
    """A half-day at one of these desks; everybody else's is a 404."""
    here = Session.objects.filter(facility__in=facilities_reached(*roles))
    return get_object_or_404(here.select_related("facility", "department", "practitioner"), pk=session_id)


def day_asked(request: HttpRequest, now: datetime) -> date:
    """The day of the address; today where it says none, nonsense, or one that no calendar of the desk's has."""
    today = timezone.localdate(now)
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return today
    return day if abs(day - today) < YEARS else today


def key_of(typed: str) -> UUID | None:
    """The key of a row as an address or a form has it; None for nonsense."""
    try:
        return UUID(typed)
    except ValueError:
        return None


def at_counter(request: HttpRequest, facility_id: UUID) -> Acting | None:
    """The person who was opened at this facility's counter, and for whom the desk may book (docs/adr/0031)."""
    acting = acting_of(request)
    fits = acting is not None and acting.capacity == Capacity.COUNTER and acting.facility_id == facility_id
    return acting if fits else None


def record(
    request: HttpRequest, action: str, subject: Model | type[Model], facility_id: UUID, purpose: str = ""
) -> None:
    """One line about a list or a row without a person."""
    account = request.user
    assert isinstance(account, Account)
    record_staff_event(
        account=account,
        action=action,
        now=clock.now(),
        subject=subject,
        facility_id=facility_id,
        purpose=purpose,
        address=address_of(request),
        reference=reference_of(request),
    )


def record_about(request: HttpRequest, action: str, booking: Booking, now: datetime) -> None:
    """One line about a person's booking, which the person sees in their own log."""
    viewer = clerk_of(request, about=booking.resident_id, facility_id=booking.facility_id)
    record_event(viewer=viewer, action=action, now=now, subject=booking)
